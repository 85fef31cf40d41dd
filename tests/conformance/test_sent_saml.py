"""Checks of SAML messages and pages that the platform sends, each with its own flaw; where browsers go."""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import pytest

from conformance.agents.protocol import Exchange
from conformance.checks.pages import left_platform
from conformance.checks.sent.messages import Message, Sent, SentLogin
from conformance.checks.sent.registry import all_checks

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
SSO = "http://127.0.0.1:9/sso"
NAMES = {
    "idp.single_sign_on_url": SSO,
    "saved.single_sign_on_url": SSO,
    "audience": "http://localhost:8/metadata",
    "user_endpoint": "http://localhost:8/user/acs",
    "agent_endpoint": "http://localhost:8/agent/acs",
}
XML = (
    '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
    'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="id-0123456789abcdef0123456789abcdef" '
    'Version="2.0" '
    'IssueInstant="2030-01-01T12:00:00Z" Destination="http://127.0.0.1:9/sso" '
    'AssertionConsumerServiceURL="http://localhost:8/user/acs">'
    "<saml:Issuer>http://localhost:8/metadata</saml:Issuer></samlp:AuthnRequest>"
)
METADATA = (
    '<?xml version="1.0"?><EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" '
    'entityID="http://localhost:8/metadata">'
    '<SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
    "<NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</NameIDFormat>"
    '<AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" index="1" '
    'isDefault="true" Location="http://localhost:8/user/acs"/>'
    '<AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" index="2" '
    'Location="http://localhost:8/agent/acs"/></SPSSODescriptor></EntityDescriptor>'
)


def by_redirect(xml: str, *, raw: bool = True, **more: str) -> Message:
    deflater = zlib.compressobj(wbits=-15 if raw else 15)
    packed = deflater.compress(xml.encode()) + deflater.flush()
    query = urlencode({"SAMLRequest": base64.b64encode(packed).decode(), **more})
    return Message("authn_request", "GET", f"{SSO}?{query}")


def by_form(data: bytes) -> Message:
    return Message("authn_request", "POST", SSO, {"SAMLRequest": base64.b64encode(data).decode()})


def flaw(name: str, *messages: Message) -> str:
    return all_checks()[name].look(Sent([SentLogin(list(messages))], "user", NAMES, NOW))


REQUEST_FLAWS = {
    "request-id-unguessable": ("id-0123456789abcdef0123456789abcdef", "id-7"),
    "request-version": ('Version="2.0"', 'Version="1.1"'),
    "request-issue-instant": ("12:00:00Z", "17:00:00Z"),
    "request-destination": ('Destination="http://127.0.0.1:9/sso"', 'Destination="http://127.0.0.1:9/other"'),
    "request-issuer": ("<saml:Issuer>http://localhost:8/metadata", "<saml:Issuer>http://localhost:8/"),
    "request-acs-url": ("8/user/acs", "8/agent/acs"),
}


@pytest.mark.parametrize("name", REQUEST_FLAWS)
def test_a_flaw_of_a_request_is_noticed(name: str) -> None:
    right, wrong = REQUEST_FLAWS[name]
    assert right in XML
    assert flaw(name, by_redirect(XML)) == ""
    assert flaw(name, by_redirect(XML.replace(right, wrong)))


def test_bindings_have_their_own_encodings() -> None:
    assert flaw("redirect-encoding", by_redirect(XML, RelayState="x", SigAlg="a", Signature="b")) == ""
    assert "DEFLATE" in flaw("redirect-encoding", by_redirect(XML, raw=False))
    assert "order" in flaw("redirect-encoding", by_redirect(XML, SigAlg="a", RelayState="x"))
    assert "80 bytes" in flaw("redirect-encoding", by_redirect(XML, RelayState="x" * 81))
    assert flaw("form-encoding", by_form(XML.encode())) == ""
    assert flaw("form-encoding", by_form(zlib.compress(XML.encode())))
    assert flaw("query-kept", by_redirect(XML))  # this address has no query, so a question mark came


def test_a_request_is_signed_where_the_metadata_says_so() -> None:
    declared = METADATA.replace("<SPSSODescriptor ", '<SPSSODescriptor AuthnRequestsSigned="true" ')
    published = Message("sp_metadata", text=METADATA)
    assert flaw("request-signature", by_redirect(XML), published) == ""
    assert "not signed" in flaw("request-signature", by_redirect(XML), replace(published, text=declared))
    signed = by_redirect(XML, SigAlg="urn:x", Signature="AAAA")
    assert "no key" in flaw("request-signature", signed, published)


METADATA_FLAWS = {
    "metadata-shape": ("entityID=", "entityId="),
    "metadata-endpoints": ('index="2"', 'index="1"'),
    "metadata-keys": ("<SPSSODescriptor ", '<SPSSODescriptor AuthnRequestsSigned="true" '),
    "metadata-name-id-format": ("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", "email"),
}


@pytest.mark.parametrize("name", METADATA_FLAWS)
def test_a_flaw_of_metadata_is_noticed(name: str) -> None:
    right, wrong = METADATA_FLAWS[name]
    assert flaw(name, Message("sp_metadata", text=METADATA)) == ""
    assert flaw(name, Message("sp_metadata", text=METADATA.replace(right, wrong)))


def refusal(body: str, **form: str) -> Message:
    return Message("refusal_page", "GET", "http://localhost:8/user/acs", form, {}, f"<html>{body}</html>")


def test_a_refusal_is_helpful_and_keeps_quiet() -> None:
    pages = [
        refusal(f'<p>You are not signed in. Reference {ref}</p><a href="/login">Again</a>')
        for ref in ("8F3A01", "77B2C9")
    ]
    checks = [name for name in all_checks() if name.startswith("refusal-")]
    assert len(checks) == 4
    assert {flaw(name, *pages) for name in checks} == {""}
    assert flaw("refusal-has-reference", pages[0], pages[0])
    assert flaw("refusal-leads-back", refusal('<a href="https://help.example/">Help</a>'))
    assert flaw("refusal-names-reason", refusal("<p>Error</p>"))
    assert "stack trace" in flaw("refusal-keeps-secrets", refusal("Traceback (most recent call last)"))
    message = base64.b64encode(XML.encode()).decode()
    assert "SAMLResponse" in flaw("refusal-keeps-secrets", refusal(message[60:190], SAMLResponse=message))


HERE = "http://localhost:8/user/acs"
OUTSIDE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "https:evil.example/",
    "https:/evil.example/",
    "/\t/evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://localhost:8@evil.example/",
    "//evil\u3002example/",
)
INSIDE = (
    "/home",
    "home",
    "http:home",
    "http://localhost:8/x",
    "/a//b",
    "?x=//evil.example",
    quote("//evil.example", safe=""),
)


@pytest.mark.parametrize("location", [*OUTSIDE, *INSIDE])
def test_where_a_browser_goes(location: str) -> None:
    trace = [Exchange("POST", HERE, status=303, location=location)]
    assert bool(left_platform(trace, "http://localhost:8", "http://127.0.0.1:9/t/x")) == (location in OUTSIDE)


def test_a_page_that_went_on_by_itself_is_noticed_too() -> None:
    trace = [Exchange("GET", HERE, status=200), Exchange("GET", "http://evil.example/", status=None)]
    assert left_platform(trace, "http://localhost:8", "http://127.0.0.1:9/t/x") == "http://evil.example/"
