"""Each bad certificate is bad in one way alone, and the relay passes on what is said behind a good one."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from conformance.steps.tls_relay import TlsRelay
from conformance.tls_files import make_tls_files


class _Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/token"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("good", ""),
        ("expired", "certificate has expired"),
        ("wrong-host", "Hostname mismatch"),
        ("self-signed", "self-signed certificate"),
    ],
)
def test_one_thing_is_wrong(tmp_path: Path, endpoint: str, kind: str, told: str) -> None:
    context = ssl.create_default_context(cafile=make_tls_files(tmp_path))
    relay = TlsRelay(endpoint, tmp_path / f"{kind}.pem")
    try:
        assert relay.url.startswith("https://localhost:")
        assert relay.url.endswith("/token")
        with httpx.Client(verify=context, trust_env=False) as client:
            if told:
                with pytest.raises(httpx.ConnectError, match=told):
                    client.post(relay.url, content=b"x" * 100_000)
            else:
                assert len(client.post(relay.url, content=b"x" * 100_000).content) == 100_000
    finally:
        relay.close()


def test_a_relay_that_is_closed_takes_no_connections(tmp_path: Path, endpoint: str) -> None:
    make_tls_files(tmp_path)
    relay = TlsRelay(endpoint, tmp_path / "good.pem")
    address = relay.url
    relay.close()
    with httpx.Client(verify=False, trust_env=False) as client, pytest.raises(httpx.ConnectError):  # noqa: S501 - nothing listens
        client.get(address)
