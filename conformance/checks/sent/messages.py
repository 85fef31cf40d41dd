"""What the platform sent, as data: the messages of one or more logins, by front and back channel."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, get_args
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

Kind = Literal[
    "authn_request",
    "authorization_request",
    "token_request",
    "userinfo_request",
    "logout_request",
    "sp_metadata",
    "cookies",
    "refusal_page",
]
KINDS: tuple[str, ...] = get_args(Kind)
_MAX_MESSAGE = 200_000

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the platform, as it was sent."""

    kind: Kind
    method: str = "GET"
    url: str = ""
    """The whole address, query included; what the IdP tells of its back channel begins with the path."""
    form: Mapping[str, str] = field(default_factory=dict)
    """Fields of the body; the values of secrets are not shown, and what they stand in is still named."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name; only what the IdP's journal tells of the back channel."""
    text: str = ""
    """SP metadata, one Set-Cookie line, or the HTML of a refusal."""

    @property
    def query(self) -> Pairs:
        """The parameters of the address, decoded, in their order."""
        return tuple(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def parameters(self) -> Pairs:
        """All parameters, of the address and of the body."""
        return (*self.query, *self.form.items())

    def values(self, name: str) -> list[str]:
        """Return every value of a parameter, wherever it stands."""
        return [value for given, value in self.parameters if given == name]

    def value(self, name: str) -> str:
        """Return the first value of a parameter, "" when there is none."""
        return next(iter(self.values(name)), "")

    def saml(self) -> etree._Element | None:
        """Return the SAML message that it carries, or the metadata that it is; None when it is none."""
        if self.text:
            return _parsed(self.text.encode())
        return saml_message(self.url, self.form)


@dataclass(frozen=True, slots=True)
class SentLogin:
    """All that the platform sent in one login, in order; of one that was only begun, its first message."""

    messages: Sequence[Message]

    def of(self, kind: Kind) -> list[Message]:
        """Return the messages of this kind."""
        return [message for message in self.messages if message.kind == kind]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a check gets to see: every login that was played, and the values that the messages must match."""

    logins: Sequence[SentLogin]
    surface: str = "user"
    names: Mapping[str, str] = field(default_factory=dict)
    """The arena's values: `client_id`, `user_endpoint`, `agent_endpoint`, `audience`, `idp.…`, `saved.…`."""
    seen_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def of(self, kind: Kind) -> list[Message]:
        """Return the messages of this kind of every login."""
        return [message for login in self.logins for message in login.of(kind)]

    @property
    def endpoint(self) -> str:
        """The ACS or redirect URI of the surface at which the logins were played."""
        return self.names[f"{self.surface}_endpoint"]


def saml_message(url: str, form: Mapping[str, str]) -> etree._Element | None:
    """Return the SAMLRequest that a request carries, by redirect (deflated) or form; None when it is none."""
    query = dict(parse_qsl(urlsplit(url).query))
    message = query.get("SAMLRequest") or form.get("SAMLRequest", "")
    if not message:
        return None
    try:
        raw = base64.b64decode(message, validate=True)
        if "SAMLRequest" in query:
            raw = zlib.decompressobj(-15).decompress(raw, _MAX_MESSAGE)
    except (binascii.Error, zlib.error):
        return None
    return _parsed(raw)


def _parsed(raw: bytes) -> etree._Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(raw, parser)
    except etree.XMLSyntaxError:
        return None
