"""The fixed lists of Okta's discovery documents and the headers of its answers, as captured."""

from __future__ import annotations

from mock_idp.personalities.oidc_base import Endpoint

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

COMMON_HEADERS = {
    "Content-Type": "application/json",
    "P3P": 'CP="HONK"',
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Strict-Transport-Security": "max-age=315360000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex,nofollow",
    "X-Xss-Protection": "0",
}
NOT_CACHED = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache", "Expires": "0"}
# Documents are cached for a day; keys until the next rotation, which is some 45 days away.
CACHED = {
    Endpoint.DISCOVERY: {"Cache-Control": "max-age=86400, must-revalidate", "Vary": "Origin"},
    Endpoint.OAUTH_METADATA: {"Cache-Control": "max-age=86400, must-revalidate", "Vary": "Origin"},
    Endpoint.KEYS: {"Cache-Control": "max-age=3885115, must-revalidate", "Vary": "Origin"},
}
