"""The OpenID Connect situations: documents, and the messages of one login with a code."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from werkzeug.test import TestResponse

from mock_idp.oidc_app import OidcApp
from mock_idp.personalities.oidc_base import AuthorizationServer, Endpoint, Org
from mock_idp.shape.json_shape import part
from mock_idp.shape.node import Kind
from mock_idp.shape.reading import Message
from mock_idp.shape.scene import Scene, Setting
from mock_idp.shape.world import APPLICATION, ProductionError, World, posted, said

REDIRECT_URI = f"{APPLICATION}/callback"
VERIFIER = "v" * 64
SECRET = "the-secret-of-the-portal"  # noqa: S105 - of an application that exists for one comparison
OPTIONAL = (
    "email",
    "upn",
    "family_name",
    "given_name",
    "sid",
    "acct",
    "auth_time",
    "ipaddr",
    "login_hint",
    "xms_edov",
)
"""Entra's optional claims that an ID token of v2.0 has only when the application asks for them."""
COMMON = ("common", "organizations")


class Login:
    """One login at one server; the parts of it are made when they are first wanted."""

    def __init__(self, world: World, server: AuthorizationServer, authority: str = "") -> None:
        place = world.tenant.place
        self.world = world
        self.server = server
        self.org = Org(place.tenant, place.base_url, place.directory_id, authority)
        self.identified = False  # whether requests carry client-request-id, which Entra sends back
        self.client_id = world.tenant.personality.application_id(place, "portal")

    def url(self, endpoint: Endpoint) -> str:
        """The absolute URL of an endpoint."""
        return self.server.url(endpoint, self.org)

    def register(self, app: Mapping[str, Any]) -> None:
        """Register the application with those settings."""
        usual: dict[str, Any] = {
            "name": "portal",
            "client_id": self.client_id,
            "client_secret": SECRET,
            "redirect_uris": (REDIRECT_URI,),
            "assigned": "everyone",
        }
        self.world.register(OidcApp(**(usual | dict(app))))

    def authorize(self, **parameters: str) -> TestResponse:
        """The answer to an authorization request with PKCE, after signing in."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
        usual = {
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "state": "the-state",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return self.world.visit(f"{self.url(Endpoint.AUTHORIZE)}?{urlencode(usual | parameters)}")

    def redeem(self, answer: TestResponse, **form: str) -> TestResponse:
        """The token response for the code in an authorization response.

        The request is identified as clients of Microsoft do it, by `client-request-id`."""
        app = self.world.tenant.oidc_app(self.client_id)
        secret = {"client_secret": SECRET} if app and app.client_secret else {}
        usual = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            **secret,
            "code": parameters_of(answer)["code"],
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        headers = {"client-request-id": str(uuid.uuid4())} if self.identified else {}
        return self.world.back_channel.post(self.url(Endpoint.TOKEN), data=usual | form, headers=headers)


def parameters_of(answer: TestResponse) -> dict[str, str]:
    """The parameters of an authorization response, wherever they travel. Raises ProductionError."""
    location = answer.headers.get("Location")
    if location is None:
        return posted(answer)
    parts = urlsplit(location)
    found = dict(parse_qsl(parts.query or parts.fragment, keep_blank_values=True))
    if "error" in found:
        raise ProductionError(f"The login ended with {found['error']}: {found.get('error_description', '')}")
    return found


def server_of(scene: Scene, issuer: str, version: str = "") -> AuthorizationServer:
    """The server whose messages look like that: by the issuer's path, or by `ver`."""
    servers = {server.name: server for server in scene.personality.oidc.servers}
    if scene.is_okta:
        name = "default" if "/oauth2/" in issuer else "org"
    elif set(servers) >= {"v1.0", "v2.0"}:
        old = version == "1.0" or (issuer != "" and "/v2.0" not in issuer)
        name = "v1.0" if old else "v2.0"
    else:
        return scene.personality.oidc.servers[0]
    scene.used.append(Setting(f"the server {name}", "", f"the issuer is {issuer or 'not told'}"))
    return servers[name]


def claims_of(message: Message) -> Mapping[str, Any]:
    """The claims of the file's ID token, or whatever else tells about the login."""
    if message.kind is not Kind.TOKEN_RESPONSE:
        return message.json
    for name in ("id_token", "access_token"):
        token = str(message.json.get(name, ""))
        if token.count(".") == 2:
            try:
                return part(token.split(".")[1])
            except ValueError:
                continue  # cut short by whoever kept the file
    return {}


def set_up_login(scene: Scene, message: Message) -> tuple[Login, dict[str, str]]:
    """A login as the file shows it: server, scopes, nonce, person; and the parameters of its request."""
    claims = claims_of(message)
    wanted = _scopes(scene, message, claims)
    if not scene.is_okta and claims.get("ver") == "2.0":
        for name in OPTIONAL:
            if name in claims and not (name == "email" and "email" in wanted):
                asked = (*scene.app.get("optional_claims", ()), name)
                scene.set("app", "optional_claims", asked, f"the claim {name}")
    methods = tuple(_words(claims.get("amr")))
    if methods and methods != OidcApp.amr:
        scene.set("app", "amr", methods, "the claim amr")
    parameters = {"scope": " ".join(wanted)}
    if "nonce" in claims:
        parameters["nonce"] = "the-nonce"
    if "c_hash" in claims:
        parameters |= {"response_type": "code id_token", "response_mode": "form_post", "nonce": "the-nonce"}
        scene.set(
            "app", "response_types", ("code", "code id_token"), "the claim c_hash comes from /authorize"
        )
    if claims.get("appidacr") == "0":
        scene.set("app", "client_secret", None, "appidacr is 0: a public client")
    server = server_of(scene, str(claims.get("iss", "")), str(claims.get("ver", "")))
    world = World(scene.personality, scene.person, scene.tenant)
    login = Login(world, server)
    login.register({"grant_types": ("authorization_code", "refresh_token", "password"), **scene.app})
    return login, parameters


def _scopes(scene: Scene, message: Message, claims: Mapping[str, Any]) -> list[str]:
    scopes = _words(message.json.get("scope")) or _words(claims.get("scp")) or ["openid"]
    known = [scope for scope in scopes if scope in ("openid", "profile", "email", "offline_access", "groups")]
    present = {"profile": "name" in claims or "preferred_username" in claims, "email": "email" in claims}
    told = "scope" in message.json or "scp" in claims
    wanted = known or ["openid"]
    if not told:
        wanted += [scope for scope, there in present.items() if there]
    if "refresh_token" in message.json and "offline_access" not in wanted:
        wanted.append("offline_access")
    if "openid" not in wanted:
        wanted.insert(0, "openid")
    scene.used.append(Setting("scope of the request", " ".join(wanted), "scope or claims of the file"))
    return wanted


def _words(value: object) -> list[str]:
    """Scopes as a text (RFC 6749) or a list (Okta); of anything else none."""
    if isinstance(value, str):
        return value.split()
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def fetched(world: World, url: str) -> TestResponse:
    """A document that must be there. Raises ProductionError."""
    answer = world.back_channel.get(url)
    if answer.status_code != 200:
        raise ProductionError(f"{url} answers {answer.status_code}: {said(answer)}")
    return answer
