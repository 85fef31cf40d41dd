"""Attacks on a login, each wrong in one way, with the weaknesses that let it through; strict lets none."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from platform_stub.store import Surface
from tests.platform_stub.sso_platform import BASE, Platform, post_acs, start_saml
from tests.platform_stub.sso_provider import Provider, begin
from tests.platform_stub.sso_signer import (
    NS,
    UNSPECIFIED,
    Edit,
    id_token,
    saml_response,
    stamp,
)

_ids = itertools.count(1)


@dataclass(frozen=True)
class Result:
    """The last answer of an attack, and the browser that an admission would show in."""

    answer: TestResponse
    browser: FlaskClient


@dataclass(frozen=True)
class Attack:
    """`code` is the strict refusal; `admitted_by` are the weaknesses that open a session instead."""

    name: str
    code: str
    admitted_by: frozenset[str]
    run: Callable[[Platform, Provider], Result]


SAML_ATTACKS: dict[str, Attack] = {}
OIDC_ATTACKS: dict[str, Attack] = {}
Run = Callable[[Platform, Provider], Result]
JIT = "account-created-on-first-login"


def _attack(table: dict[str, Attack], code: str, *admitted_by: str) -> Callable[[Run], Run]:
    def add(run: Run) -> Run:
        name = run.__name__.strip("_")
        table[name] = Attack(name, code, frozenset(admitted_by), run)
        return run

    return add


def _saml(
    platform: Platform,
    surface: str = "user",
    *,
    change: dict[str, Any] | None = None,
    request_id: str | None = None,
    sign: str = "assertion",
    by: str = "idp",
    before: Edit | None = None,
    after: Edit | None = None,
) -> Result:
    browser = platform.browser()
    started = start_saml(platform, browser, surface)
    message = platform.message(started if request_id is None else request_id, surface)
    message = replace(message, id=f"id{next(_ids)}", **(change or {}))
    return Result(
        post_acs(browser, saml_response(message, sign=sign, by=by, before=before, after=after), surface),
        browser,
    )


def find(root: etree._Element, path: str) -> etree._Element:
    found = root.find(path, NS)
    assert found is not None
    return found


def setting(path: str, attribute: str, value: str | None) -> Edit:
    """Return an edit that sets an attribute (None removes it) of the element ("." is the root)."""

    def edit(root: etree._Element) -> None:
        element = root if path == "." else find(root, path)
        if value is None:
            element.attrib.pop(attribute)
        else:
            element.set(attribute, value)

    return edit


def text(path: str, value: str) -> Edit:
    def edit(root: etree._Element) -> None:
        find(root, path).text = value

    return edit


def remove(path: str) -> Edit:
    def edit(root: etree._Element) -> None:
        element = find(root, path)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return edit


def forge_before(root: etree._Element) -> None:
    """Insert a copy without signature, about alice, before the signed assertion (XSW3)."""
    signed = find(root, "saml:Assertion")
    forged = copy.deepcopy(signed)
    forged.remove(find(forged, "ds:Signature"))
    forged.set("ID", "id-forged")
    find(forged, ".//saml:NameID").text = "alice@acme.test"
    root.insert(root.index(signed), forged)


def _comment(root: etree._Element) -> None:
    name_id = find(root, ".//saml:NameID")
    comment = etree.Comment("")
    name_id.text, comment.tail = "alice@acme.test", ".evil.test"
    name_id.append(comment)


@_attack(SAML_ATTACKS, "signature-missing", "saml-signature-not-checked", "saml-unsigned-accepted")
def unsigned(platform: Platform, _: Provider) -> Result:
    return _saml(platform, sign="none")


@_attack(SAML_ATTACKS, "signature-invalid", "saml-signature-not-checked", "saml-key-info-trusted")
def foreign_key(platform: Platform, _: Provider) -> Result:
    return _saml(platform, by="evil")


@_attack(SAML_ATTACKS, "signature-invalid", "saml-signature-not-checked")
def changed_after_signing(platform: Platform, _: Provider) -> Result:
    return _saml(
        platform, change={"email": "mallory@acme.test"}, after=text(".//saml:NameID", "alice@acme.test")
    )


@_attack(SAML_ATTACKS, "assertion-count", "saml-first-assertion-read")
def forged_assertion_before(platform: Platform, _: Provider) -> Result:
    return _saml(platform, change={"email": "mallory@acme.test"}, after=forge_before)


@_attack(SAML_ATTACKS, "email-unknown", "saml-text-cut-at-comment", JIT)
def comment_in_email(platform: Platform, _: Provider) -> Result:
    return _saml(platform, change={"email": "alice@acme.test.evil.test"}, after=_comment)


@_attack(SAML_ATTACKS, "audience-mismatch", "saml-audience-not-checked")
def other_audience(platform: Platform, _: Provider) -> Result:
    return _saml(platform, change={"audience": "https://other-sp.example"})


@_attack(SAML_ATTACKS, "audience-mismatch", "saml-audience-not-checked", "saml-audience-missing-accepted")
def no_audience(platform: Platform, _: Provider) -> Result:
    return _saml(platform, before=remove(".//saml:AudienceRestriction"))


@_attack(SAML_ATTACKS, "audience-mismatch", "saml-audience-not-checked", "saml-audience-missing-accepted")
def no_conditions(platform: Platform, _: Provider) -> Result:
    return _saml(platform, before=remove(".//saml:Conditions"))


@_attack(SAML_ATTACKS, "recipient-mismatch", "saml-recipient-not-checked")
def other_recipient(platform: Platform, _: Provider) -> Result:
    return _saml(
        platform,
        before=setting(".//saml:SubjectConfirmationData", "Recipient", "https://other-sp.example/acs"),
    )


@_attack(SAML_ATTACKS, "recipient-mismatch", "saml-recipient-not-checked")
def no_recipient(platform: Platform, _: Provider) -> Result:
    return _saml(platform, before=setting(".//saml:SubjectConfirmationData", "Recipient", None))


@_attack(SAML_ATTACKS, "destination-mismatch", "saml-destination-not-checked")
def other_destination(platform: Platform, _: Provider) -> Result:
    return _saml(platform, sign="both", before=setting(".", "Destination", "https://other-sp.example/acs"))


@_attack(SAML_ATTACKS, "issuer-mismatch", "saml-issuer-not-checked")
def other_issuer(platform: Platform, _: Provider) -> Result:
    return _saml(platform, change={"issuer": "https://evil.example"})


@_attack(SAML_ATTACKS, "expired", "saml-time-not-checked")
def expired_conditions(platform: Platform, _: Provider) -> Result:
    past = stamp(platform.clock.now().replace(year=2020))
    return _saml(platform, before=setting(".//saml:Conditions", "NotOnOrAfter", past))


@_attack(SAML_ATTACKS, "not-yet-valid", "saml-time-not-checked")
def future_conditions(platform: Platform, _: Provider) -> Result:
    future = stamp(platform.clock.now().replace(year=2090))
    return _saml(platform, before=setting(".//saml:Conditions", "NotBefore", future))


@_attack(SAML_ATTACKS, "expired", "saml-time-not-checked")
def expired_confirmation(platform: Platform, _: Provider) -> Result:
    past = stamp(platform.clock.now().replace(year=2020))
    return _saml(platform, before=setting(".//saml:SubjectConfirmationData", "NotOnOrAfter", past))


@_attack(SAML_ATTACKS, "request-unknown", "saml-in-response-to-not-checked")
def unknown_request(platform: Platform, _: Provider) -> Result:
    return _saml(platform, request_id="id-of-nobody")


@_attack(SAML_ATTACKS, "unsolicited", "saml-in-response-to-not-checked")
def no_request(platform: Platform, _: Provider) -> Result:
    return _saml(platform, request_id="")


@_attack(SAML_ATTACKS, "request-unknown", "saml-in-response-to-not-checked")
def other_surface(platform: Platform, _: Provider) -> Result:
    browser = platform.browser()
    started = start_saml(platform, browser, "user")
    message = replace(platform.message(started, "agent"), id=f"id{next(_ids)}", email="adam@acme.test")
    return Result(post_acs(browser, saml_response(message), "agent"), browser)


@_attack(SAML_ATTACKS, "replayed", "saml-replay-accepted")
def replay(platform: Platform, _: Provider) -> Result:
    browser = platform.browser()
    message = replace(platform.message(start_saml(platform, browser)), id=f"id{next(_ids)}")
    field = saml_response(message)
    assert post_acs(browser, field).headers["Location"].endswith("/home")
    browser.delete_cookie("lvp_user", path="/ACME")
    return Result(post_acs(browser, field), browser)


@_attack(SAML_ATTACKS, "status-not-success", "saml-status-not-checked")
def failed_status(platform: Platform, _: Provider) -> Result:
    return _saml(platform, change={"status": "urn:oasis:names:tc:SAML:2.0:status:Responder"})


@_attack(SAML_ATTACKS, "not-your-browser", "login-csrf")
def other_browser(platform: Platform, _: Provider) -> Result:
    attacker, victim = platform.browser(), platform.browser()
    message = replace(platform.message(start_saml(platform, attacker)), id=f"id{next(_ids)}")
    return Result(post_acs(victim, saml_response(message)), victim)


@_attack(SAML_ATTACKS, "sso-disabled", "acs-open-while-sso-off")
def sso_switched_off(platform: Platform, _: Provider) -> Result:
    browser = platform.browser()
    message = replace(platform.message(start_saml(platform, browser)), id=f"id{next(_ids)}")
    platform.switch(on=False)
    try:
        return Result(post_acs(browser, saml_response(message)), browser)
    finally:
        platform.switch(on=True)


@_attack(SAML_ATTACKS, "email-unknown", "email-compared-ignoring-case", JIT)
def other_case(platform: Platform, _: Provider) -> Result:
    return _saml(platform, change={"email": "Alice@acme.test"})


@_attack(SAML_ATTACKS, "email-missing", "email-falls-back-to-login-name")
def login_name_only(platform: Platform, _: Provider) -> Result:
    return _saml(platform, change={"name_id_format": UNSPECIFIED})


@_attack(SAML_ATTACKS, "account-inactive", "inactive-accounts-enter")
def inactive_account(platform: Platform, _: Provider) -> Result:
    return _saml(platform, change={"email": "dora@acme.test"})


@_attack(SAML_ATTACKS, "account-locked", "locked-accounts-enter")
def locked_account(platform: Platform, _: Provider) -> Result:
    return _saml(platform, change={"email": "lena@acme.test"})


@_attack(SAML_ATTACKS, "email-unknown", JIT)
def unknown_person(platform: Platform, _: Provider) -> Result:
    return _saml(platform, change={"email": f"nobody{next(_ids)}@acme.test"})


@_attack(SAML_ATTACKS, "email-unknown", "agent-acs-admits-users", JIT)
def user_at_agent_address(platform: Platform, _: Provider) -> Result:
    return _saml(platform, "agent", change={"email": "mallory@acme.test"})


@_attack(SAML_ATTACKS, "email-unknown", "user-acs-admits-agents", JIT)
def agent_at_user_address(platform: Platform, _: Provider) -> Result:
    return _saml(platform, change={"email": "adam@acme.test"})


def _claims(code: str, *admitted_by: str, **changes: object) -> Callable[[Platform, Provider], Result]:
    def run(platform: Platform, provider: Provider) -> Result:
        login = begin(platform, provider)
        return Result(login.answer(id_token(login.claims(**changes))), login.browser)

    run.__name__ = "claims_" + "_".join(f"{name}_{value is None}" for name, value in changes.items())
    return _attack(OIDC_ATTACKS, code, *admitted_by)(run)


_claims("issuer-mismatch", "oidc-issuer-not-checked", iss="https://evil.example")
_claims("issuer-mismatch", "oidc-issuer-not-checked", iss=None)
_claims("audience-mismatch", "oidc-audience-not-checked", aud="other-application")
_claims("audience-mismatch", "oidc-audience-not-checked", aud=None)
_claims("audience-mismatch", "oidc-azp-not-checked", azp="other-application")
_claims("expired", "oidc-expiry-not-checked", exp=1_600_000_000)
_claims("malformed", "oidc-expiry-not-checked", "oidc-missing-expiry-accepted", exp=None)
_claims("not-yet-valid", "oidc-expiry-not-checked", nbf=4_000_000_000)
_claims("nonce-mismatch", "oidc-nonce-not-checked", nonce="of-another-login")
_claims("nonce-mismatch", "oidc-nonce-not-checked", "oidc-missing-nonce-accepted", nonce=None)
_claims("email-unverified", "email-unverified-accepted", email_verified=False)
_claims("email-unknown", "email-compared-ignoring-case", JIT, email="ALICE@acme.test")
_claims("email-missing", "email-falls-back-to-login-name", email=None, preferred_username="alice@acme.test")


@_attack(OIDC_ATTACKS, "signature-missing", "oidc-alg-none-accepted", "oidc-signature-not-checked")
def algorithm_none(platform: Platform, provider: Provider) -> Result:
    login = begin(platform, provider)
    return Result(login.answer(id_token(login.claims(), alg="none")), login.browser)


@_attack(OIDC_ATTACKS, "signature-invalid", "oidc-signature-not-checked")
def token_by_foreign_key(platform: Platform, provider: Provider) -> Result:
    login = begin(platform, provider)
    return Result(login.answer(id_token(login.claims(), by="evil")), login.browser)


@_attack(OIDC_ATTACKS, "signature-invalid", "oidc-signature-not-checked")
def changed_claims(platform: Platform, provider: Provider) -> Result:
    login = begin(platform, provider)
    token = id_token(login.claims(email="mallory@acme.test"), tamper={"email": "alice@acme.test"})
    return Result(login.answer(token), login.browser)


@_attack(OIDC_ATTACKS, "state-mismatch", "oidc-state-not-checked")
def other_state(platform: Platform, provider: Provider) -> Result:
    login = begin(platform, provider)
    return Result(login.answer(arguments={"state": "of-nobody"}), login.browser)


@_attack(OIDC_ATTACKS, "state-mismatch", "oidc-state-not-checked")
def no_state(platform: Platform, provider: Provider) -> Result:
    login = begin(platform, provider)
    return Result(login.answer(arguments={"state": None}), login.browser)


@_attack(OIDC_ATTACKS, "not-your-browser", "login-csrf")
def callback_in_other_browser(platform: Platform, provider: Provider) -> Result:
    login, victim = begin(platform, provider), platform.browser()
    return Result(login.answer(browser=victim), victim)


@_attack(OIDC_ATTACKS, "sso-disabled", "callback-open-while-sso-off")
def callback_while_off(platform: Platform, provider: Provider) -> Result:
    login = begin(platform, provider)
    platform.switch(on=False)
    try:
        return Result(login.answer(), login.browser)
    finally:
        platform.switch(on=True)


def admitted(result: Result) -> bool:
    """Ask the platform who is signed in; a redirect alone proves nothing."""
    live = result.browser.get("/ACME/whoami", base_url=BASE).get_json()
    return any(live[surface.value] for surface in Surface)
