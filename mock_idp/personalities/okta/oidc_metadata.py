"""The fixed lists of Okta's discovery documents and the headers of its answers, as captured."""

from __future__ import annotations

import secrets
from datetime import datetime

from mock_idp.personalities.oidc_base import Endpoint, Trace

RESPONSE_TYPES = ("code", "id_token", "code id_token", "code token", "id_token token", "code id_token token")
RESPONSE_MODES = ("query", "fragment", "form_post", "okta_post_message")
GRANTS = (
    "authorization_code", "implicit", "refresh_token", "password",
    "urn:ietf:params:oauth:grant-type:device_code",
)  # fmt: skip
CUSTOM_GRANTS = (
    *GRANTS,
    "urn:openid:params:grant-type:ciba",
    "urn:okta:params:oauth:grant-type:otp",
    "http://auth0.com/oauth/grant-type/mfa-otp",
    "urn:okta:params:oauth:grant-type:oob",
    "http://auth0.com/oauth/grant-type/mfa-oob",
)
CLIENT_AUTHENTICATION = (
    "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none",
)  # fmt: skip
CLAIMS = (
    "iss", "ver", "sub", "aud", "iat", "exp", "jti", "auth_time", "amr", "idp", "nonce", "name", "nickname",
    "preferred_username", "given_name", "middle_name", "family_name", "email", "email_verified", "profile",
    "zoneinfo", "locale", "address", "phone_number", "picture", "website", "gender", "birthdate",
    "updated_at", "at_hash", "c_hash",
)  # fmt: skip
PROMPTS = frozenset({"none", "login", "consent", "enroll_authenticator"})
REQUEST_ALGORITHMS = ("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
DPOP_ALGORITHMS = REQUEST_ALGORITHMS[3:]
ORG_SCOPES = ("openid", "email", "profile", "address", "phone", "offline_access", "groups")
CUSTOM_SCOPES = (
    "openid", "profile", "email", "address", "phone", "offline_access", "device_sso", "interclient_access",
)  # fmt: skip
ENCRYPTION: dict[str, object] = {
    "id_token_encryption_alg_values_supported": ("RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512"),
    "id_token_encryption_enc_values_supported": ("A256GCM",),
}

PRIVACY_POLICY = 'CP="HONK"'
COMMON_HEADERS = {
    "Content-Type": "application/json",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Strict-Transport-Security": "max-age=315360000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex,nofollow",
    "X-Xss-Protection": "0",
}
REQUESTS_A_MINUTE = 1000
NOT_CACHED = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache", "Expires": "0"}
# Documents are cached for a day; keys until the next rotation, which is some 45 days away.
CACHED = {
    Endpoint.DISCOVERY: {"Cache-Control": "max-age=86400, must-revalidate", "Vary": "Origin"},
    Endpoint.OAUTH_METADATA: {"Cache-Control": "max-age=86400, must-revalidate", "Vary": "Origin"},
    Endpoint.KEYS: {"Cache-Control": "max-age=3885115, must-revalidate", "Vary": "Origin"},
}


LATER_HEADERS = ("Strict-Transport-Security", "X-Content-Type-Options", "X-Robots-Tag", "X-Xss-Protection")
HEADERS_OF_2017 = {"X-Okta-Backend": "albatross", "Content-Language": "en"}


def as_of_2017(headers: dict[str, str]) -> dict[str, str]:
    """The headers as a capture of 2017 shows them, of a test system of Okta's own without TLS."""
    kept = {name: value for name, value in headers.items() if name not in LATER_HEADERS}
    return kept | HEADERS_OF_2017


def rate_limit(trace: Trace) -> dict[str, str]:
    """The limit of the endpoint, of which each answer here is the first request of its minute."""
    return _rate_limit(trace.at)


def _rate_limit(now: datetime) -> dict[str, str]:
    return {
        "X-Rate-Limit-Limit": str(REQUESTS_A_MINUTE),
        "X-Rate-Limit-Remaining": str(REQUESTS_A_MINUTE - 1),
        "X-Rate-Limit-Reset": str(int(now.timestamp()) + 60),
    }


def cookies(*, at_token_endpoint: bool) -> tuple[str, ...]:
    """A servlet session; the token endpoint, which no browser visits, also removes the sign-in's cookies.

    They are `sid` and `xids`, which this IdP does not use.
    """
    servlet = f"JSESSIONID={secrets.token_hex(16).upper()}; Path=/; Secure; HttpOnly"
    if not at_token_endpoint:
        return ("t=default; Path=/", servlet)
    gone = "Expires=Thu, 01 Jan 1970 00:00:10 GMT; Path=/"
    return (
        'sid="";Version=1;Path=/;Max-Age=0',
        'xids="";Version=1;Path=/;Max-Age=0',
        f'autolaunch_triggered=""; {gone}',
        f'activate_ca_modal_triggered=""; {gone}',
        servlet,
    )


def page_headers(now: datetime) -> list[tuple[str, str]]:
    """Headers and cookies of pages for people: those of the authorization endpoint, captured in 2017."""
    common = {name: value for name, value in COMMON_HEADERS.items() if name != "Content-Type"}
    headers = {
        "X-Okta-Request-Id": secrets.token_hex(16),
        "P3P": PRIVACY_POLICY,
        **_rate_limit(now),
        **common,
    }
    named = {**headers, **NOT_CACHED}
    return [*named.items(), *(("Set-Cookie", cookie) for cookie in cookies(at_token_endpoint=False))]
