"""The store keeps what it must: history, one-time requests, an audit that cannot be rewritten."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from platform_stub.store import (
    Admission,
    IdpSession,
    LoginRequest,
    Method,
    SamlConfig,
    SsoConfig,
    Store,
    StoreError,
    Surface,
)
from tests.platform_stub.conftest import FakeClock, World
from tests.platform_stub.databases import on_both

database = on_both
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
        named = IdpSession("idp", "sam@acme.test", "", "_s1")
        admission = Admission(
            world.acme.id, account.id, Method.SAML, Surface.USER, "", "browser", named, world.clock.now()
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
def test_the_audit_cannot_be_rewritten(world: World, database: str, statement: str) -> None:
    assert world.audit("client.created")
    engine = create_engine(database)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_database_by_url_survives(world: World, database: str) -> None:
    world.ctx.store.close()
    again = Store(database)
    with again.read() as tx:
        assert tx.clients.by_code("acme") == world.acme
    again.close()


def test_text_that_a_database_cannot_store_finds_nothing_and_breaks_nothing(world: World) -> None:
    http, headers = world.portal.test_client(), {"LV-Access": world.lv_access}
    for hostile in ("sam\0", "\0sam", "s\ud800m"):
        body = {"clientName": "acme", "userName": hostile, "password": "correct-horse-sam"}
        assert http.post("/api/session/login", json=body, headers=headers).status_code == 401
        with world.ctx.store.read() as tx:
            assert tx.accounts.by_login(world.acme.id, Surface.USER, hostile) is None
    refused = [entry["actor"] for entry in world.audit("login.password")]
    assert refused == ["sam\ue000", "\ue000sam", "s\ue000m"]


def test_lines_are_sorted_alike_by_every_database(world: World) -> None:
    with world.ctx.store.write() as tx:
        for login in ("Zoe", "_x", "eva", "Émile"):
            tx.accounts.create(world.acme.id, Surface.USER, {"login": login, "password_hash": ""})
        found = [account.login for account in tx.accounts.all(world.acme.id, Surface.USER)]
    assert found == sorted(found)


def test_a_reader_sees_one_state_while_somebody_writes(world: World) -> None:
    with world.ctx.store.read() as reader:
        assert reader.clients.by_code("acme") == world.acme
        world.flag(on=True)
        assert reader.clients.by_code("acme") == world.acme
    with world.ctx.store.read() as tx:
        client = tx.clients.by_code("acme")
    assert client and client.single_sign_on_flag


def test_two_processes_do_not_write_at_the_same_time(world: World, database: str) -> None:
    other = Store(database)
    order: list[str] = []

    def second() -> None:
        with other.write() as tx:
            order.append("second")
            tx.clients.set_enabled(world.acme.id, on=True)

    with world.ctx.store.write() as tx:
        waiting = threading.Thread(target=second)
        waiting.start()
        tx.clients.set_flag(world.acme.id, on=True)
        order.append("first")
    waiting.join()
    other.close()
    client = world.care_api().call("GET", "/api/clients/acme")
    assert (order, client["single_sign_on_flag"], client["enabled"]) == (["first", "second"], True, True)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("ALTER TABLE client DROP COLUMN metadata_mode", "no column metadata_mode"),
        ("ALTER TABLE client ADD COLUMN later INTEGER", "a column later"),
    ],
)
def test_the_database_of_another_version_is_told_in_a_sentence(
    world: World, database: str, change: str, told: str
) -> None:
    world.ctx.store.close()
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()
    with pytest.raises(StoreError, match=f"another version .*table client has {told}.*name a new database"):
        Store(database)


def test_a_password_in_a_url_is_not_told() -> None:
    with pytest.raises(StoreError, match="cannot be opened") as raised:
        Store("postgresql+psycopg://sam:hunter2@127.0.0.1:1/platform")
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["nonsense", "nodb://x/y", "mysql://x/y", "sqlite:////nowhere/at/all.sqlite3"]
)
def test_an_unusable_database_is_named_in_a_sentence(url: str) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(url)
