"""A client's life in random order against a small model; what differs is told as a scenario that replays it.

Invariants: nobody is ever admitted as somebody else; with single sign-on off no answer of the IdP opens a
session; after disabling everyone with a password gets in again; the audit trail explains every refusal.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

import yaml
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from werkzeug.test import TestResponse

from platform_stub.refusals import SENTENCES
from tests.platform_stub.sso_provider import OP
from tests.platform_stub.sso_signer import ISSUER
from tests.platform_stub.whole_platform import OTHER_ISSUER, Person, Site, is_redirect

USERS, AGENTS = ("alice", "mallory"), ("adam", "trudy")
PEOPLE = (*USERS, *AGENTS)
MOST_KEYS = 2  # making one takes as long as ten logins
ACTS = (
    "switch off",
    "save what the IdP shows",
    "restore",
    "switch on",
    "save another issuer",
    "choose the other standard",
    "roll keys over",
)
_CHOICE = st.integers(min_value=0, max_value=9)
_WATCHED = 4
"""So many browsers of the last steps are asked who is signed in."""
_ROLLOVER = {"keys": ["publish_next", "activate_next", "retire_previous"]}
_COUNT = itertools.count()


@dataclass(frozen=True)
class Saved:
    """What the model remembers of a revision: both standards' values, and which of them counts."""

    standard: str = "saml"
    key: str = ""
    saml_issuer: str = ""
    oidc_issuer: str = ""


class Lifecycle(RuleBasedStateMachine):
    """One client of `site`: an administrator, an IdP with its keys, two users and two agents."""

    site: Site  # set by the test

    def __init__(self) -> None:
        super().__init__()
        self.tenant = self.site.tenant(f"acme{next(_COUNT)}", USERS, AGENTS)
        self.enabled = False
        self.keys = 1
        self.revisions: list[Saved] = [Saved()]  # before the first one
        self.people: list[Person] = []
        self.refusals = 0
        self.steps: list[dict[str, Any]] = []

    # What the administrators of both sides do.

    @initialize(standard=st.sampled_from(("saml", "oidc")))
    def set_up(self, standard: str) -> None:
        if standard == "oidc":
            self.steps.append({"protocol": standard})
        self._save(right=True, standard=standard)
        self._remember()
        self._switch(on=True)

    @rule(act=st.sampled_from(ACTS), choice=_CHOICE)
    def administer(self, act: str, choice: int) -> None:
        if act in {"switch on", "switch off"}:
            self._switch(on=act == "switch on")
        elif act == "restore":
            self._restore(choice % (len(self.revisions) - 1) + 1)
        elif act == "save what the IdP shows":
            self.steps.append({"save": "complete"})
            self._save(right=True)
            self._remember()
        elif act == "save another issuer":
            field = "issuer_url" if self.saved.standard == "saml" else "issuer"
            self.steps.append({"save": {"set": {field: OTHER_ISSUER}}})
            self._save(right=False)
            self._remember()
        elif act == "choose the other standard":
            other = "oidc" if self.saved.standard == "saml" else "saml"
            self.steps.append({"protocol": other})
            self._save(right=True, standard=other)
            self._remember()
        elif self.keys < MOST_KEYS:
            self.steps.append({"idp": _ROLLOVER})
            self.keys += 1

    # What people do.

    @rule(login=st.sampled_from(PEOPLE))
    def login(self, login: str) -> None:
        person = self._person(login)
        admitted = self.enabled and self._fits(self.key)
        self._step("login", login, admitted=admitted)
        page = person.open_login_page()
        self._expect(is_redirect(page) == self.enabled, "the login page leads to the IdP while it is on only")
        if self.enabled:
            answer = person.answer(page, key=self.key)
            self._end(person, person.deliver(answer, key=self.key), admitted=admitted)

    @rule(login=st.sampled_from(PEOPLE))
    def password_login(self, login: str) -> None:
        self._step("password_login", login, admitted=not self.enabled)
        person = self._person(login)
        self._end(person, person.send_password(), admitted=not self.enabled)

    @precondition(lambda self: self.enabled and self._fits(self.key))
    @rule(login=st.sampled_from(PEOPLE))
    def log_out(self, login: str) -> None:
        self.steps.append({"logout": {"as": login}})
        person = self._person(login)
        person.deliver(person.answer(person.open_login_page(), key=self.key), key=self.key)
        self._expect(person.who() == person.account, f"{login} is signed in before logging out")
        person.log_out()
        self._expect(person.who() is None, f"{login} is signed out")

    @precondition(lambda self: self.enabled)
    @rule(login=st.sampled_from(PEOPLE), act=st.sampled_from(ACTS[:3]), choice=_CHOICE)
    def answer_after(self, login: str, act: str, choice: int) -> None:
        """An administrator does something while an answer of the IdP is on its way."""
        self.steps.append({"hold_login": {"as": login}})
        person, key, revision = self._person(login), self.key, len(self.revisions)
        answer = person.answer(person.open_login_page(), key=key)
        self.administer(act, choice)
        admitted = self.enabled and revision == len(self.revisions) and self._fits(key)
        self.steps.append({"deliver": {"expect": _word(admitted=admitted)}})
        self._end(person, person.deliver(answer, key=key), admitted=admitted)

    # What must always hold.

    @invariant()
    def nobody_is_somebody_else(self) -> None:
        for person in self.people[-_WATCHED:]:
            self._expect(
                person.who() in {None, person.account}, f"{person.login} is {person.account} or nobody"
            )

    @invariant()
    def the_audit_explains_every_refusal(self) -> None:
        refused = [entry for entry in self.tenant.audit() if entry.result == "refused"]
        self._expect(len(refused) == self.refusals, f"{self.refusals} refusals in the audit: {len(refused)}")
        for entry in refused:
            self._expect(entry.reason in SENTENCES, f"{entry.reason!r} explains a refusal")

    # What the model knows.

    @property
    def key(self) -> str:
        """The signer that the IdP uses now."""
        return f"idp{self.keys}"

    @property
    def saved(self) -> Saved:
        """The current revision."""
        return self.revisions[-1]

    def _fits(self, key: str) -> bool:
        """Whether a login works; OpenID Connect finds the keys by itself."""
        if self.saved.standard == "oidc":
            return self.saved.oidc_issuer == OP
        return (self.saved.key, self.saved.saml_issuer) == (key, ISSUER)

    def _switch(self, *, on: bool) -> None:
        self.steps.append({"switch": "on" if on else "off"})
        self.tenant.switch(on=on)
        self.enabled = on
        for login in () if on else PEOPLE:  # everyone with a password gets in again
            self.password_login(login)

    def _restore(self, revision: int) -> None:
        self.steps.append({"restore": f"r{revision}"})
        self.tenant.restore(revision)
        self.revisions.append(self.revisions[revision])
        self._remember()

    def _save(self, *, right: bool, standard: str = "") -> None:
        """Save the IdP's values for this standard, or for the one that counts; `right` but for the issuer."""
        standard = standard or self.saved.standard
        if standard == "saml":
            issuer = ISSUER if right else OTHER_ISSUER
            self.tenant.save(key=self.key, issuer=issuer)
            new = replace(self.saved, standard=standard, key=self.key, saml_issuer=issuer)
        else:
            issuer = OP if right else OTHER_ISSUER
            self.tenant.save_oidc(issuer=issuer)
            new = replace(self.saved, standard=standard, oidc_issuer=issuer)
        self.revisions.append(new)

    def _remember(self) -> None:
        self.steps.append({"remember_config": f"r{len(self.revisions) - 1}"})

    def _person(self, login: str) -> Person:
        person = self.tenant.person(login)
        self.people.append(person)
        return person

    def _step(self, verb: str, login: str, *, admitted: bool) -> None:
        self.steps.append({verb: {"as": login, "expect": _word(admitted=admitted)}})

    def _end(self, person: Person, answer: TestResponse, *, admitted: bool) -> None:
        who = person.who()
        if admitted:
            self._expect(who == person.account, f"{person.login} is admitted, not {who or 'refused'}")
            return
        self._expect(answer.status_code == 403, f"a refusal is no status {answer.status_code}")
        self._expect(who is None, f"{person.login} is refused, not admitted as {who}")
        self.refusals += 1

    def _expect(self, holds: bool, sentence: str) -> None:
        if not holds:
            raise AssertionError(f"Expected: {sentence}.\n\n{scenario(self.steps)}")


def scenario(steps: list[dict[str, Any]]) -> str:
    """Return a scenario file with these steps; saved in `scenarios/lifecycle/`, it replays them anywhere."""
    case = {
        "title": "A counterexample of the life cycle's model",
        "requirement": "Everybody is admitted as themself while the model says so, and refused otherwise.",
        "why": "The model found this order of steps, in which the platform does something else.",
        "fix": "Compare the last step with what the model expects of it.",
        "class": "lifecycle",
        "protocol": "saml",
        "personalities": ["okta"],
        "steps": steps,
    }
    defaults = {"level": "MUST", "severity": "high", "basis": "inferred", "refs": ["LIVEVOX-SSO"]}
    defaults |= {"agents": ["http"], "start": "saved"}
    text = yaml.safe_dump({"defaults": defaults, "cases": {"found": case}}, sort_keys=False, width=110)
    return (
        "# Save as scenarios/lifecycle/counterexample.yaml, then run:\n"
        "#   python -m conformance run --case lifecycle.counterexample.found\n" + text
    )


def _word(*, admitted: bool) -> str:
    return "admitted" if admitted else "refused"
