"""Signed Responses from a ready-made text, without rendering, parsing or canonicalising anything.

The plain way (`issuing.finished`) is run once with a mark in the place of every value. What it hashes, what
it signs and what it writes are kept; each later Response of the same structure is these texts with the marks
replaced. So no vendor's XML is described twice, and all but the signatures costs next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from mock_idp.bounded import Bounded
from mock_idp.personalities.saml_profile import Attribute
from mock_idp.saml.response import Facts
from mock_idp.saml.signing import Signer
from mock_idp.saml_app import SamlApp

MARK = re.compile("\ue000(.*?)\ue001")
"""A name between two characters of the private use area, which XML leaves as they are."""
ODD = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What a parser changes or refuses; the plain way shows how."""
MARKUP = re.compile('[&<>"]')
MOST_TEXTS = 256
Key = tuple[object, ...]
Write = Callable[[Facts, Signer], str]


class _Step(NamedTuple):
    """A DigestValue or SignatureValue: the mark that it replaces, and the octets that it is made over."""

    name: str
    octets: str


class _Recorder:
    """A signer that signs nothing: it notes over what it was asked to."""

    def __init__(self) -> None:
        self.steps: list[_Step] = []

    @property
    def certificate(self) -> str:
        return _mark("certificate")

    def digest(self, octets: bytes) -> str:
        return self._note("digest", octets)

    def value(self, octets: bytes) -> str:
        return self._note("value", octets)

    def _note(self, kind: str, octets: bytes) -> str:
        name = f"{kind}.{len(self.steps)}"
        self.steps.append(_Step(name, _format(octets.decode("utf-8"), "canonical")))
        return _mark(name)


class Ready(NamedTuple):
    """A Response with gaps, and what to compute for its signatures, in this order."""

    steps: tuple[_Step, ...]
    written: str

    def filled(self, facts: Facts, signer: Signer) -> str:
        """The Response with these values, signed."""
        values: dict[str, str] = {}
        for name, value in _values(facts).items():
            values |= _spellings(name, value)
        values |= dict.fromkeys((f"text:{CERTIFICATE}", f"canonical:{CERTIFICATE}"), signer.certificate)
        for name, octets in self.steps:
            make = signer.digest if name.startswith("digest") else signer.value
            values[f"text:{name}"] = make((octets % values).encode("utf-8"))
        return self.written % values


CERTIFICATE = "certificate"
_texts: Bounded[Ready] = Bounded(MOST_TEXTS)


def holds(app: SamlApp, facts: Facts) -> bool:
    """Whether the Response is one that is made here: not encrypted, and each value what it seems to be."""
    return app.encrypt is None and not any(
        not value or ODD.search(value) is not None for value in _values(facts).values()
    )


def structure(facts: Facts) -> Key:
    """What of the facts decides which elements and attributes there are."""
    present = tuple(name for name, value in facts.items() if value is not None)
    return present, tuple(len(attribute.values) for attribute in _attributes(facts))


def text(key: Key, write: Write, facts: Facts) -> Ready:
    """The ready-made text of `key`, written the plain way by `write` when it is first needed."""
    known = _texts.get(repr(key))
    if known is None:
        recorder = _Recorder()
        whole = write(_marked(facts), recorder)
        known = Ready(tuple(recorder.steps), _format(whole, "written"))
        _texts.put(repr(key), known)
    return known


def _attributes(facts: Facts) -> tuple[Attribute, ...]:
    found = facts["attributes"]
    assert isinstance(found, tuple)  # narrows the type
    return found


def _values(facts: Facts) -> dict[str, str]:
    """Every text in the facts by a name of its own."""
    values = {name: value for name, value in facts.items() if isinstance(value, str)}
    for number, attribute in enumerate(_attributes(facts)):
        values[f"{number}.name"] = attribute.name
        values[f"{number}.format"] = attribute.name_format
        for position, value in enumerate(attribute.values):
            values[f"{number}.{position}"] = value
    return values


def _marked(facts: Facts) -> dict[str, object]:
    """The facts with a mark in the place of every text."""
    attributes = tuple(
        Attribute(
            _mark(f"{number}.name"),
            tuple(_mark(f"{number}.{position}") for position in range(len(attribute.values))),
            _mark(f"{number}.format"),
        )
        for number, attribute in enumerate(_attributes(facts))
    )
    marked = {name: _mark(name) if isinstance(value, str) else value for name, value in facts.items()}
    return marked | {"attributes": attributes}


def _mark(name: str) -> str:
    return f"\ue000{name}\ue001"


def _format(marked: str, inside_tags: str) -> str:
    """The text as a `%` format: marks in tags become keys `{inside_tags}:name`, all others `text:name`."""

    def key(found: re.Match[str]) -> str:
        before = marked[: found.start()]
        kind = inside_tags if before.rfind("<") > before.rfind(">") else "text"
        return f"%({kind}:{found[1]})s"

    parts, end = [], 0
    for found in MARK.finditer(marked):
        parts += [marked[end : found.start()].replace("%", "%%"), key(found)]
        end = found.end()
    return "".join((*parts, marked[end:].replace("%", "%%")))


def _spellings(name: str, value: str) -> Mapping[str, str]:
    """The value as text, as an attribute in canonical XML, and as an attribute as lxml writes it."""
    text = canonical = written = value
    if MARKUP.search(value):
        escaped = value.replace("&", "&amp;").replace("<", "&lt;")
        text = escaped.replace(">", "&gt;")
        canonical, written = escaped.replace('"', "&quot;"), text.replace('"', "&quot;")
    return {f"text:{name}": text, f"canonical:{name}": canonical, f"written:{name}": written}
