"""Whatever is sent to the SAML URLs: the vendor's own page, a journal entry, and never a stack trace."""

from __future__ import annotations

import base64

import httpx
import pytest

from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.saml.support import ServiceProvider, deflated, register

BOTH = pytest.mark.parametrize("vendor", ["okta", "entra"])
PAGE = {
    "okta": "Your request resulted in an error.",
    "entra": "Sorry, but we&#39;re having trouble signing you in.",
}
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
BILLION = (
    "<!DOCTYPE a [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY a{n} '{'&a;' * 10}'>" for n in range(9))
    + "]><a>&a8;</a>"
)
DOCUMENTS = {
    "entity-bomb": BILLION,
    "deep": "<a>" * 20_000,
    "instruction": "<?xml-stylesheet href='file:///etc/passwd'?><a/>",
    "no-id": f"<p:AuthnRequest xmlns:p='{PROTOCOL}' Version='2.0'/>",
    "flag": f"<p:AuthnRequest xmlns:p='{PROTOCOL}' ID='_1' Version='2.0' ForceAuthn='perhaps'/>",
    "index": f"<p:AuthnRequest xmlns:p='{PROTOCOL}' ID='_' Version='2.0' AssertionConsumerServiceIndex='-'/>",
    "response": f"<p:Response xmlns:p='{PROTOCOL}' ID='_1' Version='2.0'/>",
    "artifact": f"<p:ArtifactResolve xmlns:p='{PROTOCOL}' ID='_1' Version='2.0'/>",
    "comment-only": "<!-- nothing -->",
    "lone-surrogate": "<a b='&#xD800;'/>",
    "nul": "<a>\0</a>",
    "utf-16": "\ufeff<a/>",
}


def assert_told(provider: ServiceProvider, page: httpx.Response, vendor: str, before: int) -> None:
    assert page.status_code == 400, page.text
    words = PAGE[vendor]
    assert words in page.text or words.replace("&#39;", "'") in page.text, page.text
    assert "Traceback" not in page.text
    journal = provider.idp.made("GET", f"{provider.path}/journal?after={before}")
    assert "saml.refused" in [entry["kind"] for entry in journal["entries"]]


def last(provider: ServiceProvider) -> int:
    number: int = provider.idp.made("GET", f"{provider.path}/journal")["last"]
    return number


@BOTH
@pytest.mark.parametrize("path", ["sso_url", "slo_url"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_hostile_documents(idp: RunningIdp, vendor: str, path: str, name: str) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    url, data = provider.registration[path], DOCUMENTS[name].encode("utf-16" if name == "utf-16" else "utf-8")
    for parameter in ("SAMLRequest", "SAMLResponse"):
        before = last(provider)
        assert_told(provider, httpx.get(url, params={parameter: deflated(data)}), vendor, before)
        before = last(provider)
        form = {parameter: base64.b64encode(data).decode()}
        assert_told(provider, httpx.post(url, data=form), vendor, before)


@BOTH
@pytest.mark.parametrize("path", ["sso_url", "slo_url"])
def test_ten_megabytes(idp: RunningIdp, vendor: str, path: str) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    before = last(provider)
    page = httpx.post(provider.registration[path], data={"SAMLRequest": "A" * 10_000_000}, timeout=30)
    assert_told(provider, page, vendor, before)


@BOTH
def test_a_body_that_is_no_form(idp: RunningIdp, vendor: str) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    before = last(provider)
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    page = httpx.post(provider.registration["slo_url"], content=b"--x\r\nbroken", headers=headers)
    assert_told(provider, page, vendor, before)


@BOTH
@pytest.mark.parametrize("key", ["app", "sso", "t", "saml", "exk", "%2e%2e", "x" * 2000])
def test_a_part_of_the_path_is_no_application(idp: RunningIdp, vendor: str, key: str) -> None:
    tenant = idp.new_tenant(vendor)
    register(idp, tenant)
    path = f"app/{key}/sso/saml/metadata" if vendor == "okta" else f"signin/{key}"
    page = httpx.get(f"{tenant['base_url']}/{path}")
    assert page.status_code in (400, 404)
    assert "Traceback" not in page.text
    assert "EntityDescriptor" not in page.text
