"""The words of the suite as types: cases, expectations, observations, verdicts.

Only data lives here, on the standard library alone; judging is in `judge`, reading files in `catalogue`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What a case says about the target. There is no default: a case without a verdict is an error."""

    PASS = "pass"  # noqa: S105  (a verdict, not a password)
    """The target did what the requirement says."""
    FAIL = "fail"
    """The target broke a MUST requirement."""
    WARN = "warn"
    """The target broke a SHOULD requirement."""
    INCONCLUSIVE = "inconclusive"
    """Nothing can be said, because the control login failed or no answer came."""
    NOT_APPLICABLE = "not_applicable"
    """The target lacks a capability that the case needs; the reason names it."""
    ERROR = "error"
    """The harness or the adapter failed; nothing is said about the target."""


class Expected(StrEnum):
    """What a requirement asks for."""

    ADMITTED = "admitted"
    """A session of exactly the named account."""
    REFUSED = "refused"
    """No session of any kind, by a controlled answer."""
    EITHER = "either"
    """Policy: any controlled outcome is recorded."""


class Outcome(StrEnum):
    """What was seen. Never the same type as `Expected`, so that the two cannot be mixed up."""

    ADMITTED = "admitted"
    """The target's session names an account."""
    REFUSED = "refused"
    """No session, and the target or the IdP answered in a controlled way."""
    CRASHED = "crashed"
    """5xx, a closed socket or a malformed answer."""
    NO_ANSWER = "no_answer"
    """Nothing within the time limit."""


class Place(StrEnum):
    """Where a login ended."""

    BEFORE_REDIRECT = "before_redirect"
    """At the login URL: the browser never left the platform."""
    IDP = "idp"
    """On a page of the identity provider."""
    ENDPOINT = "endpoint"
    """At the platform after the IdP answered: the ACS or the callback."""
    SESSION = "session"
    """Inside the platform."""


class Level(StrEnum):
    """The strength of the requirement: a broken MUST fails, a broken SHOULD warns."""

    MUST = "MUST"
    SHOULD = "SHOULD"


class Severity(StrEnum):
    """What a failure costs, worst first."""

    CRITICAL = "critical"
    """Forgery, or somebody inside as somebody else."""
    HIGH = "high"
    """Binding and lifetime; a lock-out."""
    MEDIUM = "medium"
    LOW = "low"
    """Hygiene."""


class Plan(StrEnum):
    """How often a case is played: each plan plays those before it too."""

    SMOKE = "smoke"
    """At every change: one login of each kind, one forgery of each kind."""
    GATE = "gate"
    """Before a release: all that any platform must do."""
    FULL = "full"
    """Everything."""


class Basis(StrEnum):
    """What a requirement rests on, so that a report can tell the documentation from our reading of it."""

    STATED = "stated"
    """The platform's documentation of single sign-on says so."""
    DOCUMENTED = "documented"
    """Another page of the platform's documentation says so."""
    INFERRED = "inferred"
    """Our reading, where the documentation is silent."""
    STANDARD = "standard"
    """A SAML, OAuth or OpenID Connect specification says so."""


HARMLESS_WHEN_VOUCHED = frozenset({"wrapping", "parser"})
"""Classes in which admitting the identity that the IdP really signed is safe: the attacker gained nothing."""

BASELINES = ("assertion", "response", "both")
"""What an IdP signs in a SAML login: the assertion, the response, or each of them."""

SIGNED_FOR_SOMEBODY_ELSE = frozenset({"replay"})
"""Classes in which the IdP did sign the session's identity, for another login: bad, but no forgery."""

CLASSES = frozenset(
    {
        "login",
        "identity",
        "surface",
        "provisioning",
        "routing",
        "lifecycle",
        "rollover",
        "closure",
        "signature",
        "wrapping",
        "parser",
        "audience",
        "recipient",
        "issuer",
        "time",
        "replay",
        "request-binding",
        "status",
        "session",
        "secrecy",
        "availability",
        "safe-mode",
    }
)
"""The classes of cases, faults and weaknesses: a weakness is caught by a case of its own class."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person whom the platform knows: a user or an agent, with the e-mail that the platform holds."""

    id: str
    kind: str
    """"user" or "agent"; they have different login URLs."""
    login: str
    password: str
    email: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a session of the target belongs to, as the target itself says."""

    kind: str
    login: str
    email: str = ""

    def __str__(self) -> str:
        """Read as in `user alice (alice@acme.test)`."""
        return f"{self.kind} {self.login}" + (f" ({self.email})" if self.email else "")


@dataclass(frozen=True, slots=True)
class Observation:
    """What one login attempt led to."""

    outcome: Outcome
    place: Place
    identities: tuple[Identity, ...] = ()
    """Every account in the browser's sessions afterwards; more than one when both surfaces are open."""
    code: str = ""
    """The target's or the IdP's own name for the refusal, for example `audience-mismatch`."""
    text: str = ""
    """What the page said."""
    url: str = ""

    def __str__(self) -> str:
        """Read as in `refused at the endpoint: audience-mismatch`."""
        if self.outcome is Outcome.ADMITTED:
            return "admitted as " + " and ".join(str(identity) for identity in self.identities)
        where = {
            Place.BEFORE_REDIRECT: "at the login URL",
            Place.IDP: "at the identity provider",
            Place.ENDPOINT: "at the ACS or callback",
            Place.SESSION: "inside the platform",
        }[self.place]
        return f"{self.outcome.value.replace('_', ' ')} {where}" + (f": {self.code}" if self.code else "")


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a login attempt must lead to."""

    expected: Expected
    account: Account | None = None
    """Whom the session must belong to; None unless `expected` is ADMITTED."""
    place: Place | None = None
    """Where a refusal must happen, when the requirement says so."""
    says: tuple[str, ...] = ()
    """What the refusal must name."""
    beside: Account | None = None
    """Whose session of the other kind must be open in the same browser."""

    def __str__(self) -> str:
        """Read as in `admitted as user alice`."""
        if self.account is not None:
            beside = f", beside {self.beside.kind} {self.beside.login}" if self.beside else ""
            return f"admitted as {self.account.kind} {self.account.login}{beside}"
        if self.expected is Expected.REFUSED and self.place is not None:
            return f"refused ({self.place.value.replace('_', ' ')})"
        return self.expected.value


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """One fault of the mock IdP's catalogue with its parameters."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a journey: a verb of the closed set in `steps`, its arguments, and its line in the file."""

    verb: str
    args: Any
    line: int


@dataclass(frozen=True, slots=True)
class Case:
    """One requirement and how it is tried. Declared in one place: a file under `scenarios/`."""

    id: str
    row: str
    """The id as written, without its variant and baseline."""
    title: str
    requirement: str
    why: str
    refs: tuple[str, ...]
    basis: Basis
    level: Level
    severity: Severity
    cls: str
    protocol: str
    """"saml" or "oidc"."""
    personalities: tuple[str, ...]
    agents: tuple[str, ...]
    expect: Expected | None
    """For a single login; None for a journey, whose steps carry their own expectations."""
    place: Place | None
    """Where a refusal must happen, when the requirement says so."""
    says: tuple[str, ...]
    """What a refusal must name, so that its reader knows the cause: codes, or words of its page."""
    surface: str
    persona: str
    """Who sits at the browser: the attacker in an attack."""
    victim: str
    fault: FaultSpec | None
    given: tuple[Step, ...]
    """State that makes this login differ from its control."""
    steps: tuple[Step, ...]
    start: str
    """"enabled" (shared, read-only), or "blank", "saved", "fresh" (its own platform client)."""
    crowd: int
    """How many made-up users and agents there are beside the roster, at the platform and at the IdP."""
    needs: frozenset[str]
    """Capabilities of the target without which the case does not apply."""
    destructive: bool
    covers: tuple[str, ...]
    """Ids of the requirement catalogues that this case satisfies."""
    fix: str
    """The usual fix, in one or two sentences."""
    was: tuple[str, ...]
    """Former ids."""
    file: str
    line: int
    weaknesses: tuple[str, ...] = ()
    """The planted weaknesses of the stub, each of which makes this case fail."""
    plan: Plan = Plan.GATE
    chromium_personalities: tuple[str, ...] | None = None
    """The personalities that are played in Chromium; None: all of them, as over HTTP."""
    baseline: str = ""
    """What the IdP signs here (SAML): "assertion", "response" or "both"; empty: as the personality does."""
    second_client: tuple[str, str] | None = None
    """A second platform client: its IdP ("shared" or "own") and its start; None where one is enough."""

    def personalities_in(self, agent: str) -> tuple[str, ...]:
        """Return the personalities that this user agent plays."""
        named = self.chromium_personalities if agent == "chromium" else None
        return self.personalities if named is None else named

    @property
    def changes_directory(self) -> bool:
        """Whether a step changes the IdP's directory or its app, so that the arena cannot be shared."""
        return any(step.verb in ("directory", "idp", "idp_app") for step in self.steps)


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a case: the case with its parameter (personality) and the agent that drives it."""

    case: Case
    personality: str
    agent: str

    @property
    def id(self) -> str:
        """Unique in a run: `case[personality-agent]`."""
        return f"{self.case.id}[{self.personality}-{self.agent}]"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was expected and seen, already judged. A case has one or more."""

    title: str
    expected: str
    observed: str
    verdict: Verdict
    reason: str
    severity: Severity | None = None
    """Set when the observation weighs more, or less, than the case's own severity says."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run of a case ended with."""

    run: Run
    verdict: Verdict
    severity: Severity
    expected: str
    observed: str
    reason: str
    checks: Sequence[Check] = ()
    evidence: Sequence[Mapping[str, Any]] = ()
    duration_ms: float = 0.0
    changed: Sequence[str] = ()
    """What the fault changed, in the mock IdP's own sentences."""
    rehearsal: Mapping[str, Any] | None = None
    """On which day logins stopped and started again, where a calendar was played."""
