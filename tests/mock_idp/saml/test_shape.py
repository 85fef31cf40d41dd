"""The exact spelling of messages: element order, prefixes, attribute order. Each outline says what it
follows."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from lxml import etree

from tests.mock_idp.browser import Browser
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.saml.support import NS, Request, one, register, response_text, verifies

OKTA_SIGNATURE = """
    <ds:Signature xmlns:ds> <ds:SignedInfo> <ds:CanonicalizationMethod Algorithm/> <ds:SignatureMethod
    Algorithm/>
    <ds:Reference URI> <ds:Transforms> <ds:Transform Algorithm/> <ds:Transform Algorithm>
    <ec:InclusiveNamespaces PrefixList xmlns:ec/> <ds:DigestMethod Algorithm/> <ds:DigestValue>
    <ds:SignatureValue>
    <ds:KeyInfo> <ds:X509Data> <ds:X509Certificate>"""
# Follows a Response of 2020 with an encrypted assertion, and that one decrypted (crewjam/saml's test data).
OKTA_RESPONSE = f"""
    <saml2p:Response Destination ID InResponseTo IssueInstant Version xmlns:saml2p xmlns:xs>
    <saml2:Issuer Format xmlns:saml2> {OKTA_SIGNATURE}
    <saml2p:Status xmlns:saml2p> <saml2p:StatusCode Value/>
    <saml2:Assertion ID IssueInstant Version xmlns:saml2 xmlns:xs>
    <saml2:Issuer Format xmlns:saml2> {OKTA_SIGNATURE}
    <saml2:Subject xmlns:saml2> <saml2:NameID Format> <saml2:SubjectConfirmation Method>
    <saml2:SubjectConfirmationData InResponseTo NotOnOrAfter Recipient/>
    <saml2:Conditions NotBefore NotOnOrAfter xmlns:saml2> <saml2:AudienceRestriction> <saml2:Audience>
    <saml2:AuthnStatement AuthnInstant SessionIndex xmlns:saml2> <saml2:AuthnContext>
    <saml2:AuthnContextClassRef>
    <saml2:AttributeStatement xmlns:saml2> <saml2:Attribute Name NameFormat>
    <saml2:AttributeValue xmlns:xs xmlns:xsi xsi:type>"""
# Follows a Response of 2022 (tercen/saml's test data).
ENTRA_RESPONSE = f"""
    <samlp:Response ID Version IssueInstant Destination InResponseTo xmlns:samlp> <Issuer xmlns>
    <samlp:Status> <samlp:StatusCode Value/> <Assertion ID IssueInstant Version xmlns> <Issuer>
    <Signature xmlns> <SignedInfo> <CanonicalizationMethod Algorithm/> <SignatureMethod Algorithm/> <Reference
    URI>
    <Transforms> <Transform Algorithm/> <Transform Algorithm/> <DigestMethod Algorithm/> <DigestValue>
    <SignatureValue> <KeyInfo> <X509Data> <X509Certificate>
    <Subject> <NameID Format> <SubjectConfirmation Method>
    <SubjectConfirmationData InResponseTo NotOnOrAfter Recipient/>
    <Conditions NotBefore NotOnOrAfter> <AudienceRestriction> <Audience>
    <AttributeStatement> {"<Attribute Name> <AttributeValue>" * 9}
    <AuthnStatement AuthnInstant SessionIndex> <AuthnContext> <AuthnContextClassRef>"""
# Follows the metadata of an org of 2019 (a gosaml2 fuzzing harness); newer apps list one NameIDFormat.
OKTA_METADATA = """
    <md:EntityDescriptor entityID xmlns:md> <md:IDPSSODescriptor WantAuthnRequestsSigned
    protocolSupportEnumeration>
    <md:KeyDescriptor use> <ds:KeyInfo xmlns:ds> <ds:X509Data> <ds:X509Certificate> <md:NameIDFormat>
    <md:SingleSignOnService Binding Location/> <md:SingleSignOnService Binding Location/>"""


def outline(xml: str) -> list[str]:
    """The start tags as they are spelled, with attribute names but without values."""
    tags = re.findall(r"<[^/!?][^>]*>", xml)
    return [re.sub(r'="[^"]*"', "", tag) for tag in tags]


def expected(text: str) -> list[str]:
    return re.findall(r"<[^>]*>", " ".join(text.split()))


@pytest.mark.parametrize(("vendor", "shape"), [("okta", OKTA_RESPONSE), ("entra", ENTRA_RESPONSE)])
def test_response(idp: RunningIdp, vendor: str, shape: str) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    with Browser() as browser:
        xml = response_text(provider.log_in(browser, Request()))
    assert outline(xml) == expected(shape)
    assert xml.startswith(
        '<?xml version="1.0" encoding="UTF-8"?><saml2p:' if vendor == "okta" else "<samlp:Response "
    )
    certificates = re.findall(r"<(?:ds:)?X509Certificate>([^<]+)<", xml)
    widths = {max(map(len, certificate.split("\n"))) for certificate in certificates}
    assert widths == {76} if vendor == "okta" else min(widths) > 1000
    without_certificates = re.sub(r"X509Certificate>[^<]+<", "", xml)
    assert "\n" not in without_certificates


def test_okta_identifiers_and_instants(idp: RunningIdp, okta: dict[str, Any]) -> None:
    provider = register(idp, okta)
    request = Request()
    with Browser() as browser:
        xml = response_text(provider.log_in(browser, request))
    ids = re.findall(r' ID="([^"]*)"', xml)
    assert all(re.fullmatch(r"id\d{25,27}", entry) for entry in ids)
    assert len(set(ids)) == 2
    assert f'SessionIndex="{request.id}"' in xml
    assert all(
        re.fullmatch(r"[\d-]+T[\d:]+\.\d{3}Z", entry) for entry in re.findall(r'Instant="([^"]*)"', xml)
    )
    assert re.search(r"exk\w{17}$", provider.registration["issuer"])


def test_okta_metadata(idp: RunningIdp, okta: dict[str, Any]) -> None:
    provider = register(idp, okta)
    xml = httpx.get(provider.registration["metadata_url"]).text
    assert xml.startswith(
        '<?xml version="1.0" encoding="UTF-8"?><md:EntityDescriptor entityID="http://www.okta.com/exk'
    )
    assert outline(xml) == expected(OKTA_METADATA)
    root = etree.fromstring(xml.encode())
    bindings = [entry.get("Binding", "")[-9:] for entry in root.iter(f"{{{NS['md']}}}SingleSignOnService")]
    assert bindings == ["HTTP-POST", "-Redirect"]
    locations = {entry.get("Location") for entry in root.iter(f"{{{NS['md']}}}SingleSignOnService")}
    assert locations == {provider.registration["sso_url"]}


def test_entra_metadata_is_signed_and_has_the_federation_roles(
    idp: RunningIdp, entra: dict[str, Any]
) -> None:
    provider = register(idp, entra)
    data = httpx.get(provider.registration["metadata_url"]).content
    assert data.startswith(b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?><EntityDescriptor ID="_')
    assert b"/>" not in data.replace(b" />", b"")
    root = etree.fromstring(data)
    assert verifies(root, provider.registration["certificate"])
    assert [etree.QName(child).localname for child in root] == [
        "Signature",
        "RoleDescriptor",
        "RoleDescriptor",
        "IDPSSODescriptor",
    ]
    idp_role = one(root, "md:IDPSSODescriptor")
    assert [etree.QName(child).localname for child in idp_role] == [
        "KeyDescriptor",
        "SingleLogoutService",
        "SingleSignOnService",
        "SingleSignOnService",
    ]
    claims = [entry for entry in root.iter() if etree.QName(entry).localname == "ClaimType"]
    assert len(claims) == 19
    assert root.get("entityID") == provider.registration["issuer"]


def test_entra_metadata_of_tenant_and_application_differ_in_their_certificate(
    idp: RunningIdp, entra: dict[str, Any]
) -> None:
    provider = register(idp, entra)
    url = provider.registration["metadata_url"]
    of_app, of_tenant = (httpx.get(each).content for each in (url, url.partition("?")[0]))
    names = [
        set(re.findall(rb"<X509Certificate>([^<]+)<", re.sub(rb"<Signature .*?</Signature>", b"", data)))
        for data in (of_app, of_tenant)
    ]
    assert [len(entry) for entry in names] == [1, 1]
    assert names[0] != names[1]


def test_rollover_in_metadata(idp: RunningIdp, okta: dict[str, Any], entra: dict[str, Any]) -> None:
    for tenant, counts in ((okta, [1, 1, 1, 1]), (entra, [1, 2, 2, 1])):
        provider = register(idp, tenant)
        seen, certificates = [], []
        for action in (None, "publish_next", "activate_next", "retire_previous"):
            if action:
                idp.made("POST", f"{provider.path}/keys", {"action": action})
            root = etree.fromstring(httpx.get(provider.registration["metadata_url"]).content)
            seen.append(len(root.findall("md:IDPSSODescriptor/md:KeyDescriptor", NS)))
            certificates.append(idp.made("GET", f"{provider.path}/apps/portal")["certificate"])
        assert seen == counts
        assert certificates[0] == certificates[1] != certificates[2] == certificates[3]
        with Browser() as browser:
            xml = response_text(provider.log_in(browser, Request()))
        assertion = one(etree.fromstring(xml.encode()), "saml:Assertion")
        assert verifies(assertion, certificates[3])
        assert not verifies(assertion, certificates[0])
