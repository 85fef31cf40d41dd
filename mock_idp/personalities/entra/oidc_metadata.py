"""The fixed lists of Entra's discovery documents and the headers of its answers, as captured."""

from __future__ import annotations

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

COMMON_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "P3P": 'CP="DSP CUR OTPi IND OTRi ONL FIN"',
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-XSS-Protection": "0",
    "x-ms-ests-server": "2.1.16209.3 - EUS ProdSlices",
}
DOCUMENT_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, OPTIONS",
    "Cache-Control": "max-age=86400, private",
}
TOKEN_HEADERS = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache", "Expires": "-1"}
