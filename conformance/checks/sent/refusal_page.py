"""The page of a refused login: what people need, and nothing of the machine behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from conformance.checks.observe import origin
from conformance.checks.sent.messages import Message, Sent
from conformance.checks.sent.registry import sent_check
from conformance.targets.questions import read_page

_REFERENCE = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{5,}")
_TRACES = re.compile(
    r"Traceback \(most recent call last\)|File \"[^\"]{1,300}\", line \d+|"
    r"\bat [\w.$]{1,200}\([\w.]{1,80}:\d+\)|"
    r"\bstack trace\b|(?:Exception|Error) in thread|System\.\w{1,80}Exception|goroutine \d+ \[|"
    r"[\w./-]{1,80}\.(?:py|rb|php|java|go|js):\d+",
    re.IGNORECASE,
)
_KEYS = re.compile(r"-----BEGIN |eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|[A-Za-z0-9+/_-]{200,}")
_MOST = 200_000
"""How many characters of a page are looked at."""
_PIECE = 60
"""How many characters of the message that was refused may not stand together in the page."""


def _text(message: Message) -> str:
    document = read_page(message.text[:_MOST])
    return "" if document is None else str(document.text_content())


@sent_check("refusal-names-reason", "refusal_page")
def refusal_names_reason(sent: Sent) -> str:
    """Every refusal has a reason that can be told from others: a code, or a sentence of its own."""
    for page in sent.of("refusal_page"):
        if not page.headers.get("code") and len(_text(page).split()) < 5:
            return f"the page says nothing but {_text(page).strip()[:80]!r}"
    return ""


@sent_check("refusal-has-reference", "refusal_page")
def refusal_has_reference(sent: Sent) -> str:
    """Every refusal shows a reference of its own, by which an administrator finds it in the logs."""
    words = [set(_REFERENCE.findall(_text(page))) for page in sent.of("refusal_page")]
    own = [here.difference(*words[:number], *words[number + 1 :]) for number, here in enumerate(words)]
    return "" if len(words) > 1 and all(own) else f"{len(words)} refusals show no word that is one's own"


@sent_check("refusal-leads-back", "refusal_page")
def refusal_leads_back(sent: Sent) -> str:
    """Every refusal has a link or button by which the person can try again."""
    for page in sent.of("refusal_page"):
        if not any(origin(way) == origin(page.url) for way in _ways_on(page)):
            return "the page has no link and no form that leads to the platform"
    return ""


def _ways_on(page: Message) -> Iterator[str]:
    document = read_page(page.text[:_MOST])
    for element in () if document is None else document.iter("a", "form"):
        target = element.get("href" if element.tag == "a" else "action")
        if target is not None:
            yield urljoin(page.url, target)


@sent_check("refusal-keeps-secrets", "refusal_page")
def refusal_keeps_secrets(sent: Sent) -> str:
    """No refusal shows a stack trace, a token, a key, or a piece of the message that was refused."""
    for page in sent.of("refusal_page"):
        trace, key = _TRACES.search(_text(page)), _KEYS.search(page.text[:_MOST])
        if trace:
            return f"the page has a stack trace: {trace[0][:80]}"
        if key:
            return "the page has what looks like a key or a token"
        for name, value in page.form.items():
            pieces = (value[start : start + _PIECE] for start in range(0, len(value) - _PIECE, _PIECE))
            if any(piece in page.text for piece in pieces):
                return f"the page has a piece of {name}"
    return ""
