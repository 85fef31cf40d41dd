"""Weaknesses in what a SAML message was made for, until when, and in answer to what."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, setting, without

WEAKNESSES: Final = (
    Weakness(
        "saml-audience-not-checked",
        "audience",
        "An assertion made for another service provider is accepted.",
        without("saml_checks", "audience"),
    ),
    Weakness(
        "saml-audience-missing-accepted",
        "audience",
        "An assertion that names no audience at all is accepted.",
        setting(saml_missing_audience="accept"),
    ),
    Weakness(
        "saml-recipient-not-checked",
        "recipient",
        "An assertion whose Recipient is another address is accepted.",
        without("saml_checks", "recipient"),
    ),
    Weakness(
        "saml-destination-not-checked",
        "recipient",
        "A response whose Destination is another address is accepted.",
        without("saml_checks", "destination"),
    ),
    Weakness(
        "saml-issuer-not-checked",
        "issuer",
        "A message whose Issuer is not the saved Issuer URL is accepted.",
        without("saml_checks", "issuer"),
    ),
    Weakness(
        "saml-time-not-checked",
        "time",
        "SAML validity periods are ignored.",
        without("saml_checks", "times"),
    ),
    Weakness(
        "saml-unsolicited-accepted",
        "request-binding",
        "An answer that no request asked for is taken, whatever was chosen.",
        setting(idp_initiated="allow"),
    ),
    Weakness(
        "saml-in-response-to-not-checked",
        "request-binding",
        "A response to a request that this platform never sent is accepted.",
        without("saml_checks", "in-response-to"),
    ),
    Weakness(
        "saml-replay-accepted",
        "replay",
        "The same response is accepted a second time.",
        without("saml_checks", "replay", "request-once"),
    ),
    Weakness(
        "saml-replay-accepted-in-any-browser",
        "replay",
        "The same response is accepted a second time, from whichever browser.",
        without("saml_checks", "replay", "request-once", "own-browser"),
    ),
    Weakness(
        "saml-envelope-remembered",
        "replay",
        "Only the Response says what is answered and used up, whoever wrote it around the signed assertion.",
        without("saml_checks", "replay", "in-response-to-same"),
    ),
    Weakness(
        "saml-taken-again-at-other-address",
        "replay",
        "Each of the two addresses takes the other's answers, and does not know that they were used there.",
        without("saml_checks", "replay", "request-once", "own-surface"),
    ),
    Weakness(
        "saml-audience-of-any-client",
        "audience",
        "An assertion made for another client of the platform is accepted: only the host is compared.",
        setting(saml_audience="same-host"),
    ),
    Weakness(
        "saml-assertion-issuer-not-compared",
        "issuer",
        "Only the Issuer of the Response is compared, not that of the assertion in it.",
        without("saml_checks", "assertion-issuer"),
    ),
    Weakness(
        "saml-response-issuer-not-compared",
        "issuer",
        "Only the Issuer of the assertion is compared, not that of the Response around it.",
        without("saml_checks", "response-issuer"),
    ),
    Weakness(
        "saml-issuer-missing-accepted",
        "issuer",
        "An assertion without an Issuer is accepted: the schema is not looked at, and nothing is compared.",
        without("saml_checks", "schema", "issuer-present"),
    ),
    Weakness(
        "saml-recipient-missing-accepted",
        "recipient",
        "A bearer confirmation that names no Recipient fits at every address.",
        without("saml_checks", "recipient-present"),
    ),
    Weakness(
        "saml-confirmation-missing-accepted",
        "recipient",
        "An assertion without a bearer confirmation, or with one that has no data, is accepted.",
        without("saml_checks", "confirmation"),
    ),
    Weakness(
        "saml-expiry-missing-accepted",
        "time",
        "A bearer confirmation without NotOnOrAfter may be delivered for ever.",
        without("saml_checks", "expiry-present"),
    ),
    Weakness(
        "saml-skew-of-days",
        "time",
        "Clocks may disagree by two days, so that validity periods hardly count.",
        setting(clock_skew_seconds=172_800),
    ),
    Weakness(
        "saml-in-response-to-outside-only",
        "request-binding",
        "InResponseTo is read from the Response alone, which need not be signed.",
        without("saml_checks", "in-response-to-inside"),
    ),
    Weakness(
        "saml-request-answered-twice",
        "replay",
        "A request that was answered may be answered again by another response.",
        without("saml_checks", "request-once"),
    ),
    Weakness(
        "saml-authn-statement-missing-accepted",
        "session",
        "An assertion that does not say that anybody signed in opens a session.",
        without("saml_checks", "authn-statement"),
    ),
    Weakness(
        "saml-any-root-read",
        "status",
        "Whatever message arrives, the assertion inside is taken, with no Response that reports success.",
        without("saml_checks", "root"),
    ),
    Weakness(
        "saml-unreadable-crashes",
        "parser",
        "A message that cannot be read ends in an unhandled exception.",
        setting(saml_unreadable="crashes"),
    ),
    Weakness(
        "saml-status-words-unbounded",
        "status",
        "What the identity provider says about a failed login is repeated whole, invisible signs included.",
        setting(saml_status_words="as-sent"),
    ),
    Weakness(
        "saml-error-starts-again",
        "status",
        "After a failed login the browser is sent back to the identity provider at once, again and again.",
        setting(after_idp_error="starts-again"),
    ),
    Weakness(
        "saml-status-not-checked",
        "status",
        "An assertion is accepted although the response reports a failure.",
        without("saml_checks", "status"),
    ),
)
