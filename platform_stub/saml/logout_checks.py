"""The checks of a logout message, one function each; the policy says which run.

What is outstanding, replayed or open is asked in `logout`, which has the store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from lxml import etree

from platform_stub.policy import Policy, SloCheck
from platform_stub.refusals import RefusalError
from platform_stub.saml.assertion import text_of
from platform_stub.saml.checks import SUCCESS
from platform_stub.saml.document import SAML, SAMLP, malformed
from platform_stub.saml.logout_received import Received

_NS: Final = {"saml": SAML, "samlp": SAMLP}
_OLDEST: Final = timedelta(minutes=10)
"""How old a LogoutRequest may be that names no end; by then its ID may be forgotten (ours)."""

_HERE: Final = (
    "You are signed out here. Whether your session at the identity provider has ended is not certain: "
)
_UNSIGNED_ANSWER: Final = (
    f"{_HERE}its answer to the logout (LogoutResponse) is not signed. Entra ID, for example, signs none."
)
_UNSIGNED_REQUEST: Final = (
    "The identity provider's logout request (LogoutRequest) is not signed, so anybody could have sent it. "
    "Nobody was signed out here; use Logout on your page."
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a logout message must match: our address, the saved Issuer URL and the time."""

    address: str
    issuer: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that one check may look at."""

    received: Received
    expected: Expected
    policy: Policy

    @property
    def root(self) -> etree._Element:
        """The message."""
        return self.received.root


def require_signature(received: Received, policy: Policy) -> None:
    """Refuse an unsigned message unless the knob for its kind accepts it (SAML profiles 4.4.4.1, 4.4.4.2)."""
    knob = policy.slo_unsigned_request if received.is_request else policy.slo_unsigned_response
    if not received.signed and knob == "refuse":
        kind = "LogoutRequest" if received.is_request else "LogoutResponse"
        sentence = _UNSIGNED_REQUEST if received.is_request else _UNSIGNED_ANSWER
        raise RefusalError("signature-missing", f"The {kind} is not signed.", sentence=sentence)


def check_issuer(evidence: Evidence) -> None:
    """Refuse unless the Issuer is the saved Issuer URL, byte for byte."""
    issuer = text_of(evidence.root.find("saml:Issuer", _NS))
    if issuer != evidence.expected.issuer:
        raise RefusalError(
            "issuer-mismatch", f"Issuer is {issuer!r}, saved Issuer URL is {evidence.expected.issuer!r}."
        )


def check_destination(evidence: Evidence) -> None:
    """Refuse another Destination than this address. Without one it passes: Entra ID sends none."""
    destination = evidence.root.get("Destination", "")
    if destination and destination != evidence.expected.address:
        raise RefusalError(
            "destination-mismatch", f"Destination is {destination!r}, expected {evidence.expected.address!r}."
        )


def check_status(evidence: Evidence) -> None:
    """Refuse an answer that does not report success, with the provider's own words."""
    if evidence.received.is_request:
        return
    codes = [
        str(code.get("Value", "")) for code in evidence.root.iterfind("samlp:Status//samlp:StatusCode", _NS)
    ]
    if not codes or codes[0] != SUCCESS:
        said = evidence.root.findtext("samlp:Status/samlp:StatusMessage", "", _NS)
        words = " ".join([*codes, said]).strip() or "no Status at all"
        raise RefusalError(
            "status-not-success",
            f"The LogoutResponse reports: {words}.",
            sentence=f"{_HERE}it reports that the logout failed there ({words}).",
        )


def check_times(evidence: Evidence) -> None:
    """Refuse a request that has ended, or that names no end and is old (SAML core 3.7.1)."""
    if not evidence.received.is_request:
        return
    until = request_ends(evidence.root)
    if evidence.expected.now - timedelta(seconds=evidence.policy.clock_skew_seconds) >= until:
        raise RefusalError(
            "expired",
            f"The LogoutRequest ended at {until.isoformat()}.",
            sentence="The identity provider's logout request has expired. Nobody was signed out here.",
        )


def request_ends(root: etree._Element) -> datetime:
    """Return until when a LogoutRequest counts; raises RefusalError `malformed`."""
    given = root.get("NotOnOrAfter")
    return _moment(given) if given is not None else _moment(root.get("IssueInstant", "")) + _OLDEST


CHECKS: Final[dict[SloCheck, Callable[[Evidence], None]]] = {
    "issuer": check_issuer,
    "destination": check_destination,
    "times": check_times,
    "status": check_status,
}


def judge(evidence: Evidence) -> None:
    """Run the policy's checks in a fixed order; the first that fails raises its RefusalError."""
    if not evidence.root.get("ID"):
        raise malformed("The logout message has no ID.")
    for name, check in CHECKS.items():
        if name in evidence.policy.slo_checks:
            check(evidence)


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise malformed(f"{value!r} is not a time such as 2026-01-31T12:00:00Z.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
