"""One case written once, played in several shapes: its variants, and the signing baselines of SAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Shape(NamedTuple):
    """One shape of a written case."""

    suffix: str
    """What follows the id: `:NAME` of the variant, `:BASELINE` where there are several, or nothing."""
    variant: str
    """The variant's key; empty for the case itself."""
    written: Mapping[str, Any]
    """The case's keys with the variant's laid over them."""


def shapes(written: Mapping[str, Any]) -> Iterator[Shape]:
    """Yield every shape of a case. A value that is not as it must be is left for the schema to tell."""
    rest = {key: value for key, value in written.items() if key != "variants"}
    variants = written.get("variants")
    if variants is None:
        yield from _baselines("", "", rest)
    elif not isinstance(variants, dict) or not all(isinstance(laid, dict) for laid in variants.values()):
        yield Shape("", "", written)
    else:
        for name, laid in variants.items():
            title = f"{rest.get('title', '')} ({laid.get('title', str(name).replace('-', ' '))})"
            yield from _baselines(f":{name}", str(name), {**rest, **laid, "title": title})


def _baselines(suffix: str, variant: str, written: Mapping[str, Any]) -> Iterator[Shape]:
    baselines = written.get("baselines")
    if not isinstance(baselines, list) or len(baselines) < 2:
        yield Shape(suffix, variant, written)
        return
    for baseline in baselines:
        yield Shape(f"{suffix}:{baseline}", variant, {**written, "baselines": [baseline]})
