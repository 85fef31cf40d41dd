"""The measured logins of a person who is signed in at an Okta tenant already, as a browser sends them."""

from __future__ import annotations

import base64
import copy
import html
import itertools
import json
import re
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from mock_idp.bench.machine import BenchError
from mock_idp.bench.wire import Answer, Stream, Wire
from mock_idp.personas import CATALOGUE

CALLBACK = "http://localhost:9/callback"
ACS = "http://localhost:9/acs"
AUDIENCE = "http://localhost:9/metadata"
SECRET = "benchmark-secret"  # noqa: S105 - of an application that only the benchmark knows
HANDLE = re.compile(r'name="stateHandle"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*name="stateHandle"')
ACTION = re.compile(r'<form[^>]*action="([^"]*)"')
REQUEST = (
    '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
    'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_{id}" Version="2.0" '
    'IssueInstant="2026-01-01T00:00:00Z" AssertionConsumerServiceURL="{acs}">'
    "<saml:Issuer>{issuer}</saml:Issuer></samlp:AuthnRequest>"
)


class Scene:
    """A fresh tenant with one application of each protocol, and one person's connection to it."""

    def __init__(self, base_url: str, control_url: str, token: str) -> None:
        made = _Control(control_url, token)
        self._tenant = made("POST", "/tenants", {"personality": "okta"})
        apps = f"/tenants/{self._tenant['name']}/apps"
        saml = {
            "protocol": "saml",
            "assigned": "everyone",
            "acs_urls": [ACS],
            "audience": AUDIENCE,
            "sign": "assertion",
        }
        oidc = {
            "protocol": "oidc",
            "assigned": "everyone",
            "redirect_uris": [CALLBACK],
            "client_secret": SECRET,
        }
        self._saml = made("PUT", f"{apps}/portal", saml)
        self._oidc = made("PUT", f"{apps}/agent", oidc)
        self._found = made.public(f"{self._oidc['issuer']}/.well-known/openid-configuration")
        self._numbers = itertools.count(1)
        self._base_url = base_url
        self.wire = Wire(base_url)
        self._sign_in()

    def beside(self, stream: Stream | None = None) -> Scene:
        """The same person on a further connection, so that the server need not wait for this one's driver."""
        other = copy.copy(self)
        other.wire = Wire(self._base_url, stream)
        other.wire.cookies = self.wire.cookies
        return other

    @property
    def tenant_name(self) -> str:
        """The name of the tenant."""
        return str(self._tenant["name"])

    def saml(self) -> None:
        """An AuthnRequest in, the page with the signed Response out. Raises BenchError."""
        xml = REQUEST.format(id=f"bench-{next(self._numbers)}", acs=ACS, issuer=AUDIENCE)
        deflater = zlib.compressobj(wbits=-15)
        deflated = deflater.compress(xml.encode("ascii")) + deflater.flush()
        query = urlencode({"SAMLRequest": base64.b64encode(deflated).decode("ascii")})
        answer = self.wire.get(f"{self._saml['sso_url']}?{query}")
        if b'name="SAMLResponse"' not in answer.body:
            raise BenchError(f"expected a Response, but status {answer.status} came: {answer.body[:300]!r}")

    def two_signatures(self) -> None:
        """A code, redeemed for an ID token and an access token. Raises BenchError."""
        self._login("openid", "id_token")

    def one_signature(self) -> None:
        """A code, redeemed for an access token alone: openid is not asked for. Raises BenchError."""
        self._login("offline_access", "access_token")

    def _login(self, scope: str, wanted: str) -> None:
        code = parse_qs(urlsplit(self._authorize(scope).location).query).get("code")
        if not code:
            raise BenchError(f"expected a code for the scope {scope!r}")
        form = {
            "grant_type": "authorization_code",
            "code": code[0],
            "redirect_uri": CALLBACK,
            "client_id": self._oidc["client_id"],
            "client_secret": SECRET,
        }
        answer = self.wire.post(self._found["token_endpoint"], form)
        if f'"{wanted}"'.encode() not in answer.body:
            raise BenchError(f"expected {wanted}, but status {answer.status} came: {answer.body[:300]!r}")

    def _authorize(self, scope: str) -> Answer:
        query = {
            "client_id": self._oidc["client_id"],
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": scope,
            "state": f"bench-{next(self._numbers)}",
            "nonce": "n",
        }
        return self.wire.get(f"{self._found['authorization_endpoint']}?{urlencode(query)}")

    def _sign_in(self) -> None:
        """Go through Okta's two pages once; afterwards every login is answered from the session."""
        person = CATALOGUE["alice"]
        page = self._authorize("openid")
        for typed in ({"identifier": person.login}, {"credentials.passcode": person.password}):
            fields = {"stateHandle": _found(HANDLE, page), "identifier": person.login, **typed}
            page = self.wire.post(_found(ACTION, page), fields)
        self.wire.cookies = page.cookies
        self.wire.get(page.location)


class _Control:
    """The control API, and documents that anybody may read."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}

    def __call__(self, method: str, path: str, body: object) -> dict[str, Any]:
        return _read(
            lambda: httpx.request(
                method, f"{self._url}{path}", json=body, headers=self._headers, trust_env=False
            )
        )

    def public(self, url: str) -> dict[str, Any]:
        return _read(lambda: httpx.get(url, trust_env=False))


def _read(ask: Callable[[], httpx.Response]) -> dict[str, Any]:
    answer = ask()
    if not answer.is_success:
        raise BenchError(f"expected success of {answer.url}, but {answer.status_code} came: {answer.text}")
    decoded: dict[str, Any] = json.loads(answer.text)
    return decoded


def _found(wanted: re.Pattern[str], page: Answer) -> str:
    found = wanted.search(page.body.decode("utf-8"))
    if found is None:
        raise BenchError(f"expected {wanted.pattern} in a login page, but got {page.body[:300]!r}")
    return html.unescape(next(group for group in found.groups() if group is not None))
