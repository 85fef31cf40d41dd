"""The forecast on a screen: the answer first, then what locks out everybody, then people by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.forecast.model import EmailMatch, Fault, Finding, Forecast, Kind, Sends
from conformance.forecast.reasons import LOCKOUTS, WARNINGS, Reason
from conformance.report.text import plural, visible

_BLANK: Final = {" ": "␣", "\u00a0": "\\u00a0", "\u3000": "\\u3000"}
_SHOWN_COLUMNS: Final = 6
_WIDE: Final = 100


def screen(forecast: Forecast, *, shown: int, csv_file: str = "") -> RenderableType:
    """Return the whole screen; `shown` people for each reason, 0 for all. Fits from 80 columns on."""
    parts: list[RenderableType] = [_headline(forecast), Text()]
    if forecast.faults:
        parts += [_heading("Configuration"), *map(_fault, forecast.faults), Text()]
    if forecast.findings:
        parts += [_totals(forecast), Text()]
    for alarm in forecast.alarms:
        parts += [_item(alarm, "bold red", mark="!"), Text()]
    more = "--csv FILE lists all" if not csv_file else f"all in {csv_file}"
    for reason in (*LOCKOUTS, *WARNINGS):
        of_reason = [finding for finding in forecast.findings if finding.reason is reason]
        if of_reason:
            parts += [_group(reason, of_reason, shown, more), Text()]
    parts += _remarks(forecast)
    if len(forecast.locked_out) > shown:
        parts += [Text(), _headline(forecast)]  # the first line has left the screen by now
    return Group(*parts)


def _headline(forecast: Forecast) -> RenderableType:
    out, active = len(forecast.locked_out), forecast.active
    if forecast.fatal:
        everybody = f"all {active:,} active accounts" if active else "everybody"
        sentence = f"The configuration would lock out {everybody}."
        if out:
            sentence += f" Even when it is right, {out:,} could not sign in."
        return _banner("EVERYBODY LOCKED OUT", "red", sentence)
    if out:
        return _banner(
            "LOCKED OUT", "red", f"{out:,} of {plural(active, 'active account')} could not sign in."
        )
    if not forecast.findings:
        return _banner(
            "NO FAULT FOUND", "green", "The configuration shows no fault that locks out everybody."
        )
    words = "All of" if not forecast.unchecked else "As far as the files tell, all of"
    return _banner("NOBODY LOCKED OUT", "green", f"{words} {plural(active, 'active account')} get in.")


def _banner(word: str, colour: str, sentence: str) -> Text:
    return Text.assemble((f" {word} ", f"bold white on {colour}"), "  ", (sentence, "bold"))


def _heading(words: str) -> Text:
    return Text(words, style="bold")


def _fault(fault: Fault) -> RenderableType:
    mark, style = ("✗", "bold red") if fault.fatal else ("▲", "yellow")
    grid = _grid()
    grid.add_row(Text(mark, style), Text(visible(fault.found)))
    grid.add_row("", Text.assemble("→ ", visible(fault.do)))
    grid.add_row("", Text(f"{fault.code}  {fault.where}", style="dim"))
    return grid


def _grid() -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(overflow="fold")
    return grid


def _totals(forecast: Forecast) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for title in ("", "get in", "locked out", "inactive today"):
        table.add_column(title, justify="left" if not title else "right")
    for kind in Kind:
        of_kind = [finding for finding in forecast.findings if finding.account.kind is kind]
        if of_kind:
            out = sum(finding.locked_out for finding in of_kind)
            inactive = sum(not finding.account.active for finding in of_kind)
            cells = (f"{len(of_kind) - out - inactive:,}", f"{out:,}", f"{inactive:,}")
            table.add_row(
                f"{kind.value}s", cells[0], Text(cells[1], "bold red" if out else "green"), cells[2]
            )
    return table


def _group(reason: Reason, findings: Sequence[Finding], shown: int, more: str) -> RenderableType:
    kinds = Counter(finding.account.kind for finding in findings)
    numbers = ", ".join(plural(kinds[kind], kind.value) for kind in Kind if kinds[kind])
    mark, style = ("✗", "bold red") if reason.locks_out else ("▲", "yellow")
    grid = _grid()
    title = Text.assemble((reason.title, "bold"), f": {numbers}  ", (reason.code, "dim"))
    grid.add_row(Text(mark, style), title)
    if reason.action:
        grid.add_row("", Text(f"→ {reason.action}"))
    first = findings[:shown] if shown else findings
    rest = len(findings) - len(first)
    lines: list[RenderableType] = [grid, Padding(_People(first), (0, 0, 0, 2))]
    if rest:
        lines.append(Text(f"  … and {rest:,} more ({more})", style="dim"))
    return Group(*lines)


class _People:
    """Accounts of one reason: a line for each, or on a narrow screen the detail below the address."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._findings = findings

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        wide = options.max_width >= _WIDE
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(style="cyan", overflow="fold", max_width=22)
        table.add_column(overflow="fold", max_width=48 if wide else None)
        if wide:
            table.add_column(style="dim", overflow="fold")
        for finding in self._findings:
            account = finding.account
            who = Text(visible(account.login) or f"line {account.line}")
            detail = Text(visible(finding.detail), "dim")
            where = Text(address(account.email))
            if wide:
                table.add_row(who, where, detail)
            else:
                table.add_row(who, Text("\n").join(part for part in (where, detail) if part))
        yield table


def address(text: str) -> str:
    """Return an address in which nothing is invisible: blanks and zero-width characters are spelled out."""
    return "".join(_BLANK.get(letter, letter) for letter in visible(text))


def _remarks(forecast: Forecast) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if forecast.notes:
        parts += [_heading("Note"), *(_item(note) for note in forecast.notes), Text()]
    if forecast.what_ifs:
        active = forecast.active
        lines = [f"{one.title}: {one.locked_out:,} of {active:,} locked out" for one in forecast.what_ifs]
        parts += [_heading("What if"), *map(_item, lines), Text()]
    if forecast.unchecked:
        parts += [_heading("Not checked"), *map(_item, forecast.unchecked), Text()]
    parts.append(_heading("Read"))
    for source in forecast.sources:
        rows = f"{source.rows:,} " if source.rows else ""
        named = ", ".join(source.columns[:_SHOWN_COLUMNS])
        parts.append(_item(f"{source.file}: {rows}{source.what}" + (f" ({named})" if named else ""), "dim"))
    if forecast.findings:
        parts += [Text(), _heading("Assumed"), *map(_item, _assumptions(forecast))]
    return parts


def _assumptions(forecast: Forecast) -> list[str]:
    rules, vendor = forecast.rules, forecast.vendor
    sent, other = vendor.mail, f"--sends login if it sends the {vendor.login}"
    if rules.sends is Sends.LOGIN:
        sent, other = vendor.login, f"--sends mail if it sends {vendor.mail}"
    cases = "count" if rules.match is EmailMatch.EXACT else "do not count"
    return [
        f"What arrives as the e-mail address is the person's {sent} ({other}).",
        f"The platform compares whole addresses; upper and lower case {cases}.",
    ]


def _item(words: str, style: str = "", mark: str = "·") -> RenderableType:
    grid = _grid()
    grid.add_row(Text(mark, style), Text(visible(words), style))
    return grid
