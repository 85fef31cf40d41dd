"""Settings of what the IdP's metadata looks like, and metadata at addresses of its own."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from lxml import etree

from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.saml.support import NS, one, register, verifies

BOTH = pytest.mark.parametrize("vendor", ["okta", "entra"])


@BOTH
def test_how_metadata_begins(idp: RunningIdp, vendor: str) -> None:
    tenant = idp.new_tenant(vendor)
    provider = register(idp, tenant)
    begins = {"vendor": b"<?xml" if vendor == "okta" else b"\xef\xbb\xbf<?xml"}
    begins |= {"bom": b"\xef\xbb\xbf<?xml", "newline": b"\n<?xml"}
    for setting, start in begins.items():
        body = {"settings": {"metadata_declaration": setting}}
        idp.made("PATCH", f"/tenants/{tenant['name']}", body)
        assert httpx.get(provider.registration["metadata_url"]).content.startswith(start)


def test_okta_metadata_of_any_published_key(idp: RunningIdp, okta: dict[str, Any]) -> None:
    provider = register(idp, okta)
    keys = idp.made("POST", f"{provider.path}/keys", {"action": "publish_next"})
    app_id = provider.registration["start_url"].split("/")[-2]
    url = f"{okta['base_url']}/api/v1/apps/{app_id}/sso/saml/metadata"
    documents = [httpx.get(f"{url}?kid={kid}") for kid in (*keys["published"], "unknown")]
    assert [document.status_code for document in documents] == [200, 200, 404]
    assert documents[0].content == httpx.get(provider.registration["metadata_url"]).content
    assert documents[0].content != documents[1].content


def test_entra_metadata_of_all_tenants(idp: RunningIdp, entra: dict[str, Any]) -> None:
    url = f"{entra['base_url']}/common/federationmetadata/2007-06/federationmetadata.xml"
    root = etree.fromstring(httpx.get(url).content)
    listed = one(root, "md:IDPSSODescriptor/md:KeyDescriptor/ds:KeyInfo/ds:X509Data/ds:X509Certificate").text
    assert root.get("entityID") == "https://sts.windows.net/{tenantid}/"
    assert "https://sts.windows.net/%7Btenantid%7D/" in [element.text for element in root.iter()]
    locations = {entry.get("Location") for entry in root.iter(f"{{{NS['md']}}}SingleSignOnService")}
    assert locations == {f"{entra['base_url']}/common/saml2"}
    assert verifies(root, f"-----BEGIN CERTIFICATE-----\n{listed}\n-----END CERTIFICATE-----\n")
    in_signature = one(root, "ds:Signature/ds:KeyInfo/ds:X509Data/ds:X509Certificate").text
    assert in_signature == listed
