"""A SAML message as it came in by either binding: decoded and parsed safely, not yet believed."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from flask import request
from lxml import etree
from werkzeug.exceptions import RequestEntityTooLarge

from mock_idp.saml.xml import NAMES, MalformedXmlError, parse_foreign

Binding = Literal["HTTP-Redirect", "HTTP-POST"]
MESSAGE_NAMES = ("SAMLRequest", "SAMLResponse")
MOST_ENCODED = 100_000  # characters of the parameter
MOST_INFLATED = 200_000  # bytes of XML that a deflated message may become


class MalformedMessageError(ValueError):
    """The message cannot be read; the text says at which step and why."""


class NoMessageError(Exception):
    """There is neither a SAMLRequest nor a SAMLResponse."""


@dataclass(frozen=True)
class Received:
    """One message. `query` is the raw query string, over which HTTP-Redirect signs."""

    root: etree._Element
    xml: str
    binding: Binding
    relay_state: str | None
    query: str
    parameter: str = "SAMLRequest"

    @property
    def kind(self) -> str:
        """The root element's tag in Clark notation."""
        return str(self.root.tag)

    @property
    def is_signed(self) -> bool:
        """Whether there is a signature in the place that the binding has for it."""
        if self.binding == "HTTP-Redirect":
            return re.search(r"(^|&)Signature=", self.query) is not None
        return self.root.find("ds:Signature", NAMES) is not None


def receive() -> Received:
    """The message of the HTTP request under way. Raises NoMessageError and MalformedMessageError."""
    posted = request.method == "POST"
    try:
        values = request.form if posted else request.args
    except RequestEntityTooLarge as error:
        limit = request.max_content_length
        raise MalformedMessageError(f"The request's body has more than {limit} bytes.") from error
    parameter = next((name for name in MESSAGE_NAMES if name in values), None)
    if parameter is None:
        raise NoMessageError
    data = _decoded(values[parameter])
    if not posted:
        data = _inflated(data)
    try:
        root = parse_foreign(data)
    except MalformedXmlError as error:
        raise MalformedMessageError(f"The SAML message cannot be read: {error}.") from error
    return Received(
        root=root,
        xml=data.decode("utf-8-sig"),
        binding="HTTP-POST" if posted else "HTTP-Redirect",
        relay_state=values.get("RelayState"),
        query=request.query_string.decode("latin-1"),
        parameter=parameter,
    )


def relay_state() -> str | None:
    """The RelayState of the HTTP request under way, of whichever method."""
    return request.values.get("RelayState")


def flag(root: etree._Element, name: str) -> bool:
    """An xs:boolean attribute, false when it is absent. Raises MalformedMessageError."""
    value = root.get(name, "false")
    if value not in ("true", "1", "false", "0"):
        raise MalformedMessageError(f"{name} is {value!r}, not a boolean.")
    return value in ("true", "1")


def instant(root: etree._Element, name: str) -> datetime | None:
    """An xs:dateTime attribute, in UTC where it names no zone. Raises MalformedMessageError."""
    value = root.get(name)
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise MalformedMessageError(f"{name} is {value!r}, not an instant.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def message_id(root: etree._Element) -> str:
    """The ID of a SAML 2.0 message. Raises MalformedMessageError."""
    found = root.get("ID")
    if not found or root.get("Version") != "2.0":
        name = etree.QName(root).localname
        raise MalformedMessageError(f"The {name} lacks its ID, or its Version is not 2.0.")
    return found


def _decoded(parameter: str) -> bytes:
    if len(parameter) > MOST_ENCODED:
        raise MalformedMessageError(f"The SAML message has more than {MOST_ENCODED} characters.")
    try:
        return base64.b64decode(re.sub(r"\s", "", parameter), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedMessageError(f"The SAML message is not base64: {error}.") from error


def _inflated(data: bytes) -> bytes:
    """Raw DEFLATE undone (SAML Bindings 3.4.4.1), but never past MOST_INFLATED bytes."""
    inflater = zlib.decompressobj(-15)
    try:
        inflated = inflater.decompress(data, MOST_INFLATED)
    except zlib.error as error:
        raise MalformedMessageError(f"The SAML message is not DEFLATE-compressed: {error}.") from error
    if inflater.unconsumed_tail:
        raise MalformedMessageError(f"The SAML message inflates to more than {MOST_INFLATED} bytes.")
    if not inflater.eof:
        raise MalformedMessageError("The DEFLATE stream of the SAML message ends too early.")
    return inflated
