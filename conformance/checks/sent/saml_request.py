"""The AuthnRequest: SAML core 3.2.1 and 3.4.1, SAML profiles 4.1.4.1, and the bindings that carry it."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_plus

from cryptography import x509
from lxml import etree

from conformance.checks.sent.entropy import weakness_of
from conformance.checks.sent.messages import Message, Sent
from conformance.checks.sent.registry import sent_check
from conformance.checks.sent.saml_signature import (
    MD,
    flaw_of_signature,
    is_signed,
    raw_query,
    signing_certificates,
)

_SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
_ENTITY = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
_NCNAME = re.compile(r"[^\W\d][\w.\-]*")
_SKEW = timedelta(minutes=2)
_ORDER = ("SAMLRequest", "RelayState", "SigAlg", "Signature")


def _each(sent: Sent, flaw: Callable[[Message, etree._Element], str]) -> str:
    """Return the first flaw of any request, "" when there is none; one that cannot be read is a flaw."""
    for message in sent.of("authn_request"):
        root = message.saml()
        found = "the SAMLRequest cannot be read" if root is None else flaw(message, root)
        if found:
            return found
    return ""


@sent_check("request-id-unguessable", "authn_request")
def request_id_unguessable(sent: Sent) -> str:
    """Every ID is an NCName, fresh, and looks like 128 random bits or more (SAML core 1.3.4)."""
    roots = [message.saml() for message in sent.of("authn_request")]
    ids = [str(root.get("ID", "")) for root in roots if root is not None]
    if len(ids) < len(roots) or not all(_NCNAME.fullmatch(one) for one in ids):
        return "a request cannot be read, or its ID is no NCName"
    return weakness_of("ID", ids)


@sent_check("request-version", "authn_request")
def request_version(sent: Sent) -> str:
    """Version is 2.0 (SAML core 3.2.1)."""
    return _each(
        sent,
        lambda _, root: "" if root.get("Version") == "2.0" else f"Version is {root.get('Version')!r}",
    )


@sent_check("request-issue-instant", "authn_request")
def request_issue_instant(sent: Sent) -> str:
    """IssueInstant is the time of sending, in UTC (SAML core 1.3.3)."""

    def flaw(_message: Message, root: etree._Element) -> str:
        told = root.get("IssueInstant", "")
        try:
            moment = datetime.fromisoformat(told)
        except ValueError:
            return f"IssueInstant is {told!r}, no time"
        if not told.endswith("Z") or moment.tzinfo is None:
            return f"IssueInstant is {told!r}, not in UTC (Z)"
        away = abs(moment - sent.seen_at.astimezone(UTC))
        return "" if away <= _SKEW else f"IssueInstant is {told}, {away} away from the time of sending"

    return _each(sent, flaw)


@sent_check("request-destination", "authn_request")
def request_destination(sent: Sent) -> str:
    """Destination is the address at the IdP; a signed request has one (SAML bindings 3.4.5.2, 3.5.5.2)."""
    expected = sent.names["idp.single_sign_on_url"]

    def flaw(message: Message, root: etree._Element) -> str:
        told = root.get("Destination")
        if told is None:
            return "a signed request has no Destination" if is_signed(message) else ""
        return "" if told == expected else f"Destination is {told!r}, the address is {expected!r}"

    return _each(sent, flaw)


@sent_check("request-issuer", "authn_request")
def request_issuer(sent: Sent) -> str:
    """Issuer is the platform's entity ID, of the format entity or none (SAML profiles 4.1.4.1)."""
    expected = sent.names["audience"]

    def flaw(_message: Message, root: etree._Element) -> str:
        issuer = root.find(f"{_SAML}Issuer")
        if issuer is None or issuer.text != expected:
            return f"Issuer is {'missing' if issuer is None else repr(issuer.text)}, expected {expected!r}"
        given = issuer.get("Format", _ENTITY)
        return "" if given == _ENTITY else f"the Issuer's Format is {given!r}"

    return _each(sent, flaw)


@sent_check("request-acs-url", "authn_request")
def request_acs_url(sent: Sent) -> str:
    """AssertionConsumerServiceURL is the registered one of the surface; no Index is used (SDP-SP05, SP06)."""

    def flaw(_message: Message, root: etree._Element) -> str:
        if root.get("AssertionConsumerServiceIndex") is not None:
            return "the request has an AssertionConsumerServiceIndex"
        told = root.get("AssertionConsumerServiceURL")
        return "" if told == sent.endpoint else f"the URL is {told!r}, registered is {sent.endpoint!r}"

    return _each(sent, flaw)


@sent_check("request-signature", "authn_request")
def request_signature(sent: Sent) -> str:
    """Where the metadata declares signed requests each is signed; every signature is by a published key."""
    published = [root for one in sent.of("sp_metadata") if (root := one.saml()) is not None]
    declared = any(
        role.get("AuthnRequestsSigned") in {"true", "1"}
        for root in published
        for role in root.iter(f"{MD}SPSSODescriptor")
    )
    certificates, unreadable = _published(sent)
    if unreadable:
        return unreadable

    def flaw(message: Message, _root: etree._Element) -> str:
        if not is_signed(message):
            return (
                "the metadata declares AuthnRequestsSigned, and the request is not signed" if declared else ""
            )
        return flaw_of_signature(message, certificates)

    return _each(sent, flaw)


@sent_check("request-signed", "authn_request")
def request_signed(sent: Sent) -> str:
    """Every request is signed."""
    return _each(sent, lambda message, _: "" if is_signed(message) else "the request is not signed")


@sent_check("redirect-encoding", "authn_request")
def redirect_encoding(sent: Sent) -> str:
    """By redirect: base64 of bare DEFLATE; SAMLRequest, RelayState, SigAlg, Signature in this order."""
    return next(filter(None, map(_flaw_of_query, sent.of("authn_request"))), "")


def _flaw_of_query(message: Message) -> str:
    names = [name for name, _ in raw_query(message) if name in _ORDER]
    if message.method != "GET" or "SAMLRequest" not in names:
        return f"a {message.method} whose query has no SAMLRequest"
    if names != [name for name in _ORDER if name in names]:
        return f"the parameters stand in the order {', '.join(names)}"
    if len(message.value("RelayState").encode()) > 80:
        return "the RelayState has more than 80 bytes"
    text = unquote_plus(dict(raw_query(message))["SAMLRequest"])
    try:
        return (
            "" if zlib.decompressobj(-15).decompress(base64.b64decode(text, validate=True), 10) else "empty"
        )
    except binascii.Error:
        return "SAMLRequest is not base64"
    except zlib.error:
        return "SAMLRequest is not a bare DEFLATE stream (RFC 1951)"


@sent_check("form-encoding", "authn_request")
def form_encoding(sent: Sent) -> str:
    """By form: a POST with the XML in base64, not compressed, as SAMLRequest (SAML bindings 3.5.4)."""
    return next(filter(None, map(_flaw_of_form, sent.of("authn_request"))), "")


def _flaw_of_form(message: Message) -> str:
    if message.method != "POST" or "SAMLRequest" not in message.form:
        return f"a {message.method} without the field SAMLRequest"
    return "" if message.saml() is not None else "SAMLRequest is not the base64 of XML"


@sent_check("query-kept", "authn_request")
def query_kept(sent: Sent) -> str:
    """The saved address is kept to its last letter, and the parameters are appended with an &."""
    address = sent.names["saved.single_sign_on_url"]
    for message in sent.of("authn_request"):
        if not message.url.startswith(f"{address}&SAMLRequest="):
            return f"{message.url[: len(address) + 20]!r} does not go on from {address!r} with &SAMLRequest="
    return ""


@sent_check("logout-signed", "logout_request")
def logout_signed(sent: Sent) -> str:
    """Every LogoutRequest is signed with a key that the metadata shows (SAML profiles 4.4.4.1)."""
    certificates, unreadable = _published(sent)
    if unreadable:
        return unreadable
    for message in sent.of("logout_request"):
        if not is_signed(message):
            return "the LogoutRequest is not signed"
        flaw = flaw_of_signature(message, certificates)
        if flaw:
            return flaw
    return ""


def _published(sent: Sent) -> tuple[list[x509.Certificate], str]:
    """Return the certificates for signing in the metadata, and why they cannot be read, if so."""
    roots = [message.saml() for message in sent.of("sp_metadata")]
    try:
        return [entry for root in roots if root is not None for entry in signing_certificates(root)], ""
    except ValueError as error:
        return [], f"a certificate of the metadata cannot be read: {error}"
