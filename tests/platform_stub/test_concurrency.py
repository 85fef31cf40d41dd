"""Fifty people sign in while an administrator flips the switch: everybody is themself or nobody."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from platform_stub.admin import sso
from platform_stub.refusals import SENTENCES
from tests.platform_stub.databases import on_both
from tests.platform_stub.whole_platform import Person, Tenant, is_redirect, site

database = on_both
PEOPLE = [f"person{number}" for number in range(50)]


def test_nobody_gets_anothers_session_while_the_switch_is_flipped(database: str) -> None:
    with site(database_url=database) as platform:
        tenant = platform.tenant("acme", PEOPLE)
        tenant.save(key="idp")
        started, done = threading.Barrier(len(PEOPLE) + 1), threading.Event()
        admin = threading.Thread(target=_flip, args=(tenant, started, done))
        admin.start()
        with ThreadPoolExecutor(len(PEOPLE)) as pool:
            seen = list(pool.map(lambda login: _sign_in_anyhow(tenant.person(login), started), PEOPLE))
        done.set()
        admin.join()
        outcomes = Counter(outcome for outcome, _ in seen)
        assert set(outcomes) <= {"admitted", "refused"}, outcomes
        assert outcomes["admitted"], "nobody got in, so nothing was shown"
        sessions = [cookie for _, cookie in seen if cookie]
        assert len(sessions) == len(set(sessions)) == outcomes["admitted"]
        refused = [entry for entry in tenant.audit() if entry.result == "refused"]
        assert len(refused) == outcomes["refused"]
        assert {entry.reason for entry in refused} <= SENTENCES.keys()
        flips = [entry for entry in tenant.audit() if entry.action in {"sso.enabled", "sso.disabled"}]
        assert len(flips) >= 2


def test_enabling_what_another_admin_is_saving_ends_in_one_whole_revision(database: str) -> None:
    with site(database_url=database) as platform:
        tenant = platform.tenant("acme", ())
        tenant.save(key="idp")
        outcomes = Counter[str]()
        for _ in range(20):
            tenant.switch(on=False)
            with platform.ctx.store.read() as tx:
                seen = tx.configurations.current(tenant.client).revision
            with ThreadPoolExecutor(2) as pool:
                saved = pool.submit(tenant.save, key="idp")
                enabled = pool.submit(
                    sso.set_enabled, platform.ctx, tenant.client, "ann", on=True, revision=seen
                )
                saved.result()
                problem = enabled.exception()
            with platform.ctx.store.read() as tx:
                now = tx.configurations.current(tenant.client)
            last = max(tenant.audit(), key=lambda entry: entry.seq)
            assert (last.detail["revision"], last.detail["enabled"]) == (now.revision, now.enabled)
            assert now.enabled == (problem is None), problem
            assert problem is None or getattr(problem, "code", "") == "stale-revision", problem
            outcomes["conflict" if problem else "enabled"] += 1
        assert outcomes.total() == 20


def _flip(tenant: Tenant, started: threading.Barrier, done: threading.Event) -> None:
    started.wait()
    on = False
    while not done.is_set():
        on = not on
        tenant.switch(on=on)
        done.wait(0.01)  # an administrator's pause: the people need the database too


def _sign_in_anyhow(person: Person, started: threading.Barrier) -> tuple[str, str]:
    """Sign in as the login page offers; return the outcome, and the session cookie of whom was admitted."""
    started.wait()
    page = person.open_login_page()
    end = person.deliver(person.answer(page, key="idp")) if is_redirect(page) else person.send_password()
    who = person.who()
    cookie = person.browser.get_cookie("lvp_user", path=f"/{person.tenant.client.code}", domain="localhost")
    if is_redirect(end) and who == person.account and cookie:
        return "admitted", cookie.value
    if end.status_code == 403 and who is None:
        return "refused", ""
    return f"{person.login}: status {end.status_code}, signed in as {who}", ""
