"""A SAML login from the redirect to the session: binding, use, toggles, configuration, and what is told."""

from __future__ import annotations

import base64
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from platform_stub import saml
from platform_stub.policy import STRICT
from tests.platform_stub.sso_attacks import setting
from tests.platform_stub.sso_platform import (
    BASE,
    Platform,
    post_acs,
    query,
    refusal,
    running,
    saml_config,
    saml_login,
    start,
    start_saml,
    who,
)
from tests.platform_stub.sso_signer import NS, Edit, saml_response, signer, stamp


@pytest.fixture
def platform() -> Iterator[Platform]:
    with running() as started:
        yield started


def test_user_and_agent_sign_in_at_their_own_address(platform: Platform) -> None:
    browser = platform.browser()
    answer = saml_login(platform, browser)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ACME/home")
    assert who(browser) == {"user": "alice@acme.test", "agent": None}
    answer = saml_login(platform, browser, "agent", change={"email": "adam@acme.test", "id": "id2"})
    assert answer.headers["Location"] == "/ACME/agent"
    assert who(browser) == {"user": "alice@acme.test", "agent": "adam@acme.test"}


def test_the_request_asks_for_its_own_surface_by_post(platform: Platform) -> None:
    location = start(platform, platform.browser(), "agent").headers["Location"]
    assert location.startswith("http://127.0.0.1:8400/t/x/sso?SAMLRequest=")
    assert "RelayState" not in query(location)
    assert start_saml(platform, platform.browser()).startswith("id-")


def test_a_single_sign_on_url_with_a_query_keeps_it(platform: Platform) -> None:
    platform.save(saml_config(single_sign_on_url="https://idp.acme.test/sso?tenant=7"))
    location = start(platform, platform.browser()).headers["Location"]
    assert location.startswith("https://idp.acme.test/sso?tenant=7&SAMLRequest=")


def test_metadata_names_both_addresses(platform: Platform) -> None:
    answer = platform.browser().get("/ACME/sso/saml/metadata", base_url=BASE)
    root = etree.fromstring(answer.data)
    addresses = [
        e.get("Location") for e in root.iter("{urn:oasis:names:tc:SAML:2.0:metadata}AssertionConsumerService")
    ]
    assert answer.mimetype == "application/samlmetadata+xml"
    assert root.get("entityID") == f"{BASE}/ACME/sso/saml/metadata"
    assert addresses == [platform.acs("user"), platform.acs("agent")]


def test_a_completion_works_once_and_in_its_own_browser_only(platform: Platform) -> None:
    browser, stranger = platform.browser(), platform.browser()
    field = saml_response(platform.message(start_saml(platform, browser)))
    posted = platform.browser().post("/ACME/sso/saml/user/acs", base_url=BASE, data={"SAMLResponse": field})
    completion = posted.headers["Location"]
    assert posted.status_code == 303
    assert completion.startswith("/ACME/sso/saml/user/complete?ticket=")
    assert "Set-Cookie" not in posted.headers
    assert refusal(stranger.get(completion, base_url=BASE)) == "not-your-browser"
    assert who(stranger)["user"] is None
    assert refusal(browser.get(completion, base_url=BASE)) == "request-unknown"  # the ticket is spent


def test_two_tabs_of_one_browser_do_not_spoil_each_other(platform: Platform) -> None:
    browser = platform.browser()
    first, second = start_saml(platform, browser), start_saml(platform, browser)
    for request_id in (first, second):
        message = replace(platform.message(request_id), id=f"id{request_id}")
        assert post_acs(browser, saml_response(message)).headers["Location"] == "/ACME/home"


def test_a_refused_response_does_not_spend_the_login(platform: Platform) -> None:
    browser = platform.browser()
    message = platform.message(start_saml(platform, browser))
    assert refusal(post_acs(browser, saml_response(message, by="evil"))) == "signature-invalid"
    assert post_acs(browser, saml_response(message)).status_code == 303
    assert who(browser)["user"] == "alice@acme.test"


def test_a_second_assertion_for_the_same_request_is_refused(platform: Platform) -> None:
    browser = platform.browser()
    message = platform.message(start_saml(platform, browser))
    assert post_acs(browser, saml_response(message)).status_code == 303
    again = saml_response(replace(message, id="id-other"))
    assert refusal(post_acs(browser, again)) == "request-unknown"


def test_a_login_does_not_survive_changed_settings(platform: Platform) -> None:
    browser = platform.browser()
    message = platform.message(start_saml(platform, browser))
    platform.save(saml_config(metadata_url="https://idp.acme.test/metadata"))
    answer = post_acs(browser, saml_response(message))
    assert refusal(answer) == "request-unknown"
    assert "settings were changed" in answer.get_json()["sentence"]


def test_switching_off_between_post_and_completion_closes(platform: Platform) -> None:
    browser = platform.browser()
    field = saml_response(platform.message(start_saml(platform, browser)))
    posted = platform.browser().post("/ACME/sso/saml/user/acs", base_url=BASE, data={"SAMLResponse": field})
    platform.switch(on=False)
    assert refusal(browser.get(posted.headers["Location"], base_url=BASE)) == "sso-disabled"


def test_a_login_that_took_too_long_is_refused(platform: Platform) -> None:
    browser = platform.browser()
    request_id = start_saml(platform, browser)
    platform.clock.advance(minutes=11)
    assert refusal(post_acs(browser, saml_response(platform.message(request_id)))) == "expired"


def _conditions(attribute: str, seconds: int) -> tuple[str, str, int]:
    return (".//saml:Conditions", attribute, seconds)


@pytest.mark.parametrize(
    ("path", "attribute", "seconds", "code"),
    [
        (*_conditions("NotOnOrAfter", -119), ""),
        (*_conditions("NotOnOrAfter", -120), "expired"),
        (*_conditions("NotBefore", 120), ""),
        (*_conditions("NotBefore", 121), "not-yet-valid"),
        (".//saml:SubjectConfirmationData", "NotOnOrAfter", -120, "expired"),
        (".//saml:SubjectConfirmationData", "NotBefore", 121, "not-yet-valid"),
        (".//saml:AuthnStatement", "SessionNotOnOrAfter", -120, "expired"),
    ],
)
def test_two_minutes_between_the_clocks_are_forgiven(
    platform: Platform, path: str, attribute: str, seconds: int, code: str
) -> None:
    edit = setting(path, attribute, stamp(platform.clock.now() + timedelta(seconds=seconds)))
    assert refusal(saml_login(platform, platform.browser(), before=edit)) == code


@pytest.mark.parametrize(
    "time", ["2026-11-23T20:00:00.1234567Z", "2026-11-23T20:00:00", "2026-11-23T21:00:00+01:00"]
)
def test_every_xml_time_is_understood(platform: Platform, time: str) -> None:
    edit = setting(".//saml:Conditions", "NotBefore", time)
    assert refusal(saml_login(platform, platform.browser(), before=edit)) == ""


@pytest.mark.parametrize("edit", [setting(".//saml:SubjectConfirmationData", "NotOnOrAfter", None)])
def test_a_confirmation_without_an_end_is_refused(platform: Platform, edit: Edit) -> None:
    assert refusal(saml_login(platform, platform.browser(), before=edit)) == "expired"


def test_another_request_inside_than_outside_is_refused(platform: Platform) -> None:
    edit = setting(".//saml:SubjectConfirmationData", "InResponseTo", "id-of-another-login")
    assert refusal(saml_login(platform, platform.browser(), before=edit)) == "request-unknown"


def test_a_signed_response_must_say_where_it_goes(platform: Platform) -> None:
    edit = setting(".", "Destination", None)
    refused = saml_login(platform, platform.browser(), sign="response", before=edit)
    assert refusal(refused) == "destination-mismatch"
    assert refusal(saml_login(platform, platform.browser(), before=edit)) == ""


def test_a_failed_sign_in_is_told_in_the_providers_words(platform: Platform) -> None:
    def fail(root: etree._Element) -> None:
        status = root.find("samlp:Status", NS)
        assert status is not None
        message = etree.SubElement(status, "{urn:oasis:names:tc:SAML:2.0:protocol}StatusMessage")
        message.text = "Account <b>suspended</b>"
        assertion = root.find("saml:Assertion", NS)
        assert assertion is not None
        root.remove(assertion)

    status = "urn:oasis:names:tc:SAML:2.0:status:Responder"
    answer = saml_login(platform, platform.browser(), change={"status": status}, sign="none", after=fail)
    assert refusal(answer) == "status-not-success"
    assert "Account <b>suspended</b>" in answer.get_json()["sentence"]


@pytest.mark.parametrize(
    ("field", "label"),
    [
        ("single_sign_on_url", "Single Sign On URL"),
        ("issuer_url", "Issuer URL"),
        ("certificate_x509", "Certificate X.509"),
    ],
)
def test_an_empty_field_is_named_before_the_redirect(platform: Platform, field: str, label: str) -> None:
    platform.save(saml_config(**{field: ""}))
    answer = start(platform, platform.browser())
    assert refusal(answer) == "sso-not-configured"
    assert label in answer.get_json()["sentence"]


@pytest.mark.parametrize("address", ["sso", "javascript:alert(1)", "/sso", "https://"])
def test_a_single_sign_on_url_that_is_no_address_is_named(platform: Platform, address: str) -> None:
    platform.save(saml_config(single_sign_on_url=address))
    assert refusal(start(platform, platform.browser())) == "sso-not-configured"


def test_an_unusable_certificate_is_named(platform: Platform) -> None:
    platform.save(saml_config(certificate_x509="not a certificate"))
    answer = start(platform, platform.browser())
    assert refusal(answer) == "certificate-unusable"
    assert "Certificate X.509" in answer.get_json()["sentence"]


def test_a_wrong_certificate_saved_is_told(platform: Platform) -> None:
    platform.save(saml_config(certificate_x509=signer("another").pem))
    answer = saml_login(platform, platform.browser())
    assert refusal(answer) == "signature-invalid"
    assert "does not match the certificate saved on the Security tab" in answer.get_json()["sentence"]


def test_an_unsolicited_response_needs_the_knob() -> None:
    with running() as strict:
        browser = strict.browser()
        assert refusal(post_acs(browser, saml_response(strict.message("")))) == "unsolicited"
    with running(replace(STRICT, idp_initiated="allow")) as open_:
        browser = open_.browser()
        field = saml_response(open_.message(""))
        assert post_acs(browser, field).status_code == 303
        assert who(browser)["user"] == "alice@acme.test"
        assert refusal(post_acs(browser, field)) == "replayed"
        invented = saml_response(replace(open_.message("id-invented"), id="id3"))
        assert refusal(post_acs(browser, invented)) == "request-unknown"


def test_the_audit_has_what_was_received(platform: Platform) -> None:
    saml_login(platform, platform.browser(), change={"email": "nobody@acme.test"})
    entry = platform.audit()[-1]
    assert (entry["result"], entry["reason"]) == ("refused", "email-unknown")
    assert entry["detail"]["email"] == "nobody@acme.test"
    assert entry["detail"]["received_audience"] == f"{BASE}/ACME/sso/saml/metadata"
    assert entry["detail"]["surface"] == "user"


def _b64(text: bytes) -> str:
    return base64.b64encode(text).decode()


@pytest.mark.parametrize(
    "field",
    [
        "",
        "   ",
        "%%%",
        "A" * 600_000,
        _b64(b""),
        _b64(b"\x00\xff"),
        _b64(b"<a/>"),
        _b64(b"<a"),
        _b64(b"not xml"),
        _b64(b'<Response xmlns="urn:oasis:names:tc:SAML:2.0:protocol"/>'),
        _b64(b'<!DOCTYPE r [<!ENTITY e "x">]><r>&e;</r>'),
        _b64(b'<?xml version="1.0" encoding="UTF-16"?><a/>'),
        _b64("<a/>".encode("utf-16")),
    ],
)
def test_rubbish_is_refused_as_malformed(platform: Platform, field: str) -> None:
    assert refusal(post_acs(platform.browser(), field)) == "malformed"


def _raw(platform: Platform, change: tuple[bytes, bytes]) -> str:
    xml = base64.b64decode(saml_response(platform.message(start_saml(platform, platform.browser()))))
    assert change[0] in xml
    return _b64(xml.replace(*change, 1))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((b"<saml2p:Response", b"<!DOCTYPE x><saml2p:Response"), "malformed"),
        ((b"<saml2p:Response", b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x"><saml2p:Response'), "malformed"),
        ((b"alice@acme.test", b"alice@acme.test<?p .evil?>"), "malformed"),
        ((b'Version="2.0"', b'Version="1.1"'), "malformed"),
        ((b"</saml2p:Status>", b"</saml2p:Status><saml2:EncryptedAssertion/>"), "assertion-count"),
        ((b"alice@acme.test", b"<b>alice@acme.test</b>"), "malformed"),
    ],
)
def test_shapes_that_readers_disagree_about_are_refused(
    platform: Platform, change: tuple[bytes, bytes], code: str
) -> None:
    assert refusal(post_acs(platform.browser(), _raw(platform, change))) == code


def test_damaged_messages_are_refused_and_never_crash(platform: Platform) -> None:
    xml = base64.b64decode(
        saml_response(platform.message(start_saml(platform, platform.browser())), sign="both")
    )
    browser = platform.browser()
    for place in range(0, len(xml), 97):
        for damage in (b"", b"<", b"&#0;", b"x"):
            damaged = _b64(xml[:place] + damage + xml[place + 3 :])
            answer = post_acs(browser, damaged)
            assert refusal(answer), (place, damage, answer.status)
    assert who(browser) == {"user": None, "agent": None}


def test_a_login_starts_no_process_and_is_quick(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a child process")

    saml.warm_up()
    saml_login(platform, platform.browser(), change={"id": "id-warm"})
    monkeypatch.setattr(subprocess, "Popen", forbidden)
    browsers = [platform.browser() for _ in range(10)]
    fields = [
        saml_response(platform.message(start_saml(platform, browser), id=f"id{number}"))
        for number, browser in enumerate(browsers)
    ]
    began = time.process_time()
    for browser, field in zip(browsers, fields, strict=True):
        assert post_acs(browser, field).status_code == 303
    # 10 ms each on an idle machine; the bound only notices a lost cache or a key parsed per login.
    assert (time.process_time() - began) / len(fields) < 0.060
