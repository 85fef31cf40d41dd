"""A case that is a sequence of steps: each is carried out, and those that expect something are judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.agents.protocol import UserAgent
from conformance.catalogue.api_verbs import ApiLogin, ApiSession
from conformance.catalogue.ask import Ask
from conformance.catalogue.rehearsal import Rehearsal
from conformance.catalogue.verbs import (
    STATE_VERBS,
    DeepLink,
    FormPost,
    ImportMetadata,
    Login,
    Logout,
    LogOutAtIdp,
    Meter,
    Neighbour,
    OpenForm,
    PasswordLogin,
    SingleLogout,
    StillIn,
    SubmitForm,
)
from conformance.checks.observe import observe, origin
from conformance.judge import Circumstances, judge
from conformance.model import Check, Expectation, Expected, FaultSpec, Observation, Outcome, Place, Run, Step
from conformance.steps import single_logout as logout
from conformance.steps.after_login import judge_page
from conformance.steps.answers import answer_verbs
from conformance.steps.api_caller import REDIRECT_URI, ApiAttempt, ApiCaller, observed_session
from conformance.steps.arena import Arena
from conformance.steps.attempt import Attempt, password_login
from conformance.steps.browsers import reopen
from conformance.steps.flow import flow_verbs
from conformance.steps.importing import MetadataImports
from conformance.steps.landing import judge_idp_logout, judge_inert, judge_landing, judge_logout_end
from conformance.steps.meter import read_meter
from conformance.steps.questions import put_question, submit_form
from conformance.steps.rehearsal import play_rehearsal
from conformance.steps.remembered import RememberedConfigs
from conformance.steps.signed_in import SignedIn
from conformance.steps.stage import Stage
from conformance.steps.state import apply_state
from conformance.targets.protocol import MissingCapabilityError
from conformance.template import fill


class Journey:
    """Plays the steps of one case in its arena, and keeps checks, attempts and meter readings."""

    def __init__(self, stage: Stage, run: Run, arena: Arena) -> None:
        self.stage = stage
        self.run = run
        self.arena = arena
        self.checks: list[Check] = []
        self.attempts: list[Attempt] = []
        self.phases: list[dict[str, Any]] = []
        self.calendars: list[dict[str, Any]] = []
        self._configs = RememberedConfigs(arena.session)
        self._forms: dict[str, UserAgent] = {}
        self.kept: dict[str, Any] = {}
        self._api: ApiAttempt | None = None
        self._other: Journey | None = None
        self._imports = MetadataImports(arena)
        self.stack = ExitStack()
        """What steps opened and the end of the journey closes."""
        self.browsers = stage.browsers[run.agent]
        self._signed_in = SignedIn(arena, self.browsers)
        self._verbs: dict[str, Callable[[Any], None]] = {
            "login": self._login,
            "log_out_at_idp": self._log_out_at_idp,
            "import_metadata": self._import_metadata,
            "single_logout": self._single_logout,
            "password_login": self._password_login,
            "meter": self._meter,
            "remember_config": self._configs.remember,
            "config_is": self._config_is,
            "restore": self._configs.restore,
            "logout": self._logout,
            "still_in": self._still_in,
            "api_login": self._api_login,
            "api_session": self._api_session,
            "second": self._second,
            "open_form": self._open_form,
            "submit_form": self._submit_form,
            "form_post": self._form_post,
            "deep_link": self._deep_link,
            "rehearsal": self._rehearsal,
            "ask": self._ask,
            "neighbour": self._neighbour,
            **answer_verbs(self),
            **flow_verbs(self),
        }

    def play(self) -> None:
        """Carry out every step in order."""
        with self.stack, closing(self._imports):
            for step in self.run.case.steps:
                self._play(step)

    def _second(self, steps: Sequence[Step]) -> None:
        """Play steps in the second client: what was judged, seen and kept counts for the whole journey."""
        if self._other is None:
            assert self.arena.second is not None  # the rules have looked that the case has one
            self._other = Journey(self.stage, self.run, self.arena.second)
            self._other.checks, self._other.attempts = self.checks, self.attempts
            self._other.stack = self.stack
            self._other.phases, self._other.kept = self.phases, self.kept
        for step in steps:
            self._other._play(step)

    def _play(self, step: Step) -> None:
        if step.verb in self._verbs:
            self._verbs[step.verb](step.args)
        elif step.verb in STATE_VERBS:
            apply_state(self.arena, step)
        else:
            raise LookupError(f"line {step.line}: the verb `{step.verb}` has no implementation")

    def new_agent(self) -> UserAgent:
        """Return a fresh browser; those of earlier logins are not needed any more."""
        for attempt in self.attempts:
            self.browsers.give_back(attempt.agent)
        return self.browsers.take()

    def begin(self, title: str, who: str, surface: str = "", fault: FaultSpec | None = None) -> Attempt:
        """Return a login of this person in a fresh browser, at their own surface unless another is named."""
        surface = surface or self.arena.account(who).kind
        return self._add(Attempt(title, self.new_agent(), self.arena, surface, who, fault))

    def _add(self, attempt: Attempt) -> Attempt:
        """Count a login that is about to begin, and take the faults of those that are over off."""
        for earlier in self.attempts:
            if earlier.seen is not None:
                earlier.forget_fault()
        self.attempts.append(attempt)
        return attempt

    def _circumstances(self, person: str) -> Circumstances:
        return Circumstances(self.run.case.level, self.run.case.cls, self.arena.account(person))

    def judge(
        self,
        title: str,
        person: str,
        expected: Expected,
        seen: Observation,
        *,
        place: Place | None = None,
        says: Sequence[str] = (),
        beside: str = "",
        forged: Attempt | None = None,
    ) -> None:
        """Judge what a login of this person led to; the check counts for the journey."""
        account = self.arena.account(person) if expected is Expected.ADMITTED else None
        words = self.stage.words_due(says, seen)
        other = self.arena.account(beside) if beside else None
        given = self._circumstances(person)
        if forged is not None and forged.fault is not None:
            given = replace(given, fault_armed=True, fault_fired=forged.fired)
        expectation = Expectation(expected, account, place, words, other)
        self.checks.append(judge(title, expectation, seen, given))

    def _login(self, args: Login) -> None:
        surface = args.surface or self.arena.account(args.who).kind
        title = args.title or f"{args.who} logs in by single sign-on"
        agent = self.new_agent() if args.browser == "fresh" else self.attempts[-1].agent
        if args.browser == "same_other_person":
            agent.clear_cookies(origin(self.arena.tenant.base_url))
        fault = self.fault(args.fault)
        attempt = Attempt(
            title,
            agent,
            self.arena,
            surface,
            args.who,
            fault,
            args.fault_stays,
            args.asks,
            consents=args.consents,
        )
        attempt.earlier = agent.cookies() if args.browser != "fresh" else None
        self._add(attempt)
        seen = attempt.run(address=self.entrance(args.through, surface)).observed()
        if args.browser == "same_other_person" and seen.outcome is Outcome.ADMITTED and not attempt.id:
            raise MissingCapabilityError(
                "the platform's login URL starts no login while somebody is logged in; it keeps their session"
            )
        self.judge(
            title,
            args.account or args.who,
            args.expect,
            seen,
            place=args.place,
            says=args.says,
            beside=args.beside,
            forged=attempt,
        )
        self.checks += judge_page(title, args, attempt, self.arena.names(), self.run.case.level)
        self.kept |= {f"last.{name}": value for name, value in attempt.asked.items()}

    def _api_login(self, args: ApiLogin) -> None:
        if self.arena.protocol == "oidc" and self._api is None:
            self.arena.admit_api_caller(REDIRECT_URI)
        agent = self.new_agent() if args.source == "code" else None
        key = {"own": None, "missing": "", "wrong": "no-token-of-anybody"}.get(args.access)
        if args.access == "second":
            assert self.arena.second is not None  # the rules have looked that the case has one
            key = self.arena.second.session.api_key()
        last = self.attempts[-1].delivered if self.attempts else None
        assertion = last.form.get("SAMLResponse", "") if last else ""
        fault = self.fault(args.fault)
        self._api, seen = ApiCaller(self.arena, agent).log_in(args, assertion, fault, key)
        title = args.title or f"{args.who} logs in at the API by {args.by.replace('_', ' ')}"
        expectation = Expectation(
            args.expect,
            self.arena.account(args.who) if args.expect is Expected.ADMITTED else None,
            args.place,
            self.stage.words_due(args.says, seen),
        )
        given = replace(
            self._circumstances(args.who), fault_armed=fault is not None, fault_fired=self._api.fault_fired
        )
        self.checks.append(judge(title, expectation, seen, given))

    def _api_session(self, args: ApiSession) -> None:
        if self._api is None:
            raise LookupError("`api_session` needs an `api_login` before it")
        seen = observed_session(self.arena.session.api_identity(self._api.session), "no session", "")
        self.judge(args.title or f"{self._api.who}'s API session", self._api.who, args.expect, seen)

    def fault(self, named: Mapping[str, Any] | None) -> FaultSpec | None:
        """Return the fault of a step, with the arena's values in the place of their names."""
        if named is None:
            return None
        params = dict(named)
        last = {"last.request": self.attempts[-1].id if self.attempts else ""}
        return FaultSpec(str(params.pop("name")), fill(params, {**self.arena.names(), **self.kept, **last}))

    def _still_in(self, args: StillIn) -> None:
        last = self.attempts[-1]
        if args.browser == "reopened":
            reopen(last.agent)
        seen = observe(last.agent, self.arena.session, self.arena.tenant.base_url)
        title = args.title or f"{last.persona}'s session afterwards"
        self.judge(title, last.persona, args.expect, seen)

    def entrance(self, name: str, surface: str) -> str:
        """Return where a login begins that does not begin at the login URL; "" for no name."""
        return self.arena.session.entrance(name, surface) if name else ""

    def _neighbour(self, args: Neighbour) -> None:
        """Log in at the client that the cases which change nothing share: it is completely set up."""
        other = self.stage.shared_arena(self.run.personality, self.arena.protocol)
        with self.browsers.one() as agent:
            attempt = Attempt("neighbour", agent, other, other.account(args.who).kind, args.who)
            seen = attempt.run().observed()
        self.judge(args.title or f"{args.who} of another client logs in", args.who, args.expect, seen)

    def _log_out_at_idp(self, args: LogOutAtIdp) -> None:
        if not self.arena.idp_logout or not self.attempts:
            raise LookupError("`log_out_at_idp` needs an OpenID Connect login before it")
        page = self.attempts[-1].agent.open(self.arena.idp_logout)
        self.checks.append(judge_idp_logout(page, args, self.run.case.level))

    def _single_logout(self, args: SingleLogout) -> None:
        title = f"{args.who} logs in"
        attempt = self.begin(title, args.who)
        self.judge(title, args.who, Expected.ADMITTED, attempt.run().observed())
        level, due = self.run.case.level, "diagnosis" in self.stage.target.capabilities
        if args.source == "idp":
            self.checks.append(logout.from_idp(attempt, args, level, words_due=due))
            return
        self.checks.append(logout.from_platform(attempt, args, level, words_due=due))
        seen = observe(attempt.agent, self.arena.session, self.arena.tenant.base_url)
        self.judge(f"{args.who}'s session at the platform is over", args.who, Expected.REFUSED, seen)

    def _import_metadata(self, args: ImportMetadata) -> None:
        diagnosed = "diagnosis" in self.stage.target.capabilities
        self.checks.append(self._imports.read(args, self.run.case.level, diagnosed=diagnosed))

    def _password_login(self, args: PasswordLogin) -> None:
        title = args.title or f"{args.who} logs in by password"
        with self.browsers.one() as agent:
            seen = password_login(agent, self.arena, self.arena.account(args.who))
        self.judge(title, args.who, args.expect, seen)

    def _meter(self, args: Meter) -> None:
        case = self.run.case
        given = Circumstances(level=case.level, cls=case.cls)
        checks, phase = read_meter(self.stage, self.arena, self.run.agent, args, given)
        self.checks.extend(checks)
        self.phases.append(phase)

    def _rehearsal(self, args: Rehearsal) -> None:
        played = play_rehearsal(self.stage, self.arena, self.run, args)
        self.checks.extend(played.checks)
        self.attempts.append(played.telling)
        self.calendars.append(played.calendar)

    def _config_is(self, name: str) -> None:
        self.checks.append(self._configs.judge(name, self.run.case.level))

    def _logout(self, args: Logout) -> None:
        attempt = self.begin(f"{args.who} logs in and out", args.who)
        self.judge(f"{args.who} logs in", args.who, Expected.ADMITTED, attempt.run().observed())
        agent = attempt.agent
        cookies = agent.cookies()
        self.arena.session.log_out(agent, attempt.surface, args.wish)
        self.checks += judge_logout_end(agent.page, args, self.arena.tenant.base_url, self.run.case.level)
        if args.wish:
            idp, platform = self.arena.tenant.base_url, self.arena.session.login_url(attempt.surface)
            self.checks += judge_landing(agent, platform, idp, self.run.case.level, exactly=False)
        seen = observe(agent, self.arena.session, self.arena.tenant.base_url)
        self.judge(f"{args.who} has logged out", args.who, Expected.REFUSED, seen)
        agent.restore_cookies(cookies)
        seen = observe(agent, self.arena.session, self.arena.tenant.base_url)
        self.judge(f"{args.who}'s old cookies are brought back", args.who, Expected.REFUSED, seen)

    def _open_form(self, args: OpenForm) -> None:
        agent = self.browsers.take()
        self._forms[args.who] = agent
        page = agent.open(self.arena.session.login_url(self.arena.account(args.who).kind))
        fields = self.arena.session.password_fields(self.arena.account(args.who))
        if not set(fields) & page.fields:
            raise LookupError(f"no password form is shown to {args.who} at {page.url}")

    def _submit_form(self, args: SubmitForm) -> None:
        agent = self._forms[args.who]
        fields = self.arena.session.password_fields(self.arena.account(args.who))
        agent.submit({name: value for name, value in fields.items() if name in agent.page.fields})
        seen = observe(agent, self.arena.session, self.arena.tenant.base_url)
        self.judge(args.title or f"{args.who} submits the form opened before", args.who, args.expect, seen)

    def _form_post(self, args: FormPost) -> None:
        form = self.arena.session.form(args.form)
        with self.browsers.one() as agent:
            seen = password_login(agent, self.arena, self.arena.account(args.who))
            if seen.outcome is not Outcome.ADMITTED:
                raise LookupError(f"{args.who} could not sign in to submit a form: {seen}")
            submit_form(agent, form, args.source)

    def _ask(self, args: Ask) -> None:
        given = Circumstances(level=self.run.case.level, cls=self.run.case.cls)
        last = self.attempts[-1] if self.attempts else None
        browser = partial(self._signed_in.browser_of, args.who, last)
        self.checks += put_question(self.arena, args, browser, self.kept, given)

    def _deep_link(self, args: DeepLink) -> None:
        account = self.arena.account(args.who)
        session = self.arena.session
        if args.wish:
            title = f"{args.who} logs in with the wish to land on {args.wish}"
            address = session.deep_link_url(account.kind, args.wish)
        else:
            title = f"{args.who} opens a page behind the login and logs in"
            address = session.protected_url(account.kind)
        address += f"#{args.fragment}" if args.fragment else ""
        attempt = self.begin(title, args.who)
        attempt.fault = self.fault(args.fault)
        expected = Expected.EITHER if args.fault else Expected.ADMITTED
        self.judge(title, args.who, expected, attempt.run(address=address).observed(), forged=attempt)
        idp, level = self.arena.tenant.base_url, self.run.case.level
        exactly = not args.wish and not args.fault
        self.checks += judge_landing(attempt.agent, address, idp, level, exactly=exactly)
        self.checks += judge_inert(title, args.inert, attempt.agent.page, level)
