"""From the bytes of a file to what it is: XML, JSON, a token, a form, a redirect, an HTTP exchange."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, unquote

from mock_idp.shape import json_shape, xml_shape
from mock_idp.shape.carriers import carried
from mock_idp.shape.node import Kind, Node, Shape
from mock_idp.shape.values import Context, sentence, split_url

ACCEPTED = (
    "a SAML message or metadata (XML, base64 or a form body), a discovery document, a JWKS, a JWT or its "
    "claims as JSON, a token response, or an OAuth error"
)
MOST_BYTES = 4 << 20
"""The largest message that is looked at; Okta's and Entra's own are some kilobytes."""
MOST_INFLATED = MOST_BYTES
NOT_SHOWN = re.compile(r"<(head|script|style|footer)\b.*?</\1>|<[^>]+>", re.DOTALL | re.IGNORECASE)
"""What of an HTML page is no text of the vendor's page; a footer says that this is a mock."""
HEADER = re.compile(r"^\s*([A-Za-z][A-Za-z0-9-]*):\s*(.*)$")
SET_HEADER = re.compile(r"^\s*res\.setHeader\(\"([A-Za-z0-9-]+)\"")
TELLING_HEADER = re.compile(r"^\s*(res\.setHeader\(\")?(content-type|cache-control)\b", re.IGNORECASE)
TRANSPORT = {
    "date", "connection", "transfer-encoding", "content-length", "server", "status", "code", "duration",
    "accept-ch", "keep-alive",
}  # fmt: skip
"""Headers of the connection or of whoever wrote the exchange down, not of the vendor's application."""
CUT_SHORT = "It was cut off on the way here: copy the whole message, or save it to a file."
XML_KINDS = {
    "Response": Kind.SAML_RESPONSE,
    "Assertion": Kind.SAML_ASSERTION,
    "AuthnRequest": Kind.SAML_REQUEST,
    "EntityDescriptor": Kind.SAML_METADATA,
    "EntitiesDescriptor": Kind.SAML_METADATA,
}


class UnreadableError(Exception):
    """The file is nothing that has a shape; the message says what was expected and what came."""


@dataclass(frozen=True)
class Message:
    """A file that was read: its shape, and what it says, from which a situation is guessed."""

    shape: Shape
    xml: xml_shape.Document | None = None
    json: Mapping[str, Any] = field(default_factory=dict)
    header: Mapping[str, Any] = field(default_factory=dict)  # of a JWT
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def kind(self) -> Kind:
        """What the file is."""
        return self.shape.kind


def read(data: bytes, bases: tuple[str, ...] = ()) -> Message:
    """The message in `data`; `bases` are URLs known to be the IdP's own. Raises UnreadableError."""
    text = _text(data)
    inner = carried(text)
    if inner is not None and inner != text:
        return read(inner.encode("utf-8"), bases)
    body = text.lstrip("\ufeff \r\n\t")
    if not body:
        raise UnreadableError(f"Expected {ACCEPTED}; the file is empty.")
    if re.match(r"<!doctype html|<html", body, re.IGNORECASE):
        return _page(unescape(NOT_SHOWN.sub("\n", body)))
    if body.startswith("<"):
        return _xml(text, bases)
    found = _json(body, bases) or _token(body.strip(), bases) or _form(body.strip(), bases)
    return found or _base64(body, bases) or _http(body, bases)


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise UnreadableError(
            f"Expected {ACCEPTED} of at most {MOST_BYTES >> 20} MiB; this file has "
            f"{len(data) / (1 << 20):.1f} MiB. Cut out the one message that you want to know about."
        )
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"Expected {ACCEPTED}; these bytes are not {encoding.upper()} text (byte {error.start})."
        ) from error


def _xml(text: str, bases: tuple[str, ...]) -> Message:
    try:
        document = xml_shape.parse(text)
    except xml_shape.XmlError as error:
        cut = f" {CUT_SHORT}" if "no element found" in str(error) or "unclosed token" in str(error) else ""
        raise UnreadableError(f"Expected {ACCEPTED}; this begins like XML, but {error}.{cut}") from error
    kind = XML_KINDS.get(document.root.local, Kind.SAML_OTHER)
    return Message(Shape(kind, xml_shape.shape(document, Context(bases))), xml=document)


def _json(body: str, bases: tuple[str, ...]) -> Message | None:
    try:
        found = json.loads(body)
    except json.JSONDecodeError as error:
        if body.startswith("{") and "Extra data" not in error.msg and not body.rstrip().endswith("}"):
            raise UnreadableError(
                f"Expected {ACCEPTED}; this JSON ends in the middle. {CUT_SHORT}"
            ) from error
        return None
    except (ValueError, RecursionError) as error:
        raise UnreadableError(
            f"Expected {ACCEPTED}; this JSON is too deep or holds too long a number."
        ) from error
    if not isinstance(found, dict):
        raise UnreadableError(f"Expected {ACCEPTED}; this is JSON, but not an object.")
    _check_types(found)
    parts = [found.get(name) for name in ("header", "payload")]
    if len(found) == 2 and all(isinstance(part, dict) for part in parts):
        return _claims(found["header"], found["payload"], bases)
    context = Context((*bases, *json_shape.bases_of(found), *json_shape.bases_of_tokens(found)))
    kind, inner = _json_kind(found), json_shape.members(found, context)
    children = (
        (Node("claims", "object", inner),)
        if kind in (Kind.ID_TOKEN, Kind.ACCESS_TOKEN)
        else (json_shape.layout(body), *inner)
    )
    return Message(Shape(kind, Node("document", children=children)), json=found)


def _check_types(found: Mapping[str, Any]) -> None:
    """Members by which kinds are told have to be of their own type, else nothing else can be relied on."""
    keys = found.get("keys", [])
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise UnreadableError(f"Expected {ACCEPTED}; the member keys is not a list of objects.")
    for name in ("authorization_endpoint", "issuer", "iss", "scope", "error", "error_description"):
        if not isinstance(found.get(name, ""), str):
            raise UnreadableError(f"Expected {ACCEPTED}; the member {name} is not a text.")


def _json_kind(found: Mapping[str, Any]) -> Kind:
    tests = (
        ("authorization_endpoint" in found, Kind.DISCOVERY),
        ("keys" in found, Kind.JWKS),
        ("error" in found, Kind.OAUTH_ERROR),
        ("access_token" in found or "id_token" in found, Kind.TOKEN_RESPONSE),
        ("iss" in found, _token_kind({}, found)),
        ("sub" in found, Kind.USERINFO),
        ("tenant_discovery_endpoint" in found, Kind.HTTP_EXCHANGE),
    )
    for fits, kind in tests:
        if fits:
            return kind
    raise UnreadableError(
        f"Expected {ACCEPTED}; this JSON object has the members {', '.join(found) or 'none'}."
    )


def _token_kind(header: Mapping[str, Any], claims: Mapping[str, Any]) -> Kind:
    access = {"scp", "cid", "appid", "scope"} & set(claims) or header.get("typ") == "at+jwt"
    return Kind.ACCESS_TOKEN if access else Kind.ID_TOKEN


def _claims(header: Mapping[str, Any], claims: Mapping[str, Any], bases: tuple[str, ...]) -> Message:
    context = Context((*bases, *json_shape.bases_of(claims)))
    tree = Node(
        "document",
        children=(
            Node("header", "object", json_shape.members(header, context)),
            Node("claims", "object", json_shape.members(claims, context)),
        ),
    )
    return Message(Shape(_token_kind(header, claims), tree), json=claims, header=header)


def _token(body: str, bases: tuple[str, ...]) -> Message | None:
    if not json_shape.JWT.match(body):
        return None
    header, claims, _ = body.split(".")
    try:
        return _claims(json_shape.part(header), json_shape.part(claims), bases)
    except ValueError as error:
        raise UnreadableError(f"Expected {ACCEPTED}; this looks like a JWT, but {error}.") from error


def _form(body: str, bases: tuple[str, ...]) -> Message | None:
    """A form body or a URL with a query: what it carries, or an authorization response."""
    if "\n" in body or "=" not in body:
        return None
    query = split_url(body).query or split_url(body).fragment if "?" in body or "#" in body else body
    parameters = parse_qsl(query, keep_blank_values=True)
    named = dict(parameters)
    for name in ("SAMLResponse", "SAMLRequest"):
        if name in named:
            return _base64(named[name].replace(" ", "+"), bases)
    if not {"error", "code", "id_token"} & set(named) or "grant_type" in named:
        return None
    context = Context(bases)
    tail = "#" if body.endswith("#") else "nothing"
    tree = Node(
        "document",
        children=(
            Node("~escapes", _escapes(query)),
            Node("~end", tail),
            *(json_shape.node(name, value, context) for name, value in parameters),
        ),
    )
    return Message(Shape(Kind.REDIRECT, tree), parameters=tuple(parameters))


def _escapes(query: str) -> str:
    escapes = "".join(re.findall(r"%([0-9A-Fa-f]{2})", query))
    case = (
        "lower case" if re.search("[a-f]", escapes) else "upper case" if re.search("[A-F]", escapes) else ""
    )
    blank = "blank as +" if "+" in query else "blank as %20" if "%20" in query else ""
    return ", ".join(part for part in (case, blank) if part) or "none"


def _base64(body: str, bases: tuple[str, ...]) -> Message | None:
    packed = "".join(unquote(body).split())
    if not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", packed):
        return None
    try:
        raw = base64.b64decode(packed, validate=True)
    except binascii.Error:
        return None
    if not raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raw = _inflated(raw)
    try:
        return _xml(raw.decode("utf-8"), bases)
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"Expected {ACCEPTED}; this is base64 of something that is not UTF-8."
        ) from error


def _inflated(raw: bytes) -> bytes:
    """HTTP-Redirect's raw DEFLATE stream, up to a limit."""
    try:
        return zlib.decompressobj(wbits=-15).decompress(raw, MOST_INFLATED)
    except zlib.error as error:
        raise UnreadableError(
            f"Expected {ACCEPTED}; this is base64, but neither of XML nor of deflated XML."
        ) from error


def _http(body: str, bases: tuple[str, ...]) -> Message:
    """A written-down HTTP exchange: names of headers, and a JSON body if there is one."""
    lines = body.splitlines()
    if any(line.startswith("Error Code:") for line in lines):
        return _page(body)
    if re.fullmatch(r"eyJ[\w.-]+", body.strip()):
        raise UnreadableError(
            f"Expected {ACCEPTED}; this begins like a JWT, but has not its three parts. {CUT_SHORT}"
        )
    if not any(TELLING_HEADER.match(line) for line in lines):
        raise UnreadableError(f"Expected {ACCEPTED}; this begins with {body[:40]!r}.")
    bodies = (_json(line, bases) for line in lines if line.startswith("{"))
    inner = next((found for found in bodies if found), None)
    headers = []
    for line in lines:
        header = HEADER.match(line) or SET_HEADER.match(line)
        if header and not line.startswith(("{", "#", "GET ", "POST ")) and header[1].lower() != "headers":
            headers.append(header[1])
    tree = Node(
        "document",
        children=(
            headers_node(headers),
            *((Node("body", inner.kind.value, inner.shape.tree.children),) if inner else ()),
        ),
    )
    return Message(Shape(Kind.HTTP_EXCHANGE, tree), json=inner.json if inner else {})


def headers_node(names: Iterable[str]) -> Node:
    """Names of headers in lower case by alphabet, because proxies and writers change case and order."""
    told = sorted({name.lower() for name in names} - TRANSPORT)
    return Node("headers", None, tuple(Node(name) for name in told))


def _page(text: str) -> Message:
    # Text browsers write a link in brackets.
    lines = [re.sub(r"^\[(.*)\]$", r"\1", " ".join(line.split())) for line in text.splitlines()]
    nodes = tuple(Node("line", sentence(line), key=sentence(line)) for line in lines if line)
    return Message(Shape(Kind.ERROR_PAGE, Node("document", children=nodes)))
