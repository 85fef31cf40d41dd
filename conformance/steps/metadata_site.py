"""A web site that serves spoilt copies of an IdP's SAML metadata, for platforms that import it by its link.

Each document is the IdP's own metadata with one thing wrong, or an answer that is no metadata at all.
`good` is the untouched copy: the control that shows that the site itself is read.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, NamedTuple

from lxml import etree

from conformance.wire import WireError, exchange_once

_MD: Final = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_SAML: Final = "application/samlmetadata+xml"
_HUGE_BYTES: Final = 50_000_000
_SLOW_SECONDS: Final = 8
_PAGE: Final = (
    b'<!DOCTYPE html><html><head><title>Sign in</title></head><body><form method="post">'
    b'<p>Sign in to see this page.</p><input name="user"></form></body></html>'
)
_SP: Final = (
    b'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="http://sp.test/metadata">'
    b'<md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
    b'<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" '
    b'Location="http://sp.test/acs" index="0"/></md:SPSSODescriptor></md:EntityDescriptor>'
)
_BOMB: Final = (
    '<!DOCTYPE md:EntityDescriptor [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
)
_OUTSIDE: Final = '<!DOCTYPE md:EntityDescriptor [<!ENTITY c SYSTEM "file:///dev/null">]>'

_CANARY: Final = (
    '<!DOCTYPE md:EntityDescriptor [<!ENTITY c SYSTEM "http://127.0.0.1:{port}/canary">'
    '<!ENTITY % d SYSTEM "http://127.0.0.1:{port}/canary">%d;]>'
)


class Served(NamedTuple):
    """An answer of the site; the body may be made while it is sent."""

    body: Iterable[bytes]
    content_type: str = _SAML
    status: int = 200
    location: str = ""


Spoil = Callable[[etree._Element], None]


def _without(path: str) -> Spoil:
    def spoil(root: etree._Element) -> None:
        for role in root.findall(f"{_MD}IDPSSODescriptor"):
            for found in role.findall(f"{_MD}{path}"):
                role.remove(found)

    return spoil


def _set(path: str, name: str, value: str) -> Spoil:
    def spoil(root: etree._Element) -> None:
        for found in [root] if not path else root.findall(f".//{_MD}{path}"):
            found.set(name, value)

    return spoil


def _other_role(root: etree._Element) -> None:
    for role in root.findall(f"{_MD}IDPSSODescriptor"):
        role.tag = f"{_MD}AttributeAuthorityDescriptor"


def _use_removed(root: etree._Element) -> None:
    keys = root.findall(f"{_MD}IDPSSODescriptor/{_MD}KeyDescriptor")
    for key in keys:
        key.attrib.pop("use", None)


_SPOILT: Final[dict[str, Spoil]] = {
    "good": lambda _root: None,
    "no-idp-role": _other_role,
    "no-sign-on-address": _without("SingleSignOnService"),
    "no-key": _without("KeyDescriptor"),
    "key-without-use": _use_removed,
    "encryption-key-only": _set("KeyDescriptor", "use", "encryption"),
    "no-entity-id": _set("", "entityID", ""),
    "expired": _set("", "validUntil", "2020-02-29T00:00:00Z"),
    "valid-until-garbage": _set("", "validUntil", "next week"),
    "script-address": _set("SingleSignOnService", "Location", "javascript:alert(document.cookie)"),
    "plain-http-address": _set("SingleSignOnService", "Location", "http://idp.acme.test/sso"),
}


class MetadataSite:
    """The site, from its start to `close`; `read` is where the good metadata is."""

    def __init__(self, metadata_url: str, trust: ssl.SSLContext | None = None) -> None:
        self._metadata_url = metadata_url
        self._asked: list[str] = []
        self._trust = trust
        site = self

        class Handler(BaseHTTPRequestHandler):
            """Answers by the path's last part."""

            def do_GET(self) -> None:
                site._send(self)

            def log_message(self, *_: object) -> None:
                """Say nothing on the console."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.port = self._server.server_port

    def url(self, document: str) -> str:
        """Return the address of a document. Raises LookupError for a name that is none."""
        if document not in self.names():
            raise LookupError(
                f"there is no metadata document `{document}`; there are {', '.join(self.names())}"
            )
        return f"http://127.0.0.1:{self.port}/{document}"

    @staticmethod
    def names() -> tuple[str, ...]:
        """Return the names of all documents."""
        return (*_SPOILT, *_ANSWERS)

    def close(self) -> None:
        """End the site."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, document: str) -> Served:
        """Return what the site serves under that name."""
        good = exchange_once("GET", self._metadata_url, trust=self._trust)
        if not good.is_success:
            raise WireError(f"GET {self._metadata_url}: answered {good.status}, expected the IdP's metadata")
        root = etree.fromstring(good.content, etree.XMLParser(resolve_entities=False, no_network=True))
        if document in _SPOILT:
            spoilt = deepcopy(root)
            _SPOILT[document](spoilt)
            return Served([etree.tostring(spoilt)])
        return _ANSWERS[document](etree.tostring(root), self.port)

    def beyond(self, document: str) -> list[str]:
        """Return what else was asked for since the last call, besides the document: a canary that sang."""
        asked, self._asked = self._asked, []
        return [other for other in asked if other != document]

    def _send(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.path.rsplit("/", 1)[-1]
        self._asked.append(wanted)
        served = self.answer(wanted) if wanted in self.names() else Served([], status=404)
        request.send_response(served.status)
        request.send_header("Content-Type", served.content_type)
        if served.location:
            request.send_header("Location", served.location)
        request.end_headers()
        try:
            for chunk in served.body:
                request.wfile.write(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass  # whoever reads has had enough: that is what these documents are for


def _slowly(document: bytes) -> Iterable[bytes]:
    """Send the document a few bytes at a time, so that no single wait is long."""
    steps = _SLOW_SECONDS * 4
    size = -(-len(document) // steps)
    for number in range(steps):
        yield document[number * size : (number + 1) * size]
        time.sleep(_SLOW_SECONDS / steps)  # the slowness is what is served, nothing is proved by waiting


def _padded(document: bytes) -> Iterable[bytes]:
    """Send good metadata with a very long comment in it."""
    end = document.rindex(b"</")
    yield document[:end] + b"<!--"
    for _ in range(_HUGE_BYTES // 100_000):
        yield b"x" * 100_000
    yield b"-->" + document[end:]


def _with_entity(document: bytes, declaration: str) -> bytes:
    """Put an entity into good metadata, where its text means nothing."""
    end = document.rindex(b"</")
    return declaration.encode() + document[:end] + b'<n xmlns="urn:x">&c;</n>' + document[end:]


_ANSWERS: Final[dict[str, Callable[[bytes, int], Served]]] = {
    "login-page": lambda _good, _port: Served([_PAGE], "text/html; charset=utf-8"),
    "login-page-as-xml": lambda _good, _port: Served([_PAGE], "application/xml"),
    "not-xml": lambda _good, _port: Served([b"metadata will be here soon"], "text/plain"),
    "empty": lambda _good, _port: Served([b""]),
    "wrong-root": lambda _good, _port: Served([b'<catalogue xmlns="urn:shop"/>'], "application/xml"),
    "service-provider": lambda _good, _port: Served([_SP]),
    "cut-off": lambda good, _port: Served([good[: len(good) // 2]]),
    "entity-bomb": lambda good, _port: Served([_with_entity(good, _BOMB)]),
    "external-entity": lambda good, _port: Served([_with_entity(good, _OUTSIDE)]),
    "canary-entity": lambda good, port: Served([_with_entity(good, _CANARY.replace("{port}", str(port)))]),
    "json": lambda _good, _port: Served([b'{"issuer": "https://idp.test"}'], "application/json"),
    "not-found": lambda good, _port: Served([good], status=404),
    "server-error": lambda good, _port: Served([good], status=503),
    "redirect": lambda _good, port: Served([], status=302, location=f"http://127.0.0.1:{port}/good"),
    "redirect-to-other-host": lambda _good, port: Served(
        [], status=302, location=f"http://localhost:{port}/good"
    ),
    "redirect-into-cloud": lambda _good, _port: Served(
        [], status=302, location="http://169.254.169.254/latest/"
    ),
    "slow": lambda good, _port: Served(_slowly(good)),
    "huge": lambda good, _port: Served(_padded(good)),
}
