"""Back-channel logout: a token in order ends the sessions that it names; any other is refused with 400."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from platform_stub.oidc.back_channel import EVENT
from tests.platform_stub.sso_platform import BASE, Platform, running, who
from tests.platform_stub.sso_provider import CLIENT_ID, OP, OidcLogin, Provider, begin, oidc_config
from tests.platform_stub.sso_signer import id_token


@pytest.fixture
def platform() -> Iterator[Platform]:
    with running() as started:
        started.save(oidc_config())
        yield started


def signed_in(platform: Platform, provider: Provider, sid: str = "one") -> OidcLogin:
    login = begin(platform, provider)
    login.answer(id_token(login.claims(sid=sid)))
    assert who(login.browser)["user"] == "alice@acme.test"
    return login


def claims(platform: Platform, **changes: object) -> dict[str, Any]:
    now = int(platform.clock.now().timestamp())
    honest: dict[str, Any] = {
        "iss": OP,
        "aud": CLIENT_ID,
        "sub": "00u1",
        "sid": "one",
        "iat": now,
        "exp": now + 120,
        "jti": str(uuid.uuid4()),
        "events": {EVENT: {}},
    }
    return {name: value for name, value in {**honest, **changes}.items() if value is not None}


def send(platform: Platform, token: str) -> TestResponse:
    return platform.browser().post("/ACME/sso/oidc/logout", base_url=BASE, data={"logout_token": token})


def is_in(login: OidcLogin) -> bool:
    return who(login.browser)["user"] is not None


def test_a_session_ends_and_another_of_the_same_person_stays(platform: Platform, provider: Provider) -> None:
    first, second = signed_in(platform, provider), signed_in(platform, provider, "two")
    answer = send(platform, id_token(claims(platform)))
    assert (answer.status_code, answer.get_json()) == (200, {"ended": 1})
    assert answer.headers["Cache-Control"] == "no-store"
    assert not is_in(first)
    assert is_in(second)
    assert platform.audit()[-1]["action"] == "logout.request"


def test_without_sid_every_session_of_the_person_ends(platform: Platform, provider: Provider) -> None:
    logins = [signed_in(platform, provider, sid) for sid in ("one", "two")]
    assert send(platform, id_token(claims(platform, sid=None))).get_json() == {"ended": 2}
    assert not any(map(is_in, logins))


def test_without_sub_the_named_session_ends(platform: Platform, provider: Provider) -> None:
    login = signed_in(platform, provider)
    assert send(platform, id_token(claims(platform, sub=None))).get_json() == {"ended": 1}
    assert not is_in(login)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.test"},
        {"aud": "another"},
        {"exp": 1},
        {"iat": None},
        {"events": None},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"events": EVENT},
        {"nonce": "n"},
        {"jti": None},
        {"sub": None, "sid": None},
    ],
)
def test_a_wrong_token_ends_nothing(
    platform: Platform, provider: Provider, changes: dict[str, object]
) -> None:
    login = signed_in(platform, provider)
    answer = send(platform, id_token(claims(platform, **changes)))
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")
    assert is_in(login)


def test_nobody_elses_signature_and_no_signature(platform: Platform, provider: Provider) -> None:
    login = signed_in(platform, provider)
    for token in (
        id_token(claims(platform), by="other"),
        id_token(claims(platform), alg="none"),
        "rubbish",
        "",
    ):
        assert send(platform, token).status_code == 400
    assert is_in(login)


def test_a_token_is_obeyed_once(platform: Platform, provider: Provider) -> None:
    token = id_token(claims(platform))
    signed_in(platform, provider)
    assert send(platform, token).status_code == 200
    login = signed_in(platform, provider)
    assert send(platform, token).status_code == 400
    assert is_in(login)


def test_while_single_sign_on_is_off_nothing_is_obeyed(platform: Platform, provider: Provider) -> None:
    signed_in(platform, provider)
    platform.switch(on=False)
    assert send(platform, id_token(claims(platform))).status_code == 400
