"""Keycloak's discovery document, in the order of version 26.

Its lists of algorithms for encryption, of request objects and of mutual TLS are left out: what they promise
is not served here. So are the members of CIBA and of pushed authorization requests.
"""

from __future__ import annotations

from collections.abc import Mapping

from mock_idp.personalities.oidc_base import Endpoint

SCOPES = (
    "openid", "basic", "address", "profile", "web-origins", "organization", "service_account",
    "microprofile-jwt", "email", "roles", "acr", "phone", "offline_access",
)  # fmt: skip
CLAIMS = (
    "aud", "sub", "iss", "auth_time", "name", "given_name", "family_name", "preferred_username", "email",
    "acr",
)  # fmt: skip
CLIENT_AUTHENTICATION = ("client_secret_basic", "client_secret_post")
RESPONSE_TYPES = ("code", "id_token", "code id_token")


def document(issuer: str, urls: Mapping[Endpoint, str]) -> dict[str, object]:
    """The document of the realm at `issuer`."""
    return {
        "issuer": issuer,
        "authorization_endpoint": urls[Endpoint.AUTHORIZE],
        "token_endpoint": urls[Endpoint.TOKEN],
        "introspection_endpoint": urls[Endpoint.INTROSPECT],
        "userinfo_endpoint": urls[Endpoint.USERINFO],
        "end_session_endpoint": urls[Endpoint.LOGOUT],
        "frontchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "jwks_uri": urls[Endpoint.KEYS],
        "check_session_iframe": f"{issuer}/protocol/openid-connect/login-status-iframe.html",
        "grant_types_supported": ("authorization_code", "refresh_token", "password"),
        "acr_values_supported": ("0", "1"),
        "response_types_supported": RESPONSE_TYPES,
        "subject_types_supported": ("public",),
        "prompt_values_supported": ("none", "login", "consent"),
        "id_token_signing_alg_values_supported": ("RS256",),
        "response_modes_supported": ("query", "fragment", "form_post"),
        "registration_endpoint": f"{issuer}/clients-registrations/openid-connect",
        "token_endpoint_auth_methods_supported": CLIENT_AUTHENTICATION,
        "introspection_endpoint_auth_methods_supported": CLIENT_AUTHENTICATION,
        "claims_supported": CLAIMS,
        "claim_types_supported": ("normal",),
        "claims_parameter_supported": True,
        "scopes_supported": SCOPES,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "code_challenge_methods_supported": ("plain", "S256"),
        "tls_client_certificate_bound_access_tokens": True,
        "revocation_endpoint": urls[Endpoint.REVOKE],
        "revocation_endpoint_auth_methods_supported": CLIENT_AUTHENTICATION,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "device_authorization_endpoint": f"{urls[Endpoint.AUTHORIZE]}/device",
    }
