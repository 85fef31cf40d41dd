"""The store keeps what it must: history, one-time requests, an audit that cannot be rewritten."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from platform_stub.store import (
    Admission,
    LoginRequest,
    Method,
    SamlConfig,
    SsoConfig,
    Store,
    StoreError,
    Surface,
)
from tests.platform_stub.conftest import FakeClock, World

CLOCK = FakeClock()


def request(world: World, request_id: str) -> LoginRequest:
    return LoginRequest(
        id=request_id,
        client_id=world.acme.id,
        protocol=Method.SAML,
        surface=Surface.USER,
        revision=1,
        deep_link="",
        browser_binding="browser",
        expires_at=world.clock.now() + timedelta(minutes=10),
    )


def test_a_new_client_has_an_empty_configuration(world: World) -> None:
    config = world.config()
    assert (config.revision, config.enabled, config.authentication_standard) == (0, False, "SAML")
    assert config.missing() == ("Single Sign On URL", "Issuer URL", "Certificate X.509")


def test_history_only_grows_and_the_last_revision_is_current(world: World) -> None:
    with world.ctx.store.write() as tx:
        for url in ("a", "b"):
            saml = SamlConfig(single_sign_on_url=url)
            tx.configurations.save(world.acme.id, SsoConfig(saml=saml), saved_by="sam", now=CLOCK.now())
    with world.ctx.store.read() as tx:
        history = tx.configurations.history(world.acme.id)
    assert [(entry.config.revision, entry.config.saml.single_sign_on_url) for entry in history] == [
        (2, "b"),
        (1, "a"),
    ]
    assert world.config().saml.single_sign_on_url == "b"


def test_a_failed_transaction_leaves_nothing(world: World) -> None:
    with pytest.raises(RuntimeError), world.ctx.store.write() as tx:
        tx.clients.set_flag(world.acme.id, on=True)
        raise RuntimeError("stop here")
    with world.ctx.store.read() as tx:
        client = tx.clients.get(world.acme.id)
    assert client and not client.single_sign_on_flag


def test_a_login_request_is_consumed_once_even_by_two_threads(world: World) -> None:
    with world.ctx.store.write() as tx:
        tx.logins.create(request(world, "r1"))
    found: list[bool] = []

    def consume() -> None:
        with world.ctx.store.write() as tx:
            found.append(tx.logins.consume(world.acme.id, "r1") is not None)

    threads = [threading.Thread(target=consume) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False, False, False, True]


def test_the_newest_login_request_of_a_browser_stays_where_it_is(world: World) -> None:
    with world.ctx.store.write() as tx:
        tx.logins.create(request(world, "r1"))
        world.clock.advance(seconds=1)
        tx.logins.create(request(world, "r2"))
        newest = tx.logins.newest(world.acme.id, "browser", Method.SAML, Surface.USER)
        assert newest and newest.id == "r2"
        assert tx.logins.newest(world.acme.id, "other", Method.SAML, Surface.USER) is None
        assert tx.logins.find(world.acme.id, "r2") == newest


def test_an_expired_request_is_still_told_apart_from_an_unknown_one(world: World) -> None:
    with world.ctx.store.write() as tx:
        tx.logins.create(request(world, "old"))
    world.clock.advance(minutes=30)
    with world.ctx.store.write() as tx:
        tx.logins.create(request(world, "new"))
        old = tx.logins.find(world.acme.id, "old")
    assert old and old.expires_at < world.clock.now()
    world.clock.advance(hours=5)
    with world.ctx.store.write() as tx:
        tx.logins.create(request(world, "newer"))
        assert tx.logins.find(world.acme.id, "old") is None


def test_an_admission_is_claimed_once_and_only_by_its_client(world: World) -> None:
    with world.ctx.store.write() as tx:
        account = tx.accounts.by_login(world.acme.id, Surface.USER, "sam")
        assert account
        admission = Admission(
            world.acme.id, account.id, Method.SAML, Surface.USER, "", "browser", world.clock.now()
        )
        token = tx.logins.park(admission)
        assert tx.logins.claim(world.acme.id + 1, token) is None
        assert tx.logins.claim(world.acme.id, token) == admission
    with world.ctx.store.write() as tx:
        assert tx.logins.claim(world.acme.id, token) is None


def test_a_message_is_new_only_once(world: World) -> None:
    until = world.clock.now() + timedelta(minutes=5)
    with world.ctx.store.write() as tx:
        assert tx.replays.remember(world.acme.id, "_a1", until)
        assert not tx.replays.remember(world.acme.id, "_a1", until)
        tx.replays.forget_before(until + timedelta(seconds=1))
        assert tx.replays.remember(world.acme.id, "_a1", until)


def test_agents_ignore_case_in_logins_and_users_do_not(world: World) -> None:
    with world.ctx.store.read() as tx:
        assert tx.accounts.by_login(world.acme.id, Surface.AGENT, "ADAM")
        assert tx.accounts.by_login(world.acme.id, Surface.USER, "SAM") is None


def test_emails_are_compared_byte_for_byte(world: World) -> None:
    with world.ctx.store.read() as tx:
        assert [a.login for a in tx.accounts.with_email(world.acme.id, "sam@acme.test")] == ["sam"]
        assert tx.accounts.with_email(world.acme.id, "Sam@acme.test") == ()
        folded = tx.accounts.with_email(world.acme.id, "Sam@acme.test", ignore_case=True)
        assert [account.login for account in folded] == ["sam"]


def test_deleting_a_client_keeps_its_audit_and_its_id_is_not_used_again(world: World) -> None:
    care = world.care_api()
    care.call("DELETE", "/api/clients/acme", status=204)
    again = care.call(
        "POST",
        "/api/clients",
        {"code": "acme", "sysadmin": {"login": "x", "password": "correct-horse-x"}},
        201,
    )
    assert again["id"] != world.acme.id
    assert world.audit("client.deleted")


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
def test_the_audit_cannot_be_rewritten(tmp_path: Path, statement: str) -> None:
    url = f"sqlite:///{tmp_path / 'platform.sqlite3'}"
    store = Store(url)
    with store.write() as tx:
        tx.audit.append(
            None,
            at=CLOCK.now(),
            actor="a",
            action="b",
            result="ok",
            reason="",
            reference="r",
            source="",
            detail={},
        )
    store.close()
    engine = create_engine(url)
    with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_database_by_url_survives_and_a_private_one_does_not(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'platform.sqlite3'}"
    store = Store(url)
    with store.write() as tx:
        tx.clients.create("kept", "Kept", "hash", CLOCK.now())
    store.close()
    again = Store(url)
    with again.read() as tx:
        assert tx.clients.by_code("kept")
    again.close()


@pytest.mark.parametrize("url", ["nonsense", "nodb://x/y", "sqlite:////nowhere/at/all.sqlite3"])
def test_an_unusable_database_is_named_in_a_sentence(url: str) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(url)
