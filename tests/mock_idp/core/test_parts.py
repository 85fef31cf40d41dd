"""The small parts of the core, each by itself: clock, keys, journal, stores, fault registration, escaping."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.x509.oid import NameOID

from mock_idp.app import hex_escape
from mock_idp.bounded import Bounded
from mock_idp.clock import Clock, instant_ms
from mock_idp.faults import registry
from mock_idp.faults.model import Params
from mock_idp.journal import LIMIT, Journal
from mock_idp.keys import KeyPool, KeyRing, RolloverError
from mock_idp.personalities import PERSONALITIES, find_personality
from mock_idp.personalities.base import Personality
from mock_idp.personas import CATALOGUE, find_by_login
from mock_idp.tenants import Tenant

POOL = KeyPool(3)
each_personality = pytest.mark.parametrize("personality", PERSONALITIES, ids=lambda each: each.name)


def ring(personality: Personality) -> KeyRing:
    return KeyRing(POOL, lambda key: personality.dress_key(key, "acme", datetime.now(UTC)))


def test_the_clock_runs_shifted_and_stands_still_when_frozen() -> None:
    clock = Clock()
    clock.shift(-3600)
    behind = datetime.now(UTC) - clock.now()
    assert timedelta(minutes=59) < behind < timedelta(minutes=61)
    clock.freeze(datetime(2030, 1, 2, 3, 4, 5, 678_900, tzinfo=timezone(timedelta(hours=1))))
    assert instant_ms(clock.now()) == instant_ms(clock.now()) == "2030-01-02T02:04:05.678Z"
    assert clock.timestamp() == 1893549845
    clock.reset()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_pool_rotates_and_never_hands_out_the_foreign_key() -> None:
    pool = KeyPool(2)
    taken = [pool.take() for _ in range(5)]
    assert taken[0] is taken[2] is taken[4]
    assert taken[1] is taken[3] is not taken[0]
    assert pool.foreign() is pool.foreign()
    assert pool.foreign() not in taken


@each_personality
def test_a_ring_publishes_before_it_signs_and_retires_after(personality: Personality) -> None:
    keys = ring(personality)
    first = keys.active
    keys.publish_next()
    second = keys.published[1]
    assert (keys.active, first.private_key is second.private_key) == (first, False)
    keys.activate_next()
    assert [key.kid for key in keys.published] == [second.kid, first.kid]
    keys.retire_previous()
    assert [key.kid for key in keys.published] == [second.kid]
    assert keys.retired is first
    assert keys.foreign not in keys.published
    with pytest.raises(RolloverError, match="publish_next first"):
        keys.activate_next()


def test_a_key_that_is_published_years_ahead_gets_a_certificate_of_that_time() -> None:
    tenant = Tenant("acme", PERSONALITIES[0], "http://127.0.0.1:1/t/acme", POOL)
    first = tenant.keys.active.saml_certificate.x509
    tenant.clock.shift(1000 * 86_400)
    tenant.keys.publish_next()
    later = tenant.keys.published[1].saml_certificate.x509
    assert later.not_valid_before_utc - first.not_valid_before_utc >= timedelta(days=1000)


def test_certificates_have_each_vendors_form() -> None:
    okta, entra = (ring(personality).active for personality in PERSONALITIES[:2])
    certificate = okta.saml_certificate.x509
    subject = {part.oid: part.value for part in certificate.subject}
    assert (subject[NameOID.ORGANIZATION_NAME], subject[NameOID.COMMON_NAME]) == ("Okta", "acme")
    assert certificate.subject == certificate.issuer
    lifetime = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert lifetime == timedelta(days=3652, minutes=1)
    assert (len(okta.kid), len(entra.kid)) == (43, 27)
    assert entra.kid == entra.token_certificate.sha1_thumbprint
    names = [
        entry.x509.subject.rfc4514_string() for entry in (entra.saml_certificate, entra.token_certificate)
    ]
    assert names == ["CN=Microsoft Azure Federated SSO Certificate", "CN=accounts.accesscontrol.windows.net"]


def test_the_journal_numbers_on_and_forgets_the_oldest() -> None:
    journal = Journal(Clock())
    for number in range(LIMIT + 2):
        journal.record("login.page", summary="A page.", attempt="odd" if number % 2 else "even")
    kept = journal.entries()
    assert (len(kept), kept[0].seq, journal.last) == (LIMIT, 3, LIMIT + 2)
    assert [entry.seq for entry in journal.entries(attempt="odd", after=LIMIT)] == [LIMIT + 2]


def test_a_bounded_store_forgets_the_oldest_and_gives_once() -> None:
    store: Bounded[int] = Bounded(2)
    for number, name in enumerate("aba"):
        store.put(name, number)
    store.put("c", 3)
    assert (store.get("a"), store.get("b"), store.get("c"), len(store)) == (2, None, 3, 2)
    assert (store.pop("a"), store.pop("a")) == (2, None)


def test_a_fault_is_registered_once_with_a_summary_and_in_the_vocabulary() -> None:
    def nothing(message: object, params: Params) -> str:
        """Do nothing."""
        del message, params
        return ""

    def register(name: str, stage: str = "content") -> None:
        registry.fault(name, stage=stage, fault_class="audience", touches=())(nothing)

    with pytest.raises(ValueError, match="name is taken"):
        register(next(iter(registry.all_faults())))
    with pytest.raises(ValueError, match="stage or class is unknown"):
        register("saml.new", stage="later")
    nothing.__doc__ = None
    with pytest.raises(ValueError, match="needs a docstring"):
        register("saml.new")


def test_logins_ignore_case_and_blanks() -> None:
    found = find_by_login(CATALOGUE, "  ALICE@acme.test ")
    assert found is CATALOGUE["alice"]
    assert find_by_login(CATALOGUE, "alice") is None


def test_azure_is_entra() -> None:
    assert find_personality("azure") is find_personality("entra")
    assert find_personality("AZURE") is None


def test_hex_escape_leaves_no_markup() -> None:
    assert hex_escape("https://a.b/c?d=\"'<>&é") == (
        "https&#x3a;&#x2f;&#x2f;a.b&#x2f;c&#x3f;d&#x3d;&#x22;&#x27;&#x3c;&#x3e;&#x26;&#xe9;"
    )
