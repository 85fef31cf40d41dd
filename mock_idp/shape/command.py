"""What the command `shape` prints, and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict

from mock_idp.personalities.base import Personality
from mock_idp.shape.comparing import Comparison, Finding, compare
from mock_idp.shape.decrypting import opened
from mock_idp.shape.reading import Message, UnreadableError, read
from mock_idp.shape.scene import NoSituationError

EXPLAINED, UNEXPLAINED, UNREADABLE = 0, 1, 2


def run(
    data: bytes,
    name: str,
    against: Personality | None,
    echo: Callable[[str], None],
    complain: Callable[[str], None],
    *,
    key: bytes | None = None,
    as_json: bool = False,
) -> int:
    """Print the shape of `data`, or its differences from a personality; the exit code says what was found.

    With the service provider's private `key` (PEM) it is the Assertion inside an encrypted Response."""
    try:
        message = read(data) if key is None else opened(read(data), key)
        if against is None:
            echo(message.shape.text().rstrip("\n"))
            return EXPLAINED
        comparison = compare(message, against)
    except (UnreadableError, NoSituationError) as error:
        complain(f"mock_idp: {name}: {error}")
        return UNREADABLE
    if as_json:
        echo(json.dumps(as_data(message, comparison), indent=2, ensure_ascii=False))
        return UNEXPLAINED if comparison.unexplained else EXPLAINED
    for line in report(name, message, against, comparison):
        echo(line)
    return UNEXPLAINED if comparison.unexplained else EXPLAINED


def as_data(message: Message, comparison: Comparison) -> dict[str, object]:
    """The comparison for programs: what the file is, what was set, and each difference."""
    return {
        "kind": message.kind.value,
        "used": [asdict(setting) for setting in comparison.used],
        "differences": [
            {
                "what": finding.difference.what.name.lower(),
                "path": finding.difference.path,
                "file": finding.difference.file,
                "ours": finding.difference.ours,
                "explained_by": finding.by or None,
            }
            for finding in comparison.findings
        ],
    }


def report(name: str, message: Message, against: Personality, comparison: Comparison) -> list[str]:
    """The comparison as lines."""
    lines = [f"{name}: {message.kind.value}, against {against.title}", ""]
    if comparison.used:
        lines.append("The same situation was produced with")
        width = max(len(_assignment(entry.name, entry.value)) for entry in comparison.used)
        for used in comparison.used:
            lines.append(f"  {_assignment(used.name, used.value):<{width}}  ({used.because})")
        lines.append("")
    if not comparison.findings:
        return [*lines, "No difference."]
    for finding in comparison.findings:
        lines += _told(finding)
    explained = len(comparison.findings) - len(comparison.unexplained)
    return [*lines, "", f"{len(comparison.unexplained)} unexplained, {explained} explained."]


def _assignment(name: str, value: str) -> str:
    return f"{name} = {value}" if value else name


def _told(finding: Finding) -> list[str]:
    if not finding.by:
        return [f"unexplained  {finding.difference.sentence}"]
    return [
        f"explained    {finding.difference.sentence}",
        f"             by {finding.by} ({finding.documented})",
    ]
