"""Producing each OpenID Connect message and refusal of a personality."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from werkzeug.test import TestResponse

from mock_idp.personalities.entra.oidc_tokens import CONSUMERS
from mock_idp.personalities.oidc_base import Endpoint
from mock_idp.shape.node import Kind
from mock_idp.shape.oidc_scene import (
    COMMON,
    Login,
    fetched,
    parameters_of,
    server_of,
    set_up_login,
)
from mock_idp.shape.reading import Message
from mock_idp.shape.saml_scene import roll_keys
from mock_idp.shape.scene import NoSituationError, Produced, Scene, Setting
from mock_idp.shape.values import split_url
from mock_idp.shape.world import APPLICATION, ProductionError, World, said


def produce(scene: Scene, message: Message) -> Produced:
    """The personality's message of the same situation. Raises ProductionError, NoSituationError."""
    makers: dict[Kind, Callable[[Scene, Message], Produced]] = {
        Kind.DISCOVERY: _discovery,
        Kind.JWKS: _jwks,
        Kind.ID_TOKEN: _id_token,
        Kind.ACCESS_TOKEN: _access_token,
        Kind.TOKEN_RESPONSE: _token_response,
        Kind.USERINFO: _userinfo,
        Kind.OAUTH_ERROR: _refusal,
        Kind.REDIRECT: _refusal,
        Kind.ERROR_PAGE: _error_page,
        Kind.HTTP_EXCHANGE: _exchange,
    }
    produced = makers[message.kind](scene, message)
    return replace(produced, used=tuple(scene.used))


def _document(scene: Scene, message: Message, endpoint: Endpoint, issuer: str, authority: str) -> Produced:
    server = server_of(scene, issuer)
    world = World(scene.personality, scene.person, scene.tenant)
    if authority:
        scene.used.append(Setting("authority in the URL", authority, "the URLs or the issuer of the file"))
    if endpoint is Endpoint.KEYS:
        personal = sum(CONSUMERS in str(key.get("issuer", "")) for key in message.json["keys"])
        roll_keys(scene, world.tenant.keys, len(message.json["keys"]) - personal, "a key")
        if personal:
            ring = world.tenant.keys_of_authority("consumers")
            roll_keys(scene, ring, personal, "a key of personal accounts")
    answer = fetched(world, Login(world, server, authority).url(endpoint))
    return Produced(answer.get_data(), world.bases)


def _discovery(scene: Scene, message: Message) -> Produced:
    segments = split_url(str(message.json["authorization_endpoint"])).path.split("/")
    authority = next((name for name in segments[1:2] if name in COMMON and not scene.is_okta), "")
    return _document(scene, message, Endpoint.DISCOVERY, str(message.json.get("issuer", "")), authority)


def _jwks(scene: Scene, message: Message) -> Produced:
    issuers = {str(key.get("issuer", "")) for key in message.json["keys"]}
    shared = any("{tenantid}" in issuer for issuer in issuers)
    return _document(scene, message, Endpoint.KEYS, max(issuers, default=""), "common" if shared else "")


def _tokens(scene: Scene, message: Message) -> tuple[Login, TestResponse, TestResponse]:
    login, parameters = set_up_login(scene, message)
    answer = login.authorize(**parameters)
    form = {"client_info": "1"} if "client_info" in message.json else {}
    redeemed = login.redeem(answer, **form)
    if redeemed.status_code != 200:
        raise ProductionError(f"The token endpoint answers {redeemed.status_code}: {said(redeemed)}")
    return login, answer, redeemed


def _token_response(scene: Scene, message: Message) -> Produced:
    login, _, redeemed = _tokens(scene, message)
    return Produced(redeemed.get_data(), login.world.bases)


def _id_token(scene: Scene, message: Message) -> Produced:
    login, answer, redeemed = _tokens(scene, message)
    token = json.loads(redeemed.get_data())["id_token"]
    if "c_hash" in message.json:
        token = parameters_of(answer)["id_token"]
    return Produced(token.encode(), login.world.bases)


def _access_token(scene: Scene, message: Message) -> Produced:
    login, _, redeemed = _tokens(scene, message)
    return Produced(json.loads(redeemed.get_data())["access_token"].encode(), login.world.bases)


def _userinfo(scene: Scene, message: Message) -> Produced:
    login, _, redeemed = _tokens(scene, message)
    token = json.loads(redeemed.get_data())["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = login.world.back_channel.get(login.url(Endpoint.USERINFO), headers=headers)
    return Produced(answer.get_data(), login.world.bases)


def _wrong_secret(login: Login) -> TestResponse:
    return login.redeem(login.authorize(scope="openid"), client_secret="another")  # noqa: S106 - wrong on purpose


def _wrong_redirect_uri(login: Login) -> TestResponse:
    return login.redeem(login.authorize(scope="openid"), redirect_uri=f"{APPLICATION}/other")


def _grant_not_enabled(login: Login) -> TestResponse:
    login.register({"grant_types": ("authorization_code",)})
    form = {
        "grant_type": "password",
        "username": login.world.person.login,
        "password": login.world.person.password,
    }
    data = {
        "client_id": login.client_id,
        "client_secret": "the-secret-of-the-portal",
        "scope": "openid",
        **form,
    }
    return login.world.back_channel.post(login.url(Endpoint.TOKEN), data=data)


def _not_assigned(login: Login) -> TestResponse:
    login.register({"assigned": ()})
    return login.authorize(scope="openid")


def _declined(login: Login) -> TestResponse:
    login.world.tenant.settings = login.world.tenant.settings.changed({"consent": "declined"})
    return login.authorize(scope="openid")


def _unregistered(login: Login) -> TestResponse:
    return login.authorize(scope="openid", redirect_uri=f"{APPLICATION}/other")


def _unknown_code(login: Login) -> TestResponse:
    return login.redeem(login.authorize(scope="openid"), code="unknown")


def _code_twice(login: Login) -> TestResponse:
    answer = login.authorize(scope="openid")
    login.redeem(answer)
    return login.redeem(answer)


def _unknown_scope(login: Login) -> TestResponse:
    return login.authorize(scope="openid of-nobody")


def _silent(login: Login) -> TestResponse:
    return login.authorize(scope="openid", prompt="none")


def _wrong_verifier(login: Login) -> TestResponse:
    return login.redeem(login.authorize(scope="openid"), code_verifier="w" * 64)


PROVOCATIONS: dict[str, tuple[str, Callable[[Login], TestResponse]]] = {
    "AADSTS7000215": ("a wrong client secret", _wrong_secret),
    "AADSTS50011": ("another redirect URI at the token endpoint", _wrong_redirect_uri),
    "AADSTS50105": ("app.assigned = nobody", _not_assigned),
    "AADSTS65004": ("tenant.consent = declined", _declined),
    "AADSTS54005": ("a code that is redeemed twice", _code_twice),
    "AADSTS501481": ("another code_verifier", _wrong_verifier),
    "AADSTS50058": ("prompt=none without a session", _silent),
    "invalid_client": ("a wrong client secret", _wrong_secret),
    "invalid_grant": ("a code that was not issued", _unknown_code),
    "invalid_scope": ("a scope that is not known", _unknown_scope),
    "login_required": ("prompt=none without a session", _silent),
    "unauthorized_client": ("app.grant_types without the one that is used", _grant_not_enabled),
    "access_denied": ("app.assigned = nobody", _not_assigned),
}
"""How to be refused, by AADSTS number or `error`."""


def _provoked(scene: Scene, message: Message) -> tuple[Login, TestResponse]:
    said_by_file = dict(message.parameters) or dict(message.json)
    text = str(said_by_file.get("error_description", ""))
    number = re.match(r"AADSTS\d+", text)
    name = number[0] if number else str(said_by_file.get("error", ""))
    if not name:
        raise NoSituationError(
            "A successful authorization response says nothing about how it came about but its code. "
            "Compare the token response or the ID token instead."
        )
    if name not in PROVOCATIONS:
        raise NoSituationError(f"It is not known how to provoke {name}; known are {', '.join(PROVOCATIONS)}.")
    how, provoke = PROVOCATIONS[name]
    scene.used.append(Setting.step(how, f"the error {name}"))
    world = World(scene.personality, scene.person, scene.tenant)
    login = Login(world, scene.personality.oidc.servers[0])
    login.register({})
    login.identified = "client-request-id" in header_names(message)
    return login, provoke(login)


def _refusal(scene: Scene, message: Message) -> Produced:
    login, answer = _provoked(scene, message)
    if message.kind is Kind.REDIRECT:
        location = answer.headers.get("Location")
        if location is None:
            raise ProductionError(f"The personality shows a page instead of redirecting: {said(answer)}")
        return Produced(location.encode(), login.world.bases)
    return Produced(answer.get_data(), login.world.bases)


def _error_page(scene: Scene, message: Message) -> Produced:
    del message  # the one page that is compared is the one for a redirect URI that is not registered
    scene.used.append(Setting.step("a redirect URI that is not registered", "an error page"))
    world = World(scene.personality, scene.person, scene.tenant)
    login = Login(world, scene.personality.oidc.servers[0])
    login.register({})
    return Produced(_unregistered(login).get_data(), world.bases)


def _exchange(scene: Scene, message: Message) -> Produced:
    """Headers, and the body if the file has one, of the exchange that the file looks like."""
    if "tenant_discovery_endpoint" in message.json:
        return _instance(scene, message)
    if "error" in message.json:
        login, answer = _provoked(scene, message)
    else:
        login, authorized, answer = _tokens(scene, message)
        if "location" in header_names(message):
            answer = authorized
    return _written(login, answer, with_body=bool(message.json))


def _instance(scene: Scene, message: Message) -> Produced:
    """What Microsoft's libraries ask before they read the discovery document."""
    servers = [server for server in scene.personality.oidc.servers if Endpoint.INSTANCE in server.routes]
    if not servers:
        raise NoSituationError(
            f"{scene.personality.title} has no instance discovery; Microsoft's clouds have."
        )
    scene.used.append(Setting.step("instance discovery", "the member tenant_discovery_endpoint"))
    world = World(scene.personality, scene.person, scene.tenant)
    login = Login(world, servers[0], "common")
    place = world.tenant.place
    asked = f"{place.base_url}/{place.directory_id}/oauth2/v2.0/authorize"
    query = urlencode({"api-version": "1.1", "authorization_endpoint": asked})
    own_id = {"client-request-id": str(uuid.uuid4())} if "client-request-id" in header_names(message) else {}
    answer = world.back_channel.get(f"{login.url(Endpoint.INSTANCE)}?{query}", headers=own_id)
    return _written(login, answer, with_body=True)


def header_names(message: Message) -> set[str]:
    """The names of the headers that the file has, in lower case."""
    headers = message.shape.tree.find("headers")
    return {child.name for child in headers.children} if headers else set()


def _written(login: Login, answer: TestResponse, *, with_body: bool) -> Produced:
    """The answer as people write an exchange down: header lines, an empty line, the body."""
    lines = [f"{name}: {value}" for name, value in answer.headers]
    body = ["", answer.text] if with_body else []
    return Produced("\n".join([*lines, *body]).encode(), login.world.bases)
