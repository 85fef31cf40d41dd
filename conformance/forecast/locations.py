"""What is wrong with a web address in a configuration: the checks that SAML metadata and discovery share."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

_LOOPBACK = frozenset(("localhost", "localhost.localdomain"))


def location_problem(url: str) -> str:
    """Return why the platform cannot use this address, "" when it can. http is for loopback only."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return f"“{url}” is not a web address"
    if url != url.strip():
        return f"“{url}” has white space around it"
    if "{" in url or "}" in url:
        return f"“{url}” still has a placeholder in braces"
    if parts.scheme not in {"http", "https"} or not host:
        return f"“{url}” is not a web address (https://host/…)"
    if parts.scheme == "http" and not _is_loopback(host):
        return f"“{url}” is not encrypted (http)"
    return ""


def has_placeholder(issuer: str) -> bool:
    """Whether an issuer is a template, as Entra's `common` endpoint sends it: https://sts.windows.net/{tenantid}/."""
    return "{" in issuer or "}" in issuer


def _is_loopback(host: str) -> bool:
    if host in _LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
