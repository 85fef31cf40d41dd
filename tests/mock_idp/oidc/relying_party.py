"""A relying party for tests: it asks for a login, walks through the pages as a browser does, redeems codes.

It verifies nothing by itself, and ID tokens are verified with PyJWT, by which the mock IdP signs nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx
import jwt
from lxml import html

REDIRECT_URI = "http://localhost:9/callback"
SCOPE = "openid profile email"


NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Everything here is plain http; without this, each client would load a bundle of CAs, which is slow."""


def new_client() -> httpx.Client:
    """An HTTP client that follows no redirect by itself."""
    return httpx.Client(follow_redirects=False, timeout=10, verify=NO_AUTHORITIES)


@dataclass
class RelyingParty:
    """One application at one tenant, with a browser and a back channel of its own."""

    metadata: dict[str, Any]
    client_id: str
    client_secret: str | None
    browser: httpx.Client = field(default_factory=new_client)
    back_channel: httpx.Client = field(default_factory=new_client)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(8))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(8))

    def close(self) -> None:
        """Close the connections."""
        self.browser.close()
        self.back_channel.close()

    def parameters(self, **changes: str | None) -> dict[str, str]:
        """The parameters of a usual authorization request with PKCE; None leaves one out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        usual: dict[str, str | None] = {
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": SCOPE,
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def url(self, **changes: str | None) -> str:
        """Where a browser begins."""
        return f"{self.metadata['authorization_endpoint']}?{urlencode(self.parameters(**changes))}"

    def ask(self, **changes: str | None) -> httpx.Response:
        """The first answer to an authorization request."""
        return self.browser.get(self.metadata["authorization_endpoint"], params=self.parameters(**changes))

    def sign_in(self, persona: str = "alice", **changes: str | None) -> httpx.Response:
        """The answer that ends at the redirect URI or on a page without a known form."""
        return self.walk(self.ask(**changes), persona)

    def sign_in_at(self, url: str, persona: str = "alice") -> httpx.Response:
        """The same for an authorization request that somebody else has made."""
        return self.walk(self.browser.get(url), persona)

    def walk(self, response: httpx.Response, persona: str) -> httpx.Response:
        """Go on from an answer as the person would."""
        answers = {
            "identifier": f"{persona}@acme.test",
            "credentials.passcode": f"correct-horse-{persona}",
            "loginfmt": f"{persona}@acme.test",
            "passwd": f"correct-horse-{persona}",
        }
        return self.walk_with(response, answers)

    def walk_with(self, response: httpx.Response, answers: Mapping[str, str]) -> httpx.Response:
        """Go on from an answer, filling in the login steps' fields with `answers`."""
        for _ in range(8):
            if response.is_redirect and not response.headers["Location"].startswith(REDIRECT_URI):
                response = self.browser.get(urljoin(str(response.url), response.headers["Location"]))
            elif (filled := _filled_form(response, answers)) is not None:
                response = self.browser.post(urljoin(str(response.url), filled[0]), data=filled[1])
            else:
                return response
        raise AssertionError("The login did not end after eight steps.")

    def code(self, persona: str = "alice", **changes: str | None) -> str:
        """A fresh authorization code."""
        return redirect_parameters(self.sign_in(persona, **changes))["code"]

    def redeem(self, code: str, *, basic: bool = False, **changes: str | None) -> httpx.Response:
        """Present a code at the token endpoint."""
        return self.token(
            "basic" if basic else "post",
            **{
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": REDIRECT_URI,
                "code_verifier": self.verifier,
                **changes,
            },
        )

    def token(
        self, authentication: Literal["post", "basic"] = "post", /, **form: str | None
    ) -> httpx.Response:
        """A token request with client_secret_post or client_secret_basic; None leaves a field out."""
        basic = authentication == "basic"
        credentials = httpx.BasicAuth(self.client_id, self.client_secret or "")
        auth = credentials if basic else httpx.USE_CLIENT_DEFAULT
        named = {} if basic else {"client_id": self.client_id, "client_secret": self.client_secret}
        data = {name: value for name, value in (named | form).items() if value is not None}
        return self.back_channel.post(self.metadata["token_endpoint"], data=data, auth=auth)

    def verified(self, id_token: str) -> dict[str, Any]:
        """The claims of an ID token whose signature, audience, issuer and times PyJWT has checked."""
        keys = jwt.PyJWKClient(self.metadata["jwks_uri"])
        key = keys.get_signing_key_from_jwt(id_token)
        claims: dict[str, Any] = jwt.decode(
            id_token,
            key.key,
            algorithms=["RS256"],
            audience=self.client_id,
            issuer=self.metadata["issuer"],
        )
        return claims


def redirect_parameters(response: httpx.Response) -> dict[str, str]:
    """The query of the Location header, or its fragment where it has no query, in order."""
    location = urlsplit(response.headers["Location"])
    return dict(parse_qsl(location.query or location.fragment, strict_parsing=True))


def decoded(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a JWT as they were sent, unverified."""
    header, claims, _ = token.split(".")
    return _json_part(header), _json_part(claims)


def _json_part(text: str) -> dict[str, Any]:
    part: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return part


def _filled_form(response: httpx.Response, answers: Mapping[str, str]) -> tuple[str, dict[str, str]] | None:
    """Action and fields of a login step's form with the answers filled in; None for any other page,
    and for one that says what was wrong."""
    if response.status_code != 200 or "html" not in response.headers.get("Content-Type", ""):
        return None
    page = html.fromstring(response.text)
    if page.xpath("//*[@role='alert']"):
        return None
    for form in page.forms:
        fields = {name: str(value or "") for name, value in form.form_values()}
        asked = {name: answers[name] for name in form.fields if name in answers}
        action = form.action or str(response.url)
        if asked or action.rstrip("/").endswith("kmsi"):
            return action, fields | asked
    return None
