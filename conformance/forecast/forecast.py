"""The whole forecast from its inputs: reads the files, judges everybody, and says what was not checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from conformance.forecast import discovery, metadata, saved
from conformance.forecast.decoding import read_bytes
from conformance.forecast.idp_export import Export, read_assigned, read_exports
from conformance.forecast.matching import Judge, count_locked_out
from conformance.forecast.model import (
    Account,
    EmailMatch,
    Fault,
    Finding,
    Forecast,
    Kind,
    Person,
    Rules,
    Sends,
    Source,
    Vendor,
    WhatIf,
)
from conformance.forecast.problems import InputError
from conformance.forecast.rosters import read_roster
from conformance.forecast.tables import refuse_empty

_RESCUERS: Final = frozenset(("sysadmin", "superuser", "system administrator", "super user"))


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files and settings of one forecast; `now` is the day of the switch."""

    now: datetime
    metadata: str = ""
    discovery: str = ""
    saved: str = ""
    rosters: Sequence[str] = ()
    idp_users: Sequence[str] = ()
    assigned: Sequence[str] = ()
    app: str = ""
    vendor: Vendor | None = None
    rules: Rules = field(default_factory=Rules)


def make_forecast(inputs: Inputs) -> Forecast:
    """Return who would be locked out. Raises InputError when a file cannot be read."""
    faults, sources = _configuration(inputs)
    accounts: list[Account] = []
    for argument in inputs.rosters:
        source, found = read_roster(argument)
        sources.append(source)
        accounts += found
    if inputs.rosters:
        refuse_empty(inputs.rosters[-1], len(accounts))  # one of them may be: not everybody has agents
    _refuse_double(accounts)
    export = read_exports(inputs.idp_users, inputs.vendor, inputs.app) if inputs.idp_users else None
    if export is not None and inputs.assigned:
        read_assigned(inputs.assigned, export)
    rules, notes = _rules(inputs.rules, export)
    vendor = export.vendor if export else inputs.vendor or Vendor.OTHER
    people = list(export.people.values()) if export else None
    judge = Judge(accounts, people, rules, vendor)
    findings = judge.judge(accounts)
    return Forecast(
        rules=rules,
        vendor=vendor,
        sources=sources + (export.sources if export else []),
        faults=faults,
        findings=findings,
        alarms=_alarms(findings),
        what_ifs=_what_ifs(accounts, people, rules, export),
        notes=[*notes, *_notes(findings, judge.strangers)],
        unchecked=_unchecked(inputs, export),
    )


def _configuration(inputs: Inputs) -> tuple[list[Fault], list[Source]]:
    faults: list[Fault] = []
    sources: list[Source] = []
    saved_config: Mapping[str, object] = {}
    if inputs.saved:
        document = read_bytes(Path(inputs.saved), saved.MAX_BYTES, "a saved configuration")
        saved_config = saved.read_saved(document, inputs.saved)
        sources.append(Source(inputs.saved, "saved configuration", 0))
    if inputs.metadata:
        document = read_bytes(Path(inputs.metadata), metadata.MAX_BYTES, "SAML metadata")
        published = metadata.read_metadata(document, inputs.metadata, inputs.now)
        sources.append(Source(inputs.metadata, "SAML metadata", 0))
        faults += published.faults
        if saved_config and published.issuer:
            faults += saved.compare_saml(saved_config, published, inputs.saved)
    if inputs.discovery:
        document = read_bytes(Path(inputs.discovery), discovery.MAX_BYTES, "a discovery document")
        provider = discovery.read_discovery(document, inputs.discovery)
        sources.append(Source(inputs.discovery, "OpenID Connect discovery", 0))
        faults += provider.faults
        if saved_config and provider.issuer:
            faults += saved.compare_oidc(saved_config, provider, inputs.saved)
    return sorted(faults, key=lambda fault: not fault.fatal), sources


def _refuse_double(accounts: Sequence[Account]) -> None:
    """Refuse a login that is there twice: the same roster given twice would make everybody ambiguous."""
    seen: dict[tuple[Kind, str], Account] = {}
    for account in accounts:
        # agents' logon IDs are the same in upper and lower case, users' names are not
        name = account.login.casefold() if account.kind is Kind.AGENT else account.login
        first = seen.setdefault((account.kind, name), account)
        if name and first is not account:
            raise InputError(
                account.file,
                line=account.line,
                expected=f"each {account.kind.value} once",
                found=f"“{account.login}” again, as in {first.file}:{first.line}",
                do="Remove one of the two rows, or give the roster only once.",
            )


def _rules(wished: Rules, export: Export | None) -> tuple[Rules, list[str]]:
    """Return the rules that the export's columns allow, and a note when they differ from those wished for."""
    if export is None:
        return wished, []
    vendor = export.vendor
    if wished.sends is Sends.MAIL and not export.has_mail:
        note = f"The export has no e-mail addresses, so accounts were compared with the {vendor.login}."
        return replace(wished, sends=Sends.LOGIN), [f"{note} Export it with {vendor.mail} to be sure."]
    if wished.sends is Sends.LOGIN and not export.has_login:
        note = (
            f"The export has no column with the {vendor.login}, so accounts were compared with {vendor.mail}."
        )
        return replace(wished, sends=Sends.MAIL), [note]
    return wished, []


def _what_ifs(
    accounts: Sequence[Account], people: Sequence[Person] | None, rules: Rules, export: Export | None
) -> list[WhatIf]:
    """Return the numbers under the other settings; none where the files cannot tell."""
    if export is None or people is None or not accounts:
        return []
    vendor = export.vendor
    choices = []
    if export.has_mail and export.has_login:
        for sends, name in ((Sends.MAIL, vendor.mail), (Sends.LOGIN, vendor.login)):
            choices.append((f"{vendor.called} sends {name}", replace(rules, sends=sends)))
    other = EmailMatch.CASEFOLD if rules.match is EmailMatch.EXACT else EmailMatch.EXACT
    title = (
        "upper and lower case do not count" if other is EmailMatch.CASEFOLD else "upper and lower case count"
    )
    choices.append((title, replace(rules, match=other)))
    return [
        WhatIf(title, count_locked_out(accounts, people, changed))
        for title, changed in choices
        if changed != rules
    ]


def _alarms(findings: Sequence[Finding]) -> list[str]:
    """Return what makes a lock-out worse: that nobody who could end it gets in."""
    rescuers = [one for one in findings if one.account.role.casefold() in _RESCUERS and one.account.active]
    if not rescuers or not all(one.locked_out for one in rescuers):
        return []
    number = f"{len(rescuers)} of {len(rescuers)} locked out"
    alarm = (
        f"No Sysadmin or Superuser gets in ({number}): nobody inside could switch single sign-on off again."
    )
    return [f"{alarm} Keep one of their sessions open, or have Customer Care ready."]


def _notes(findings: Sequence[Finding], strangers: int) -> list[str]:
    if not strangers or not findings:
        return []
    return [f"People at the identity provider who match no account: {strangers:,} (none is made for them)."]


def _unchecked(inputs: Inputs, export: Export | None) -> list[str]:
    """Return what the forecast cannot say, for want of a file or a column."""
    missing = []
    if not inputs.metadata and not inputs.discovery:
        missing.append("the configuration (--metadata FILE or --discovery FILE)")
    elif not inputs.saved:
        missing.append("what the platform has saved (--saved FILE)")
    if not inputs.rosters:
        missing.append("users and agents (--roster FILE)")
    if export is None:
        missing.append("whether the identity provider knows these people (--idp-users FILE)")
        return missing
    if not export.has_status:
        missing.append("who is disabled at the identity provider (no status column)")
    if not inputs.assigned and not (inputs.app and export.applications):
        how = "--app NAME" if export.applications else "--assigned FILE"
        missing.append(f"who has the application assigned ({how})")
    return missing
