"""The SAML messages that a fault may change, before or after they are signed. No fault is defined here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from mock_idp.faults.model import FaultCannotApplyError
from mock_idp.keys import SigningKey

NAMES = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
EMAIL_ATTRIBUTES = (
    "email",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
)


@dataclass
class SamlMessage:
    """A Response on its way to the browser, and how it is to be signed. `now` is the instant of issue.

    `sign` puts the vendor's Signature by `key` into an element, behind its Issuer, and then lets `reshape`
    change it, which a fault may set; `spell` writes an element the vendor's way; `key_of` is the key of the
    tenant at a URL (raises LookupError); `signed_metadata` is the IdP's EntityDescriptor, signed; `seal`
    makes an EncryptedAssertion of a copy of an assertion, for the owner of a certificate (PEM). Faults of the
    stage `serialised` change `text`, which is empty before the message is written."""

    response: etree._Element
    now: datetime
    sign_response: bool
    sign_assertion: bool
    key: SigningKey
    foreign_key: Callable[[], SigningKey]
    retired_key: Callable[[], SigningKey]
    cloned_key: Callable[[], SigningKey]
    key_of: Callable[[str], SigningKey]
    sign: Callable[[etree._Element], None]
    spell: Callable[[etree._Element], str]
    signed_metadata: Callable[[], etree._Element]
    seal: Callable[[etree._Element, str], etree._Element]
    reshape: Callable[[etree._Element], None] = lambda _signed: None
    text: str = ""

    @property
    def assertion(self) -> etree._Element:
        """The one assertion of the message."""
        return self.one("saml:Assertion")

    def one(self, path: str) -> etree._Element:
        """The first element at `path` (prefixes saml, samlp, ds) below the Response.

        Raises FaultCannotApplyError."""
        return first_in(self.response, path)


@dataclass
class LogoutMessage:
    """A LogoutRequest or LogoutResponse of the IdP, before it is signed, and how it is to be signed."""

    root: etree._Element
    is_signed: bool
    key: SigningKey
    foreign_key: Callable[[], SigningKey]
    relay_state: str | None = None
    by_redirect: bool = True
    """Whether it travels in a query, which is signed as such; in a form the element is."""
    lower_case_escapes: bool = False
    """Whether HTTP-Redirect writes its percent-encoding in lower case, as .NET does."""
    left_out: set[str] = field(default_factory=set)
    """Parameters of HTTP-Redirect that are left out after the query was signed."""
    decoy: tuple[str, etree._Element] | None = None
    """A message and its parameter: the query's signature covers that, and not what travels behind it."""

    def one(self, path: str) -> etree._Element:
        """The first element at `path` (prefixes saml, samlp). Raises FaultCannotApplyError."""
        return first_in(self.root, path)


def first_in(root: etree._Element, path: str) -> etree._Element:
    """The first element at `path` (prefixes saml, samlp, ds) below `root`. Raises FaultCannotApplyError."""
    found = root.find(path, NAMES)
    if found is None:
        raise FaultCannotApplyError(f"The message has no {path}, so the fault has nothing to change.")
    return found


def replace_text(element: etree._Element, text: str) -> str:
    """Set the element's text and return one sentence that says so."""
    before, element.text = element.text, text
    return f"{etree.QName(element).localname} was {before!r} and is {text!r}."


def replace_attribute(element: etree._Element, name: str, value: str) -> str:
    """Set an attribute that is there and return one sentence that says so. Raises FaultCannotApplyError."""
    before = element.get(name)
    if before is None:
        where = etree.QName(element).localname
        raise FaultCannotApplyError(f"{where} has no {name}, so the fault has nothing to change.")
    element.set(name, value)
    return f"{name} of {etree.QName(element).localname} was {before!r} and is {value!r}."


def remove(element: etree._Element) -> None:
    """Take the element out of its parent."""
    parent = element.getparent()
    if parent is None:
        raise FaultCannotApplyError("The message itself cannot be removed.")
    parent.remove(element)


def replace_email(assertion: etree._Element, email: str) -> list[str]:
    """Put `email` into NameID and into the e-mail attribute, where there is one; returns what it replaced."""
    return [replace_text(place, email) for place in email_elements(assertion)]


def email_elements(assertion: etree._Element) -> list[etree._Element]:
    """The elements that can hold the e-mail: NameID, and the values of the e-mail attribute."""
    places = assertion.findall("saml:Subject/saml:NameID", NAMES)
    for attribute in assertion.iterfind("saml:AttributeStatement/saml:Attribute", NAMES):
        if attribute.get("Name") in EMAIL_ATTRIBUTES:
            places += attribute.findall("saml:AttributeValue", NAMES)
    return places
