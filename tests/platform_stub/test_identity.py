"""Which e-mail a verified message carries, and which account it opens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from platform_stub.identity import EMAIL_NAME_ID, SamlSubject, email_of_oidc, email_of_saml, match_account
from platform_stub.policy import STRICT, Policy
from platform_stub.refusals import RefusalError
from platform_stub.store import Method, Surface
from tests.platform_stub.sso_platform import Platform, refusal, running, saml_login, who
from tests.platform_stub.sso_signer import UNSPECIFIED

CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
OID = "urn:oid:0.9.2342.19200300.100.1.3"
FALLBACK = replace(STRICT, missing_email="use-login-name")


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with running() as started:
        yield started


@pytest.mark.parametrize(
    ("values", "name_id_format", "expected"),
    [
        (("a@x.test",), UNSPECIFIED, "a@x.test"),
        (("a@x.test", "a@x.test", ""), UNSPECIFIED, "a@x.test"),
        (("a@x.test",), EMAIL_NAME_ID, "a@x.test"),  # the attribute goes before the NameID
        (None, EMAIL_NAME_ID, "name@x.test"),
        (("",), EMAIL_NAME_ID, "email-missing"),  # an attribute without value is not an invitation to guess
        ((), EMAIL_NAME_ID, "email-missing"),
        (None, UNSPECIFIED, "email-missing"),
        (None, "", "email-missing"),
        (("a@x.test", "b@x.test"), UNSPECIFIED, "email-several"),
        (("A@x.test", "a@x.test"), UNSPECIFIED, "email-several"),
    ],
)
def test_the_email_of_an_assertion(
    values: tuple[str, ...] | None, name_id_format: str, expected: str
) -> None:
    subject = SamlSubject("name@x.test", name_id_format, values)
    try:
        found = email_of_saml(subject, STRICT)
    except RefusalError as refused:
        found = refused.code
    assert found == expected


@pytest.mark.parametrize("name", ["email", CLAIM, OID])
def test_each_attribute_name_is_known(platform: Platform, name: str) -> None:
    browser = platform.browser()
    change = {"attributes": {name: ("alice@acme.test",)}, "email": "00u1", "name_id_format": UNSPECIFIED}
    saml_login(platform, browser, change={**change, "id": f"id{len(platform.audit())}"})
    assert who(browser)["user"] == "alice@acme.test"


@pytest.mark.parametrize("name", ["mail", "Email", "EMAIL", "upn", "user.email"])
def test_other_attributes_are_no_email(platform: Platform, name: str) -> None:
    change = {"attributes": {name: ("alice@acme.test",)}, "name_id_format": UNSPECIFIED}
    assert refusal(saml_login(platform, platform.browser(), change=change)) == "email-missing"


def test_two_addresses_are_refused(platform: Platform) -> None:
    change = {"attributes": {"email": ("alice@acme.test",), CLAIM: ("mallory@acme.test",)}}
    assert refusal(saml_login(platform, platform.browser(), change=change)) == "email-several"


@pytest.mark.parametrize(
    ("claims", "policy", "expected"),
    [
        ({"email": "a@x.test"}, STRICT, "a@x.test"),
        ({"email": "a@x.test", "email_verified": False}, STRICT, "email-unverified"),
        ({"email": "a@x.test", "email_verified": None}, STRICT, "email-unverified"),
        ({"email": "a@x.test", "email_verified": 1}, STRICT, "email-unverified"),
        (
            {"email": "a@x.test", "email_verified": False},
            replace(STRICT, unverified_email="accept"),
            "a@x.test",
        ),
        ({"preferred_username": "a@x.test"}, STRICT, "email-missing"),
        ({"preferred_username": "a@x.test"}, FALLBACK, "a@x.test"),
        ({"preferred_username": 7}, FALLBACK, "email-missing"),
        ({"email": ["a@x.test"]}, STRICT, "malformed"),
        ({}, STRICT, "email-missing"),
    ],
)
def test_the_email_of_claims(claims: dict[str, object], policy: Policy, expected: str) -> None:
    try:
        found = email_of_oidc(claims, policy)
    except RefusalError as refused:
        found = refused.code
    assert found == expected


@pytest.mark.parametrize(
    ("surface", "email", "expected"),
    [
        (Surface.USER, "alice@acme.test", "alice"),
        (Surface.AGENT, "adam@acme.test", "adam"),
        (Surface.USER, "adam@acme.test", "email-unknown"),
        (Surface.AGENT, "alice@acme.test", "email-unknown"),
        (Surface.USER, "Alice@acme.test", "email-unknown"),
        (Surface.USER, "alice@ACME.test", "email-unknown"),
        (Surface.USER, " alice@acme.test", "email-unknown"),
        (Surface.USER, "alice@acme.test\n", "email-unknown"),
        (Surface.USER, "alice@acme.test.evil.test", "email-unknown"),
        (Surface.USER, "evil.alice@acme.test", "email-unknown"),
        (Surface.USER, "not-alice@acme.test", "email-unknown"),
        (Surface.USER, "alicе@acme.test", "email-unknown"),  # a Cyrillic letter
        (Surface.USER, "alice%@acme.test", "email-unknown"),
        (Surface.USER, "dora@acme.test", "account-inactive"),
        (Surface.USER, "lena@acme.test", "account-locked"),
    ],
)
def test_matching_is_exact(platform: Platform, surface: Surface, email: str, expected: str) -> None:
    try:
        found = match_account(platform.ctx, platform.client, surface, email, Method.SAML).login
    except RefusalError as refused:
        found = refused.code
    assert found == expected


def test_one_address_at_both_surfaces_opens_the_one_that_was_asked() -> None:
    with running() as platform:
        with platform.ctx.store.write() as tx:
            values = {"login": "alice2", "email": "alice@acme.test", "password_hash": ""}
            tx.accounts.create(platform.client.id, Surface.AGENT, values)
        found = match_account(platform.ctx, platform.client, Surface.AGENT, "alice@acme.test", Method.SAML)
        assert (found.kind, found.login) == (Surface.AGENT, "alice2")


def test_an_address_of_two_accounts_opens_neither() -> None:
    with running() as platform:
        with platform.ctx.store.write() as tx:
            values = {"login": "alice2", "email": "alice@acme.test", "password_hash": ""}
            tx.accounts.create(platform.client.id, Surface.USER, values)
        with pytest.raises(RefusalError, match="email-ambiguous") as refused:
            match_account(platform.ctx, platform.client, Surface.USER, "alice@acme.test", Method.OIDC)
        assert "alice2" not in refused.value.sentence


def test_the_refusal_of_an_unknown_person_names_the_address_that_arrived(platform: Platform) -> None:
    with pytest.raises(RefusalError) as refused:
        match_account(platform.ctx, platform.client, Surface.USER, "nobody@acme.test", Method.SAML)
    assert "“nobody@acme.test”" in refused.value.sentence
    assert refused.value.evidence["email"] == "nobody@acme.test"


def test_an_empty_address_is_nobodys() -> None:
    with running() as platform:
        with platform.ctx.store.write() as tx:
            tx.accounts.create(
                platform.client.id, Surface.USER, {"login": "mute", "email": "", "password_hash": ""}
            )
        with pytest.raises(RefusalError, match="email-missing"):
            email_of_saml(SamlSubject("", EMAIL_NAME_ID, None), STRICT)


@pytest.mark.parametrize("letter", ["\u212a", "k\u0307"])
def test_ignoring_case_folds_ascii_alone(platform: Platform, letter: str) -> None:
    with platform.ctx.store.write() as tx:
        login = f"kim-{ord(letter[0])}"
        tx.accounts.create(
            platform.client.id,
            Surface.USER,
            {"login": login, "email": f"{login}@x.test", "password_hash": ""},
        )
        found = tx.accounts.with_email(platform.client.id, f"KIM-{ord(letter[0])}@X.test", ignore_case=True)
        assert [account.login for account in found] == [login]
        alike = f"{letter}im-{ord(letter[0])}@x.test"
        assert tx.accounts.with_email(platform.client.id, alike, ignore_case=True) == ()
