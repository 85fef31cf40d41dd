"""The fixed lists of Entra's discovery documents and the headers of its answers, as captured."""

from __future__ import annotations

from datetime import timedelta

from mock_idp.personalities.oidc_base import Trace, random_base64url

CLIENT_AUTHENTICATION = ("client_secret_post", "private_key_jwt", "client_secret_basic")
SHARED_AUTHORITIES = ("common", "organizations", "consumers")
RESPONSE_MODES = ("query", "fragment", "form_post")
V2_RESPONSE_TYPES = ("code", "id_token", "code id_token", "id_token token")
V1_RESPONSE_TYPES = ("code", "id_token", "code id_token", "token id_token", "token")
OPENID_SCOPES = ("openid", "profile", "email", "offline_access")
_CLAIMS = (
    "sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name", "msgraph_host",
    "aud", "exp", "iat", "auth_time", "acr",
)  # fmt: skip
V2_CLAIMS = (*_CLAIMS, "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash", "email")
V1_CLAIMS = (*_CLAIMS, "amr", "nonce", "email", "given_name", "family_name", "nickname")
TAIL = {
    "cloud_instance_name": "microsoftonline.com",
    "cloud_graph_host_name": "graph.windows.net",
    "msgraph_host": "graph.microsoft.com",
    "rbac_url": "https://pas.windows.net",
}

INSTANCES = {
    "api-version": "1.1",
    "metadata": [
        {"preferred_network": network, "preferred_cache": cache, "aliases": [network, *further]}
        for network, cache, further in (
            (
                "login.microsoftonline.com",
                "login.windows.net",
                ("login.windows.net", "login.microsoft.com", "sts.windows.net"),
            ),
            (
                "login.partner.microsoftonline.cn",
                "login.partner.microsoftonline.cn",
                ("login.chinacloudapi.cn",),
            ),
            ("login.microsoftonline.de", "login.microsoftonline.de", ()),
            ("login.microsoftonline.us", "login.microsoftonline.us", ("login.usgovcloudapi.net",)),
            ("login-us.microsoftonline.com", "login-us.microsoftonline.com", ()),
        )
    ],
}
"""Microsoft's clouds, as instance discovery lists them (captured in 2023)."""

GRAPHS = (
    "https://graph.microsoft.com",
    "00000003-0000-0000-c000-000000000000",
    "https://graph.windows.net",
    "00000002-0000-0000-c000-000000000000",
)
"""What `resource` of v1.0 calls Microsoft's own two APIs of the directory."""

SERVER_BUILD = "2.1.16209.3 - EUS ProdSlices"
_SECURITY_HEADERS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-XSS-Protection": "0",
    "P3P": 'CP="DSP CUR OTPi IND OTRi ONL FIN"',
}
DOCUMENT_HEADERS = {
    "Cache-Control": "max-age=86400, private",
    "Content-Type": "application/json; charset=utf-8",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, OPTIONS",
    **_SECURITY_HEADERS,
}
TOKEN_HEADERS = {
    "Cache-Control": "no-store, no-cache",
    "Pragma": "no-cache",
    "Content-Type": "application/json; charset=utf-8",
    "Expires": "-1",
    **_SECURITY_HEADERS,
}


def cookies(trace: Trace) -> tuple[str, ...]:
    """A browser's fingerprint for thirty days, and two names of server clusters."""
    ends = f"{trace.at + timedelta(days=30):%a, %d-%b-%Y %H:%M:%S GMT}"
    fingerprint = random_base64url(36)
    return (
        f"fpc={fingerprint}; expires={ends}; path=/; secure; HttpOnly; SameSite=None",
        "x-ms-gateway-slice=estsfd; path=/; secure; samesite=none; httponly",
        "stsservicecookie=estsfd; path=/; secure; samesite=none; httponly",
    )
