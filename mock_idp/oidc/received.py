"""How the HTTP request under way came, for the journal: what a relying party really put on the wire."""

from __future__ import annotations

import re

from flask import request

NOT_SHOWN = "(not shown)"
SECRETS = ("client_secret", "password", "refresh_token", "access_token", "client_assertion", "device_code")
"""Parameters whose values stay out of the journal. A code and its verifier are spent by being presented."""
_IN_QUERY = re.compile(rf"((?:^|&)(?:{'|'.join(SECRETS)})=)[^&]*")
_SCHEME_ONLY = ("authorization", "proxy-authorization")


def received() -> dict[str, object]:
    """Method, path, raw query and headers (by lower-case name) of the request; credentials are only named."""
    return {
        "method": request.method,
        "path": request.path,
        "query": _IN_QUERY.sub(rf"\1{NOT_SHOWN}", request.query_string.decode("latin-1")),
        "headers": {name.lower(): _shown(name.lower(), value) for name, value in request.headers},
    }


def _shown(name: str, value: str) -> str:
    if name in _SCHEME_ONLY:
        return f"{value.partition(' ')[0]} {NOT_SHOWN}"
    return NOT_SHOWN if name == "cookie" else value
