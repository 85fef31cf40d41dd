"""Target files: the verbs operate a platform over HTTP, and each mistake is told with file and field."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from conformance.engine.settings import ROOT
from conformance.model import Account
from conformance.targets.declarative import DeclarativeTarget
from conformance.targets.loader import TargetFileError, load_target, read_target_file
from conformance.targets.protocol import MissingCapabilityError, TargetError
from conformance.targets.schema import TargetFile

ALICE = Account("alice", "user", "alice", "pw", "alice@acme.test", "Manager")

SPEC: dict[str, Any] = {
    "name": "small",
    "title": "A small platform",
    "base_url": "{platform_url}",
    "ping": {"method": "GET", "url": "{base_url}/ping"},
    "surfaces": {"user": {"login_url": "{base_url}/login"}, "agent": {"login_url": "{base_url}/agent"}},
    "whoami": {"url": "{base_url}/whoami", "sessions": ["user"], "kind": "kind", "login": "login"},
    "refusal": {"selector": "[data-refusal]", "code_attribute": "data-refusal"},
    "provision": {
        "user": [
            {
                "method": "POST",
                "url": "{base_url}/users/{login|url}",
                "json": {"email": "{email}"},
                "accept": [201],
            }
        ]
    },
    "info": [{"method": "GET", "url": "{base_url}/info", "save": {"user_acs": "acs.user"}}],
}


class Handler(BaseHTTPRequestHandler):
    seen: list[tuple[str, str, str]]

    def _answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._answer(200, {"acs": {"user": "https://acs"}} if self.path == "/info" else {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.seen.append(("POST", self.path, body))
        self._answer(409 if "taken" in self.path else 201, {"error": "taken"})

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def platform() -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    class Fresh(Handler):
        seen: list[tuple[str, str, str]] = []  # noqa: RUF012  (a log of its own for each test)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Fresh)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", Fresh.seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def target(url: str, **changes: object) -> DeclarativeTarget:
    return DeclarativeTarget(TargetFile.model_validate({**SPEC, **changes}), {"platform_url": url})


def test_a_verb_sends_its_requests_with_names_filled_in(
    platform: tuple[str, list[tuple[str, str, str]]],
) -> None:
    url, seen = platform
    small = target(url)
    small.ping()
    session = small.open("c")
    session.add_accounts([Account("x", "user", "a b", "pw", "x@acme.test")])
    assert seen == [("POST", "/users/a%20b", '{"email":"x@acme.test"}')]
    small.close()


def test_several_accounts_are_made_together_where_the_file_says_how(
    platform: tuple[str, list[tuple[str, str, str]]],
) -> None:
    url, seen = platform
    together = {
        "user": {"name": "{login}"},
        "agent": "{login}",
        "steps": [
            {"method": "POST", "url": "{base_url}/all", "json": {"u": "{users}", "a": "{agents}"}},
        ],
    }
    provision = {**SPEC["provision"], "together": together}
    small = target(url, provision=provision)
    session = small.open("c")
    people = [Account("x", "user", "ux", "pw", ""), Account("y", "agent", "ay", "pw", "")]
    session.add_accounts(people)
    assert seen == [("POST", "/all", '{"u":[{"name":"ux"}],"a":["ay"]}')]
    assert session.accounts == people
    small.close()


def test_an_answer_that_was_not_accepted_is_an_adapter_error(
    platform: tuple[str, list[tuple[str, str, str]]],
) -> None:
    small = target(platform[0])
    with pytest.raises(
        TargetError, match=r"provision.user, step 1: POST .* answered 409, expected 201.*taken"
    ):
        small.open("c").add_accounts([Account("x", "user", "taken", "pw", "")])
    with pytest.raises(TargetError, match="no value saved for audience, user_redirect"):
        small.open("c").info()
    small.close()


def test_a_missing_verb_is_a_missing_capability(platform: tuple[str, list[tuple[str, str, str]]]) -> None:
    small = target(platform[0])
    session = small.open("c")
    with pytest.raises(MissingCapabilityError, match="target small has no verb `set_sso`"):
        session.set_sso(True)
    with pytest.raises(MissingCapabilityError, match=r"no verb `provision\.agent`"):
        session.add_accounts([Account("x", "agent", "x", "pw", "")])
    assert "set_sso" not in small.capabilities
    small.close()


def test_a_platform_that_is_not_there_is_told() -> None:
    small = target("http://127.0.0.1:9")
    with pytest.raises(TargetError, match=r"target small, ping, step 1: GET http://127.0.0.1:9/ping"):
        small.ping()
    small.close()


def test_the_stubs_target_file_has_every_verb() -> None:
    spec = read_target_file(ROOT / "targets" / "platform_stub.yaml")
    made = DeclarativeTarget(
        spec, {"platform_url": "http://localhost:1", "care_url": "http://localhost:2", "operator_token": "t"}
    )
    made.close()
    assert {"set_sso", "recover", "restore", "read_config", "password_login", "log_out"} <= made.capabilities


def test_mistakes_in_a_target_file_are_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(json.dumps({**SPEC, "base_ulr": "x"}))
    with pytest.raises(TargetFileError, match=r"mine.yaml: base_ulr: .*did you mean `base_url`\?"):
        read_target_file(path)
    path.write_text("a: [")
    with pytest.raises(TargetFileError, match="not valid YAML"):
        read_target_file(path)
    path.write_text("name: mine\nsurfaces:\n  user: {login_url: a, login_url: b}\n")
    with pytest.raises(TargetFileError, match=r"(?s)`login_url` is given twice.*line 3"):
        read_target_file(path)
    with pytest.raises(
        TargetFileError, match=r"there is no target file .*other.yaml; files there: mine.yaml"
    ):
        read_target_file(tmp_path / "other.yaml")
    with pytest.raises(TargetFileError, match="give a YAML file or module:Class"):
        load_target("json:NoSuchAdapter", {})
