"""Weaknesses in how an ID token is verified."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, setting, without

WEAKNESSES: Final = (
    Weakness(
        "oidc-signature-not-checked",
        "signature",
        "The signature of the ID token is not verified.",
        setting(oidc_signature="ignored"),
    ),
    Weakness(
        "oidc-alg-none-accepted",
        "signature",
        'An ID token with "alg": "none" needs no signature.',
        setting(oidc_algorithms=("RS256", "none")),
    ),
    Weakness(
        "oidc-issuer-not-checked",
        "issuer",
        "An ID token of another issuer is accepted.",
        without("oidc_checks", "issuer"),
    ),
    Weakness(
        "oidc-audience-not-checked",
        "audience",
        "An ID token made for another application is accepted.",
        without("oidc_checks", "audience"),
    ),
    Weakness(
        "oidc-expiry-not-checked",
        "time",
        "The times in the ID token are ignored.",
        without("oidc_checks", "times"),
    ),
    Weakness(
        "oidc-nonce-not-checked",
        "request-binding",
        "An ID token from another login (another or no nonce) is accepted.",
        without("oidc_checks", "nonce"),
    ),
    # which key, and which algorithm
    Weakness(
        "oidc-alg-none-in-any-case",
        "signature",
        'The algorithm "none" is forbidden as it is written, and "None" needs no signature.',
        setting(oidc_none="in-any-case"),
    ),
    Weakness(
        "oidc-empty-signature-accepted",
        "signature",
        "The signature of the ID token is verified when there is one, and not missed when it is empty.",
        setting(oidc_signature="if-present"),
    ),
    Weakness(
        "oidc-hmac-with-public-key",
        "signature",
        "The header chooses the algorithm, so that the public key, which everybody has, is an HMAC's secret.",
        setting(oidc_hmac="public-key"),
    ),
    Weakness(
        "oidc-hmac-with-guessable-key",
        "signature",
        "An ID token with HS256 is accepted when its secret is empty, null or secret.",
        setting(oidc_hmac="guessable"),
    ),
    Weakness(
        "oidc-any-algorithm-of-the-key",
        "signature",
        "The ID token's header chooses among all algorithms that the published key can do.",
        setting(oidc_algorithms=("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
    ),
    Weakness(
        "oidc-missing-alg-accepted",
        "signature",
        "An ID token whose header names no algorithm is verified as if it said RS256.",
        setting(oidc_missing_algorithm="accept"),
    ),
    Weakness(
        "oidc-failure-to-verify-accepted",
        "signature",
        "An algorithm that no published key is for cannot be verified, and the failure counts as a yes.",
        setting(oidc_failing_verifier="accept"),
    ),
    Weakness(
        "oidc-jwk-header-trusted",
        "signature",
        "An ID token is verified with the key in its own header (jwk).",
        setting(oidc_header_keys=frozenset({"jwk"})),
    ),
    Weakness(
        "oidc-x5c-header-trusted",
        "signature",
        "An ID token is verified with the certificate in its own header (x5c).",
        setting(oidc_header_keys=frozenset({"x5c"})),
    ),
    Weakness(
        "oidc-jku-fetched",
        "signature",
        "An ID token is verified with the keys at the address that its header names (jku).",
        setting(oidc_header_keys=frozenset({"jku"})),
    ),
    Weakness(
        "oidc-x5u-fetched",
        "signature",
        "An ID token is verified with the certificate at the address that its header names (x5u).",
        setting(oidc_header_keys=frozenset({"x5u"})),
    ),
    Weakness(
        "oidc-unknown-key-accepted",
        "signature",
        "An ID token whose key is not among the published ones is not verified at all.",
        setting(oidc_unknown_key="accept"),
    ),
    Weakness(
        "oidc-keys-of-every-issuer",
        "signature",
        "The keys of all clients' providers are kept together, and each signs for every issuer.",
        setting(oidc_keys_of="every-issuer"),
    ),
    Weakness(
        "oidc-critical-headers-ignored",
        "signature",
        "Extensions that the ID token's header calls critical are ignored.",
        without("oidc_checks", "critical-headers"),
    ),
    Weakness(
        "oidc-json-verified-compact-read",
        "signature",
        "A JSON serialisation is verified, and the claims are read from between the text's dots.",
        setting(oidc_form="compact-or-json"),
    ),
    Weakness(
        "oidc-odd-token-crashes",
        "parser",
        "An ID token with another number of parts, or whose payload is no object, ends in an error 500.",
        setting(oidc_odd_tokens="stumble"),
    ),
    # claims
    Weakness(
        "oidc-subject-not-needed",
        "identity",
        "An ID token that names nobody is accepted.",
        without("oidc_checks", "subject", "userinfo-subject"),
    ),
    Weakness(
        "oidc-issuer-compared-by-prefix",
        "issuer",
        "The issuer is right when one of the two begins with the other.",
        setting(oidc_issuer="prefix"),
    ),
    Weakness(
        "oidc-issuer-compared-loosely",
        "issuer",
        "Scheme, port, case, blanks and a final slash of the issuer do not count.",
        setting(oidc_issuer="loose"),
    ),
    Weakness(
        "oidc-issuer-one-of-a-list",
        "issuer",
        "A token may name several issuers, if the right one is among them.",
        setting(oidc_issuer="one-of-a-list"),
    ),
    Weakness(
        "oidc-issuer-of-any-tenant",
        "issuer",
        "The tenant in the issuer is taken from the token itself, so that every tenant of the vendor counts.",
        setting(oidc_issuer="any-tenant"),
    ),
    Weakness(
        "oidc-issuer-of-any-client",
        "issuer",
        "The issuer of an ID token may be that of any client of the platform.",
        setting(oidc_issuer="of-any-client"),
    ),
    Weakness(
        "oidc-claims-not-checked",
        "audience",
        "The signature of a token is verified, and nothing of what it says about itself.",
        without(
            "oidc_checks",
            "subject",
            "issuer",
            "audience",
            "authorized-party",
            "times",
            "nonce",
            "access-token-hash",
            "userinfo-subject",
        ),
    ),
    Weakness(
        "oidc-azp-not-checked",
        "audience",
        "An ID token that was made for another party, with this client among its audiences, is accepted.",
        without("oidc_checks", "authorized-party"),
    ),
    Weakness(
        "oidc-missing-expiry-accepted",
        "time",
        "An ID token without exp never expires.",
        setting(oidc_optional_claims=frozenset({"exp"})),
    ),
    Weakness(
        "oidc-skew-of-an-hour",
        "time",
        "Times in an ID token may be off by an hour.",
        setting(clock_skew_seconds=3600),
    ),
    Weakness(
        "oidc-missing-nonce-accepted",
        "request-binding",
        "The nonce of an ID token is compared when there is one, and not missed when there is none.",
        setting(oidc_optional_claims=frozenset({"nonce"})),
    ),
    Weakness(
        "oidc-access-token-hash-ignored",
        "request-binding",
        "An access token that does not belong to the ID token (at_hash) is accepted.",
        without("oidc_checks", "access-token-hash"),
    ),
    Weakness(
        "oidc-code-hash-ignored",
        "request-binding",
        "A code that does not belong to the ID token beside it (c_hash) is accepted.",
        without("oidc_checks", "code-hash"),
    ),
    Weakness(
        "account-by-subject-of-any-issuer",
        "identity",
        "An account is found by sub alone, whichever provider says it.",
        setting(accounts_found_by="subject-of-any-issuer"),
    ),
    # the provider's documents and endpoints
    Weakness(
        "unreachable-provider-crashes",
        "status",
        "A provider that cannot be reached, or answers without JSON, ends a login in an error 500.",
        setting(provider_failures="stumble"),
    ),
    Weakness(
        "oidc-access-token-in-address",
        "secrecy",
        "The access token stands in the address of the userinfo request too.",
        setting(oidc_bearer_in="address"),
    ),
    Weakness(
        "oidc-userinfo-of-anybody",
        "identity",
        "The claims of userinfo are used although its sub is not the ID token's.",
        without("oidc_checks", "userinfo-subject"),
    ),
    Weakness(
        "oidc-discovery-issuer-not-compared",
        "issuer",
        "A discovery document that names another issuer than the saved one is used.",
        without("oidc_checks", "discovery-issuer"),
    ),
    Weakness(
        "oidc-discovery-endpoints-anywhere",
        "closure",
        "A discovery document may name endpoints on the platform's own computer.",
        without("oidc_checks", "discovery-endpoints"),
    ),
)
