"""Weaknesses where an answer that says no, or comes too late, is taken for one that says yes."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, setting, without

WEAKNESSES: Final = (
    Weakness(
        "provider-says-no-crashes",
        "provisioning",
        "A person whom the provider does not let in ends on an error 500: only a code was expected.",
        without("oidc_rules", "errors-expected"),
    ),
    Weakness(
        "provider-error-not-expected",
        "status",
        "An error of the provider, at either of its endpoints, ends a login in an error 500.",
        without("oidc_rules", "errors-expected"),
    ),
    Weakness(
        "secret-refused-crashes",
        "lifecycle",
        "A secret that the provider does not take any more ends every login in an error 500.",
        without("oidc_rules", "errors-expected"),
    ),
    Weakness(
        "provider-outage-crashes",
        "routing",
        "While the provider is down, who comes back from it ends on an error 500.",
        setting(provider_failures="stumble"),
    ),
    Weakness(
        "unknown-email-opens-first-account",
        "identity",
        "A look-up that finds nobody goes on with the first account of the list.",
        setting(unknown_email="first-account"),
    ),
    Weakness(
        "oidc-issuer-compared-nowhere",
        "issuer",
        "For the sake of many tenants neither the token's issuer nor the discovery document's is compared.",
        without("oidc_checks", "issuer", "discovery-issuer"),
    ),
)
