"""A SAML service provider for tests: makes requests, drives logins, and verifies with python-xmlsec as an
oracle."""

from __future__ import annotations

import base64
import secrets
import zlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import quoteattr

import httpx
import xmlsec
from lxml import etree

from tests.mock_idp.browser import Browser, form_of, password_of
from tests.mock_idp.conftest import RunningIdp

ACS = "http://localhost:9/portal/acs"
AGENT_ACS = "http://localhost:9/agent/acs"
AUDIENCE = "http://localhost:9/metadata"
NS = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}


@dataclass
class ServiceProvider:
    """An application registered at one tenant."""

    idp: RunningIdp
    tenant: dict[str, Any]
    registration: dict[str, Any]
    issuer: str = AUDIENCE

    @property
    def path(self) -> str:
        """The tenant's path at the control API."""
        return f"/tenants/{self.tenant['name']}"

    def request_url(self, request: Request) -> str:
        """The request by HTTP-Redirect."""
        parameters = {"SAMLRequest": request.deflated(self)}
        if request.relay_state is not None:
            parameters["RelayState"] = request.relay_state
        return f"{self.registration['sso_url']}?{urlencode(parameters)}"

    def send(self, browser: Browser, request: Request) -> httpx.Response:
        """Send the request by its binding."""
        if request.binding == "redirect":
            return browser.get(self.request_url(request))
        fields = {"SAMLRequest": base64.b64encode(request.xml(self).encode()).decode()}
        if request.relay_state is not None:
            fields["RelayState"] = request.relay_state
        return browser.http.post(self.registration["sso_url"], data=fields)

    def log_in(self, browser: Browser, request: Request, persona: str = "alice") -> httpx.Response:
        """Send the request and sign in as a catalogue persona; returns the last page."""
        page = self.send(browser, request)
        return browser.sign_in(page, f"{persona}@acme.test", password_of(persona))

    def journal(self, attempt: str) -> list[dict[str, Any]]:
        """The journal's entries of one attempt."""
        path = f"{self.path}/journal?{urlencode({'attempt': attempt})}"
        entries: list[dict[str, Any]] = self.idp.made("GET", path)["entries"]
        return entries

    def arm(self, attempt: str, name: str, **params: object) -> str:
        """Arm a fault and return its ID."""
        body = {"attempt": attempt, "fault": {"name": name, **params}}
        fault_id: str = self.idp.made("POST", f"{self.path}/faults", body)["id"]
        return fault_id


@dataclass
class Request:
    """An AuthnRequest."""

    id: str = field(default_factory=lambda: f"id-{secrets.token_hex(16)}")
    binding: str = "redirect"
    acs: str | None = ACS
    relay_state: str | None = None
    attributes: str = ""
    content: str = ""
    issuer: str | None = None

    def xml(self, provider: ServiceProvider) -> str:
        """The XML."""
        acs = f" AssertionConsumerServiceURL={quoteattr(self.acs)}" if self.acs else ""
        return (
            f'<samlp:AuthnRequest xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}"'
            f' ID={quoteattr(self.id)} Version="2.0" IssueInstant="2030-01-01T00:00:00Z"'
            f"{acs} {self.attributes}>"
            f"<saml:Issuer>{self.issuer or provider.issuer}</saml:Issuer>{self.content}</samlp:AuthnRequest>"
        )

    def deflated(self, provider: ServiceProvider) -> str:
        """The XML for HTTP-Redirect."""
        return deflated(self.xml(provider).encode())


def deflated(data: bytes) -> str:
    """Base64 of a raw DEFLATE stream."""
    deflater = zlib.compressobj(wbits=-15)
    return base64.b64encode(deflater.compress(data) + deflater.flush()).decode()


def register(idp: RunningIdp, tenant: dict[str, Any], **app: object) -> ServiceProvider:
    """Register the test's application."""
    usual = {"protocol": "saml", "acs_urls": [ACS, AGENT_ACS], "audience": AUDIENCE, "assigned": "everyone"}
    made = idp.made("PUT", f"/tenants/{tenant['name']}/apps/portal", usual | app)
    return ServiceProvider(idp, tenant, made)


def response_of(page: httpx.Response) -> etree._Element:
    """The SAML Response that the page would post."""
    return etree.fromstring(response_text(page).encode())


def response_text(page: httpx.Response) -> str:
    """The text of the SAML Response that the page would post."""
    return base64.b64decode(form_of(page).fields["SAMLResponse"], validate=True).decode()


def verifies(element: etree._Element, certificate_pem: str) -> bool:
    """Whether python-xmlsec accepts the signature that `element` bears as a child, with that certificate's
    key."""
    signature = element.find("ds:Signature", NS)
    assert signature is not None
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate_pem.encode(), xmlsec.constants.KeyDataFormatCertPem)
    context.register_id(element, "ID")
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    reference = signature.find("ds:SignedInfo/ds:Reference", NS)
    return reference is not None and reference.get("URI") == f"#{element.get('ID')}"


def verified_in(document: bytes, element_id: str, certificate_pem: str) -> bool:
    """Whether the element with that ID in the document bears a signature that `verifies`."""
    root = etree.fromstring(document)
    found = [each for each in root.iter(etree.Element) if each.get("ID") == element_id]
    return len(found) == 1 and verifies(found[0], certificate_pem)


def one(element: etree._Element, path: str) -> etree._Element:
    """The only element at `path`."""
    found = element.findall(path, NS)
    assert len(found) == 1, f"{len(found)} elements at {path}"
    return found[0]


def attributes_of(assertion: etree._Element) -> dict[str, list[str | None]]:
    """Names and values of the assertion's attributes, in order."""
    return {
        str(attribute.get("Name")): [value.text for value in attribute]
        for attribute in assertion.iterfind("saml:AttributeStatement/saml:Attribute", NS)
    }
