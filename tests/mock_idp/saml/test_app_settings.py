"""Settings of a SAML application: each changes what it names and keeps the signatures good."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography import x509
from lxml import etree

from tests.mock_idp.browser import Browser, form_of
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.saml.provider_keys import provider_key
from tests.mock_idp.saml.support import (
    AUDIENCE,
    NS,
    Request,
    ServiceProvider,
    attributes_of,
    one,
    register,
    response_of,
    response_text,
    verifies,
)

BOTH = pytest.mark.parametrize("vendor", ["okta", "entra"])
CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
GROUPS = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"


def logged_in(provider: ServiceProvider, **request: Any) -> etree._Element:  # noqa: ANN401 - fields of Request
    with Browser() as browser:
        return response_of(provider.log_in(browser, Request(**request)))


def assertion_of(provider: ServiceProvider, **request: Any) -> etree._Element:  # noqa: ANN401 - as above
    return one(logged_in(provider, **request), "saml:Assertion")


@BOTH
@pytest.mark.parametrize("sign", ["assertion", "response", "both"])
@pytest.mark.parametrize("expired", [False, True])
def test_encrypted_assertion(idp: RunningIdp, vendor: str, sign: str, expired: bool) -> None:
    key = provider_key(expired=expired)
    provider = register(idp, idp.new_tenant(vendor), sign=sign, encrypt={"certificate": key.certificate})
    response = logged_in(provider)
    assert response.find("saml:Assertion", NS) is None
    if sign != "assertion":
        assert verifies(response, provider.registration["certificate"])
    assertion = key.decrypted(response)
    assert one(assertion, "saml:Subject/saml:NameID").text == "alice@acme.test"
    if sign == "response":
        assert assertion.find("ds:Signature", NS) is None
    else:
        assert verifies(assertion, provider.registration["certificate"])


@BOTH
@pytest.mark.parametrize("place", ["inside", "beside"])
@pytest.mark.parametrize(
    ("cipher", "transport"),
    [
        ("aes128-cbc", "rsa-oaep-sha1"),
        ("aes128-gcm", "rsa-oaep-sha256"),
        ("aes256-gcm", "rsa-oaep-sha1"),
        ("aes256-cbc", "rsa-1_5"),
    ],
)
def test_algorithms_of_encryption(
    idp: RunningIdp, vendor: str, cipher: str, transport: str, place: str
) -> None:
    key = provider_key()
    encrypt = {
        "certificate": key.certificate,
        "cipher": cipher,
        "key_transport": transport,
        "key_place": place,
    }
    response = logged_in(register(idp, idp.new_tenant(vendor), encrypt=encrypt, sign="assertion"))
    parent = {"inside": ".//ds:KeyInfo", "beside": "saml:EncryptedAssertion"}[place]
    xenc = {**NS, "xenc": "http://www.w3.org/2001/04/xmlenc#"}
    assert response.find(f"{parent}/xenc:EncryptedKey", xenc) is not None
    assert key.decrypted(response).tag == f"{{{NS['saml']}}}Assertion"


@BOTH
def test_layout_of_encryption(idp: RunningIdp, vendor: str) -> None:
    encrypt = {"certificate": provider_key().certificate}
    response = logged_in(register(idp, idp.new_tenant(vendor), encrypt=encrypt))
    names = {"xenc": "http://www.w3.org/2001/04/xmlenc#", **NS}
    nested = response.findall(".//xenc:EncryptedData/ds:KeyInfo/xenc:EncryptedKey", names)
    siblings = response.findall("saml:EncryptedAssertion/xenc:EncryptedKey", names)
    assert (len(nested), len(siblings)) == ((0, 1) if vendor == "okta" else (1, 0))
    pointers = [entry.get("URI") for entry in response.iterfind(".//ds:RetrievalMethod", names)]
    assert pointers == [f"#{entry.get('Id')}" for entry in siblings]


def test_okta_declares_namespaces_again_as_captured(idp: RunningIdp, okta: dict[str, Any]) -> None:
    """In the encrypted parts of the message and in what is encrypted (okta-saml-response-4)."""
    key = provider_key()
    provider = register(idp, okta, encrypt={"certificate": key.certificate})
    with Browser() as browser:
        text = response_text(provider.log_in(browser, Request()))
    assert text.count(' xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"') == 6
    assert key.plain_text(etree.fromstring(text.encode())).count("xmlns:saml2=") == 6


@BOTH
def test_a_fault_reaches_an_encrypted_assertion(idp: RunningIdp, vendor: str) -> None:
    key = provider_key()
    provider = register(idp, idp.new_tenant(vendor), encrypt={"certificate": key.certificate}, sign="both")
    request = Request()
    provider.arm(request.id, "saml.signature.tamper", email="mallory@acme.test")
    with Browser() as browser:
        response = response_of(provider.log_in(browser, request))
    assert not verifies(response, provider.registration["certificate"])
    assertion = key.decrypted(response)
    assert one(assertion, "saml:Subject/saml:NameID").text == "mallory@acme.test"
    assert not verifies(assertion, provider.registration["certificate"])


@BOTH
def test_sha1_is_both_signature_and_digest(idp: RunningIdp, vendor: str) -> None:
    provider = register(idp, idp.new_tenant(vendor), sign="both", signature_algorithm="rsa-sha1")
    response = logged_in(provider)
    for element in (response, one(response, "saml:Assertion")):
        method = one(element, "ds:Signature/ds:SignedInfo/ds:SignatureMethod").get("Algorithm", "")
        digest = one(element, "ds:Signature/ds:SignedInfo/ds:Reference/ds:DigestMethod").get("Algorithm", "")
        assert (method[-8:], digest[-4:]) == ("rsa-sha1", "sha1")
        assert verifies(element, provider.registration["certificate"])


def test_audience_by_service_principal(idp: RunningIdp, entra: dict[str, Any]) -> None:
    audience = "saml:Conditions/saml:AudienceRestriction/saml:Audience"
    provider = register(idp, entra, audience_mode="spn")
    app_id = provider.registration["metadata_url"].rpartition("=")[2]
    assert one(assertion_of(provider), audience).text == f"spn:{app_id}"
    idp.made("PATCH", f"{provider.path}/apps/portal", {"audience_mode": "entity_id"})
    assert one(assertion_of(provider), audience).text == AUDIENCE
    for issuer in (app_id, f"spn:{app_id}"):
        assert one(assertion_of(provider, issuer=issuer), audience).text == f"spn:{app_id}"


@BOTH
def test_old_authn_instant_and_lifetime(idp: RunningIdp, vendor: str) -> None:
    weeks = 21 * 24 * 3600
    provider = register(
        idp, idp.new_tenant(vendor), authn_instant_age_seconds=weeks, assertion_lifetime_seconds=90
    )
    response = logged_in(provider)
    issued = datetime.fromisoformat(response.get("IssueInstant", ""))
    statement = one(response, "saml:Assertion/saml:AuthnStatement")
    age = issued - datetime.fromisoformat(statement.get("AuthnInstant", ""))
    assert timedelta(days=21) <= age < timedelta(days=21, minutes=1)
    ends = one(response, "saml:Assertion/saml:Conditions").get("NotOnOrAfter", "")
    assert timedelta(seconds=89) < datetime.fromisoformat(ends) - issued <= timedelta(seconds=90)


def test_okta_attribute_statements_and_groups(idp: RunningIdp, okta: dict[str, Any]) -> None:
    provider = register(
        idp,
        okta,
        attributes=[
            {"name": "first", "value": "user.firstName", "name_format": "basic"},
            {"name": "team", "value": "blue"},
            {"name": "last", "value": "user.lastName"},
        ],
        groups_attribute={"name": "roles", "filter": "STARTS_WITH", "value": "app-"},
    )
    groups = ["app-admin", "everyone", "app-user"]
    idp.made("PATCH", f"{provider.path}/personas/alice", {"groups": groups, "family_name": None})
    assertion = assertion_of(provider)
    assert attributes_of(assertion) == {
        "first": ["Alice"],
        "team": ["blue"],
        "roles": ["app-admin", "app-user"],
    }
    formats = [
        entry.get("NameFormat", "").rpartition(":")[2]
        for entry in assertion.iter(f"{{{NS['saml']}}}Attribute")
    ]
    assert formats == ["basic", "unspecified", "unspecified"]
    idp.made("PATCH", f"{provider.path}/personas/alice", {"groups": ["everyone"]})
    assert "roles" not in attributes_of(assertion_of(provider))


@pytest.mark.parametrize(
    ("filter_", "value", "listed"),
    [("EQUALS", "ab", ["ab"]), ("CONTAINS", "b", ["ab", "abc"]), ("REGEX", "a.", ["ab"])],
)
def test_group_filters(
    idp: RunningIdp, okta: dict[str, Any], filter_: str, value: str, listed: list[str]
) -> None:
    provider = register(idp, okta, groups_attribute={"name": "g", "filter": filter_, "value": value})
    idp.made("PATCH", f"{provider.path}/personas/alice", {"groups": ["a", "ab", "abc"]})
    assert attributes_of(assertion_of(provider))["g"] == listed


def test_entra_claims_replace_the_configurable_ones(idp: RunningIdp, entra: dict[str, Any]) -> None:
    provider = register(idp, entra, attributes=[{"name": "mail", "value": "user.mail"}])
    names = [name.rpartition("/")[2] for name in attributes_of(assertion_of(provider))]
    assert names == [
        "tenantid", "objectidentifier", "displayname", "identityprovider", "authnmethodsreferences", "mail",
    ]  # fmt: skip


def test_entra_group_overage_and_ids(idp: RunningIdp, entra: dict[str, Any]) -> None:
    link = "http://schemas.microsoft.com/claims/groups.link"
    provider = register(idp, entra, groups_attribute={"name": GROUPS, "format": "id"})
    idp.made("PATCH", f"{provider.path}/personas/alice", {"group_count": 150})
    attributes = attributes_of(assertion_of(provider))
    assert (len(attributes[GROUPS]), link in attributes) == (150, False)
    assert all(re.fullmatch(r"[0-9a-f-]{36}", value or "") for value in attributes[GROUPS])
    idp.made("PATCH", f"{provider.path}/personas/alice", {"group_count": 151})
    attributes = attributes_of(assertion_of(provider))
    assert GROUPS not in attributes
    assert str(attributes[link][0]).startswith(f"https://graph.windows.net/{entra['directory_id']}/users/")
    assert str(attributes[link][0]).endswith("/getMemberObjects")


def test_a_guest_has_an_invented_upn(idp: RunningIdp, entra: dict[str, Any]) -> None:
    provider = register(idp, entra)
    idp.made("PATCH", f"{provider.path}/personas/alice", {"guest": True})
    assertion = assertion_of(provider)
    name_id = one(assertion, "saml:Subject/saml:NameID").text or ""
    assert name_id.startswith("alice_acme.test#EXT#@")
    assert attributes_of(assertion)[f"{CLAIMS}/name"] == [name_id]


@BOTH
def test_name_id_value(idp: RunningIdp, vendor: str) -> None:
    field = {"okta": "user.email", "entra": "user.mail"}[vendor]
    provider = register(idp, idp.new_tenant(vendor), name_id_value=field)
    idp.made("PATCH", f"{provider.path}/personas/alice", {"email": "Alice@Elsewhere.test"})
    assert one(assertion_of(provider), "saml:Subject/saml:NameID").text == "Alice@Elsewhere.test"
    idp.made("PATCH", f"{provider.path}/personas/alice", {"email": None})
    assert one(assertion_of(provider), "saml:Subject/saml:NameID").text == "alice@acme.test"


@BOTH
def test_relay_state_settings(idp: RunningIdp, vendor: str) -> None:
    provider = register(idp, idp.new_tenant(vendor), relay_state="https://evil.test/")

    def returned(sent: str | None) -> str | None:
        with Browser() as browser:
            return form_of(provider.log_in(browser, Request(relay_state=sent))).fields.get("RelayState")

    nothing = "" if vendor == "okta" else None
    assert returned("deep") == "https://evil.test/"
    idp.made("PATCH", f"{provider.path}/apps/portal", {"relay_state": "drop"})
    assert returned("deep") == nothing
    idp.made("PATCH", f"{provider.path}/apps/portal", {"relay_state": "echo", "default_relay_state": "/home"})
    assert [returned("deep"), returned(None)] == ["deep", "/home"]


def test_requested_context_is_compared_with_how_people_sign_in(
    idp: RunningIdp, entra: dict[str, Any]
) -> None:
    protected = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
    content = (
        "<samlp:RequestedAuthnContext><saml:AuthnContextClassRef>"
        f"{protected}</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>"
    )
    provider = register(idp, entra)
    context = "saml:AuthnStatement/saml:AuthnContext/saml:AuthnContextClassRef"
    assert one(assertion_of(provider, content=content), context).text == protected
    idp.made("PATCH", f"{provider.path}/apps/portal", {"authn_methods": ["x509", "multipleauthn"]})
    with Browser() as browser:
        page = provider.send(browser, Request(content=content))
    wording = (
        "AADSTS75011: Authentication method &#39;X509, MultiFactor&#39; by which the user authenticated "
        "with the service doesn&#39;t match requested authentication method "
        "&#39;Password, ProtectedTransport&#39;."
    )
    assert wording in page.text
    idp.made("PATCH", f"{provider.path}/apps/portal", {"authn_context_mismatch": "response"})
    with Browser() as browser:
        response = response_of(provider.send(browser, Request(content=content)))
    codes = [
        code.get("Value", "").rpartition(":")[2] for code in response.iter(f"{{{NS['samlp']}}}StatusCode")
    ]
    assert codes == ["Responder", "NoAuthnContext"]
    methods = attributes_of(assertion_of(provider))[
        "http://schemas.microsoft.com/claims/authnmethodsreferences"
    ]
    assert [str(method).rpartition("/")[2] for method in methods] == ["x509", "multipleauthn"]


@BOTH
def test_a_set_context_is_sent(idp: RunningIdp, vendor: str) -> None:
    provider = register(idp, idp.new_tenant(vendor), authn_context="urn:example:ours")
    reference = one(assertion_of(provider), "saml:AuthnStatement/saml:AuthnContext/saml:AuthnContextClassRef")
    assert reference.text == "urn:example:ours"


def test_an_app_without_consent(idp: RunningIdp, entra: dict[str, Any]) -> None:
    provider = register(idp, entra, consented=False)
    with Browser() as browser:
        pages = [provider.send(browser, Request()), browser.get(provider.registration["start_url"])]
    assert all("AADSTS650056" in page.text and page.status_code == 400 for page in pages)


@BOTH
def test_idp_initiated_start_url(idp: RunningIdp, vendor: str) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    with Browser() as browser:
        page = browser.get(provider.registration["start_url"])
        response = response_of(browser.sign_in(page, "alice@acme.test", "correct-horse-alice"))
    assert response.get("InResponseTo") is None
    assert verifies(one(response, "saml:Assertion"), provider.registration["certificate"])


def test_the_test_button_is_answered_without_in_response_to(idp: RunningIdp, entra: dict[str, Any]) -> None:
    provider = register(idp, entra)
    with Browser() as browser:
        page = browser.get(provider.registration["start_url"] + "&test=1")
        response = response_of(browser.sign_in(page, "alice@acme.test", "correct-horse-alice"))
    assert "InResponseTo" not in etree.tostring(response).decode()
    asked = provider.journal("F84D888AA3B44C1B844375A4E8210D9E")
    assert [entry["kind"] for entry in asked] == ["saml.authn_request"]


@BOTH
def test_expired_certificate_goes_on_signing(idp: RunningIdp, vendor: str) -> None:
    tenant = idp.new_tenant(vendor, settings={"certificate_expired": True})
    provider = register(idp, tenant)
    certificate = x509.load_pem_x509_certificate(provider.registration["certificate"].encode())
    response = logged_in(provider)
    assert certificate.not_valid_after_utc < datetime.fromisoformat(response.get("IssueInstant", ""))
    assert verifies(one(response, "saml:Assertion"), provider.registration["certificate"])
    listed = "".join(provider.registration["certificate"].split("\n")[1:-2])
    in_message = "".join((one(response, ".//saml:Assertion//ds:X509Certificate").text or "").split())
    assert in_message == listed
    assert listed in httpx.get(provider.registration["metadata_url"]).text.replace("\n", "")
    idp.made("PATCH", f"/tenants/{tenant['name']}", {"settings": {"certificate_expired": False}})
    valid = idp.made("GET", f"{provider.path}/apps/portal")["certificate"]
    assert valid != provider.registration["certificate"]
    assert verifies(one(response, "saml:Assertion"), valid), "the key stays the same"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("encrypt", {"certificate": "no PEM"}, "-----BEGIN CERTIFICATE-----"),
        ("attributes", [{"name": "a", "value": "user.shoe"}], "user-field"),
        ("groups_attribute", {"name": "g", "filter": "REGEX", "value": "("}, "regular expression"),
        ("authn_methods", [], "at least 1"),
        ("sign_logout", "yes", "boolean"),
        ("logout_url", "javascript:alert(1)", "http"),
    ],
)
def test_mistakes_are_told(
    idp: RunningIdp, okta: dict[str, Any], field: str, value: object, says: str
) -> None:
    provider = register(idp, okta)
    answer = idp.control("PATCH", f"{provider.path}/apps/portal", {field: value})
    assert answer.status_code == 422
    assert says in answer.text


@BOTH
def test_a_patch_keeps_every_other_setting(idp: RunningIdp, vendor: str) -> None:
    field = {"okta": "user.email", "entra": "user.mail"}[vendor]
    settings: dict[str, Any] = {
        "encrypt": {
            "certificate": provider_key().certificate,
            "cipher": "aes128-gcm",
            "key_transport": "rsa-oaep-sha256",
            "key_place": "beside",
        },
        "attributes": [{"name": "m", "value": field, "name_format": "uri"}],
        "groups_attribute": {"name": "g", "filter": "EQUALS", "value": "a(", "format": "name"},
        "authn_methods": ["windows", "multipleauthn"],
    }
    provider = register(idp, idp.new_tenant(vendor), **settings)
    changed = idp.made("PATCH", f"{provider.path}/apps/portal", {"relay_state": "drop"})
    assert {name: changed[name] for name in settings} == settings
    assert changed["relay_state"] == "drop"
