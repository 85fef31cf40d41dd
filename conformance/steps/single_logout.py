"""SAML single logout in both directions: what the platform makes of the IdP's answer or request."""

from __future__ import annotations

from conformance.agents.protocol import Action, Exchange, NoAnswerError
from conformance.catalogue.verbs import SingleLogout
from conformance.checks.observe import origin
from conformance.checks.pages import left_platform
from conformance.judge import judge_state, unsaid
from conformance.model import Check, FaultSpec, Level
from conformance.steps.attempt import Attempt, attempt_id
from conformance.template import fill


def from_platform(attempt: Attempt, args: SingleLogout, level: Level, *, words_due: bool) -> Check:
    """Press Logout and say whether the IdP's LogoutResponse was accepted. Old cookies are there afterwards.

    Raises LookupError when the IdP was not asked, or the fault did not fire.
    """
    agent, session, tenant = attempt.agent, attempt.arena.session, attempt.arena.tenant
    armed: list[str] = []
    asked: list[str] = []

    def on_idp_request(request: Exchange) -> Action:
        request_id = attempt_id(request)
        if request_id and not asked:
            asked.append(request_id)
            if args.fault:
                armed.append(tenant.arm(request_id, _spec(attempt, args)))
        return Action.SEND

    agent.watch(tenant.base_url, on_idp_request)
    cookies = agent.cookies()
    session.log_out(agent, attempt.surface)
    page = agent.page
    agent.restore_cookies(cookies)
    if not asked:
        raise LookupError(f"the platform asked the IdP for no logout; the browser ended at {page.url}")
    if args.fault:
        _require_fired(attempt, armed[0])
    refusal = session.refusal(page)
    at_idp = page.url.startswith(tenant.base_url)
    refused = refusal is not None or page.status >= 400 or at_idp
    told = f"{refusal.code} {refusal.text}" if refusal else page.text
    return _check(attempt, args, level, refused=refused, told=told, due=words_due or at_idp)


def from_idp(attempt: Attempt, args: SingleLogout, level: Level, *, words_due: bool) -> Check:
    """Sign out at the IdP and say whether its LogoutRequest ended the platform's session.

    Raises LookupError when the fault did not fire, or nothing was sent to the platform.
    """
    agent, session, tenant = attempt.agent, attempt.arena.session, attempt.arena.tenant
    ordered = tenant.order(attempt.persona, _spec(attempt, args)) if args.fault else ""
    before = len(tenant.journal())
    try:
        agent.open(tenant.base_url + args.at)
    except NoAnswerError as error:
        if not (ordered and tenant.fault(ordered).fired):
            raise
        title = args.title or f"{attempt.persona} logs out from the idp: the IdP's LogoutRequest"
        return judge_state(title, args.expect, f"no answer: {error}", level)
    page = agent.page
    if ordered:
        _require_fired(attempt, ordered)
    if not any(entry["kind"] == "saml.logout_request_sent" for entry in tenant.journal()[before:]):
        raise LookupError(f"the IdP sent no LogoutRequest; the browser ended at {page.url}")
    refusal = session.refusal(page)
    told = f"{refusal.code} {refusal.text}" if refusal else page.text
    return _check(attempt, args, level, refused=bool(session.whoami(agent)), told=told, due=words_due)


def _check(
    attempt: Attempt, args: SingleLogout, level: Level, *, refused: bool, told: str, due: bool
) -> Check:
    kind = "LogoutResponse" if args.source == "platform" else "LogoutRequest"
    title = args.title or f"{attempt.persona} logs out from the {args.source}: the IdP's {kind}"
    seen = "refused" if refused else "accepted"
    flaw = _flaw(attempt)
    if not flaw and due and unsaid(args.says, told):
        flaw = "without naming the cause"
    expected = seen if args.expect == "either" else args.expect
    return judge_state(title, expected, f"{seen}, {flaw}" if flaw else seen, level, note=told[:300])


def _flaw(attempt: Attempt) -> str:
    """Say what no logout may do: crash, or lead away from platform and IdP. Empty when it did neither."""
    agent, idp = attempt.agent, attempt.arena.tenant.base_url
    platform = origin(attempt.arena.endpoint(attempt.surface))
    outside = left_platform(agent.trace, platform, idp)
    if outside:
        return f"and the browser was led to {outside}"
    crashes = [e.status for e in agent.trace if e.url.startswith(platform) and (e.status or 0) >= 500]
    return f"by crashing (HTTP {crashes[0]})" if crashes else ""


def _spec(attempt: Attempt, args: SingleLogout) -> FaultSpec:
    params = dict(args.fault or {})
    name = str(params.pop("name"))
    return FaultSpec(name, fill(params, attempt.arena.names()))


def _require_fired(attempt: Attempt, fault_id: str) -> None:
    if not attempt.arena.tenant.fault(fault_id).fired:
        raise LookupError(f"the fault {fault_id} did not fire: no such message was sent")
