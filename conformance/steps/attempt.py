"""One login attempt, start to end: open the login address, sign in at the IdP, see who is logged in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from conformance.agents.protocol import (
    Action,
    CrashedError,
    Exchange,
    NoAnswerError,
    UserAgent,
)
from conformance.catalogue.verbs import Asks
from conformance.checks.observe import crashed, observe, origin, unanswered
from conformance.checks.sent.messages import saml_message
from conformance.model import Account, FaultSpec, Observation
from conformance.steps.arena import Arena
from conformance.steps.asking import asking
from conformance.steps.idp_login import Person, sign_in

_SAML = "urn:oasis:names:tc:SAML:2.0:assertion"


@dataclass(slots=True)
class Attempt:
    """A login attempt and all that is known about it. The browser stays open until `agent.close()`."""

    title: str
    agent: UserAgent
    arena: Arena
    surface: str
    persona: str
    fault: FaultSpec | None = None
    fault_stays: bool = False
    """Whether the fault is for each login of the person while this attempt lasts."""
    asks: Asks | None = None
    consents: bool = True
    """Whether the person accepts at the IdP that the platform gets what it asks for."""
    id: str = ""
    """The AuthnRequest's ID, or `state`: what the mock IdP's journal and faults go by."""
    fault_id: str = ""
    fired: bool = False
    applied: list[Mapping[str, str]] = field(default_factory=list)
    seen: Observation | None = None
    asked: Mapping[str, str] = field(default_factory=dict)
    """What the platform's request told the IdP: its `endpoint` (ACS or redirect URI) and its `issuer`."""
    earlier: Sequence[Mapping[str, Any]] | None = None
    """The browser's cookies of before the login, where somebody wants to know what they are worth later."""
    delivered: Exchange | None = None
    """The IdP's answer on its way through the browser to the ACS or callback."""

    def run(self, *, hold: bool = False, address: str = "") -> Attempt:
        """Log in, at `address` or the surface's login URL.

        With `hold`, stop just before the IdP's answer reaches the platform.
        """
        start = address or self.arena.session.login_url(self.surface)
        self.agent.watch(self.arena.tenant.base_url, self._on_idp_request)
        self.agent.watch(self.arena.endpoint(self.surface), self._holder if hold else self._on_delivery)
        login, password = self.arena.tenant.credentials(self.persona)
        if self.fault is not None and self.fault_stays:
            self.fault_id = self.arena.tenant.order_all(self.persona, self.fault)
        self._guarded(lambda: self._browse(start, login, password))
        return self

    def _browse(self, address: str, login: str, password: str) -> None:
        page = self.agent.open(address)
        if self.asks is not None and self.agent.held is not None:
            page = self.agent.open(asking(self.agent.held, self.asks))
        if page.url.startswith(self.arena.tenant.base_url):
            code = partial(self.arena.tenant.code, self.persona)
            sign_in(self.agent, Person(login, password, code, consents=self.consents))

    def deliver(self) -> Attempt:
        """Deliver the answer that was held."""
        self._guarded(self.agent.deliver)
        return self

    def deliver_late(self) -> Observation:
        """Deliver the answer that was held before the browser went elsewhere."""
        assert self.delivered is not None  # the caller has looked that something was held
        self.agent.watch(self.arena.endpoint(self.surface), self._on_delivery)
        return self.send(self.delivered)

    def parameters(self) -> Mapping[str, str]:
        """Return what the IdP's answer carries, by address or form."""
        if self.delivered is None:
            return {}
        return {**dict(parse_qsl(urlsplit(self.delivered.url).query)), **self.delivered.form}

    def deliver_to(self, arena: Arena, surface: str) -> Observation:
        """Deliver the answer that was held at another address of the platform, from the same browser.

        Who is logged in is asked there: `arena` is this one, or the second client's.
        """
        assert self.delivered is not None  # the caller has looked that something is held
        endpoint, query = arena.endpoint(surface), urlsplit(self.delivered.url).query
        there = replace(self, arena=arena, seen=None)
        return there.send(replace(self.delivered, url=f"{endpoint}?{query}" if query else endpoint))

    def send(self, request: Exchange) -> Observation:
        """Make the browser send an IdP answer that travelled before, as the IdP's page would."""
        site = self.arena.tenant.base_url
        if request.method == "POST":
            self._guarded(lambda: self.agent.post(request.url, request.form, from_site=origin(site)))
        else:
            self._guarded(lambda: self.agent.open(request.url))
        return self.observed()

    def observed(self) -> Observation:
        """Ask who is logged in now, and whether the fault fired."""
        if self.seen is None:
            self.seen = observe(self.agent, self.arena.session, self.arena.tenant.base_url)
        if self.fault_id:
            told = self.arena.tenant.fault(self.fault_id)
            self.fired, self.applied = told.fired > 0, [dict(entry) for entry in told.applied]
            if self.fault_stays:
                self.arena.tenant.disarm(self.fault_id)
                self.fault_id = ""
        return self.seen

    def forget_fault(self) -> None:
        """Take the fault off, once all is known of it: a platform may use one `state` for every login."""
        if self.fault_id:
            self.arena.tenant.disarm(self.fault_id)
            self.fault_id = ""

    def _guarded(self, browse: Callable[[], object]) -> None:
        self.seen = _trouble(self.agent, self.arena.tenant.base_url, browse)

    def _on_idp_request(self, request: Exchange) -> Action:
        if not self.id:
            self.id = attempt_id(request)
            self.asked = asked_of(request) if self.id else {}
            if self.id and self.fault is not None and not self.fault_stays:
                self.fault_id = self.arena.tenant.arm(self.id, self.fault)
            if self.id and self.asks is not None:
                return Action.HOLD
        return Action.SEND

    def _on_delivery(self, request: Exchange) -> Action:
        self.delivered = request
        return Action.SEND

    def _holder(self, request: Exchange) -> Action:
        self.delivered = request
        return Action.HOLD


def _trouble(agent: UserAgent, idp_url: str, browse: Callable[[], object]) -> Observation | None:
    """Browse, and return the observation of a hang or a broken connection; None when all was answered."""
    try:
        browse()
    except NoAnswerError as error:
        return unanswered(agent, idp_url, error)
    except CrashedError as error:
        return crashed(agent, idp_url, error)
    return None


def password_login(agent: UserAgent, arena: Arena, account: Account) -> Observation:
    """Log in with the platform's own form, in a browser that has just been opened."""
    url = arena.session.login_url(account.kind)
    trouble = _trouble(agent, arena.tenant.base_url, lambda: agent.open(url))
    return trouble or submit_password(agent, arena, account)


def submit_password(agent: UserAgent, arena: Arena, account: Account) -> Observation:
    """Submit the password form that is shown; where none is shown, post its fields all the same."""
    url = arena.session.login_url(account.kind)
    fields = arena.session.password_fields(account)
    shown = {name: value for name, value in fields.items() if name in agent.page.fields}

    def browse() -> object:
        return agent.submit(shown) if shown else agent.post(url, fields, from_site=origin(url))

    idp = arena.tenant.base_url
    return _trouble(agent, idp, browse) or observe(agent, arena.session, idp)


def attempt_id(request: Exchange) -> str:
    """Return the AuthnRequest's ID or the `state` of a request to the IdP; empty when it carries neither."""
    message = saml_message(request.url, request.form)
    if message is not None:
        return str(message.get("ID", ""))
    query = _query(request)
    return query.get("state", "") if "client_id" in query else ""


def asked_of(request: Exchange) -> Mapping[str, str]:
    """Return where the answer shall go and who asks, byte for byte as the request to the IdP says."""
    message = saml_message(request.url, request.form)
    if message is not None:
        issuer = message.findtext(f"{{{_SAML}}}Issuer", "")
        return {"endpoint": str(message.get("AssertionConsumerServiceURL", "")), "issuer": issuer}
    query = _query(request)
    return {
        "endpoint": query.get("redirect_uri", ""),
        "issuer": query.get("client_id", ""),
        "nonce": query.get("nonce", ""),
    }


def _query(request: Exchange) -> Mapping[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
