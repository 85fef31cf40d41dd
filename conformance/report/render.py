"""Writes the reports of a run directory. What they say is arranged in `view`, how it looks in `templates`."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup

from conformance.evidence.stream import RunStream, read_stream
from conformance.report import text
from conformance.report.evidence import EvidenceReader, link_of
from conformance.report.junit import junit
from conformance.report.summary import summary
from conformance.report.view import page_of

STREAM = "run.jsonl"

_EARLY = 'document.documentElement.className = "loading";'
"""Runs before the cases are parsed: no browser should lay out thousands that the script closes at once."""


def build(run_dir: Path) -> dict[str, Path]:
    """Write `report.html`, `junit.xml` and `summary.md` beside the run stream of `run_dir`.

    Returns their paths under `html`, `junit` and `summary`; older ones are replaced. Raises StreamError when
    the stream is missing or damaged; a stream that is merely cut off renders as red and TRUNCATED.
    """
    stream = text.visible_stream(read_stream(run_dir / STREAM))
    return {
        "html": write(run_dir / "report.html", html(stream, run_dir)),
        "junit": write(run_dir / "junit.xml", junit(stream)),
        "summary": write(run_dir / "summary.md", summary(stream)),
    }


def html(stream: RunStream, run_dir: Path) -> str:
    """Return a `visible_stream` as one HTML document that loads nothing from anywhere."""
    environment = page_environment()
    style, script = (_asset(environment, name) for name in ("report.css", "report.js"))
    return environment.get_template("report.html").render(
        page=page_of(stream, EvidenceReader(run_dir, len(stream.verdicts))),
        style=Markup(style),  # noqa: S704 - our own file, without a single value from a run
        early=Markup(_EARLY),  # noqa: S704 - the constant above
        script=Markup(script),  # noqa: S704 - our own file, without a single value from a run
        hashes=[_digest(_EARLY), _digest(script)],
    )


def stylesheet() -> Markup:
    """Return the style of every page."""
    return Markup(_asset(page_environment(), "report.css"))  # noqa: S704 - our own file, no value from a run


class _Compact(Extension):
    """Leaves the indentation of the templates out of the report: it would be repeated for each run."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Strip each line of a template; no template relies on leading space."""
        return re.sub(r"^[ \t]+", "", source, flags=re.MULTILINE)


def page_environment() -> Environment:
    """Return what the templates are rendered with."""
    environment = Environment(
        extensions=[_Compact],
        loader=PackageLoader("conformance.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        symbols=text.SYMBOLS,
        labels=text.LABELS,
        plural=text.plural,
        link_of=link_of,
        ways=text.WAYS,
    )
    environment.filters.update(duration=text.duration, safe_url=text.safe_url, visible=text.visible)
    return environment


def _digest(script: str) -> str:
    """Return a script's hash for the content security policy: no other script runs in the report."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _asset(environment: Environment, name: str) -> str:
    if environment.loader is None:  # pragma: no cover - set a few lines above
        raise RuntimeError("the template environment has no loader")
    return environment.loader.get_source(environment, name)[0]


def write(path: Path, content: str) -> Path:
    """Replace `path` in one step, so that a browser never sees half a report."""
    draft = path.with_name(path.name + ".part")
    draft.write_bytes(content.encode("utf-8", "backslashreplace"))
    return draft.replace(path)
