"""How the HTTP request under way came, for the journal: what a relying party really put on the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from mock_idp.journal import Unread

NOT_SHOWN = "(not shown)"
SECRETS = ("client_secret", "password", "refresh_token", "access_token", "client_assertion", "device_code")
"""Parameters whose values stay out of the journal. A code and its verifier are spent by being presented."""
_IN_QUERY = re.compile(rf"((?:^|&)(?:{'|'.join(SECRETS)})=)[^&]*")
_SCHEME_ONLY = ("HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION")
_PREFIX = "HTTP_"
_IS_HEADER = re.compile(r"HTTP_|CONTENT_(?:TYPE|LENGTH)$").match


@dataclass(frozen=True, slots=True)
class Received(Unread):
    """A request without its credentials. Headers keep their WSGI names (PEP 3333) until somebody reads the
    entry, because every token request of every login makes one."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]

    def read(self) -> dict[str, object]:
        """Method, path, raw query and headers by lower-case name."""
        told = {
            name.removeprefix(_PREFIX).replace("_", "-").lower(): value
            for name, value in self.headers.items()
        }
        return {"method": self.method, "path": self.path, "query": self.query, "headers": told}


def received() -> Received:
    """The request under way; credentials are only named."""
    environ = request.environ
    headers = {name: environ[name] for name in filter(_IS_HEADER, environ)}
    for name in _SCHEME_ONLY:
        if name in headers:
            headers[name] = f"{headers[name].partition(' ')[0]} {NOT_SHOWN}"
    if "HTTP_COOKIE" in headers:
        headers["HTTP_COOKIE"] = NOT_SHOWN
    query = environ["QUERY_STRING"]
    shown = _IN_QUERY.sub(rf"\1{NOT_SHOWN}", query) if query else ""
    return Received(request.method, request.path, shown, headers)
