"""Collects the evidence of one run: the message sequence of all actors, what was sent, how to replay it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.evidence.recorder import Recorder, Reference, slug
from conformance.model import Check, Run, Verdict
from conformance.steps.attempt import Attempt
from conformance.steps.stage import Stage

_BACK_CHANNEL = frozenset({"oidc.token_request", "oidc.token_response", "oidc.userinfo", "oidc.jwks"})


class Witness:
    """Writes the evidence of one run."""

    def __init__(self, stage: Stage, run: Run) -> None:
        self._stage = stage
        self._run = run
        self.changed: Sequence[str] = ()
        """What the fault of the telling attempt changed."""
        self.rehearsed: Mapping[str, Any] | None = None
        """The days that the run stream names."""
        self.judged: Sequence[Check] = ()
        """What was judged, also where an error then ended the case."""
        self._recorder = Recorder(stage.run_dir, slug(run.id))

    @property
    def references(self) -> Sequence[Reference]:
        """What was written: the `evidence` of the verdict line."""
        return self._recorder.references

    def meter(self, phases: Sequence[Mapping[str, Any]]) -> None:
        """Keep the readings of the lock-out meter."""
        if phases:
            self._recorder.json("meter.json", {"phases": list(phases)})

    def calendars(self, calendars: Sequence[Mapping[str, Any]]) -> None:
        """Keep what each day of a rehearsal led to. Journeys with several calendars keep them all, and name
        the last one in the run stream."""
        if calendars:
            self._recorder.json("rehearsal.json", {"calendars": list(calendars)})
            self.rehearsed = {name: calendars[-1][name] for name in ("stops_on", "starts_again_on")}

    def attempt(self, attempt: Attempt | None, checks: Sequence[Check]) -> None:
        """Keep what the telling attempt did, and how to replay the run."""
        self.judged = tuple(checks)
        with self._stage.stopwatch.part("evidence"):
            self._write(attempt, checks)

    def _write(self, attempt: Attempt | None, checks: Sequence[Check]) -> None:
        if attempt is not None:
            self._keep(attempt, checks)
        command = self._stage.replay_command.format(
            case=self._run.case.id, personality=self._run.personality, agent=self._run.agent
        )
        lines = [f"{check.title}: {check.verdict} ({check.reason})" for check in checks]
        self._recorder.repro(command, lines)

    def _keep(self, attempt: Attempt, checks: Sequence[Check]) -> None:
        self.changed = tuple(dict.fromkeys(entry["detail"] for entry in attempt.applied))
        journal = attempt.arena.tenant.journal(attempt.id) if attempt.id else []
        self._recorder.trace(list(_sequence(attempt, journal)))
        for entry in journal:
            detail = entry.get("detail", {})
            if "sent" in detail and "control" in detail:
                self._recorder.messages(detail["sent"], detail["control"])
                break
        self._recorder.json("idp-journal.json", journal)
        if attempt.seen is not None and attempt.seen.text:
            self._recorder.text("page.txt", attempt.seen.text)
        if any(check.verdict is not Verdict.PASS for check in checks) or attempt.fault is not None:
            self._screenshot(attempt)

    def _screenshot(self, attempt: Attempt) -> None:
        with tempfile.TemporaryDirectory() as folder:
            picture = Path(folder) / "page.png"
            if attempt.agent.screenshot(picture):
                self._recorder.file("page.png", picture)


def _sequence(attempt: Attempt, journal: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Merge the browser's exchanges with the back channel that only the IdP saw.

    The back channel's calls happen while the browser waits for its callback, so they stand behind it.
    """
    idp = attempt.arena.tenant.base_url
    back_channel = [entry for entry in journal if entry["kind"] in _BACK_CHANNEL]
    callback = attempt.arena.endpoint(attempt.surface)
    for exchange in attempt.agent.trace:
        actor = "idp" if exchange.url.startswith(idp) else "platform"
        path = urlsplit(exchange.url).path
        detail = {"url": exchange.url, "form": dict(exchange.form)}
        yield {"from": "browser", "to": actor, "label": f"{exchange.method} {path}", "detail": detail}
        if exchange.url.startswith(callback):
            yield from _calls(back_channel)
            back_channel = []
        answer = {"status": exchange.status, "location": exchange.location}
        yield {"from": actor, "to": "browser", "label": str(exchange.status or "no answer"), "detail": answer}


def _calls(entries: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        outward = entry["kind"] == "oidc.token_response"
        yield {
            "from": "idp" if outward else "platform",
            "to": "platform" if outward else "idp",
            "label": entry["summary"] or entry["kind"],
            "detail": dict(entry.get("detail", {})),
        }
