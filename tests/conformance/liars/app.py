"""A login app that verifies nothing: `python -m tests.conformance.liars.app MODE --port N ...`.

`first` and `last` admit everybody as the name that stands first or last in the message, `refuse` nobody;
`crash` answers 500 to a message that was not made for it; `hang` never answers at its endpoint. Like
`first` are `keep`, which starts no login while somebody is logged in, and `one-state`, whose state stays the
same.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import sys
import threading
import urllib.request
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

_REQUEST = (
    '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="{id}" Version="2.0" '
    'IssueInstant="2026-01-01T00:00:00Z" AssertionConsumerServiceURL="{base}/acs">'
    '<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{base}/metadata</saml:Issuer>'
    "</samlp:AuthnRequest>"
)
_NAME = re.compile(r"<(?:\w+:)?NameID\b[^>]*>(.*?)</(?:\w+:)?NameID>", re.DOTALL)
_SSO = re.compile(r'SingleSignOnService\b[^>]*HTTP-Redirect"[^>]*Location="([^"]+)"')


class Liar(BaseHTTPRequestHandler):
    """The app; class attributes are its settings."""

    mode: ClassVar[str]
    options: ClassVar[dict[str, str]]
    sessions: ClassVar[dict[str, str]] = {}
    stopped: ClassVar[threading.Event] = threading.Event()

    @property
    def base(self) -> str:
        """Return the app's own address."""
        return f"http://localhost:{self.options['--port']}"

    def do_GET(self) -> None:
        """Start a login, take a callback, or say who is logged in."""
        parts = urlsplit(self.path)
        if parts.path == "/login" and self.mode == "keep" and self._email():
            self._redirect("/whoami")
        elif parts.path == "/login":
            self._redirect(self._saml() if "--idp-metadata" in self.options else self._oidc())
        elif parts.path == "/callback":
            self._taken(lambda: self._from_code(parse_qs(parts.query)))
        else:
            email = self._email()
            self._answer(200 if email else 401, {"email": email} if email else {})

    def _email(self) -> str:
        return self.sessions.get((self.headers.get("Cookie") or "").partition("liar=")[2], "")

    def do_POST(self) -> None:
        """Take a SAML Response, or end the session."""
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
        if self.path == "/acs":
            self._taken(lambda: self._from_response(form))
        else:
            self.sessions.clear()
            self._answer(200, {})

    def _saml(self) -> str:
        metadata = _fetch(self.options["--idp-metadata"])
        (location, *_) = _SSO.findall(metadata)
        request = _REQUEST.format(id="_" + secrets.token_hex(16), base=self.base)
        deflated = zlib.compress(request.encode())[2:-4]
        return f"{location}?{urlencode({'SAMLRequest': base64.b64encode(deflated).decode()})}"

    def _oidc(self) -> str:
        query = {"response_type": "code", "scope": "openid email", "client_id": self.options["--client-id"]}
        state = "always-this" if self.mode == "one-state" else secrets.token_hex(16)
        query |= {"redirect_uri": f"{self.base}/callback", "state": state, "nonce": "n" * 20}
        return f"{self._discovered()['authorization_endpoint']}?{urlencode(query)}"

    def _discovered(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(
            _fetch(self.options["--issuer"].rstrip("/") + "/.well-known/openid-configuration")
        )
        return found

    def _from_response(self, form: dict[str, list[str]]) -> str:
        xml = base64.b64decode(form["SAMLResponse"][0]).decode()
        mine = (f'Destination="{self.base}/acs"', f">{self.base}/metadata<")
        if self.mode == "crash" and not all(text in xml for text in mine):
            raise RuntimeError("I dislike this")
        return _first_text(_NAME.findall(xml)[-1 if self.mode == "last" else 0])

    def _from_code(self, query: dict[str, list[str]]) -> str:
        fields = {"grant_type": "authorization_code", "code": query["code"][0]}
        fields |= {"redirect_uri": f"{self.base}/callback", "client_id": self.options["--client-id"]}
        fields |= {"client_secret": self.options["--client-secret"]}
        told = json.loads(_fetch(self._discovered()["token_endpoint"], urlencode(fields).encode()))
        payload = told["id_token"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if self.mode == "crash" and claims["aud"] != self.options["--client-id"]:
            raise RuntimeError("I dislike this")
        return str(claims["email"])

    def _taken(self, identity: Callable[[], str]) -> None:
        if self.mode == "hang":
            self.stopped.wait()
        if self.mode == "refuse":
            self._answer(403, {"error": "nobody enters here"})
            return
        try:
            email = identity()
        except Exception as error:  # noqa: BLE001  (a liar's crash is the point)
            self._answer(500, {"error": repr(error)})
            return
        session = secrets.token_hex(16)
        self.sessions[session] = email
        self._redirect("/whoami", f"liar={session}; Path=/; HttpOnly; SameSite=Lax")

    def _redirect(self, location: str, cookie: str = "") -> None:
        self.send_response(303)
        self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()

    def _answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the output clean."""


def _fetch(url: str, form: bytes | None = None) -> str:
    with urllib.request.urlopen(url, form, timeout=10) as answer:  # noqa: S310  (the IdP of the test)
        text: str = answer.read().decode()
        return text


def _first_text(content: str) -> str:
    """Read an element as careless readers do: without instructions, up to the first comment or section."""
    text = re.sub(r"<\?.*?\?>", "", content, flags=re.DOTALL)
    return text.split("<")[0] or text.replace("<![CDATA[", "").replace("]]>", "")


def main() -> None:
    """Serve until the process is ended."""
    Liar.mode, Liar.options = sys.argv[1], dict(zip(sys.argv[2::2], sys.argv[3::2], strict=True))
    server = ThreadingHTTPServer(("127.0.0.1", int(Liar.options["--port"])), Liar)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
