"""OpenID Connect: whose login an answer belongs to, and what becomes of the answers of both endpoints."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, setting, without

WEAKNESSES: Final = (
    Weakness(
        "oidc-state-not-checked",
        "request-binding",
        "The callback does not compare the state with the login that this browser started.",
        without("oidc_checks", "state"),
    ),
    Weakness(
        "oidc-state-reusable",
        "replay",
        "A state is good for any number of answers, and nothing else ties a code to its login.",
        without("oidc_rules", "state-single-use", "nonce-sent", "pkce-sent"),
    ),
    Weakness(
        "oidc-callback-answered-again",
        "replay",
        "A callback that is opened again is answered as before, with a session, so that reloading works.",
        without("oidc_rules", "state-single-use", "answered-once"),
    ),
    Weakness(
        "oidc-code-of-any-login",
        "request-binding",
        "Neither nonce nor PKCE ties a code to the login that it was made for.",
        without("oidc_rules", "nonce-sent", "pkce-sent"),
    ),
    Weakness(
        "oidc-response-issuer-not-checked",
        "issuer",
        "An answer whose iss names another provider is taken for the saved one's.",
        without("oidc_checks", "response-issuer"),
    ),
    Weakness(
        "oidc-missing-response-issuer-not-missed",
        "issuer",
        "A provider whose metadata promises an iss in each answer may leave it out.",
        without("oidc_checks", "response-issuer-advertised"),
    ),
    Weakness(
        "oidc-code-taken-for-granted",
        "status",
        "An answer without a code and without an error ends in a crash.",
        without("oidc_rules", "code-required"),
    ),
    Weakness(
        "oidc-error-text-as-markup",
        "status",
        "What the provider says about an error stands in the page as markup, in full length.",
        without("oidc_rules", "error-text-escaped"),
    ),
    Weakness(
        "oidc-id-token-not-needed",
        "signature",
        "Without an ID token, whoever the userinfo endpoint names is signed in.",
        without("oidc_rules", "id-token-required"),
    ),
    Weakness(
        "oidc-certificate-not-verified",
        "secrecy",
        "Any certificate will do for the provider's token endpoint.",
        setting(oidc_certificates="ignored"),
    ),
    Weakness(
        "oidc-logout-hint-not-kept",
        "session",
        "No ID token is kept, so that a logout at the provider has no id_token_hint.",
        without("oidc_rules", "logout-hint-kept"),
    ),
)
