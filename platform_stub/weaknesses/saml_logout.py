"""Weaknesses of SAML single logout."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, setting, without_slo

WEAKNESSES: Final = (
    Weakness(
        "slo-unsigned-response-accepted",
        "session",
        "An unsigned LogoutResponse counts as the identity provider's word that its session has ended.",
        setting(slo_unsigned_response="accept"),
    ),
    Weakness(
        "slo-unsigned-request-accepted",
        "session",
        "An unsigned LogoutRequest, which anybody could send, ends sessions.",
        setting(slo_unsigned_request="accept"),
    ),
    Weakness(
        "slo-signature-not-checked",
        "session",
        "A logout message needs a signature, and nobody verifies it.",
        without_slo("signature"),
    ),
    Weakness(
        "slo-issuer-not-checked",
        "session",
        "A logout message whose Issuer is not the saved Issuer URL is accepted.",
        without_slo("issuer"),
    ),
    Weakness(
        "slo-destination-not-checked",
        "session",
        "A logout message whose Destination is another address is accepted.",
        without_slo("destination"),
    ),
    Weakness(
        "slo-in-response-to-not-checked",
        "session",
        "A LogoutResponse to a request that this platform never sent is accepted.",
        without_slo("in-response-to"),
    ),
    Weakness(
        "slo-status-not-checked",
        "session",
        "A LogoutResponse that reports a failure counts as a logout everywhere.",
        without_slo("status"),
    ),
    Weakness(
        "slo-request-expiry-not-checked",
        "session",
        "A LogoutRequest that has expired still ends sessions.",
        without_slo("times"),
    ),
    Weakness(
        "slo-name-id-ignored",
        "session",
        "A LogoutRequest ends sessions of people whom it does not name.",
        without_slo("name-id"),
    ),
    Weakness(
        "slo-session-index-ignored",
        "session",
        "A LogoutRequest for one session ends every session of the person.",
        without_slo("session-index"),
    ),
    Weakness(
        "slo-leaves-own-session",
        "session",
        "With single logout the platform leaves its own session to the identity provider to end.",
        setting(slo_ends_own_session=False),
    ),
    Weakness(
        "slo-request-names-nobody",
        "session",
        "The LogoutRequest has no NameID, so that Entra ID answers with AADSTS7500530.",
        setting(slo_request="without-name-id"),
    ),
    Weakness(
        "slo-query-encoded-again",
        "session",
        "The query of a logout message is decoded and encoded again before its signature is verified.",
        without_slo("raw-query"),
    ),
    Weakness(
        "slo-half-signature-accepted",
        "session",
        "A logout query that has a Signature or a SigAlg, but not both, counts as signed.",
        without_slo("whole-signature"),
    ),
    Weakness(
        "slo-relay-state-followed",
        "session",
        "After a logout the browser is sent to whatever RelayState the answer carries.",
        without_slo("relay-state"),
    ),
    Weakness(
        "slo-request-unsigned",
        "session",
        "The platform's own LogoutRequest is not signed.",
        setting(slo_request="unsigned"),
    ),
)
