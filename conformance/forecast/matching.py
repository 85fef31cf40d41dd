"""The judgement of each account by the platform's rules: one outcome, and one main reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from conformance.forecast import reasons
from conformance.forecast.addresses import difference, is_sip, malformed
from conformance.forecast.directory import Directory
from conformance.forecast.model import Account, EmailMatch, Finding, Kind, Person, Rules, Vendor
from conformance.forecast.reasons import Reason

_NAMED = 3


def shared_addresses(
    accounts: Sequence[Account], rules: Rules
) -> tuple[dict[Kind, dict[str, list[str]]], set[str]]:
    """Return kind → address → logins, for what several accounts of a kind share; and every address.

    Inactive accounts count: the platform finds the address ambiguous before it looks whether one is active.
    """
    shared: dict[Kind, dict[str, list[str]]] = {}
    every: set[str] = set()
    for kind in Kind:
        of_kind = [(rules.key(one.email), one.login) for one in accounts if one.kind is kind]
        counts = Counter(key for key, _ in of_kind)
        every.update(counts)
        if len(counts) < len(of_kind):
            doubles = {key for key, count in counts.items() if count > 1 and key.strip()}
            shared[kind] = {key: [] for key in doubles}
            for key, login in of_kind:
                if key in doubles:
                    shared[kind][key].append(login)
        else:
            shared[kind] = {}
    return shared, every


def count_locked_out(accounts: Sequence[Account], people: Sequence[Person], rules: Rules) -> int:
    """Return how many would be locked out under these rules, without asking why."""
    shared, _ = shared_addresses(accounts, rules)
    arriving = {rules.key(person.sent(rules)) for person in people if _usable(person)}
    out = 0
    for account in accounts:
        key = rules.key(account.email)
        if account.active and (
            key not in arriving or key in shared[account.kind] or not key.strip() or is_sip(key)
        ):
            out += 1
    return out


class Judge:
    """Judges accounts against people. `people` is None without an export: then the roster alone counts."""

    def __init__(
        self, accounts: Sequence[Account], people: Sequence[Person] | None, rules: Rules, vendor: Vendor
    ) -> None:
        self._rules = rules
        self._exact = rules.match is EmailMatch.EXACT
        self._vendor = vendor
        self._shared, taken = shared_addresses(accounts, rules)
        self._directory = None if people is None else Directory(people, rules, taken)

    @property
    def strangers(self) -> int:
        """How many people send an address that no account has."""
        return len(self._directory.strangers) if self._directory else 0

    def judge(self, accounts: Iterable[Account]) -> list[Finding]:
        """Return what happens to each account, in their order."""
        return self._with_near_misses([self._judge(account) for account in accounts])

    def _judge(self, account: Account) -> Finding:
        if not account.active:
            return Finding(account, reasons.INACTIVE)
        own = self._from_roster(account)
        if own is not None:
            return own
        if self._directory is None:
            return self._without_directory(account)
        people = self._directory.senders(account.email)
        return self._arriving(account, people) if people else self._not_arriving(account, self._directory)

    def _key(self, account: Account) -> str:
        return account.email if self._exact else account.email.casefold()

    def _from_roster(self, account: Account) -> Finding | None:
        if not account.email.strip():
            return Finding(account, reasons.NO_EMAIL)
        if is_sip(account.email):
            return Finding(account, reasons.SIP)
        sharing = self._shared[account.kind].get(self._key(account))
        if sharing is not None:
            others = [login for login in sharing if login != account.login]
            shown = ", ".join(others[:_NAMED]) or "another row of the same login"
            more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
            return Finding(account, reasons.DUPLICATE, f"shared with {shown}{more}")
        return None

    def _without_directory(self, account: Account) -> Finding:
        if account.email != account.email.strip():
            return Finding(account, reasons.WHITE_SPACE, "white space around the address, on the platform")
        problem = malformed(account.email)
        return Finding(account, reasons.MALFORMED, problem) if problem else Finding(account, reasons.OK)

    def _arriving(self, account: Account, people: Sequence[Person]) -> Finding:
        sent = people[0].sent(self._rules)
        usable = [person for person in people if _usable(person)]
        if len(usable) == 1 and usable[0].warning is None:
            return Finding(account, reasons.OK, idp_value=sent)
        if not usable:
            person = min(people, key=lambda one: one.trouble is not None)
            if person.trouble is not None:
                return Finding(account, person.trouble, person.status, sent)
            return Finding(account, reasons.NOT_ASSIGNED, f"signs in as {person.login}", sent)
        if len(usable) > 1:
            names = ", ".join(person.login for person in usable[:_NAMED])
            return Finding(account, reasons.SEVERAL_PEOPLE, f"sent by {names}", sent)
        warning = usable[0].warning or reasons.OK
        return Finding(account, warning, usable[0].status, sent)

    def _not_arriving(self, account: Account, directory: Directory) -> Finding:
        for person in directory.alike(account.email):
            sent = person.sent(self._rules)
            reason, detail = difference(account.email, sent)
            return Finding(account, reason, _with_status(detail or f"arrives as {sent}", person), sent)
        for person in directory.keepers(account.email):
            return self._kept_back(account, person)
        for person in directory.guests(account.email):
            return Finding(account, reasons.GUEST, self._both(person), person.login)
        problem = malformed(account.email)
        if problem:
            return Finding(account, reasons.MALFORMED, problem)
        near = directory.namesake(account.email)
        return Finding(account, reasons.NOT_AT_IDP, f"nearest: {near}" if near else "", near)

    def _with_near_misses(self, findings: list[Finding]) -> list[Finding]:
        """Add the address one letter away to those who are unknown and have no namesake."""
        lost = [one for one in findings if one.reason is reasons.NOT_AT_IDP and not one.idp_value]
        if self._directory is None or not lost:
            return findings
        near = self._directory.near_misses({one.account.email for one in lost})
        return [
            replace(one, detail=f"nearest: {near[one.account.email]}", idp_value=near[one.account.email])
            if one.reason is reasons.NOT_AT_IDP and one.account.email in near and not one.idp_value
            else one
            for one in findings
        ]

    def _kept_back(self, account: Account, person: Person) -> Finding:
        sent = person.sent(self._rules)
        if person.guest and not sent:
            return Finding(account, reasons.GUEST, self._both(person), person.login)
        reason: Reason = reasons.SENDS_OTHER if sent else reasons.NO_MAIL
        return Finding(account, reason, _with_status(self._both(person), person), sent)

    def _both(self, person: Person) -> str:
        """Say both addresses of a person, so that the administrator can choose which is sent."""
        mail, login = person.mail or "empty", person.app_login or person.login
        synced = "; synchronised, so change it on premises" if person.synced else ""
        return f"{self._vendor.mail}: {mail}; {self._vendor.login}: {login}{synced}"


def _usable(person: Person) -> bool:
    return person.trouble is None and person.assigned is not False


def _with_status(detail: str, person: Person) -> str:
    """Mention what would stop the person even after the address is corrected."""
    if person.trouble is not None:
        return f"{detail}; also {person.trouble.title[:1].lower()}{person.trouble.title[1:]}"
    return f"{detail}; also not assigned" if person.assigned is False else detail
