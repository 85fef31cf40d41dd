"""AuthnRequests by both bindings, signed when the client wants so; and RelayStates, which decide nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from flask.testing import FlaskClient
from lxml import etree, html
from werkzeug.test import TestResponse

from platform_stub.app import create_app
from platform_stub.policy import STRICT, Policy
from platform_stub.running import PROTOCOLS
from tests.platform_stub.sso_platform import Platform, authn_request, query, running
from tests.platform_stub.sso_signer import NS, saml_response
from tests.platform_stub.test_saml_logout import HERE, World, log_out, refused
from tests.platform_stub.test_saml_logout import query as logout_query
from tests.platform_stub.test_saml_logout import world as world  # noqa: PLC0414 - a fixture of that module

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
WISH = "/ACME/configure/client/billing?from=a%20mail"


@contextmanager
def portal(policy: Policy) -> Iterator[tuple[Platform, FlaskClient]]:
    with running(policy) as platform:
        app = create_app(platform.ctx, PROTOCOLS)
        app.testing = True
        yield platform, app.test_client()


def metadata(browser: FlaskClient) -> etree._Element:
    role = etree.fromstring(browser.get("/ACME/sso/saml/metadata").data).find(f"{MD}SPSSODescriptor")
    assert role is not None
    return role


def certificate(role: etree._Element) -> x509.Certificate:
    return x509.load_der_x509_certificate(base64.b64decode(role.findtext(".//ds:X509Certificate", "", NS)))


def posted(page: TestResponse) -> dict[str, str]:
    """The fields of the form that submits itself."""
    assert page.status_code == 200
    form = html.fromstring(page.text).forms[0]
    assert form.method == "POST"
    return {name: value or "" for name, value in form.form_values()}


def test_a_signed_redirect_verifies_with_the_published_key() -> None:
    with portal(replace(STRICT, saml_request_signing="on")) as (_, browser):
        role = metadata(browser)
        location = browser.get(f"/ACME?next={quote(WISH)}").headers["Location"]
    assert role.get("AuthnRequestsSigned") == "true"
    assert list(query(location)) == ["SAMLRequest", "RelayState", "SigAlg", "Signature"]
    assert len(query(location)["RelayState"]) <= 80
    signed = location.split("?", 1)[1].split("&Signature=")[0]
    key = certificate(role).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    value = base64.b64decode(query(location)["Signature"])
    key.verify(value, signed.encode(), padding.PKCS1v15(), hashes.SHA256())


def test_a_signed_form_verifies_with_the_published_key() -> None:
    with portal(replace(STRICT, saml_request_signing="on", saml_request_binding="post")) as (_, browser):
        role, page = metadata(browser), browser.get("/ACME")
    root = etree.fromstring(base64.b64decode(posted(page)["SAMLRequest"]))
    assert [etree.QName(child).localname for child in root] == ["Issuer", "Signature"]
    context = xmlsec.SignatureContext()
    context.register_id(root, "ID")
    pem = certificate(role).public_bytes(Encoding.PEM)
    context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem)
    context.verify(root[1])


def test_a_form_is_a_login_like_any_other() -> None:
    with portal(replace(STRICT, saml_request_binding="post")) as (platform, browser):
        page = browser.get(f"/ACME?next={quote(WISH)}")
        fields = posted(page)
        root = etree.fromstring(base64.b64decode(fields["SAMLRequest"]))
        assert "script-src 'sha256-" in page.headers["Content-Security-Policy"]
        assert metadata(browser).get("AuthnRequestsSigned") == "false"
        answer = saml_response(platform.message(root.get("ID", "")))
        landed = deliver(browser, answer, fields["RelayState"])
        assert (landed.status_code, landed.headers["Location"]) == (303, WISH)


def test_metadata_lists_one_default_address() -> None:
    with portal(STRICT) as (platform, browser):
        services = metadata(browser).findall(f"{MD}AssertionConsumerService")
        told = [
            (service.get("Location"), service.get("index"), service.get("isDefault")) for service in services
        ]
        assert told == [(platform.acs("user"), "1", "true"), (platform.acs("agent"), "2", None)]


def test_the_issue_instant_is_the_platforms_own_time() -> None:
    with portal(STRICT) as (platform, browser):
        platform.clock.advance(days=400)
        root = authn_request(browser.get("/ACME").headers["Location"])
        assert root.get("IssueInstant") == f"{platform.clock.now():%Y-%m-%dT%H:%M:%SZ}"


def deliver(browser: FlaskClient, answer: str, relay_state: str | None) -> TestResponse:
    data = {"SAMLResponse": answer} | ({} if relay_state is None else {"RelayState": relay_state})
    parked = browser.post("/ACME/sso/saml/user/acs", data=data)
    return browser.get(parked.headers["Location"])


RETURNED = (None, "", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/ACME/home", "<script>")


@pytest.mark.parametrize("returned", RETURNED)
def test_a_returned_relay_state_decides_nothing(returned: str | None) -> None:
    with portal(STRICT) as (platform, browser):
        root = authn_request(browser.get(f"/ACME?next={quote(WISH)}").headers["Location"])
        landed = deliver(browser, saml_response(platform.message(root.get("ID", ""))), returned)
        assert (landed.status_code, landed.headers["Location"]) == (303, WISH)


@pytest.mark.parametrize(("returned", "lands"), [(WISH, WISH), ("//evil.example", "/ACME/home")])
def test_a_login_that_began_at_the_idp_may_name_a_page_of_this_client(returned: str, lands: str) -> None:
    with portal(replace(STRICT, idp_initiated="allow")) as (platform, browser):
        landed = deliver(browser, saml_response(platform.message("")), returned)
        assert landed.headers["Location"] == lands


def test_half_a_signature_of_a_logout_message_is_none(world: World) -> None:
    browser = world.signed_in("s1")
    whole = logout_query(world.request())
    for half in ("SigAlg", "Signature"):
        cut = "&".join(pair for pair in whole.split("&") if not pair.startswith(f"{half}="))
        assert refused(browser.get(f"{HERE}?{cut}"), "signature-invalid")
    assert browser.get("/ACME/whoami").status_code == 200


def test_after_a_logout_a_relay_state_leads_nowhere(world: World) -> None:
    browser = world.signed_in("s1")
    answer = world.answer(log_out(browser)[0].get("ID", ""))
    page = browser.get(f"{HERE}?{logout_query(answer, relay_state='https://evil.example/')}")
    assert (page.status_code, page.headers.get("Location")) == (200, None)
    assert "evil.example" not in page.text
