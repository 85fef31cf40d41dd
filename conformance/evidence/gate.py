"""Decides whether a run lets a release pass: pure, closed when in doubt. Reading a run is in `stream`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from conformance.evidence.records import BROKEN, VerdictRecord
from conformance.model import Verdict

GREEN = "green"
RED = "red"


def tally(records: Iterable[VerdictRecord]) -> tuple[dict[str, int], dict[str, int]]:
    """Return the count of each verdict (all six words, also zero), and of those that known failures cover."""
    verdicts = Counter({verdict.value: 0 for verdict in Verdict})
    known: Counter[str] = Counter()
    for record in records:
        verdicts[record.verdict.value] += 1
        if record.known is not None and record.verdict in BROKEN:
            known[record.verdict.value] += 1
    return dict(verdicts), dict(known)


def gate(
    collected: int,
    executed: int,
    verdicts: Mapping[str, int],
    *,
    known: Mapping[str, int] | None = None,
    problems: Sequence[str] = (),
) -> tuple[str, list[str]]:
    """Return `green` or `red`, and one sentence for each reason to be red.

    `verdicts` counts every executed run by verdict, `known` those of them that known failures cover;
    `problems` are sentences about stale, unknown, expired or unexpectedly passing known failures. WARN and
    not_applicable never redden.
    """
    why: list[str] = []
    if collected <= 0:
        why.append("No run was collected: a suite that tries nothing proves nothing.")
    if executed != collected:
        why.append(f"{executed} of {_runs(collected)} collected gave a verdict: the rest says nothing.")
    if sum(verdicts.values()) != executed:
        why.append(f"The verdicts add up to {sum(verdicts.values())}, but {_runs(executed)} were executed.")
    why.extend(
        f"{count} verdicts are {word!r}, which is no verdict."
        for word, count in verdicts.items()
        if word not in set(Verdict)
    )
    covered = known or {}
    for verdict, what in _REASONS.items():
        count = verdicts.get(verdict.value, 0)
        unknown = count - min(count, covered.get(verdict.value, 0))
        if unknown:
            why.append(f"{_runs(unknown)} {what}.")
    why.extend(problems)
    return (RED if why else GREEN), why


_REASONS: Mapping[Verdict, str] = {
    Verdict.FAIL: "broke a requirement",
    Verdict.ERROR: "ended in an error of the harness, so nothing is known about the target there",
    Verdict.INCONCLUSIVE: "could not be judged",
}


def _runs(count: int) -> str:
    return f"{count} run" if count == 1 else f"{count} runs"
