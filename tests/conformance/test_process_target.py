"""A target that is a process: started with the IdP's values, told who is there, and always ended."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from conformance.engine.settings import ROOT
from conformance.model import Account
from conformance.targets.loader import TargetFileError, load_target, read_target_file
from conformance.targets.process import ProcessSession, ProcessTarget
from conformance.targets.protocol import MissingCapabilityError, TargetError
from conformance.targets.schema import TargetFile

ALICE = Account("alice", "user", "alice", "pw", "alice@acme.test", "Manager")
VALUES = {"idp_metadata_url": "http://127.0.0.1:1/metadata"}
AUTHORITY = "/no/authority.pem"
APP = """
import http.server, json, sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
class App(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({**options, "emails": json.load(open(options["--roster"]))}).encode()
        self.send_response(200); self.end_headers(); self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", int(options["--port"])), App)
print("warming up", flush=True); print("ready now", flush=True)
server.serve_forever()
"""


def spec(command: str, **process: object) -> TargetFile:
    told = read_target_file(ROOT / "targets" / "login_app.yaml")
    assert told.process is not None
    changed = told.process.model_copy(update={"command": command, **process})
    return told.model_copy(update={"name": "app", "title": "An app", "process": changed})


@pytest.fixture
def app(tmp_path: Path) -> Iterator[ProcessSession]:
    script = tmp_path / "app.py"
    script.write_text(APP)
    target = ProcessTarget(spec(shlex.join([sys.executable, str(script)])), {"idp_ca_file": AUTHORITY})
    session = target.open("c")
    yield session
    session.close()
    target.close()


def test_the_app_gets_the_idps_values_and_the_accounts(app: ProcessSession) -> None:
    app.add_accounts([ALICE])
    provider = app.info()
    app.configure_sso("saml", VALUES)
    told = httpx.get(app.login_url("user")).json()
    assert told["--idp-metadata"] == VALUES["idp_metadata_url"]
    assert told["--ca"] == AUTHORITY
    assert told["emails"] == [ALICE.email]
    assert provider.user_acs == app.login_url("user").replace("/login", "/acs")
    assert provider.agent_acs == ""


def test_closing_ends_the_app(app: ProcessSession) -> None:
    app.configure_sso("saml", VALUES)
    app.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(app.login_url("user"))


def test_new_values_start_it_anew(app: ProcessSession) -> None:
    for url in ("http://127.0.0.1:1/a", "http://127.0.0.1:1/b"):
        app.configure_sso("saml", {"idp_metadata_url": url})
        assert httpx.get(app.login_url("user")).json()["--idp-metadata"] == url


def test_what_it_does_not_have_is_a_missing_capability(app: ProcessSession) -> None:
    for ask in (lambda: app.login_url("agent"), lambda: app.set_sso(False)):
        with pytest.raises(MissingCapabilityError):
            ask()
    app.set_sso(True)
    assert "agents" not in app._target.capabilities


@pytest.mark.parametrize(
    ("script", "limit", "told"),
    [
        ("import sys; sys.exit('no database')", 20, "ended at once: no database"),
        ("input()", 20, "ended at once"),
        ("import time; time.sleep(60)", 0.5, "printed no line `ready...` within 0.5 s: it said nothing"),
    ],
)
def test_an_app_that_does_not_start_says_why(script: str, limit: float, told: str) -> None:
    command = shlex.join([sys.executable, "-c", script])
    target = ProcessTarget(spec(command, limit_seconds=limit), {"idp_ca_file": ""})
    session = target.open("c")
    with pytest.raises(TargetError, match=told):
        session.configure_sso("saml", VALUES)
    session.close()
    target.close()


def test_a_command_that_is_not_there_is_told() -> None:
    target = ProcessTarget(spec("/no/such/program"), {"idp_ca_file": ""})
    session = target.open("c")
    with pytest.raises(TargetError, match=r"`/no/such/program .* cannot be started"):
        session.configure_sso("saml", VALUES)
    session.close()
    target.close()


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TARGET_NAME", raising=False)
    with pytest.raises(TargetFileError, match="set TARGET_NAME"):
        load_target(str(ROOT / "targets" / "login_app.yaml"), {"idp_ca_file": ""})
