"""What a file is, and what its shape keeps and replaces."""

from __future__ import annotations

import base64
import json
import textwrap
import zlib
from urllib.parse import quote, urlencode

import pytest

from mock_idp.shape.node import Kind
from mock_idp.shape.reading import UnreadableError, read

XML = (
    '<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0" InResponseTo="id-7">'
    '<p:Status><p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></p:Status></p:Response>'
)


def lines(text: str) -> list[str]:
    return read(text.encode()).shape.text().splitlines()


def packed(claims: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def test_xml_keeps_prefixes_and_the_order_of_attributes_and_namespaces() -> None:
    shape = lines(XML)
    names = [line.strip().partition(" = ")[0] for line in shape]
    at = names.index("p:Response")
    assert names[at + 1 : at + 5] == ["xmlns:p", "@ID", "@Version", "@InResponseTo"]
    assert "    @InResponseTo = same as the request's ID" in shape


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("<a><b/></a>", "empty elements", "<X/>"),
        ("<a><b /></a>", "empty elements", "<X />"),
        ("<a><b></b></a>", "empty elements", "<X></X>"),
        ("<a>\n  <b/>\n</a>", "layout", "pretty-printed"),
        ("<a><b/></a>", "layout", "one line"),
        ("\ufeff<a/>", "byte order mark", "yes"),
        ('\n<?xml version="1.0"?><a/>', "XML declaration", 'blank before <?xml version="1.0"?>'),
        ("<a b='>'><c/></a>", "empty elements", "<X/>"),
    ],
)
def test_xml_spelling_is_told(text: str, name: str, value: str) -> None:
    assert f"  ~{name} = {value}" in lines(text)


def test_a_message_is_found_in_base64_in_a_form_and_deflated() -> None:
    plain = base64.b64encode(XML.encode()).decode()
    deflater = zlib.compressobj(wbits=-15)
    deflated = base64.b64encode(deflater.compress(XML.encode()) + deflater.flush()).decode()
    forms = (
        plain,
        urlencode({"SAMLResponse": plain}),
        "https://x.test/?" + urlencode({"SAMLRequest": deflated}),
    )
    assert {read(text.encode()).shape.text() for text in forms} == {read(XML.encode()).shape.text()}


def carriers(text: str) -> list[str]:
    posted = urlencode({"SAMLResponse": text, "RelayState": "abc"})
    request = {"method": "POST", "postData": {"text": posted}}
    named = {"params": [{"name": "SAMLResponse", "value": text}]}
    return [
        "\r\n".join(textwrap.wrap(text, 76)),
        quote(text, safe=""),
        f"RelayState=abc&{posted}",
        "\n".join(textwrap.wrap(posted, 70)),
        f"SAMLResponse: {text}\nRelayState: abc\n",
        json.dumps(text),
        json.dumps({"log": {"entries": [{"request": {"url": "https://x.test"}}, {"request": request}]}}),
        json.dumps({"postData": named}),
        f"curl https://x.test --data-raw '{posted}'",
        '<html><form><input name="RelayState" value=""/><input type="hidden" name="SAMLResponse" value="'
        + text.replace("+", "&#x2b;").replace("=", "&#x3d;")
        + '"/></form></html>',
    ]


@pytest.mark.parametrize("number", range(10))
def test_a_message_is_found_in_what_people_paste(number: int) -> None:
    text = base64.b64encode(XML.encode()).decode()
    assert read(carriers(text)[number].encode()).shape == read(XML.encode()).shape


def test_a_token_is_found_in_a_header_and_in_wrapped_lines() -> None:
    token = f"{packed({'kid': 'k'})}.{packed({'iss': 'https://x.test', 'aud': 'a' * 80})}.{'s' * 342}"
    for text in (f"Authorization: Bearer {token}", "\n".join(textwrap.wrap(token, 64))):
        assert read(text.encode()).shape == read(token.encode()).shape


def test_windows_text_in_utf_16_is_read() -> None:
    assert read(XML.encode("utf-16")).kind is Kind.SAML_RESPONSE


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("268da1a1-9db4-48b9-b1fe-683250ba90cc", "guid"),
        ("2022-02-23T17:49:18.872Z", "instant in milliseconds"),
        ("alice@acme.test", "email"),
        ("A" * 43, "base64url 43"),
        (1_700_000_000, "epoch seconds"),
        (3600, "int"),
        (True, "boolean true"),
        (None, "null"),
        ("0oa1egv0090rji841d7X", "Okta id"),
        ("[REDACTED]", "redacted"),
        ("https://acme.okta.com/oauth2/default/v1/keys", "url {idp}/oauth2/{server}/v1/keys"),
        ("http://www.okta.com/exk133onomIuOW98z357", "url http://www.okta.com/{exk}"),
    ],
)
def test_a_value_becomes_its_kind(value: object, kind: str) -> None:
    assert f"    some = {kind}" in lines(json.dumps({"header": {}, "payload": {"iss": "x", "some": value}}))


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ({"authorization_endpoint": "https://x.test/a", "issuer": "https://x.test"}, Kind.DISCOVERY),
        ({"keys": [{"kty": "RSA"}]}, Kind.JWKS),
        ({"access_token": "x", "token_type": "Bearer"}, Kind.TOKEN_RESPONSE),
        ({"error": "invalid_grant"}, Kind.OAUTH_ERROR),
        ({"iss": "https://x.test", "aud": "a"}, Kind.ID_TOKEN),
        ({"iss": "https://x.test", "scp": ["openid"]}, Kind.ACCESS_TOKEN),
        ({"sub": "1", "name": "A"}, Kind.USERINFO),
    ],
)
def test_json_is_recognised_by_its_members(found: dict[str, object], kind: Kind) -> None:
    assert read(json.dumps(found).encode()).kind is kind


def test_a_jwt_is_opened() -> None:
    token = (
        f"{packed({'kid': 'k', 'alg': 'RS256'})}.{packed({'iss': 'https://x.test', 'aud': 'a'})}.{'s' * 342}"
    )
    names = [line.strip().partition(" = ")[0] for line in lines(token)]
    assert names[2:] == ["header", "kid", "alg", "claims", "iss", "aud"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"\xe9\xe9", "not UTF-8"),
        (b"x" * (5 << 20), "5.0 MiB"),
        (b"<a>" + b"<b/>" * 30_000 + b"</a>", "more than 20000 elements"),
        (b'{"issuer":"https://x.t', "cut off"),
        (b"<a><b>", "cut off"),
        (b"eyJhbGciOiJSUzI1NiJ9.eyJpc3Mi", "cut off"),
        (b"<a><b></a>", "not well-formed"),
        (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "document type declaration"),
        (b"[1]", "not an object"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "too deep"),
        (b"<a>" * 200 + b"</a>" * 200, "inside each other"),
        (b'{"keys":"none"}', "not a list of objects"),
        (b'{"iss":5}', "the member iss is not a text"),
        (b'{"hello": 1}', "hello"),
        (b"Dear reader", "Dear reader"),
        (base64.b64encode(b"no xml at all, whichever way"), "neither of XML"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        read(data)


def test_a_deflated_bomb_is_cut_off() -> None:
    deflater = zlib.compressobj(wbits=-15)
    bomb = deflater.compress(b"<a>" + b" " * (64 << 20)) + deflater.flush()
    with pytest.raises(UnreadableError):
        read(base64.b64encode(bomb))
