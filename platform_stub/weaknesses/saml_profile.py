"""Weaknesses in what a SAML message was made for, until when, and in answer to what."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, setting, without_saml

WEAKNESSES: Final = (
    Weakness(
        "saml-audience-not-checked",
        "audience",
        "An assertion made for another service provider is accepted.",
        without_saml("audience"),
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
        without_saml("recipient"),
    ),
    Weakness(
        "saml-destination-not-checked",
        "recipient",
        "A response whose Destination is another address is accepted.",
        without_saml("destination"),
    ),
    Weakness(
        "saml-issuer-not-checked",
        "issuer",
        "A message whose Issuer is not the saved Issuer URL is accepted.",
        without_saml("issuer"),
    ),
    Weakness("saml-time-not-checked", "time", "SAML validity periods are ignored.", without_saml("times")),
    Weakness(
        "saml-in-response-to-not-checked",
        "request-binding",
        "A response to a request that this platform never sent is accepted.",
        without_saml("in-response-to"),
    ),
    Weakness(
        "saml-replay-accepted",
        "replay",
        "The same response is accepted a second time.",
        without_saml("replay"),
    ),
    Weakness(
        "saml-status-not-checked",
        "status",
        "An assertion is accepted although the response reports a failure.",
        without_saml("status"),
    ),
)
