"""A run directory as a real run leaves it: every verdict, hostile texts, trace, diff, meter, screenshot."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.evidence.recorder import Recorder, slug
from conformance.evidence.stream import StreamWriter, gate, parse_record, tally

HOSTILE = (
    "<script>alert(1)</script> ]]> \x00\x1b[31m \u202eevil &amp; | `x` \ud800 <img src=//evil.example/x>"
)
"""Everything that breaks out of HTML, XML, Markdown or a terminal when somebody forgets to escape."""

KNOWN = {
    "id": "oidc.token.expired",
    "reason": "The library accepts five minutes of skew; an upgrade is planned.",
    "issue": "https://tracker.example/issues/42",
    "expires": "2099-12-31",
}

SENT = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r1" Version="2.0" \
IssueInstant="2026-03-04T12:00:00Z" Destination="http://localhost:8500/ACME/sso/saml/user/acs"><saml:Issuer>\
http://127.0.0.1:8400/t/a1</saml:Issuer><saml:Assertion ID="_a1"><saml:Subject><saml:NameID>alice@acme.test\
</saml:NameID></saml:Subject><saml:Conditions><saml:AudienceRestriction><saml:Audience>https://other-sp.example\
</saml:Audience></saml:AudienceRestriction></saml:Conditions></saml:Assertion></samlp:Response>"""
CONTROL = SENT.replace("https://other-sp.example", "http://localhost:8500/ACME/sso/saml/metadata")

TRACE: list[dict[str, Any]] = [
    {"at": "0.000 s", "from": "browser", "to": "platform", "label": "GET /ACME"},
    {
        "at": "0.021 s",
        "from": "platform",
        "to": "browser",
        "label": "302 to the identity provider",
        "detail": "Location: http://127.0.0.1:8400/t/a1/app/portal/exk1/sso/saml?SAMLRequest=fZJ…\n"
        "Set-Cookie: lvp_login=sekrit1; Path=/ACME",
    },
    {"at": "0.024 s", "from": "browser", "to": "idp", "label": "GET /t/a1/app/portal/exk1/sso/saml"},
    {
        "at": "0.071 s",
        "from": "browser",
        "to": "idp",
        "label": "POST sign-in form",
        "detail": {"identifier": "alice@acme.test", "credentials.passcode": "correct-horse-alice"},
    },
    {"at": "0.090 s", "from": "idp", "to": "idp", "label": "fault saml.audience.replace applied"},
    {"at": "0.094 s", "from": "idp", "to": "browser", "label": "200 auto-post form with SAMLResponse"},
    {
        "at": "0.101 s",
        "from": "browser",
        "to": "platform",
        "label": "POST /ACME/sso/saml/user/acs",
        "detail": "SAMLResponse=PHNhbWxwOlJlc3BvbnNl…&RelayState=%2FACME%2Fhome",
    },
    {"at": "0.140 s", "from": "platform", "to": "browser", "label": "302 /ACME/home, cookie lvp_user set"},
    {"at": "0.152 s", "from": "browser", "to": "platform", "label": "GET /ACME/whoami: user alice"},
]

METER = {
    "phases": [
        {
            "title": "Before enabling",
            "password": {"in": ["sam", "mona", "alice", "adam"], "out": []},
            "sso": {"in": [], "out": ["sam", "mona", "alice", "adam"]},
        },
        {
            "title": "Enabled without a set-up",
            "password": {"in": [], "out": ["sam", "mona", "alice", "adam"]},
            "sso": {"in": [], "out": ["sam", "mona", "alice", "adam"]},
        },
        {
            "title": "After Customer Care disabled it",
            "password": {"in": ["sam", "mona", "alice", "adam"], "out": []},
            "sso": {"in": [], "out": ["sam", "mona", "alice", "adam"]},
        },
    ]
}


def png(width: int = 480, height: int = 200) -> bytes:
    """A valid PNG with a few bands of colour, made by hand."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def row(y: int) -> bytes:
        colour = b"\x1d\x3a\x6b" if y < 40 else b"\xf3\xf5\xf8" if not 90 <= y < 120 else b"\xfd\xe6\xe8"
        return b"\x00" + colour * width

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(row(y) for y in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def record(case: str, verdict: str = "pass", **changes: object) -> dict[str, Any]:
    """A verdict record with everything filled in; `changes` replaces keys (`cls` stands for `class`)."""
    protocol = case.partition(".")[0]
    base: dict[str, Any] = {
        "case": case,
        "personality": "okta",
        "agent": "http",
        "verdict": verdict,
        "severity": "high",
        "level": "MUST",
        "expected": "refused",
        "observed": "refused at the ACS or callback: audience-mismatch",
        "duration_ms": 152.4,
        "evidence": [],
        "title": "Assertion addressed to another service provider",
        "requirement": "The SP must refuse an assertion whose AudienceRestriction does not name it.",
        "why": "An assertion stolen at any other application would open this one.",
        "refs": ["SAMLCORE-2.5.1.4", "SAMLPROF-4.1.4.3"],
        "class": changes.pop("cls", "audience"),
        "basis": "standard",
        "protocol": protocol if protocol in {"saml", "oidc"} else "saml",
        "surface": "user",
        "reason": "refused, and the control login was admitted",
        "checks": [],
        "fix": "Compare the Audience with the entity ID of this client.",
        "repro": f"make conformance CASE={case}",
        "known": None,
        "file": f"scenarios/{'/'.join(case.split('.')[:-1])}.yaml",
        "line": 12,
    }
    return {**base, **changes}


PLANTED = ("session-not-renewed", "saml-first-root-read")


def write_sample(run_dir: Path, *, footer: bool = True) -> Path:
    """Write `run.jsonl` and its evidence into `run_dir`; without its footer on demand."""
    writer = StreamWriter(run_dir / "run.jsonl")
    writer.header(
        "conformance 0.1.0",
        "platform_stub",
        "2026-03-04T12:00:00Z",
        version="0.1.0",
        commit="3f2c9ab",
        weaknesses=list(PLANTED),
    )
    records = [*_saml(run_dir), *_oidc(), *_lifecycle(run_dir)]
    for item in records:
        writer.verdict(item)
    if footer:
        write_footer(writer, records)
    else:
        writer.close()
    return run_dir


def write_footer(writer: StreamWriter, records: list[dict[str, Any]], **extra: object) -> None:
    """End a stream as the engine does."""
    verdicts, known = tally(map(parse_record, records))
    colour, why = gate(len(records), len(records), verdicts, known=known)
    writer.footer(len(records), len(records), verdicts, colour, why, duration_ms=48_200, **extra)


def _evidence(run_dir: Path, item: Mapping[str, Any], *, refusal: str = "") -> list[dict[str, Any]]:
    recorder = Recorder(run_dir, slug(f"{item['case']}-{item['personality']}-{item['agent']}"))
    recorder.trace(TRACE)
    recorder.messages(SENT, CONTROL)
    if refusal:
        recorder.text("refusal.txt", refusal)
    if item["agent"] == "chromium":
        shot = run_dir / "shot.png"
        shot.write_bytes(png())
        recorder.file("screenshot.png", shot)
        shot.unlink()
    recorder.repro(str(item["repro"]), ["The mock IdP and the target must be running."])
    return [dict(reference) for reference in recorder.references]


def _saml(run_dir: Path) -> list[dict[str, Any]]:
    admitted = {
        "observed": "admitted as user alice (alice@acme.test)",
        "reason": "admitted",
        "checks": [
            _check("Control: the same login without the fault", "admitted as user alice", "pass"),
            _check("Assertion for another SP", "refused", "fail", observed="admitted as user alice"),
        ],
    }
    records = []
    for personality in ("okta", "entra"):
        for agent in ("http", "chromium"):
            where = {"personality": personality, "agent": agent}
            failing = record("saml.assertion.audience-other-sp", "fail", **admitted, **where)
            failing["evidence"] = _evidence(run_dir, failing)
            records.append(failing)
            passing = record(
                "saml.assertion.recipient-other",
                title="Assertion for another recipient",
                cls="recipient",
                refs=["SAMLPROF-4.1.4.2"],
                **where,
            )
            passing["evidence"] = _evidence(run_dir, passing, refusal=f"The response was refused. {HOSTILE}")
            records.append(passing)
    wrapped = {
        "title": "Signature wrapping: a forged assertion before the signed one (XSW3)",
        "cls": "wrapping",
        "severity": "critical",
        "observed": "admitted as user alice (alice@acme.test)",
        "reason": "admitted, as somebody whom the IdP did not vouch for",
        "refs": ["SAMLCORE-5.4.2", "XMLDSIG-3.2"],
    }
    records.append(record("saml.wrapping.xsw3", "fail", **wrapped))
    records.append(record("saml.wrapping.xsw3", "fail", personality="entra", **wrapped))
    records.append(
        record(
            "saml.wrapping.comment-in-nameid",
            "inconclusive",
            title="A comment inside the NameID",
            cls="parser",
            observed="no answer at the ACS or callback",
            reason="no answer came within the time limit",
        )
    )
    return records


def _oidc() -> list[dict[str, Any]]:
    return [
        record(
            "oidc.token.expired",
            "fail",
            title="Expired ID token",
            cls="time",
            refs=["OIDC-CORE-3.1.3.7"],
            severity="medium",
            known=KNOWN,
            observed="admitted as user alice (alice@acme.test)",
            reason="admitted",
        ),
        record(
            "oidc.token.alg-none", title="Unsigned ID token (alg none)", cls="signature", refs=["RFC8725-3.2"]
        ),
        record(
            "oidc.request.pkce",
            "warn",
            title="The authorization request carries a PKCE challenge",
            cls="request-binding",
            level="SHOULD",
            severity="low",
            refs=["RFC9700-2.1.1", "RFC7636-4.3"],
            observed="no code_challenge",
            reason="differs from what the requirement says",
        ),
        record(
            "oidc.request.state",
            "error",
            title=f"State is bound to the browser {HOSTILE}",
            cls="request-binding",
            observed=HOSTILE,
            reason="the fault was armed but the mock IdP never applied it",
        ),
        record(
            "oidc.logout.rp-initiated",
            "not_applicable",
            title="Logout at the IdP",
            cls="session",
            reason="the target has no capability 'rp_logout'",
            observed="",
        ),
    ]


def _lifecycle(run_dir: Path) -> list[dict[str, Any]]:
    item = record(
        "lifecycle.premature-enable-no-config",
        title="Enabling single sign-on before it is set up locks everybody out",
        cls="lifecycle",
        basis="stated",
        refs=["LIVEVOX-SSO"],
        expected="all in, nobody in, all in",
        observed="all in, nobody in, all in",
        reason="as expected",
        checks=[
            _check("Before enabling", "4 of 4 in", "pass"),
            _check("Enabled without a set-up", "0 of 4 in", "pass"),
            _check("After Customer Care disabled it", "4 of 4 in", "pass"),
        ],
    )
    recorder = Recorder(run_dir, slug("lifecycle.premature-enable-no-config-okta-http"))
    recorder.json("meter.json", METER)
    return [{**item, "evidence": [dict(reference) for reference in recorder.references]}]


def _check(title: str, expected: str, verdict: str, observed: str = "") -> dict[str, str]:
    return {
        "title": title,
        "expected": expected,
        "observed": observed or expected,
        "verdict": verdict,
        "reason": "as expected" if verdict == "pass" else "admitted",
    }
