"""The checks that pysaml2 leaves to its caller or makes without saying which one failed; one function each.

A check looks at the verified values and raises RefusalError with its own code; the policy says which run.
Replay and the outstanding request are not here: they need the store (`login`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from lxml import etree

from platform_stub.policy import Policy, SamlCheck
from platform_stub.refusals import RefusalError
from platform_stub.saml.assertion import Assertion, text_of
from platform_stub.saml.document import SAML, SAMLP

SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
LONGEST_WORDS: Final = 300
_NS: Final = {"saml": SAML, "samlp": SAMLP}


_SPN = (
    "The identity provider's message was made for “spn:” and an application's ID. Set the application's "
    "Identifier there to the Audience Restriction of See Instructions."
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a response must match: our own names, the saved Issuer URL and the time."""

    entity_id: str
    acs_url: str
    issuer: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Envelope:
    """The values of the samlp:Response around the assertion; absent attributes are ""."""

    issuer: str
    destination: str
    in_response_to: str
    status: str
    status_detail: str
    signed: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that one check may look at."""

    envelope: Envelope
    assertion: Assertion
    expected: Expected
    policy: Policy

    @property
    def skew(self) -> timedelta:
        """How far two clocks may disagree."""
        return timedelta(seconds=self.policy.clock_skew_seconds)


def read_envelope(response: etree._Element, *, signed: bool) -> Envelope:
    """Return the envelope's values; raises RefusalError `malformed` for text with elements inside."""
    codes = [str(code.get("Value", "")) for code in response.iterfind("samlp:Status//samlp:StatusCode", _NS)]
    return Envelope(
        issuer=text_of(response.find("saml:Issuer", _NS)),
        destination=response.get("Destination", ""),
        in_response_to=response.get("InResponseTo", ""),
        status=codes[0] if codes else "",
        status_detail=" ".join(
            [*codes, response.findtext("samlp:Status/samlp:StatusMessage", "", _NS)]
        ).strip(),
        signed=signed,
    )


def check_status(envelope: Envelope, policy: Policy) -> None:
    """Refuse a response that does not report success, with the provider's own words as a quotation."""
    if envelope.status != SUCCESS:
        words = envelope.status_detail or "no Status at all"
        words = words if policy.saml_status_words == "as-sent" else quoted(words)
        raise RefusalError(
            "status-not-success",
            f"The response reports: {words}.",
            sentence=f"The identity provider reports that the sign-in failed: {words}.",
        )


def check_issuer(evidence: Evidence) -> None:
    """Refuse unless every Issuer is the saved Issuer URL, byte for byte (SAML profiles 4.1.4.2)."""
    checks, own = evidence.policy.saml_checks, evidence.assertion.issuer
    found = [own] if "assertion-issuer" in checks and (own or "issuer-present" in checks) else []
    if "response-issuer" in checks and (evidence.envelope.issuer or evidence.envelope.signed):
        found.append(evidence.envelope.issuer)
    for issuer in found:
        if issuer != evidence.expected.issuer:
            raise RefusalError(
                "issuer-mismatch", f"Issuer is {issuer!r}, saved Issuer URL is {evidence.expected.issuer!r}."
            )


def check_destination(evidence: Evidence) -> None:
    """Refuse another Destination than this address; a signed response must name one (bindings 3.5.5.2)."""
    destination = evidence.envelope.destination
    if not destination and not evidence.envelope.signed:
        return
    if destination != evidence.expected.acs_url:
        raise RefusalError(
            "destination-mismatch",
            f"Destination is {destination!r}, expected {evidence.expected.acs_url!r}.",
        )


def check_audience(evidence: Evidence) -> None:
    """Refuse unless Conditions has audience restrictions and each of them names us (SAML core 2.5.1.4)."""
    audiences = evidence.assertion.audiences
    if audiences is None:
        if evidence.policy.saml_missing_audience == "accept":
            return
        where = "an AudienceRestriction" if evidence.assertion.has_conditions else "Conditions"
        raise RefusalError(
            "audience-mismatch", f"The assertion has no {where}, expected {evidence.expected.entity_id!r}."
        )
    if not all(_names_us(evidence, restriction) for restriction in audiences):
        raise RefusalError(
            "audience-mismatch",
            f"Audience is {[list(a) for a in audiences]!r}, expected {evidence.expected.entity_id!r}.",
            sentence=_SPN if any(name.startswith("spn:") for each in audiences for name in each) else None,
        )


def check_times(evidence: Evidence) -> None:
    """Refuse outside the assertion's validity, give or take the skew (core 2.5.1, profiles 4.1.4.2)."""
    assertion = evidence.assertion
    _within(evidence, "Conditions", assertion.not_before, assertion.not_on_or_after)
    _within(evidence, "AuthnStatement SessionNotOnOrAfter", None, assertion.session_ends)
    for confirmation in assertion.confirmations:
        if confirmation.not_on_or_after is None and "expiry-present" in evidence.policy.saml_checks:
            raise RefusalError("expired", "SubjectConfirmationData has no NotOnOrAfter.")
        _within(evidence, "SubjectConfirmationData", confirmation.not_before, confirmation.not_on_or_after)


def check_recipient(evidence: Evidence) -> None:
    """Refuse unless every bearer confirmation names this address as Recipient (SAML profiles 4.1.4.2)."""
    needed = "recipient-present" in evidence.policy.saml_checks
    for confirmation in evidence.assertion.confirmations:
        if confirmation.recipient != evidence.expected.acs_url and (confirmation.recipient or needed):
            raise RefusalError(
                "recipient-mismatch",
                f"Recipient is {confirmation.recipient!r}, expected {evidence.expected.acs_url!r}.",
            )


def check_in_response_to(evidence: Evidence) -> None:
    """Refuse when a confirmation answers another request than the envelope does (SAML profiles 4.1.4.3).

    Whether that request is one of ours is asked in `login`, which has the store.
    """
    answered, needed = (
        evidence.envelope.in_response_to,
        "in-response-to-inside" in evidence.policy.saml_checks,
    )
    if "in-response-to-same" not in evidence.policy.saml_checks:
        return
    for confirmation in evidence.assertion.confirmations:
        if confirmation.in_response_to != answered and (confirmation.in_response_to or needed):
            raise RefusalError(
                "request-unknown",
                f"InResponseTo is {answered!r} on the Response and {confirmation.in_response_to!r} inside.",
            )


def quoted(words: str) -> str:
    """Return another program's words for a person: printable, on one line, and not without end."""
    printable = "".join(sign if sign.isprintable() else " " for sign in words)
    line = " ".join(printable.split())
    return line if len(line) <= LONGEST_WORDS else f"{line[:LONGEST_WORDS]}…"


CHECKS: Final[dict[SamlCheck, Callable[[Evidence], None]]] = {
    "issuer": check_issuer,
    "destination": check_destination,
    "audience": check_audience,
    "times": check_times,
    "recipient": check_recipient,
    "in-response-to": check_in_response_to,
}


def judge(envelope: Envelope, assertion: Assertion, expected: Expected, policy: Policy) -> None:
    """Run the policy's checks in a fixed order; the first that fails raises its RefusalError."""
    if not assertion.confirmations and "confirmation" in policy.saml_checks:
        raise RefusalError("malformed", "The assertion has no bearer SubjectConfirmation with data.")
    if assertion.authn_statements == 0 and "authn-statement" in policy.saml_checks:
        raise RefusalError("malformed", "The assertion has no AuthnStatement.")
    if policy.saml_values_from == "response":
        assertion = _as_the_envelope_says(envelope, assertion)
    evidence = Evidence(envelope, assertion, expected, policy)
    for name, check in CHECKS.items():
        if name in policy.saml_checks:
            check(evidence)


def _names_us(evidence: Evidence, audiences: Sequence[str]) -> bool:
    own = evidence.expected.entity_id
    if evidence.policy.saml_audience == "same-host":
        return any(urlsplit(audience).netloc == urlsplit(own).netloc for audience in audiences)
    return own in audiences


def _as_the_envelope_says(envelope: Envelope, assertion: Assertion) -> Assertion:
    """Let the values around the assertion stand for its own, signed ones: only a weakened policy does."""
    confirmations = tuple(
        replace(one, recipient=envelope.destination, in_response_to=envelope.in_response_to)
        for one in assertion.confirmations
    )
    return replace(assertion, issuer=envelope.issuer, confirmations=confirmations)


def _within(evidence: Evidence, what: str, start: datetime | None, end: datetime | None) -> None:
    now, skew = evidence.expected.now, evidence.skew
    if start is not None and now + skew < start:
        raise RefusalError(
            "not-yet-valid", f"{what} begins at {start.isoformat()}, it is {now.isoformat()} here."
        )
    if end is not None and now - skew >= end:
        raise RefusalError("expired", f"{what} ended at {end.isoformat()}, it is {now.isoformat()} here.")
