"""The HTTP server: what RFC 9112 asks of one, and that it stops."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from mock_idp.serving import protocol
from mock_idp.serving.listener import Listener, ListenError
from mock_idp.tls import throw_away_tls_files

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answers with what came in."""
    told = [environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"]]
    told += [environ.get("HTTP_COOKIE", ""), environ.get("HTTP_X_TWICE", ""), environ.get("HTTP_A_B", "none")]
    body = "|".join(told).encode("latin-1") + b"|" + environ["wsgi.input"].read()[:20]
    start_response("200 OK", [("X-Length", environ.get("CONTENT_LENGTH", "none"))])
    return [body]


@contextmanager
def connected() -> Iterator[tuple[Listener, socket.socket]]:
    listener = Listener("127.0.0.1", 0)
    listener.start(echo)
    try:
        with socket.create_connection(("127.0.0.1", listener.port), timeout=10) as client:
            yield listener, client
    finally:
        listener.stop()


def exchange(data: bytes) -> bytes:
    """All bytes that come back; the last request must ask for the connection to be closed."""
    with connected() as (_, client):
        client.sendall(data)
        return b"".join(iter(lambda: client.recv(1 << 16), b""))


LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def test_requests_on_one_connection_are_answered_in_order() -> None:
    answers = exchange(b"GET /a%2Fb?c=%20 HTTP/1.1\r\nHost: x\r\nCookie: a=1\r\n\r\n" + LAST)
    first, second = answers.index(b"GET|/a/b|c=%20|a=1||none|"), answers.index(b"GET|/last|||")
    assert first < second
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert answers.count(b"Connection: close") == 1


def test_a_body_may_come_in_chunks() -> None:
    answers = exchange(
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        + LAST
    )
    assert b"POST|/||||none|abcde" in answers
    assert b"X-Length: 5" in answers


def test_a_body_beyond_the_limit_is_read_but_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MOST_BODY", 3)
    answers = exchange(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde" + LAST)
    assert b"POST|/||||none|abcHTTP/1.1" in answers
    assert b"X-Length: 5" in answers


def digest(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answers with the digest of the body."""
    start_response("200 OK", [])
    return [hashlib.sha256(environ["wsgi.input"].read()).hexdigest().encode()]


@pytest.mark.parametrize("encrypted", [False, True])
def test_connections_that_send_long_bodies_by_turns_do_not_mix(encrypted: bool) -> None:
    with ExitStack() as stack:
        files = throw_away_tls_files("127.0.0.1") if encrypted else None
        listener = Listener("127.0.0.1", 0, tls=files)
        if files is not None:
            stack.callback(files.close)
        listener.start(digest)
        stack.callback(listener.stop)
        place = ("127.0.0.1", listener.port)
        clients = [stack.enter_context(socket.create_connection(place, timeout=10)) for _ in range(3)]
        if files is not None:
            context = ssl.create_default_context(cafile=str(files.ca))
            clients = [
                stack.enter_context(context.wrap_socket(client, server_hostname="127.0.0.1"))
                for client in clients
            ]
        bodies = [bytes([number]) * (protocol.BUFFER_SIZE * 3 + number) for number in range(3)]
        for client, body in zip(clients, bodies, strict=True):
            client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body))
        for start in range(0, len(bodies[0]) + 3, 50_000):
            for client, body in zip(clients, bodies, strict=True):
                client.sendall(body[start : start + 50_000])
        for client, body in zip(clients, bodies, strict=True):
            answer = b""
            while len(answer.partition(b"\r\n\r\n")[2]) < 64:
                answer += client.recv(1 << 16)
            assert answer.endswith(hashlib.sha256(body).hexdigest().encode())


def test_a_client_that_waits_for_it_is_told_to_send_the_body() -> None:
    with connected() as (_, client):
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"ok")
        assert b"|ok" in client.recv(1000)


def test_headers_that_come_twice_are_joined_and_names_with_underscores_are_left_out() -> None:
    answers = exchange(
        b"GET / HTTP/1.0\r\nX-Twice: 1\r\nX-Twice: 2\r\nCookie: a=1\r\nCookie: b=2\r\nA_B: spoofed\r\n\r\n"
    )
    assert b"GET|/||a=1; b=2|1,2|none|" in answers


def test_an_answer_to_head_has_no_body() -> None:
    answers = exchange(b"HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answers.endswith(b"\r\n\r\n")
    assert b"Content-Length: 16\r\n" in answers


def test_an_upgrade_is_answered_as_it_stands() -> None:
    assert b"GET|/u|" in exchange(
        b"GET /u HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    )


@pytest.mark.parametrize(
    "data", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"a" * (protocol.MOST_HEAD + 1)]
)
def test_what_is_no_request_is_refused_and_closed(data: bytes) -> None:
    assert exchange(data).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("status", "headers", "added"),
    [
        ("200 OK", [], {"content-length", "date"}),
        ("200 OK", [("DATE", "now"), ("X-Date", "then")], {"content-length"}),
        ("200 OK", [("content-length", "2")], {"date"}),
        ("200 OK", [("X-Content-Length", "1"), ("X", "content-length: 9")], {"content-length", "date"}),
        ("204 No Content", [], {"date"}),
        ("304 Not Modified", [("Date", "now")], set()),
    ],
)
def test_length_and_date_are_added_where_the_application_sets_none(
    status: str, headers: list[tuple[str, str]], added: set[str]
) -> None:
    sent: list[bytes] = []

    class Client(asyncio.Transport):
        def write(self, data: bytes | bytearray | memoryview) -> None:
            sent.append(bytes(data))

    def app(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, headers)
        return [b"ok"]

    base = protocol.base_environ("h", 1, encrypted=False)
    connection = protocol.Connection(app, base, set(), protocol.receiving_buffer())
    connection.connection_made(Client())
    connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    head, _, body = b"".join(sent).decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    assert (first, body) == (f"HTTP/1.1 {status}", "ok")
    told = [tuple(line.split(": ", 1)) for line in lines]
    assert told[: len(headers)] == headers
    assert {name.lower() for name, _ in told[len(headers) :]} == added


def test_stopping_closes_what_is_open() -> None:
    with connected() as (listener, client):
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        listener.stop()
        assert client.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", listener.port), timeout=10)


def test_a_taken_port_is_told() -> None:
    with (
        connected() as (listener, _),
        pytest.raises(ListenError, match=f"{listener.port} because the port is taken"),
    ):
        Listener("127.0.0.1", listener.port)
