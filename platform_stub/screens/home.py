"""Where a login ends: the user's home page and the agent's desktop."""

from functools import partial

from flask import Flask, Response, make_response, redirect, request

from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.screens.visit import Visit, enter
from platform_stub.sso_state import effective
from platform_stub.store import ON_CALL, CallState, Method, Surface


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the pages."""
    app.add_url_rule("/<code>/home", "home", partial(_home, ctx))
    app.add_url_rule("/<code>/agent", "agent", partial(_agent, ctx))
    app.add_url_rule("/<code>/agent/state", "agent_state", partial(_change_state, ctx), methods=["POST"])


def _home(ctx: PlatformContext, code: str) -> Response:
    return enter(ctx, code, None, Surface.USER).page("home.html", tab="home")


def _agent(ctx: PlatformContext, code: str) -> Response:
    return enter(ctx, code, None, Surface.AGENT).page("agent.html", states=[*CallState])


def _change_state(ctx: PlatformContext, code: str) -> Response:
    """Change the agent's state; there is no telephone here, so the agent says when a call begins and ends."""
    visit = enter(ctx, code, None, Surface.AGENT)
    state = request.form.get("state", "")
    if state not in set(CallState):
        raise RejectedError(
            "invalid-state", f"“{state}” is no state; expected one of {', '.join(CallState)}."
        )
    ends = state not in ON_CALL and _waited_for_the_call(ctx, visit)
    with ctx.store.write() as tx:
        tx.accounts.change(visit.session.account.id, {"call_state": state})
        if ends:
            tx.sessions.end(visit.session.key)
    return make_response(redirect(f"{visit.path}/agent", 303))


def _waited_for_the_call(ctx: PlatformContext, visit: Visit) -> bool:
    """Say whether this session was to end when single sign-on was enabled, and was left open for a call."""
    if "session-ends-after-call" not in ctx.policy.lifecycle_rules:
        return False
    revoked = ctx.policy_of(visit.client).sessions_on_enable == "revoke"
    by_password = visit.session.method is Method.PASSWORD
    on_call = visit.session.account.call_state in ON_CALL
    return revoked and by_password and on_call and effective(ctx, visit.client).enabled
