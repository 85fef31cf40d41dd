"""Faults of the configuration that lock out everybody are told apart from those that only may."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance.forecast.discovery import read_discovery
from conformance.forecast.metadata import read_metadata
from conformance.forecast.model import Fault
from conformance.forecast.problems import InputError
from conformance.forecast.saved import compare_oidc, compare_saml, read_saved
from tests.conformance.forecast.idp_files import (
    ISSUER,
    NOW,
    REDIRECT,
    SSO_URL,
    certificate,
    discovery,
    key_descriptor,
    metadata,
    pem,
)

BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
GOOD_KEY = key_descriptor(certificate())
OLD, OLDER = certificate(-900, -10, "old"), certificate(-990, -100, "older")


def of_metadata(document: bytes) -> dict[str, bool]:
    """Return code → fatal."""
    return {fault.code: fault.fatal for fault in read_metadata(document, "m.xml", NOW).faults}


def test_sound_metadata_has_no_fault_and_is_understood() -> None:
    found = read_metadata(metadata(), "m.xml", NOW)
    assert (found.faults, found.issuer, found.locations, len(found.fingerprints)) == (
        [],
        ISSUER,
        [SSO_URL],
        1,
    )


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        (b"not xml", {"metadata-not-xml": True}),
        (b"", {"metadata-not-xml": True}),
        (b"<!doctype html><html><body>Sign in<br></body></html>", {"metadata-not-xml": True}),
        (BOMB, {"metadata-dtd": True}),
        (b'<!DOCTYPE a SYSTEM "http://evil.test/a.dtd"><a/>', {"metadata-dtd": True}),
        (b"<a>" * 5000, {"metadata-not-xml": True}),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", {"metadata-wrong-root": True}),
        (metadata(role="SPSSODescriptor"), {"metadata-no-idp": True}),
        (metadata(keys=""), {"certificate-missing": True}),
        (metadata(keys=key_descriptor(certificate(), ' use="encryption"')), {"certificate-missing": True}),
        (metadata(keys=key_descriptor(certificate(), "")), {}),
        (metadata(keys=key_descriptor("bm8=")), {"certificate-unreadable": True}),
        (metadata(keys=key_descriptor("%") + GOOD_KEY), {"certificate-unreadable": False}),
        (metadata(keys=key_descriptor(OLD)), {"certificates-all-expired": False}),
        (metadata(keys=key_descriptor(OLD) + key_descriptor(OLDER)), {"certificates-all-expired": False}),
        (metadata(keys=key_descriptor(OLD) + key_descriptor(certificate())), {"certificate-expired": False}),
        (metadata(keys=key_descriptor(certificate(5, 90))), {"certificate-not-yet-valid": False}),
        (metadata(keys=key_descriptor(certificate(-5, 9))), {"certificate-expires-soon": False}),
        (metadata(valid_until="2026-02-28T00:00:00Z"), {"metadata-expired": True}),
        (metadata(valid_until="2026-03-02T00:00:00Z"), {}),
        (metadata(valid_until="tomorrow"), {"metadata-valid-until": True}),
        (metadata(binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP"), {"sso-url-missing": True}),
        (metadata(location="http://acme.okta.com/sso"), {"sso-url-unusable": True}),
        (metadata(location="http://127.0.0.1:8080/sso"), {}),
        (metadata(location="/sso"), {"sso-url-unusable": True}),
        (metadata(issuer=""), {"issuer-missing": True}),
        (metadata(issuer="https://sts.windows.net/{tenantid}/"), {"issuer-placeholder": True}),
        (metadata(issuer=f"{ISSUER} "), {"issuer-white-space": False}),
    ],
)  # fmt: skip
def test_each_fault_of_metadata(document: bytes, faults: Mapping[str, bool]) -> None:
    assert of_metadata(document) == faults


def test_two_identity_providers_are_one_too_many() -> None:
    one = metadata().partition(b"?>")[2].strip()
    both = (
        b'<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">%s</md:EntitiesDescriptor>'
    )
    assert of_metadata(both % (one + one)) == {"metadata-several": True}
    assert of_metadata(both % one) == {}


def test_a_second_http_location_only_warns() -> None:
    second = (
        f'<md:SingleSignOnService Binding="{REDIRECT}" Location="http://acme.test/sso"/></md:IDPSSO'.encode()
    )
    assert of_metadata(metadata().replace(b"</md:IDPSSO", second)) == {"sso-url-unusable": False}


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, {}),
        ({"issuer": None}, {"issuer-missing": True}),
        ({"issuer": 5}, {"issuer-missing": True}),
        ({"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}, {"issuer-placeholder": True}),
        ({"issuer": "http://acme.test"}, {"issuer-unusable": True}),
        ({"authorization_endpoint": None}, {"authorization-endpoint-missing": True}),
        ({"token_endpoint": "http://acme.test/token"}, {"token-endpoint-unusable": True}),
        ({"jwks_uri": None}, {"jwks-uri-missing": True}),
        ({"response_types_supported": ["id_token"]}, {"no-code-flow": True}),
        ({"grant_types_supported": ["implicit"]}, {"no-code-grant": True}),
        ({"grant_types_supported": None}, {}),
        ({"id_token_signing_alg_values_supported": ["none", "HS256"]}, {"algorithms-unusable": True}),
        ({"id_token_signing_alg_values_supported": ["ES256"]}, {"algorithms-no-rs256": False}),
        ({"id_token_signing_alg_values_supported": None}, {"algorithms-missing": False}),
        ({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, {"no-client-secret": True}),
        ({"scopes_supported": ["openid"], "claims_supported": ["sub"]}, {"no-email-claim": False}),
        ({"scopes_supported": ["openid"], "claims_supported": ["email"]}, {}),
    ],
)
def test_each_fault_of_discovery(changes: dict[str, object], faults: Mapping[str, bool]) -> None:
    found = read_discovery(discovery(**changes), "d.json").faults
    assert {fault.code: fault.fatal for fault in found} == faults


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"<html>Sign in</html>", "discovery-not-json"),
        (b"", "discovery-not-json"),
        (b"[" * 100_000, "discovery-not-json"),
        (b"\xff\xff\xff", "discovery-not-json"),
        (b'{"a": ' + b"9" * 9999 + b"}", "discovery-not-json"),
        (b"[]", "discovery-not-object"),
    ],
)
def test_what_is_no_discovery_document(document: bytes, code: str) -> None:
    assert [fault.code for fault in read_discovery(document, "d.json").faults] == [code]


def compared(**changes: str) -> list[Fault]:
    """Return the faults of a saved configuration that differs from the metadata in `changes`."""
    values = {"issuer_url": ISSUER, "single_sign_on_url": SSO_URL, "certificate_x509": pem(certificate())}
    saved = {"authentication_standard": "SAML", "saml": {**values, **changes}}
    return compare_saml(saved, read_metadata(metadata(), "m.xml", NOW), "saved.json")


def test_what_is_saved_as_published_has_no_fault() -> None:
    assert compared() == []
    assert compared(certificate_x509=certificate()) == []
    assert compared(certificate_x509=pem(certificate()).replace("\n", "\r\n")) == []


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"issuer_url": f"{ISSUER}/"}, "saved-issuer-differs", "a slash at the end"),
        ({"issuer_url": ISSUER.upper()}, "saved-issuer-differs", "upper and lower case"),
        ({"issuer_url": f" {ISSUER}"}, "saved-issuer-differs", "white space"),
        ({"issuer_url": "urn:other"}, "saved-issuer-differs", "they are different"),
        ({"issuer_url": ""}, "saved-issuer-missing", "not saved"),
        ({"single_sign_on_url": SSO_URL.replace("https", "http")}, "saved-sso-url-differs", "http instead"),
        ({"certificate_x509": ""}, "saved-certificate-missing", "not saved"),
        ({"certificate_x509": "garbage"}, "saved-certificate-unreadable", "cannot be read"),
        ({"certificate_x509": "-----END CERTIFICATE-----"}, "saved-certificate-unreadable", "empty"),
        ({"certificate_x509": pem(OLD)}, "saved-certificate-differs", "SHA-256"),
    ],
)
def test_each_slip_in_what_is_saved(changes: dict[str, str], code: str, says: str) -> None:
    (fault,) = compared(**changes)
    assert (fault.code, fault.fatal) == (code, True)
    assert says in fault.found


def test_a_certificate_more_at_the_identity_provider_warns_of_a_rollover() -> None:
    both = metadata(keys=key_descriptor(certificate()) + key_descriptor(certificate(name="next")))
    values = {"issuer_url": ISSUER, "single_sign_on_url": SSO_URL, "certificate_x509": certificate()}
    faults = compare_saml({"saml": values}, read_metadata(both, "m.xml", NOW), "s.json")
    assert [(fault.code, fault.fatal) for fault in faults] == [("saved-certificate-partial", False)]


def test_saved_openid_connect_is_compared_value_by_value() -> None:
    provider = read_discovery(discovery(), "d.json")
    values = {"issuer": provider.issuer, **provider.endpoints, "authorization_id": "0oa1"}
    saved = {"authentication_standard": "OIDC", "oidc": {**values, "authorization_secret_set": True}}
    assert compare_oidc(saved, provider, "s.json") == []

    slips = {
        **values,
        "issuer": f"{provider.issuer}/",
        "token_endpoint": "",
        "authorization_secret_set": False,
    }
    found = compare_oidc({"authentication_standard": "SAML", "oidc": slips}, provider, "s.json")
    assert {fault.code: fault.fatal for fault in found} == {
        "saved-standard": False,
        "saved-issuer-differs": True,
        "saved-token-endpoint-missing": True,
        "saved-authorization-secret-missing": True,
    }


@pytest.mark.parametrize("document", [b"{", b"[]", json.dumps({"name": "x"}).encode(), b"[" * 100_000])
def test_a_saved_configuration_that_is_none_is_refused(document: bytes) -> None:
    with pytest.raises(InputError, match=r"GET /api/configuration/sso"):
        read_saved(document, "saved.json")


def test_the_labels_of_the_screen_do_as_well() -> None:
    saved = read_saved(json.dumps({"Issuer URL": ISSUER}).encode(), "saved.json")
    codes = [fault.code for fault in compare_saml(saved, read_metadata(metadata(), "m", NOW), "s.json")]
    assert codes == ["saved-sso-url-missing", "saved-certificate-missing"]


@pytest.mark.parametrize("name", ["metadata.xml"])
def test_no_fault_carries_no_remedy(tmp_path: Path, name: str) -> None:
    broken = metadata(issuer="", keys="", location="x", valid_until="x")
    faults = read_metadata(broken, str(tmp_path / name), NOW).faults
    assert len(faults) == 4
    assert all(fault.do and fault.found and name in fault.where for fault in faults)
