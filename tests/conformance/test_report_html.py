"""The HTML report: says what the stream says, shows the evidence, trusts nothing, loads nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree, html

from conformance.evidence.recorder import Recorder
from conformance.evidence.stream import EvidenceRef, StreamWriter, read_stream
from conformance.report import build
from conformance.report.evidence import EvidenceReader, link_of
from conformance.report.references import link
from conformance.report.text import duration, moment, safe_url, visible
from conformance.report.view import page_of
from tests.conformance.sample_run import HOSTILE, KNOWN, png, record, write_footer, write_sample

Run = Callable[..., html.HtmlElement]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(write_sample(tmp_path_factory.mktemp("run")))["html"]


@pytest.fixture
def page(sample: Path) -> html.HtmlElement:
    return html.document_fromstring(sample.read_text(encoding="utf-8"))


@pytest.fixture
def report(tmp_path: Path) -> Run:
    """Build a report from records and return its document."""

    def make(*records: dict[str, object], truncated: bool = False) -> html.HtmlElement:
        writer = StreamWriter(tmp_path / "run.jsonl")
        writer.header("suite", "target", "2026-03-04T12:00:00Z")
        for item in records:
            writer.verdict(item)
        if truncated:
            writer.close()
        else:
            write_footer(writer, list(records))
        return html.document_fromstring(build(tmp_path)["html"].read_text(encoding="utf-8"))

    return make


def _text(element: html.HtmlElement, selector: str) -> list[str]:
    return [" ".join(found.text_content().split()) for found in element.cssselect(selector)]


def test_the_headline_and_the_counts(page: html.HtmlElement) -> None:
    assert _text(page, "h1") == ["4 cases block the release"]
    assert _text(page, ".gate") == ["✗ RED"]
    assert _text(page, ".tile") == [
        "6 ✗ fail",
        "1 ! error",
        "1 ? inconclusive",
        "1 ▲ warn",
        "1 ◆ known failure",
        "6 ✓ pass",
        "1 – not applicable",
    ]
    facts = dict(zip(_text(page, ".facts dt"), _text(page, ".facts dd"), strict=True))
    assert facts["Started"] == "2026-03-04 12:00 UTC"
    assert facts["Runs"] == "17 of 17"
    assert facts["Wall time"] == "48.2 s"
    assert facts["Weaknesses"] == "session-not-renewed, saml-first-root-read"


def test_what_blocks_is_on_top_worst_first(page: html.HtmlElement) -> None:
    assert _text(page, ".blocker .id") == [
        "saml.wrapping.xsw3",
        "saml.assertion.audience-other-sp",
        "oidc.request.state",
        "saml.wrapping.comment-in-nameid",
    ]
    wrapped = page.cssselect(".blocker")[0]
    assert _text(wrapped, ".param") == ["entra · http", "okta · http"]
    assert _text(wrapped, ".facing dd")[:2] == ["refused", "admitted as user alice (alice@acme.test)"]


def test_every_run_has_its_cell_and_every_link_its_target(page: html.HtmlElement) -> None:
    assert len(page.cssselect("a.cell")) == 17
    assert len(page.cssselect("details.run")) == 17
    ids = [element.get("id") for element in page.cssselect("[id]")]
    assert len(ids) == len(set(ids))
    targets = {element.get("href", "")[1:] for element in page.cssselect("a[href^='#']")}
    assert targets <= set(ids)
    headings = _text(page.cssselect(".matrix thead")[0], "th")
    assert headings == ["Case", "Severity", "entra http", "entra chromium", "okta http", "okta chromium"]


def test_a_case_shows_its_requirement_and_its_evidence(page: html.HtmlElement) -> None:
    case = page.get_element_by_id("case-saml.assertion.audience-other-sp")
    assert "must refuse an assertion" in _text(case, ".about")[0]
    refs = {element.text_content(): element.get("href") for element in case.cssselect(".tags a")}
    assert refs["SAMLCORE-2.5.1.4"] == "https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf"
    run = page.get_element_by_id("run-saml.assertion.audience-other-sp_okta-chromium")
    assert _text(run, ".actors li") == ["Browser", "Platform", "Identity provider"]
    assert len(run.cssselect(".messages > li")) == 9
    assert _text(run, ".diff .add") == ["+ <saml:Audience>https://other-sp.example</saml:Audience>"]
    assert run.cssselect("img")[0].get("src", "").startswith("data:image/png;base64,")
    assert _text(run, ".repro code") == ["make conformance CASE=saml.assertion.audience-other-sp"]
    assert len(_text(run, ".files code")[0]) == 64
    assert "sekrit1" not in run.text_content()
    links = [element.get("href", "") for element in run.cssselect(".files a")]
    assert "evidence/saml.assertion.audience-other-sp-okta-chromium/trace.json" in links


def test_the_lock_out_meter_is_a_table(page: html.HtmlElement) -> None:
    assert _text(page, ".meter thead th") == ["Phase", "Password", "Single sign-on"]
    everybody_out = "0 in 4 out out: sam, mona, alice, adam"
    assert _text(page, ".meter tbody tr")[1] == f"Enabled without a set-up {everybody_out} {everybody_out}"


def test_hostile_text_is_shown_and_does_nothing(sample: Path, page: html.HtmlElement) -> None:
    source = sample.read_text(encoding="utf-8")
    assert "<script>alert" not in source
    assert "<img src=//evil" not in source
    assert not re.search("[\x00\x1b\u202e\ud800]", source)
    assert len(page.cssselect("script")) == 2
    seen = visible(HOSTILE)
    assert seen in page.get_element_by_id("run-oidc.request.state_okta-http").text_content()
    assert seen in page.get_element_by_id("run-saml.assertion.recipient-other_okta-http").text_content()


def test_nothing_is_loaded_from_anywhere(sample: Path, page: html.HtmlElement) -> None:
    assert not page.cssselect("link, iframe, object, embed, base, form[action], script[src], video, audio")
    assert all(image.get("src", "").startswith("data:") for image in page.cssselect("img"))
    assert not page.cssselect("[srcset], [background], [poster]")
    assert "url(" not in page.cssselect("style")[0].text_content()
    assert "@import" not in page.cssselect("style")[0].text_content()
    policy = page.cssselect("meta[http-equiv]")[0].get("content", "")
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe-inline" not in policy.partition("script-src")[2]
    handlers = etree.XPath("//@*[starts-with(name(), 'on')]")
    assert handlers(page) == []


def test_links_never_run_scripts(report: Run) -> None:
    known = {**KNOWN, "issue": "javascript:alert(1)"}
    page = report(record("saml.a.b", "fail", known=known, refs=["javascript:alert(1)", "RFC9700-4.7"]))
    schemes = {element.get("href", "").partition(":")[0] for element in page.cssselect("a")}
    assert "javascript" not in schemes
    assert safe_url("https://x.example/1") == "https://x.example/1"
    assert [safe_url(url) for url in ("javascript:x", "//x", "http:", "http://[", "data:x")] == [""] * 5


def test_a_truncated_run_is_red(report: Run) -> None:
    page = report(record("saml.a.b"), truncated=True)
    assert _text(page, "h1") == ["TRUNCATED: the run ended before its footer"]
    assert page.cssselect("body.red")
    assert "nothing is known of the rest" in _text(page, ".sub")[0]


def test_a_green_run_is_green(report: Run) -> None:
    page = report(record("saml.a.b"), record("saml.a.c", "warn"))
    assert _text(page, "h1") == ["Nothing blocks the release"]
    assert _text(page, ".sub") == ["All 2 runs of 2 cases gave a verdict."]
    assert page.cssselect("body.green")
    assert not page.cssselect("#blocking")


def test_an_empty_run_renders(report: Run) -> None:
    page = report()
    assert _text(page, "#matrix .empty") == ["No verdict was written."]
    assert _text(page, "h1") == ["The release is blocked"]


def test_a_case_is_as_grave_as_its_worst_run(report: Run) -> None:
    page = report(record("saml.a.b"), record("saml.a.b", "fail", personality="z", severity="critical"))
    assert _text(page, ".matrix td .sev") == ["critical"]
    assert [case.get("data-severity") for case in page.cssselect("details.case")] == ["critical"]


def test_an_unexpected_pass_blocks(report: Run) -> None:
    page = report(record("saml.a.b", known=KNOWN))
    assert _text(page, ".blocker .chip") == ["✓ unexpected pass"]


def test_evidence_that_lies_is_noted_not_shown(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("outside", encoding="utf-8")
    run_dir = tmp_path / "run"
    recorder = Recorder(run_dir, "case")
    recorder.text("refusal.txt", "said")
    recorder.json("meter.json", {"phases": [1]})
    recorder.text("trace.json", "{")
    changed, meter, trace = (EvidenceRef(**reference) for reference in recorder.references)
    (run_dir / changed.path).write_text("edited", encoding="utf-8")
    outside = EvidenceRef("refusal.txt", "../secret.txt")
    gone = EvidenceRef("refusal-2.txt", "evidence/case/gone.txt")
    shown = EvidenceReader(run_dir, runs=1).show([changed, meter, trace, outside, gone])
    assert shown.texts == [("refusal.txt", "edited")]
    notes = " ".join(shown.notes)
    assert "was changed after the run" in notes
    assert "meter.json is not readable as meter" in notes
    assert "trace.json is not readable as trace" in notes
    assert "lies outside the run directory" in notes
    assert "refusal-2.txt could not be read" in notes
    assert [link_of(EvidenceRef("x", path)) for path in ("../x", "/etc/x", "javascript:x", "a/b")] == [
        "",
        "",
        "",
        "a/b",
    ]


def test_a_budget_keeps_what_blocks(tmp_path: Path) -> None:
    records = []
    for name, verdict in (("a", "pass"), ("b", "fail")):
        shot = tmp_path / f"{name}.png"
        shot.write_bytes(png())
        reference = Recorder(tmp_path, name).file("screenshot.png", shot)
        records.append(record(f"saml.x.{name}", verdict, evidence=[dict(reference)]))
    writer = StreamWriter(tmp_path / "run.jsonl")
    writer.header("suite", "target", "now")
    for item in records:
        writer.verdict(item)
    write_footer(writer, records)
    page = page_of(read_stream(tmp_path / "run.jsonl"), EvidenceReader(tmp_path, runs=2, budget=1_500))
    passing, failing = (case.runs[0] for case in page.groups[0].cases)
    assert len(failing.shown.images) == 1
    assert passing.shown.images == []
    assert passing.shown.notes == ["screenshot.png is too large to be shown here: open the file."]


@pytest.mark.parametrize(
    ("ref", "url"),
    [
        ("SAMLPROF-4.1.4.3", "https://docs.oasis-open.org/security/saml/v2.0/saml-profiles-2.0-os.pdf"),
        ("SAMLBIND-3.5", "https://docs.oasis-open.org/security/saml/v2.0/saml-bindings-2.0-os.pdf"),
        ("OIDC-CORE-3.1.3.7", "https://openid.net/specs/openid-connect-core-1_0.html#rfc.section.3.1.3.7"),
        ("OIDCCORE-2", "https://openid.net/specs/openid-connect-core-1_0.html#rfc.section.2"),
        ("RFC9700-4.7", "https://www.rfc-editor.org/rfc/rfc9700#section-4.7"),
        ("RFC7519", "https://www.rfc-editor.org/rfc/rfc7519"),
        ("LIVEVOX-SSO", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_references_link_to_their_specification(ref: str, url: str) -> None:
    assert link(ref).url == url


def test_small_words() -> None:
    assert [duration(ms) for ms in (12, 3_240, 250_000)] == ["12 ms", "3.2 s", "4 min 10 s"]
    assert moment("2026-03-04T14:00:00+02:00") == "2026-03-04 12:00 UTC"
    assert moment("yesterday") == "yesterday"
    assert visible("a\r\n\tb") == "a\n\tb"
