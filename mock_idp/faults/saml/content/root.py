"""Faults that send the assertion consumer service something else than a Response (SAML Bindings 3.5.4)."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from mock_idp.clock import instant_ms
from mock_idp.faults.model import FaultCannotApplyError, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import NAMES, SamlMessage

_MD = "urn:oasis:names:tc:SAML:2.0:metadata"


@fault("saml.root.assertion", stage="content", fault_class="status", touches=("Response", "Assertion"))
def assertion(message: SamlMessage, params: Params) -> str:
    """The signed Assertion is sent by itself, with no Response that says that the login succeeded."""
    del params
    alone = deepcopy(message.assertion)
    message.response, message.sign_response, message.sign_assertion = alone, True, False
    return "The Assertion, signed, takes the place of the Response around it."


@fault(
    "saml.root.artifact-response",
    stage="after-signing",
    fault_class="status",
    touches=("Response", "ArtifactResponse"),
)
def artifact_response(message: SamlMessage, params: Params) -> str:
    """The signed Response is inside an ArtifactResponse, which the back channel alone may carry."""
    del params
    if next(message.response.iter(f"{{{NAMES['ds']}}}Signature"), None) is None:
        raise FaultCannotApplyError("Nothing of the message is signed, so there is nothing to wrap.")
    inner = message.response
    message.response = _answer("ArtifactResponse", message)
    message.response.append(inner)
    return "The Response is inside an ArtifactResponse."


@fault(
    "saml.root.logout-response", stage="content", fault_class="parser", touches=("Response", "LogoutResponse")
)
def logout_response(message: SamlMessage, params: Params) -> str:
    """A signed LogoutResponse that reports success is sent in place of the Response."""
    del params
    return _instead(message, _answer("LogoutResponse", message))


@fault("saml.root.authn-request", stage="content", fault_class="parser", touches=("Response", "AuthnRequest"))
def authn_request(message: SamlMessage, params: Params) -> str:
    """A signed AuthnRequest is sent in place of the Response."""
    del params
    root = _root("AuthnRequest", message)
    root.append(deepcopy(message.one("saml:Issuer")))
    return _instead(message, root)


@fault("saml.root.metadata", stage="content", fault_class="parser", touches=("Response", "EntityDescriptor"))
def metadata(message: SamlMessage, params: Params) -> str:
    """A signed EntityDescriptor of the IdP is sent in place of the Response."""
    del params
    issuer = message.one("saml:Issuer").text or ""
    root = etree.Element(f"{{{_MD}}}EntityDescriptor", nsmap={"md": _MD})
    root.set("ID", message.response.get("ID", ""))
    root.set("entityID", issuer)
    role = etree.SubElement(root, f"{{{_MD}}}IDPSSODescriptor")
    role.set("protocolSupportEnumeration", NAMES["samlp"])
    return _instead(message, root)


def _instead(message: SamlMessage, root: etree._Element) -> str:
    message.response, message.sign_response, message.sign_assertion = root, True, False
    return f"The message is a signed {etree.QName(root).localname}."


def _answer(name: str, message: SamlMessage) -> etree._Element:
    """An answer to the same request, with Issuer and Status."""
    root = _root(name, message)
    request = message.response.get("InResponseTo")
    if request is not None:
        root.set("InResponseTo", request)
    root.append(deepcopy(message.one("saml:Issuer")))
    root.append(deepcopy(message.one("samlp:Status")))
    return root


def _root(name: str, message: SamlMessage) -> etree._Element:
    # With the Response's own prefix: lxml would give a Response that moves in another one, and break it.
    space = NAMES["samlp"]
    root = etree.Element(f"{{{space}}}{name}", nsmap={message.response.prefix: space})
    root.set("ID", f"_root{message.response.get('ID', '').lstrip('_')}")
    root.set("Version", "2.0")
    root.set("IssueInstant", instant_ms(message.now))
    return root
