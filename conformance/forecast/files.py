"""The forecast as CSV, one row for each account, and as JSON, for programs."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TextIO

from conformance.forecast.model import Finding, Forecast
from conformance.forecast.reasons import INACTIVE, OK

_COLUMNS: Final = (
    *("outcome", "code", "reason", "kind", "login", "role", "platform_email", "idp_address"),
    *("detail", "do", "file", "line"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def outcome(finding: Finding) -> str:
    """Return `locked-out`, `gets-in`, `gets-in-warning` or `inactive`."""
    if finding.locked_out:
        return "locked-out"
    if finding.reason is INACTIVE:
        return "inactive"
    return "gets-in" if finding.reason is OK else "gets-in-warning"


def write_csv(forecast: Forecast, path: Path) -> None:
    """Write every account, those who are locked out first; UTF-8 with a mark, as spreadsheets want it.

    A cell that a spreadsheet would run as a formula gets an apostrophe before it. Raises OSError.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for finding in sorted(
            forecast.findings, key=lambda one: (not one.locked_out, one.reason is INACTIVE)
        ):
            writer.writerow(_cells(finding, _harmless))


def write_json(forecast: Forecast, file: TextIO) -> None:
    """Write everything except the accounts that simply get in or are inactive, of which only the numbers."""
    json.dump(as_data(forecast), file, indent=1, ensure_ascii=False)
    file.write("\n")


def as_data(forecast: Forecast) -> dict[str, Any]:
    """Return the forecast as JSON types."""
    counts = Counter(map(outcome, forecast.findings))
    told = [one for one in forecast.findings if outcome(one) in {"locked-out", "gets-in-warning"}]
    return {
        "exit_status": forecast.exit_status,
        "everybody_locked_out": bool(forecast.fatal),
        "rules": asdict(forecast.rules),
        "identity_provider": forecast.vendor.value,
        "accounts": {
            "total": len(forecast.findings),
            **{name: counts[name] for name in ("locked-out", "gets-in-warning", "gets-in", "inactive")},
        },
        "reasons": _by_code(forecast.locked_out),
        "configuration": [asdict(fault) for fault in forecast.faults],
        "people": [dict(zip(_COLUMNS, _cells(one), strict=True)) for one in told],
        "what_if": [asdict(one) for one in forecast.what_ifs],
        "alarms": list(forecast.alarms),
        "notes": list(forecast.notes),
        "not_checked": list(forecast.unchecked),
        "sources": [asdict(source) for source in forecast.sources],
    }


def _cells(finding: Finding, told: Callable[[str], str] = str) -> tuple[str | int, ...]:
    """Return the values of `_COLUMNS`; `told` is applied to those that somebody else wrote."""
    account, reason = finding.account, finding.reason
    return (
        *(outcome(finding), reason.code, reason.title, account.kind.value, told(account.login)),
        *(told(account.role), told(account.email), told(finding.idp_value), told(finding.detail)),
        *(reason.action, told(account.file), account.line),
    )


def _by_code(findings: Iterable[Finding]) -> dict[str, int]:
    return dict(Counter(finding.reason.code for finding in findings).most_common())


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
