"""The short cuts around Flask and werkzeug come to the same as the long ways."""

from __future__ import annotations

import io
import uuid
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask import Request, Response
from flask.wrappers import Request as PlainRequest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers, MultiDict
from werkzeug.routing import Map, Rule

from mock_idp.app import create_app
from mock_idp.lean import FORM, LeanRequest, VerbatimResponse
from mock_idp.oidc.exchange import new_trace
from mock_idp.personalities import PERSONALITIES
from mock_idp.serving.protocol import call
from mock_idp.tenants import TenantStore

BODIES = [
    b"",
    b"a=1&b=2",
    b"a=1&a=2&&b=&c",
    b"a=%C3%A4+b%2B&%20=%zz",
    b"a=\xc3\xa4",
    b"a=\xff",  # not UTF-8
    b"a=%ff&b=1",  # not UTF-8 below the percent
    b"a;b=c;d",
    b"=&=&a==b",
]


def read(kind: type[Request], body: bytes, content_type: str = FORM) -> tuple[Any, Any, bytes]:
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    request = kind(environ)
    return list(request.form.items(multi=True)), list(request.files), request.get_data()


@pytest.mark.parametrize("body", BODIES)
def test_a_form_is_read_as_werkzeug_reads_it(body: bytes) -> None:
    assert read(LeanRequest, body) == read(PlainRequest, body)


ANY_FIELDS = st.binary(max_size=60) | st.text(alphabet="ab=&;+% äß%41", max_size=60).map(str.encode)


@given(ANY_FIELDS)
def test_any_form_is_read_as_werkzeug_reads_it(body: bytes) -> None:
    assert read(LeanRequest, body) == read(PlainRequest, body)


@given(ANY_FIELDS)
def test_fields_are_those_of_the_form_whichever_is_asked_for_first(body: bytes) -> None:
    environ = {"CONTENT_TYPE": FORM, "CONTENT_LENGTH": str(len(body))}
    form_first, fields_first = (LeanRequest({**environ, "wsgi.input": io.BytesIO(body)}) for _ in range(2))
    assert form_first.form == MultiDict(form_first.form_fields())
    assert fields_first.form_fields() == form_first.form_fields()
    assert fields_first.form == form_first.form
    assert fields_first.get_data() == b""


@given(st.text(max_size=60).map(str.encode) | st.text("ab=&;+% äß%41", max_size=60).map(str.encode))
def test_any_query_is_read_as_werkzeug_reads_it(query: bytes) -> None:
    environ = {"QUERY_STRING": query.decode("latin-1")}
    ours, plain = LeanRequest(environ), PlainRequest(environ)
    assert list(ours.args.lists()) == list(plain.args.lists())
    assert MultiDict(ours.query_fields()) == plain.args
    assert ours.query_fields() == parse_qsl(
        query.decode(), keep_blank_values=True, errors="werkzeug.url_quote"
    )


def test_raw_bytes_in_a_query_are_read_as_escaped() -> None:
    assert LeanRequest({"QUERY_STRING": "a=\xff&b=%ff&c=\xc3\xa4"}).query_fields() == [
        ("a", "%FF"),
        ("b", "%FF"),
        ("c", "ä"),
    ]
    store = TenantStore("http://127.0.0.1:9")
    store.create(PERSONALITIES[0], "acme")
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/t/acme/oauth2/v1/authorize"}
    answer = call(create_app(store), {**environ, "QUERY_STRING": "client_id=\xff", "HTTP_HOST": "idp.test"})
    assert answer.status.startswith("400 ")


@given(st.text(alphabet='ab=;, "\\1\xe4\xff', max_size=60))
def test_any_cookies_are_read_as_werkzeug_reads_them(header: str) -> None:
    environ = {"HTTP_COOKIE": header}
    assert list(LeanRequest(environ).cookies.items(multi=True)) == list(
        PlainRequest(environ).cookies.items(multi=True)
    )


def test_what_is_no_usual_form_is_left_to_werkzeug() -> None:
    for content_type in ("application/json", f"{FORM}; charset=utf-8", "multipart/form-data; boundary=x", ""):
        assert read(LeanRequest, b"a=1", content_type) == read(PlainRequest, b"a=1", content_type)
    long = b"a=" + b"1" * (1 << 17)
    assert read(LeanRequest, long) == read(PlainRequest, long)
    kept = LeanRequest({"CONTENT_TYPE": FORM, "CONTENT_LENGTH": "3", "wsgi.input": io.BytesIO(b"a=1")})
    assert kept.get_data() == b"a=1"
    assert kept.form.to_dict() == {"a": "1"}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_verbatim_answer_is_what_flask_would_send(method: str) -> None:
    pairs = [("Content-Type", "application/json"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    environ = {"REQUEST_METHOD": method}
    ours, plain = VerbatimResponse("{ä}", 400, Headers(pairs)), Response("{ä}", 400, Headers(pairs))
    assert call(ours, environ) == call(plain, environ)
    assert (ours.status_code, ours.status) == (plain.status_code, plain.status)
    for answer in (ours, plain):
        answer.set_data("other")
        answer.headers["X-More"] = "1"
    told, usual = call(ours, environ), call(plain, environ)
    assert (told.status, sorted(told.headers), told.body) == (usual.status, sorted(usual.headers), usual.body)


def test_identifiers_of_a_trace_are_random_guids() -> None:
    tenant = TenantStore("http://127.0.0.1:9").create(PERSONALITIES[0])
    traces = [new_trace(tenant, None) for _ in range(50)]
    names = [name for trace in traces for name in (trace.request_id, trace.correlation_id)]
    assert len(set(names)) == 100
    for name in names:
        assert (str(uuid.UUID(name)), uuid.UUID(name).version) == (name, 4)
        assert uuid.UUID(name).variant == uuid.RFC_4122
    assert {name[19] for name in names} == set("89ab")


def test_a_query_that_is_too_long_is_still_refused_before_the_view() -> None:
    app = create_app(TenantStore("http://127.0.0.1:9"))
    assert app.test_client().get("/t/none?" + "x" * 150_001).status_code == 414


def test_every_url_can_still_be_written_though_nobody_learns_how_at_the_start() -> None:
    app = create_app(TenantStore("http://127.0.0.1:9"))
    plain = Map([Rule(rule.rule, endpoint=rule.endpoint) for rule in app.url_map.iter_rules()])
    for rule in app.url_map.iter_rules():
        values = {name: f"a {name}" for name in rule.arguments}
        written = app.url_map.bind("idp.test").build(rule.endpoint, {**values, "more": "1"})
        assert written == plain.bind("idp.test").build(rule.endpoint, {**values, "more": "1"})
