"""Evidence is redacted, written once and referenced by hash; known failures teach whoever wrote them."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.evidence import redaction
from conformance.evidence.known import KnownFailures, KnownFailuresError
from conformance.evidence.messages import pretty, unified_diff
from conformance.evidence.recorder import EvidenceError, Recorder, slug
from conformance.evidence.redaction import redact, redact_data
from tests.conformance.sample_run import CONTROL, HOSTILE, SENT, TRACE, png, record

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("client_code=A&user=al&pass=hunter22&x=1", "client_code=A&user=al&pass=«redacted:password»&x=1"),
        ("credentials.passcode=abc", "credentials.passcode=«redacted:password»"),
        ('{"password": "a \\" b", "user": "al"}', '{"password": "«redacted:password»", "user": "al"}'),
        (
            json.dumps(json.dumps({"passwd": 'a " b', "user": "al"})),
            json.dumps(
                json.dumps({"passwd": "«redacted:password»", "user": "al"}, ensure_ascii=False),
                ensure_ascii=False,
            ),
        ),
        ('{\\"passwd\\": \\"x\\"}', '{\\"passwd\\": \\"«redacted:password»\\"}'),
        ("{'client_secret': 'x'}", "{'client_secret': '«redacted:client-secret»'}"),
        (
            "u=%3Fclient_secret%3Dabc%26state%3Dxyz",
            "u=%3Fclient_secret%3D«redacted:client-secret»%26state%3Dxyz",
        ),
        ("code=keep&code_verifier=v-1", "code=keep&code_verifier=«redacted:code-verifier»"),
        ("Authorization: Basic Zm9v", "Authorization: Basic «redacted:client-secret»"),
        ("authorization: bearer op-1", "authorization: bearer «redacted:bearer-token»"),
        (f"access_token={JWT}", f"access_token={JWT.rpartition('.')[0]}.«redacted:bearer-token»"),
        ("sent Bearer abcdefgh12345678", "sent Bearer «redacted:bearer-token»"),
        ("LV-Session: 77-aa", "LV-Session: «redacted:bearer-token»"),
        ("GET /x?sessionId=abc", "GET /x?sessionId=«redacted:session-id»"),
        (
            "/api/session/validate/123e4567-e89b-12d3-a456-426614174000",
            "/api/session/validate/«redacted:session-id»",
        ),
        ("Cookie: a=1; b=2", "Cookie: a=«redacted:session-cookie»; b=«redacted:session-cookie»"),
        (
            "Set-Cookie: a=1; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT, b=2; HttpOnly",
            "Set-Cookie: a=1; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT, b=2; HttpOnly".replace(
                "=1", "=«redacted:session-cookie»"
            ).replace("b=2", "b=«redacted:session-cookie»"),
        ),
        ("Set-Cookie: a=; Max-Age=0", "Set-Cookie: a=; Max-Age=0"),
        ('"set_cookie": ["a=1; Path=/"]', '"set_cookie": ["a=«redacted:session-cookie»; Path=/"]'),
        ('<input type="password" value="x">', '<input type="password" value="«redacted:password»">'),
        (
            "<input value='x' name=client_secret>",
            '<input value="«redacted:client-secret»" name=client_secret>',
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
            "«redacted:private-key»",
        ),
    ],
)
def test_secrets_are_taken_out(text: str, clean: str) -> None:
    assert redact(text) == clean
    assert redact(clean) == clean


@pytest.mark.parametrize(
    "text",
    [
        "The password login is closed. Password: see the manual. Bearer authentication is required.",
        '{"client_secret_set": true, "nonce": "n", "sid": "1", "SessionIndex": "_s"}',
        f"SAMLResponse=PHNhbWw%2B&RelayState=x&id_token={JWT}&state=s&code=c",
        SENT,
        '<input type="hidden" name="SAMLResponse" value="PHNhbWw+">',
        '{"fields": ["user", "pass", "client_code"]}',
    ],
)
def test_evidence_stays(text: str) -> None:
    assert redact(text) == text


def test_literal_secrets_are_found_in_every_spelling() -> None:
    secrets = {"s3cr&t/valu\u00e9": "password"}
    text = 's3cr&t/valu\u00e9 s3cr%26t%2Fvalu%C3%A9 s3cr&amp;t/valu\u00e9 "s3cr&t/valu\\u00e9"'
    clean = redact(text, secrets)
    assert "valu" not in clean
    assert clean.count("«redacted:password»") == 4
    assert redact("abc", {"abc": "password"}) == "abc"


def test_structured_data_is_redacted_by_name() -> None:
    data = {
        "headers": [["Cookie", "a=1"], ["Host", "x"]],
        "har": {"name": "Set-Cookie", "value": "a=1; Path=/"},
        "cookies": {"a": "1"},
        "form": {"pass": "x", "user": "al"},
        "Authorization": "Bearer op-1",
        "names": ["user", "pass", "code"],
        "count": 3,
        "none": None,
    }
    assert redact_data(data) == {
        "headers": [["Cookie", "a=«redacted:session-cookie»"], ["Host", "x"]],
        "har": {"name": "Set-Cookie", "value": "a=«redacted:session-cookie»; Path=/"},
        "cookies": {"a": "«redacted:session-cookie»"},
        "form": {"pass": "«redacted:password»", "user": "al"},
        "Authorization": "Bearer «redacted:bearer-token»",
        "names": ["user", "pass", "code"],
        "count": 3,
        "none": None,
    }


def test_a_reference_tells_where_and_what(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "case-1")
    reference = recorder.text("refusal.txt", "Not for you")
    content = (tmp_path / reference["path"]).read_bytes()
    assert reference == {
        "name": "refusal.txt",
        "path": "evidence/case-1/refusal.txt",
        "sha256": hashlib.sha256(content).hexdigest(),
        "media_type": "text/plain",
        "bytes": 11,
    }
    assert recorder.references == (reference,)


def test_evidence_is_written_once(tmp_path: Path) -> None:
    Recorder(tmp_path, "case").text("a.txt", "first")
    with pytest.raises(EvidenceError, match="never overwritten"):
        Recorder(tmp_path, "case").text("a.txt", "second")
    assert (tmp_path / "evidence/case/a.txt").read_text(encoding="utf-8") == "first"


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "a b", "x" * 200])
def test_unsafe_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(EvidenceError, match=r"slug\(\) makes one"):
        Recorder(tmp_path, name)
    with pytest.raises(EvidenceError, match="not usable as a name of evidence"):
        Recorder(tmp_path, "case").text(name, "x")


def test_slug_makes_a_directory_name() -> None:
    assert slug("saml.a.b[okta-http]") == "saml.a.b_okta-http"
    assert slug("../..") == "case"


def test_hostile_text_is_written(tmp_path: Path) -> None:
    reference = Recorder(tmp_path, "case").text("refusal.txt", HOSTILE)
    written = (tmp_path / reference["path"]).read_text(encoding="utf-8")
    assert written == HOSTILE.replace("\ud800", "\\ud800")


def test_files_are_copied_and_redacted(tmp_path: Path) -> None:
    page, image, network = tmp_path / "a.html", tmp_path / "a.png", tmp_path / "a.jsonl"
    page.write_text("<input type=password value=hunter22>", encoding="utf-8")
    image.write_bytes(png())
    network.write_text('{"cookies": [{"name": "Cookie", "value": "a=1"}]}\n{"pass": "x"}\n', encoding="utf-8")
    recorder = Recorder(tmp_path, "case", {"hunter22": "password"})
    html = recorder.file("page.html", page)
    assert "hunter22" not in (tmp_path / html["path"]).read_text(encoding="utf-8")
    copy = recorder.file("screenshot.png", image)
    assert (copy["media_type"], (tmp_path / copy["path"]).read_bytes()) == ("image/png", png())
    lines = (tmp_path / recorder.file("network.jsonl", network)["path"]).read_text(encoding="utf-8")
    assert [json.loads(line) for line in lines.splitlines()] == [
        {"cookies": [{"name": "Cookie", "value": "a=«redacted:session-cookie»"}]},
        {"pass": "«redacted:password»"},
    ]
    with pytest.raises(EvidenceError, match="could not be read"):
        recorder.file("gone.txt", tmp_path / "gone")


def test_archives_are_redacted_member_by_member(tmp_path: Path) -> None:
    archive = tmp_path / "trace.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("trace.network", '{"headers": [["Cookie", "a=1"]]}\n')
        file.writestr("resources/shot.png", png())
    reference = Recorder(tmp_path, "case").file("trace.zip", archive)
    with zipfile.ZipFile(io.BytesIO((tmp_path / reference["path"]).read_bytes())) as copy:
        assert b"a=1" not in copy.read("trace.network")
        assert copy.read("resources/shot.png") == png()


def test_a_trace_is_checked_and_redacted(tmp_path: Path) -> None:
    reference = Recorder(tmp_path, "case").trace(TRACE)
    text = (tmp_path / reference["path"]).read_text(encoding="utf-8")
    assert reference["name"] == "trace.json"
    assert "sekrit1" not in text
    assert "correct-horse" not in text
    assert [entry["from"] for entry in json.loads(text)] == [entry["from"] for entry in TRACE]
    with pytest.raises(EvidenceError, match="Entry 2 of the trace lacks to, label"):
        Recorder(tmp_path, "other").trace([TRACE[0], {"from": "idp"}])


def test_messages_and_their_difference(tmp_path: Path) -> None:
    sent, control, diff = Recorder(tmp_path, "case").messages(SENT, CONTROL)
    assert [sent["name"], control["name"], diff["name"]] == ["sent.xml", "control.xml", "message.diff"]
    changed = [
        line
        for line in (tmp_path / diff["path"]).read_text(encoding="utf-8").splitlines()
        if line[:1] in "+-" and not line.startswith(("+++", "---"))
    ]
    assert [line.split("Audience>")[1].removesuffix("</saml:") for line in changed] == [
        "http://localhost:8500/ACME/sso/saml/metadata",
        "https://other-sp.example",
    ]


def test_repro_survives_backticks(tmp_path: Path) -> None:
    reference = Recorder(tmp_path, "case").repro("echo ```", ["line\nbreak"])
    text = (tmp_path / reference["path"]).read_text(encoding="utf-8")
    assert "````sh\necho ```\n````" in text
    assert "- line break\n" in text


def test_xml_is_laid_out_without_being_parsed() -> None:
    text, kind = pretty('<!DOCTYPE a [<!ENTITY x "y">]><a><b c="1">t</b><!-- n --><d/>&x;</a></unbalanced>')
    assert kind == "xml"
    assert '  <b c="1">t</b>' in text.splitlines()
    assert "  <!-- n -->" in text.splitlines()
    assert "&x;" in text
    long = f'<a one="{"1" * 60}" two="{"2" * 60}"><b>x</b></a>'
    assert pretty(long)[0].splitlines()[1:3] == [f'    one="{"1" * 60}"', f'    two="{"2" * 60}">']


def test_json_and_tokens_are_laid_out() -> None:
    assert pretty('{"b":1,"a":2}') == ('{\n  "b": 1,\n  "a": 2\n}', "json")
    token, kind = pretty(JWT)
    assert kind == "json"
    assert json.loads(token)["payload"] == {"sub": "alice"}
    assert pretty("a.b.c") == ("a.b.c", "txt")
    assert unified_diff("same", "same") == ""


ENTRY = """
- case: saml.a.b
  personality: okta
  reason: The library ignores it.
  issue: https://tracker.example/1
  expires: 2026-06-30
"""
CATALOGUE = {("saml.a.b", "okta", "http"), ("saml.a.b", "entra", "http"), ("saml.a.c", "okta", "http")}
TODAY = datetime.date(2026, 6, 30)


def _known(tmp_path: Path, text: str) -> KnownFailures:
    path = tmp_path / "stub.known.yaml"
    path.write_text(text, encoding="utf-8")
    return KnownFailures.load(path)


def test_a_known_failure_covers_its_runs(tmp_path: Path) -> None:
    known = _known(tmp_path, ENTRY)
    found = known.match(record("saml.a.b", "fail"))
    assert found is not None
    assert found.note() == {
        "id": "saml.a.b[okta-*]",
        "reason": "The library ignores it.",
        "issue": "https://tracker.example/1",
        "expires": "2026-06-30",
    }
    assert known.match(record("saml.a.b", "fail", personality="entra")) is None
    assert known.problems(CATALOGUE, [record("saml.a.b", "fail")], TODAY) == []
    assert _known(tmp_path, "").entries == ()


def test_the_narrowest_entry_wins(tmp_path: Path) -> None:
    wide = ENTRY.replace("  personality: okta\n", "")
    known = _known(tmp_path, wide + ENTRY)
    found = known.match(record("saml.a.b", "fail"))
    assert found is not None
    assert found.personality == "okta"
    other = known.match(record("saml.a.b", "fail", personality="entra"))
    assert other is not None
    assert other.id == "saml.a.b"


def test_every_problem_with_an_entry_is_told(tmp_path: Path) -> None:
    known = _known(tmp_path, ENTRY)
    (stale,) = known.problems({("saml.a.bb", "okta", "http")}, [], TODAY)
    assert stale.startswith("Known failure saml.a.b[okta-*] (stub.known.yaml:2) is stale")
    assert "Did you mean saml.a.bb?" in stale
    assert "is unknown: the case never runs" in known.problems({("saml.a.b", "entra", "http")}, [], TODAY)[0]
    expired = known.problems(CATALOGUE, [], TODAY + datetime.timedelta(days=1))
    assert "expired on 2026-06-30" in expired[0]
    passing = known.problems(CATALOGUE, [record("saml.a.b"), record("saml.a.c")], TODAY)
    assert len(passing) == 1
    assert "passes unexpectedly with okta and http" in passing[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b", "must be a list of entries"),
        ("- [", "is not YAML"),
        ("- text", "line 1: an entry is a mapping"),
        (ENTRY.replace("reason", "raeson"), "line 2: unknown key 'raeson'.* Did you mean reason"),
        (ENTRY.replace("  expires: 2026-06-30\n", ""), "line 2: expires missing"),
        (ENTRY.replace("saml.a.b", "saml.*"), "is a pattern; name one case"),
        (ENTRY.replace("https://tracker.example/1", "later"), "issue must be the URL"),
        (ENTRY.replace("2026-06-30", "soon"), "expires must be a day as YYYY-MM-DD, not 'soon'"),
        (ENTRY + ENTRY, "line 8: .* is already listed in line 2"),
    ],
)
def test_a_wrong_file_teaches(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(KnownFailuresError, match=message):
        _known(tmp_path, text)
    with pytest.raises(KnownFailuresError, match="cannot be read"):
        KnownFailures.load(tmp_path / "gone.yaml")


NAMES = "password client_secret Token x-api-key LV-Session session_id Set-Cookie Authorization name value"
BETWEEN = [
    *"\"'\\:= \nſKa<>",
    "%3D",
    "%26",
    "Bearer ",
    "DPoP ",
    "a1b2c3d4e5f6a7b8c9",
    "<input ",
    "/sessions/",
]
ENDS = ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"]
SECRETIVE = st.lists(st.sampled_from([*NAMES.split(), *BETWEEN, *ENDS]), max_size=14).map("".join)


@given(SECRETIVE)
def test_a_pattern_fits_only_where_its_sign_is(text: str) -> None:
    for sign, pattern, _replace in redaction._RULES:
        if pattern.search(text):
            assert sign.search(text.casefold()), pattern.pattern
