"""One HTTP exchange: connections are kept and replaced, bodies unpacked, proxies used, all of it bounded."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from http.client import HTTPResponse

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.agents.navigation import normal
from conformance.agents.protocol import CrashedError
from conformance.wire import Answer, Connections, EndlessError, WireError
from tests.conformance.tiny_site import Reply, TinySite

SECONDS, BYTES = 5.0, 100_000


@pytest.fixture
def site() -> Iterator[TinySite]:
    with TinySite() as started:
        yield started


@pytest.fixture
def connections() -> Iterator[Connections]:
    made = Connections()
    yield made
    made.close()


def get(connections: Connections, url: str, **headers: str) -> Answer:
    return connections.exchange("GET", url, headers=headers, seconds=SECONDS, max_bytes=BYTES)


class Server:
    """Answers each connection with the next of its texts, then closes it; counts what came.

    A `|` in a text waits for another request.
    """

    def __init__(self, answers: tuple[bytes, ...]) -> None:
        self.requests: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._serve, args=(answers,), daemon=True)
        self._thread.start()

    def _serve(self, answers: tuple[bytes, ...]) -> None:
        for answer in answers:
            try:
                connection, _ = self._socket.accept()
            except OSError:  # closed
                return
            with connection:
                for part in answer.split(b"|"):
                    self.requests.append(connection.recv(65536))
                    connection.sendall(part)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    started: list[Server] = []

    def start(*answers: bytes) -> Server:
        started.append(Server(answers))
        return started[-1]

    yield start
    for server in started:
        server.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_a_connection_serves_many_requests(serve: Serve, connections: Connections) -> None:
    server = serve(OK + b"|" + OK + b"|" + OK)  # a second connection would get no answer
    assert [get(connections, server.url).text for _ in range(3)] == ["ok"] * 3


def test_an_idle_connection_that_was_closed_is_replaced(serve: Serve, connections: Connections) -> None:
    server = serve(OK, OK)
    assert get(connections, server.url).text == "ok"
    assert get(connections, server.url).text == "ok"
    assert len(server.requests) == 2


def test_a_connection_that_breaks_in_use_is_replaced_once(serve: Serve, connections: Connections) -> None:
    server = serve(OK + b"|", OK)  # reads the second request and closes without a word
    assert get(connections, server.url).text == "ok"
    assert get(connections, server.url).text == "ok"
    assert len(server.requests) == 3


def test_a_new_connection_that_breaks_is_an_error(serve: Serve, connections: Connections) -> None:
    server = serve(b"")
    with pytest.raises(WireError, match=f"GET {server.url}: .*closed"):
        get(connections, server.url)
    assert len(server.requests) == 1


def test_what_nobody_asked_for_is_not_the_next_answer(serve: Serve, connections: Connections) -> None:
    server = serve(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", OK)
    assert get(connections, server.url).text == "ok"
    assert get(connections, server.url).text == "ok"


def test_an_interrupt_is_never_lost_while_an_answer_is_closed(
    serve: Serve, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_answer: HTTPResponse) -> None:
        raise KeyboardInterrupt

    server = serve(OK)
    with monkeypatch.context() as patch:
        patch.setattr(HTTPResponse, "close", interrupted)
        with pytest.raises(KeyboardInterrupt):
            get(connections, server.url)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "abc"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil it ends", "until it ends"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", ""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, "ok"),
    ],
)
def test_each_end_of_a_body(serve: Serve, connections: Connections, answer: bytes, text: str) -> None:
    assert get(connections, serve(answer).url).text == text


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "4 bytes before its Content-Length"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "IncompleteRead"),
        (b"HTTP/1.1 200 OK\r\nX-A: b", "within the headers"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "several lengths"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nplain", "cannot be decoded"),
        (b"SSH-2.0-OpenSSH\r\n", "SSH"),
    ],
)
def test_a_broken_answer_says_why(serve: Serve, connections: Connections, answer: bytes, why: str) -> None:
    with pytest.raises(WireError, match=why):
        get(connections, serve(answer).url)


RAW_DEFLATE = zlib.compress(b"packed", wbits=-15)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b"packed", mtime=0)),
        ("deflate", zlib.compress(b"packed")),
        ("deflate", RAW_DEFLATE),
        ("deflate, gzip", gzip.compress(zlib.compress(b"packed"), mtime=0)),
        ("identity", b"packed"),
    ],
)
def test_packed_bodies_are_unpacked(
    site: TinySite, connections: Connections, coding: str, body: bytes
) -> None:
    site.routes["/"] = Reply(body, headers=[("Content-Encoding", coding)])
    assert get(connections, f"{site.there}/").text == "packed"


def test_size_counts_unpacked_too(site: TinySite, connections: Connections) -> None:
    site.routes["/"] = Reply(gzip.compress(bytes(BYTES + 1)), headers=[("Content-Encoding", "gzip")])
    with pytest.raises(EndlessError, match=f"within {BYTES} bytes"):
        get(connections, f"{site.there}/")


def test_headers_are_read_as_utf8_where_they_are(site: TinySite, connections: Connections) -> None:
    site.routes["/"] = Reply(headers=[("X-A", "ü".encode().decode("latin-1")), ("X-B", "\xfc"), ("x-b", "c")])
    headers = get(connections, f"{site.there}/").headers
    assert (headers.get("x-a"), headers.get("X-B"), headers.get("x-c", "-")) == ("ü", "ü, c", "-")
    assert headers.get_list("x-b") == ["ü", "c"]


def test_an_address_is_sent_in_ascii(site: TinySite, connections: Connections) -> None:
    get(connections, f"{site.there}/a b?q=ü%2F#part")
    assert (site.requests[0].path, site.requests[0].query) == ("/a%20b", {"q": "ü/"})


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://", "http://h:99999/", "http://127.0.0.1:1/"])
def test_an_address_that_leads_nowhere_is_an_error(connections: Connections, url: str) -> None:
    with pytest.raises(WireError, match=f"GET {url}: "):
        get(connections, url)


def test_a_proxy_gets_the_whole_address_and_its_password(site: TinySite) -> None:
    proxied = Connections(proxy=lambda _url: site.there.replace("//", "//me:pass%21@"))
    proxied.exchange("GET", "http://sp.test/x?y=1", seconds=SECONDS, max_bytes=BYTES)
    request = site.requests[0]
    assert (request.headers["host"], request.path) == ("sp.test", "/x")
    assert request.headers["proxy-authorization"] == "Basic bWU6cGFzcyE="
    proxied.close()


def test_https_goes_through_a_tunnel(serve: Serve) -> None:
    server = serve(b"HTTP/1.1 502 Nobody there\r\n\r\n")
    proxied = Connections(proxy=lambda _url: server.url)
    with pytest.raises(WireError, match="502 Nobody there"):
        proxied.exchange("GET", "https://sp.test/x", seconds=SECONDS, max_bytes=BYTES)
    assert server.requests[0].startswith(b"CONNECT sp.test:443 HTTP/1.")


PARTS = st.text(st.sampled_from("aZ0.-_~/%?&=+#;:@ '\"<>ü[]|"), max_size=12)


HOSTS = ["h", "h.test", "H", "127.0.0.1", "h:80", "h:8080", "h:443", "h:65000"]


@given(st.sampled_from(["http", "https", "HTTP"]), st.sampled_from(HOSTS), PARTS)
def test_an_address_that_is_normal_already_is_what_httpx_writes(scheme: str, host: str, rest: str) -> None:
    url = f"{scheme}://{host}/{rest}"
    try:
        found = normal(url)
    except CrashedError:
        return
    assert str(httpx.URL(found)) == found, "writing it once more changes nothing"
