"""Test sign-ins: a whole round trip with the saved set-up, whose answer is a result and never a session.

A test is a link. Whoever opens it signs in at the identity provider; what comes back is verified like a
login, shown, and remembered for this revision and surface, for 15 minutes.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from platform_stub import audit, browser_binding
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.refusals import RefusalError
from platform_stub.safe_mode import is_on
from platform_stub.store import Account, Client, LoginRequest, SsoConfig, Surface, Transaction, Trial
from platform_stub.urls import client_path

State = Literal["passed", "failed", "void", "expired", "missing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the tests of one surface say about the configuration now, and the one that says it."""

    surface: Surface
    state: State
    trial: Trial | None = None


def fingerprint(config: SsoConfig) -> str:
    """Return what a result is bound to: every saved field and the revision's number."""
    content = [
        config.revision,
        config.authentication_standard.value,
        asdict(config.saml),
        asdict(config.oidc),
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def link(client: Client, token: str) -> str:
    """Return the path that starts the test."""
    return f"{client_path(client)}/sso/test/{token}"


def result_link(client: Client, ticket: str) -> str:
    """Return the path that shows the result to the browser that was at the identity provider."""
    return f"{client_path(client)}/sso/test/result/{ticket}"


def offer(ctx: PlatformContext, client: Client, actor: str, wanted: str) -> tuple[str, Trial]:
    """Make a test of the saved revision; returns its link's token, and what is remembered.

    ``wanted`` is a surface. Raises RejectedError ``invalid-request`` (422) for another word, and
    ``test-not-possible`` (409) while fields are empty.
    """
    if wanted not in set(Surface):
        raise RejectedError("invalid-request", f"“{wanted}” is no surface; expected user or agent.")
    surface = Surface(wanted)
    with ctx.store.write() as tx:
        config = tx.configurations.current(client)
        if config.missing():
            raise RejectedError(
                "test-not-possible",
                f"The test needs a saved set-up. Fill in and save: {', '.join(config.missing())}.",
                status=409,
            )
        token, now = secrets.token_urlsafe(24), ctx.clock.now()
        trial = Trial(
            id=audit.digest(token),
            client_id=client.id,
            surface=surface,
            revision=config.revision,
            fingerprint=fingerprint(config),
            asked_by=actor,
            asked_at=now,
        )
        tx.trials.create(trial, forget_before=now - 4 * ctx.settings.trial_lifetime)
        audit.record(
            ctx,
            client=client,
            actor=actor,
            action="sso.test-offered",
            result="ok",
            detail={"surface": surface.value, "revision": config.revision},
            tx=tx,
        )
    return token, trial


def opened(ctx: PlatformContext, client: Client, token: str) -> tuple[Trial, SsoConfig]:
    """Return the test behind a link and the configuration that it tests.

    Raises RejectedError ``test-unknown`` (404), ``test-expired`` (410), ``test-void`` (409).
    """
    with ctx.store.read() as tx:
        trial = tx.trials.get(client.id, audit.digest(token))
        config = tx.configurations.current(client)
    if trial is None:
        raise RejectedError(
            "test-unknown", "There is no such test. Start one on the Security tab.", status=404
        )
    if ctx.clock.now() - trial.asked_at > ctx.settings.trial_lifetime:
        raise RejectedError(
            "test-expired", "This test's link has expired. Start a new one on the Security tab.", status=410
        )
    if trial.fingerprint != fingerprint(config):
        raise RejectedError(
            "test-void",
            f"This link tests revision {trial.revision}, and revision {config.revision} is saved now. "
            "Start a new test on the Security tab.",
            status=409,
        )
    return trial, config


def answered(ctx: PlatformContext, client: Client, request_id: str) -> LoginRequest | None:
    """Return the outstanding request with this ID or state when it is a test's, else None."""
    if not request_id or not is_on(ctx, client):
        return None
    with ctx.store.read() as tx:
        request = tx.logins.find(client.id, request_id)
        config = tx.configurations.current(client)
    if request is None or not request.trial:
        return None
    return None if config.enabled and not ctx.policy.trial_requests_marked else request


def conclude(
    ctx: PlatformContext,
    client: Client,
    request: LoginRequest,
    *,
    account: Account | None = None,
    email: str = "",
    received: Mapping[str, Any] | None = None,
    refusal: RefusalError | None = None,
) -> str:
    """Remember how a test ended, and return the path of its result.

    The request is spent, so that the same answer cannot be judged again.
    """
    ticket = secrets.token_urlsafe(24)
    evidence = dict(received or {}) | (refusal.evidence if refusal else {})
    with ctx.store.write() as tx:
        tx.logins.consume(client.id, request.id)
        trial = tx.trials.get(client.id, request.trial)
        if trial is None:
            raise RefusalError("request-unknown", "The test that this answers was forgotten.")
        ended = replace(
            trial,
            finished_at=ctx.clock.now(),
            confirmed=False,
            passed=refusal is None,
            reason=refusal.code if refusal else "",
            sentence=refusal.sentence if refusal else "",
            detail=refusal.detail if refusal else "",
            email=email or str(evidence.get("email", "")),
            account_id=account.id if account else None,
            account=account.login if account else "",
            received={k: v for k, v in evidence.items() if k.startswith("received_")},
            ticket_hash=audit.digest(ticket),
            browser_binding=request.browser_binding,
        )
        tx.trials.keep(ended)
        audit.record(
            ctx,
            client=client,
            actor=account.login if account else audit.NOBODY,
            action="sso.test",
            result="ok" if ended.passed else "refused",
            reason=ended.reason,
            detail={"surface": trial.surface.value, "revision": trial.revision, "detail": ended.detail}
            | {"email": ended.email, **evidence},
            tx=tx,
        )
    return result_link(client, ticket)


def confirm(ctx: PlatformContext, client: Client, ticket: str) -> Trial:
    """Return the result for the browser that made it, and let it count from now on.

    Raises RejectedError ``test-unknown`` (404) and RefusalError ``not-your-browser``.
    """
    with ctx.store.read() as tx:
        trial = tx.trials.by_ticket(client.id, audit.digest(ticket))
    if trial is None:
        raise RejectedError("test-unknown", "There is no such result. Start a new test.", status=404)
    browser_binding.require_same_browser(ctx, trial.browser_binding, trial.surface)
    if not trial.confirmed:
        trial = replace(trial, confirmed=True)
        with ctx.store.write() as tx:
            tx.trials.keep(trial)
    return trial


def standing(
    ctx: PlatformContext, tx: Transaction, client: Client, config: SsoConfig, surface: Surface
) -> Standing:
    """Say what the tests of this surface prove for this configuration: one that passed is enough."""
    done = [t for t in tx.trials.all(client.id) if t.surface is surface and t.confirmed and t.finished_at]
    counting = [t for t in done if _state(ctx, config, t) in ("passed", "failed")]
    passed = [t for t in counting if _state(ctx, config, t) == "passed"]
    for trial in (*passed, *counting, *done):
        return Standing(surface, _state(ctx, config, trial), trial)
    return Standing(surface, "missing")


def passed_as(
    ctx: PlatformContext, tx: Transaction, client: Client, config: SsoConfig, account: Account
) -> bool:
    """Say whether a user test that counts matched this very account, by the e-mail that it still has."""
    return any(
        trial.surface is Surface.USER
        and trial.confirmed
        and trial.account_id == account.id
        and trial.email == account.email
        and _state(ctx, config, trial) == "passed"
        for trial in tx.trials.all(client.id)
    )


def _state(ctx: PlatformContext, config: SsoConfig, trial: Trial) -> State:
    assert trial.finished_at is not None or not trial.confirmed
    if ctx.policy.trial_void_after_edit and trial.fingerprint != fingerprint(config):
        return "void"
    age = ctx.clock.now() - (trial.finished_at or trial.asked_at)
    if ctx.policy.trial_expires and age > ctx.settings.trial_lifetime:
        return "expired"
    return "passed" if trial.passed or not ctx.policy.trial_must_pass else "failed"
