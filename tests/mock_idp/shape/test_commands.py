"""The commands `shape` and `facts`: what they print and how they exit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from mock_idp import facts
from mock_idp.facts import HOME, Mark
from mock_idp.saml_app import Encryption, SamlApp
from mock_idp.shape import command
from mock_idp.shape.decrypting import new_recipient
from mock_idp.shape.saml_scene import ACS, AUDIENCE, start_url
from mock_idp.shape.world import World, posted
from tests.mock_idp.shape.support import own, vendor


def run(text: str, against: str | None = None) -> tuple[int, list[str], list[str]]:
    out: list[str] = []
    err: list[str] = []
    chosen = vendor(against) if against else None
    return command.run(text.encode(), "the-file", chosen, out.append, err.append), out, err


def test_without_a_personality_the_shape_is_printed() -> None:
    code, out, _ = run('{"keys":[]}')
    assert (code, out) == (0, ["kind: JWKS\ndocument\n  ~layout = one line\n  keys = list of nothing"])


def test_exit_codes_tell_explained_unexplained_and_unreadable() -> None:
    jwks = own("okta-jwks")
    code, out, _ = run(jwks.replace("http://127.0.0.1:8400/t/shape", "https://acme.okta.com"), "okta")
    assert (code, out[-1]) == (0, "No difference.")
    code, out, _ = run(jwks.replace('"use":"sig",', ""), "okta")
    assert (code, out[-1]) == (1, "1 unexplained, 0 explained.")
    assert any(line.startswith("unexplained  keys/item/use") for line in out)
    code, out, err = run("Dear reader", "okta")
    assert (code, out) == (2, [])
    assert err[0].startswith("mock_idp: the-file: Expected a SAML message")


def test_an_encrypted_response_is_opened_with_its_key_and_told_as_json() -> None:
    recipient = new_recipient()
    world = World(vendor("okta"), {}, {})
    encrypt = Encryption(recipient.certificate)
    app = SamlApp(name="portal", acs_urls=(ACS,), audience=AUDIENCE, assigned="everyone", encrypt=encrypt)
    world.register(app)
    data = posted(world.visit(start_url(world, app, "id-1")))["SAMLResponse"].encode()
    codes = []
    for owner in (recipient, new_recipient()):
        pem = owner.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        out: list[str] = []
        err: list[str] = []
        codes.append(command.run(data, "f", vendor("okta"), out.append, err.append, key=pem, as_json=True))
        assert out or "cannot be decrypted" in err[0]
        if out:
            told = json.loads(out[0])
            assert (told["kind"], told["differences"]) == ("SAML Assertion", [])
    assert codes == [0, 2]


def test_what_no_idp_sends_is_told_in_a_sentence() -> None:
    request = '<AuthnRequest xmlns="urn:oasis:names:tc:SAML:2.0:protocol" ID="a" Version="2.0"/>'
    code, _, err = run(request, "entra")
    assert code == 2
    assert "the root element is AuthnRequest" in err[0]


def test_the_commands_run(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    path.write_text('{"keys":[{"kty":"RSA"}]}', encoding="utf-8")
    outcomes = []
    for arguments in (
        ["shape", str(path)],
        ["shape", str(path), "--against", "azure"],
        ["facts", "--unconfirmed"],
    ):
        command_line = [sys.executable, "-m", "mock_idp", *arguments]
        outcomes.append(subprocess.run(command_line, capture_output=True, text=True, check=False, timeout=60))
    assert [outcome.returncode for outcome in outcomes] == [0, 1, 0], outcomes
    assert "kty = RSA" in outcomes[0].stdout
    assert "against Microsoft Entra ID" in outcomes[1].stdout
    assert "CAP" not in outcomes[2].stdout


def test_every_fact_has_a_source_or_is_unconfirmed_and_points_to_code_that_is_there() -> None:
    known = facts.known_facts()
    assert {fact.vendor for fact in known} == {"okta", "entra"}
    for fact in known:
        assert fact.source or fact.mark is Mark.MEM, fact
        assert not fact.code or (HOME / fact.code).exists(), fact
    assert len({(fact.vendor, fact.text) for fact in known}) == len(known)


@pytest.mark.parametrize("vendor_name", ["okta", "entra", None])
def test_facts_can_be_chosen(vendor_name: str | None) -> None:
    unconfirmed = facts.chosen(vendor_name, unconfirmed=True)
    assert unconfirmed
    assert {fact.mark for fact in unconfirmed} == {Mark.MEM}
    assert {fact.vendor for fact in unconfirmed} == ({vendor_name} if vendor_name else {"okta", "entra"})


def test_no_line_is_wider_than_the_terminal() -> None:
    assert max(len(line) for line in facts.lines(facts.known_facts(), 60)) <= 60
