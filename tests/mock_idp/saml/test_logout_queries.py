"""Queries that carry logout messages: their escapes, and faults in what travels beside the message."""

from __future__ import annotations

import base64
import re
from urllib.parse import parse_qs, unquote_plus, urlsplit

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.mock_idp.browser import Browser
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.saml.provider_keys import ProviderKey, provider_key
from tests.mock_idp.saml.support import Request
from tests.mock_idp.saml.test_logout import ask, leaving, logout_request

SIGNED = ("SAMLRequest", "SAMLResponse", "RelayState", "SigAlg")


@pytest.fixture(scope="module")
def key() -> ProviderKey:
    return provider_key()


def answered(idp: RunningIdp, vendor: str, key: ProviderKey, fault: dict[str, str] | None) -> tuple[str, str]:
    """The raw query of a LogoutResponse, and the certificate of the IdP that wrote it."""
    provider = leaving(idp, vendor, key, sign_logout=True, logout_binding="redirect")
    request_id, xml = logout_request()
    with Browser() as browser:
        provider.log_in(browser, Request())
        if fault is not None:
            idp.made("POST", f"{provider.path}/faults", {"attempt": request_id, "fault": fault})
        answer = ask(provider, browser, key.signed_query(xml))
    return urlsplit(answer.headers["Location"]).query, provider.registration["certificate"]


def verifies_raw(query: str, certificate: str) -> bool:
    """Whether the signature holds over the query as it travelled (SAML Bindings 3.4.4.1)."""
    raw = dict(pair.split("=", 1) for pair in query.split("&"))
    octets = "&".join(f"{name}={raw[name]}" for name in SIGNED if name in raw)
    public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    signature = base64.b64decode(unquote_plus(raw["Signature"]))
    try:
        public.verify(signature, octets.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize(
    ("vendor", "fault", "lower"),
    [
        ("okta", None, False),
        ("entra", None, True),
        ("okta", {"name": "saml.logout-response.lower-case-escapes"}, True),
    ],
)
def test_a_query_is_signed_as_it_is_escaped(
    idp: RunningIdp, vendor: str, fault: dict[str, str] | None, lower: bool, key: ProviderKey
) -> None:
    query, certificate = answered(idp, vendor, key, fault)
    escapes = "".join(re.findall(r"%([0-9A-Fa-f]{2})", query))
    assert escapes == (escapes.lower() if lower else escapes.upper())
    assert re.search("[A-Fa-f]", escapes)
    assert verifies_raw(query, certificate)


@pytest.mark.parametrize(
    ("kind", "missing"), [("sigalg-missing", "SigAlg"), ("signature-missing", "Signature")]
)
def test_half_a_signature_is_left_out(idp: RunningIdp, kind: str, missing: str, key: ProviderKey) -> None:
    query, _ = answered(idp, "okta", key, {"name": f"saml.logout-response.{kind}"})
    assert {"SAMLResponse", "SigAlg", "Signature"} - parse_qs(query).keys() == {missing}


def test_another_relay_state_is_signed_with_the_rest(idp: RunningIdp, key: ProviderKey) -> None:
    fault = {"name": "saml.logout-response.relay-state-replace", "relay_state": "https://evil.example/"}
    query, certificate = answered(idp, "okta", key, fault)
    assert parse_qs(query)["RelayState"] == ["https://evil.example/"]
    assert verifies_raw(query, certificate)


@pytest.mark.parametrize(("signed", "name"), [("answer", "SAMLResponse"), ("request", "SAMLRequest")])
def test_an_unsigned_request_behind_a_signed_message(
    idp: RunningIdp, signed: str, name: str, key: ProviderKey
) -> None:
    provider = leaving(idp, "okta", key, sign_logout=True, logout_binding="redirect")
    fault = {"name": "saml.logout-request.behind-a-signed-message", "signed": signed}
    order = {"match": {"persona": "alice"}, "times": 1, "fault": fault}
    idp.made("POST", f"{provider.path}/faults", order)
    with Browser() as browser:
        provider.log_in(browser, Request())
        leave = f"{provider.tenant['base_url']}/login/signout"
        query = urlsplit(browser.http.get(leave, follow_redirects=False).headers["Location"]).query
    signed_alone, _, unsigned = query.rpartition("&")
    assert [signed_alone.partition("=")[0], unsigned.partition("=")[0]] == [name, "SAMLRequest"]
    assert verifies_raw(signed_alone, provider.registration["certificate"])
    assert unquote_plus(unsigned.partition("=")[2]) not in parse_qs(signed_alone)[name]
