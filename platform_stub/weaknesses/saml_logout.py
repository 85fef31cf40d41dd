"""Weaknesses of SAML single logout."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, setting, without

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
        without("slo_checks", "signature"),
    ),
    Weakness(
        "slo-issuer-not-checked",
        "session",
        "A logout message whose Issuer is not the saved Issuer URL is accepted.",
        without("slo_checks", "issuer"),
    ),
    Weakness(
        "slo-destination-not-checked",
        "session",
        "A logout message whose Destination is another address is accepted.",
        without("slo_checks", "destination"),
    ),
    Weakness(
        "slo-in-response-to-not-checked",
        "session",
        "A LogoutResponse to a request that this platform never sent is accepted.",
        without("slo_checks", "in-response-to"),
    ),
    Weakness(
        "slo-status-not-checked",
        "session",
        "A LogoutResponse that reports a failure counts as a logout everywhere.",
        without("slo_checks", "status"),
    ),
    Weakness(
        "slo-request-expiry-not-checked",
        "session",
        "A LogoutRequest that has expired still ends sessions.",
        without("slo_checks", "times"),
    ),
    Weakness(
        "slo-name-id-ignored",
        "session",
        "A LogoutRequest ends sessions of people whom it does not name.",
        without("slo_checks", "name-id"),
    ),
    Weakness(
        "slo-session-index-ignored",
        "session",
        "A LogoutRequest for one session ends every session of the person.",
        without("slo_checks", "session-index"),
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
        without("slo_checks", "raw-query"),
    ),
    Weakness(
        "slo-half-signature-accepted",
        "session",
        "A logout query that has a Signature or a SigAlg, but not both, counts as signed.",
        without("slo_checks", "whole-signature"),
    ),
    Weakness(
        "slo-two-messages-accepted",
        "session",
        "Of two messages in one query the first is verified and the last is obeyed (CVE-2025-27773).",
        without("slo_checks", "one-message"),
    ),
    Weakness(
        "slo-relay-state-followed",
        "session",
        "After a logout the browser is sent to whatever RelayState the answer carries.",
        without("slo_checks", "relay-state"),
    ),
    Weakness(
        "slo-request-unsigned",
        "session",
        "The platform's own LogoutRequest is not signed.",
        setting(slo_request="unsigned"),
    ),
)
