"""Changing a client's single sign-on: save, switch, roll back, import. Reading it is ``sso_state``."""

from collections.abc import Mapping
from dataclasses import asdict

from platform_stub import audit
from platform_stub.admin.sso_fields import apply_changes, differences
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.fetch import FetchError
from platform_stub.metadata_link import read_document, read_metadata
from platform_stub.safe_mode import gate, is_on
from platform_stub.saml_metadata import IdpMetadata, MetadataError
from platform_stub.store import Account, Client, SsoConfig, Transaction


def require_flag(ctx: PlatformContext, client: Client) -> None:
    """Raise RejectedError ``sso-not-available`` (403) unless Customer Care has set the client's flag."""
    if not client.single_sign_on_flag and "flag-required" in ctx.policy.lifecycle_rules:
        raise RejectedError(
            "sso-not-available",
            "Single Sign On is not part of this client's contract. Customer Care can add it.",
            status=403,
        )


def save(
    ctx: PlatformContext,
    client: Client,
    actor: str,
    *,
    revision: int | None,
    standard: str | None = None,
    saml: Mapping[str, str] | None = None,
    oidc: Mapping[str, str] | None = None,
) -> SsoConfig:
    """Save the given fields as a new revision; the switch stays where it is.

    ``revision`` is the one the editor looked at (None: do not compare). Raises RejectedError.
    """
    with ctx.store.write() as tx:
        old = _current(ctx, tx, client)
        advice = "Nothing was saved; look at the current values and enter yours again."
        _refuse_stale(ctx, old, revision, advice)
        if not ctx.policy.secret_replaceable and old.oidc.authorization_secret:
            oidc = {name: value for name, value in (oidc or {}).items() if name != "authorization_secret"}
        new = apply_changes(old, standard=standard, saml=saml, oidc=oidc, policy=ctx.policy)
        if "save-leaves-switch" not in ctx.policy.lifecycle_rules:
            tx.clients.set_enabled(client.id, on=True)
        saved = tx.configurations.save(client.id, new, saved_by=actor, now=ctx.clock.now())
        audit.record(
            ctx,
            client=client,
            actor=actor,
            action="sso.saved",
            result="ok",
            detail=_with_state(saved, {"changes": differences(old, new, ctx.policy)}),
            tx=tx,
        )
    return saved


def set_enabled(
    ctx: PlatformContext,
    client: Client,
    actor: str,
    *,
    on: bool,
    session_key: str = "",
    admin: Account | None = None,
    acknowledgement: str = "",
    gated: bool = True,
    revision: int | None = None,
) -> SsoConfig:
    """Move the switch *Enable Single Sign On*; an incomplete configuration does not stop it (documented).

    ``revision`` is the one that whoever enables looked at (None: do not compare); disabling always works.
    ``session_key`` is the session that acts: it survives when the policy ends sessions at enabling. In safe
    mode the gate may refuse with NotReadyError (409), unless ``admin`` typed their acknowledgement.
    """
    checked = gate.Attempt(admin, acknowledgement) if on and gated and is_on(ctx, client) else None
    try:
        return _set_enabled(
            ctx, client, actor, on=on, session_key=session_key, checked=checked, revision=revision
        )
    except gate.NotReadyError as refusal:
        audit.record(
            ctx,
            client=client,
            actor=actor,
            action="sso.enabled",
            result="refused",
            reason=refusal.code,
            detail=_told(refusal.readiness),
        )
        raise


def _set_enabled(
    ctx: PlatformContext,
    client: Client,
    actor: str,
    *,
    on: bool,
    session_key: str,
    checked: gate.Attempt | None,
    revision: int | None,
) -> SsoConfig:
    with ctx.store.write() as tx:
        old = _current(ctx, tx, client)
        if on:
            _refuse_stale(ctx, old, revision, "Nothing was enabled; look at the current values first.")
        passed = checked if checked and not old.enabled else None
        report = gate.require_ready(ctx, tx, client, old, passed) if passed else None
        everybody = tx.clients.all() if ctx.policy.switch_scope == "platform" else [client]
        for each in everybody:
            tx.clients.set_enabled(each.id, on=on)
        drops_calls = "calls-kept" not in ctx.policy.lifecycle_rules
        if on and _ends_sessions(ctx, client):
            tx.sessions.end_all_of_client(client.id, except_key=session_key, calls_too=drops_calls)
        if drops_calls:
            tx.accounts.end_all_calls(client.id)
        if not on and not ctx.policy.disabling_keeps_configuration:
            tx.configurations.save(client.id, SsoConfig(), saved_by=actor, now=ctx.clock.now())
        new = tx.configurations.current(client)
        if "switch-audited" in ctx.policy.lifecycle_rules:
            _audit_switch(ctx, tx, client, actor, was=old.enabled, new=new)
        if passed and report and not report.ready and ctx.policy.override_audited:
            audit.record(
                ctx,
                client=client,
                actor=actor,
                action="sso.enable-overridden",
                result="ok",
                detail={"acknowledgement": passed.acknowledgement, **_told(report)},
                tx=tx,
            )
    return new


def _refuse_stale(ctx: PlatformContext, now: SsoConfig, revision: int | None, advice: str) -> None:
    """Raise RejectedError ``stale-revision`` (409) where an admin looked at another revision than this."""
    if revision is not None and revision != now.revision and ctx.policy.stale_revision_refused:
        raise RejectedError(
            "stale-revision",
            f"Somebody saved revision {now.revision} while you were looking at revision {revision}. {advice}",
            status=409,
        )


def _audit_switch(
    ctx: PlatformContext, tx: Transaction, client: Client, actor: str, *, was: bool, new: SsoConfig
) -> None:
    detail = {"old": was, "new": new.enabled, "missing": list(new.missing())}
    audit.record(
        ctx,
        client=client,
        actor=actor,
        action="sso.enabled" if new.enabled else "sso.disabled",
        result="ok",
        detail=_with_state(new, detail),
        tx=tx,
    )


def _ends_sessions(ctx: PlatformContext, client: Client) -> bool:
    revoke = ctx.policy_of(client).sessions_on_enable == "revoke"
    return revoke is ("sessions-knob-obeyed" in ctx.policy.lifecycle_rules)


def roll_back(ctx: PlatformContext, client: Client, actor: str, revision: int) -> SsoConfig:
    """Make an earlier revision current again, as a new revision; the switch stays. Raises RejectedError."""
    with ctx.store.write() as tx:
        old = _current(ctx, tx, client)
        known = 0 < revision <= old.revision  # a database takes no number of any size
        wanted = tx.configurations.revision(client.id, revision) if known else None
        if wanted is None:
            raise RejectedError(
                "unknown-revision",
                f"There is no revision {revision}; the history of this client ends at {old.revision}.",
                status=404,
            )
        content = wanted.config if ctx.policy.rollback_restores else old
        saved = tx.configurations.save(
            client.id, content, saved_by=actor, now=ctx.clock.now(), restored_from=revision
        )
        detail = {"restored_from": revision, "changes": differences(old, saved, ctx.policy)}
        audit.record(
            ctx,
            client=client,
            actor=actor,
            action="sso.rolled-back",
            result="ok",
            detail=_with_state(saved, detail),
            tx=tx,
        )
        return tx.configurations.current(client)


def import_metadata(
    ctx: PlatformContext, client: Client, actor: str, url: str, document: str = ""
) -> IdpMetadata:
    """Read IdP metadata, pasted as a `document` or behind its link, and return the three fields.

    Nothing is saved. Raises RejectedError.
    """
    url = url.strip()
    try:
        found = read_document(ctx, document.encode()) if document.strip() else read_metadata(ctx, url)
    except (FetchError, MetadataError) as error:
        audit.record(
            ctx,
            client=client,
            actor=actor,
            action="sso.imported",
            result="refused",
            reason="metadata-refused",
            detail={"url": url, "detail": str(error)},
        )
        raise RejectedError("metadata-refused", f"Nothing was filled in. {error}") from error
    audit.record(
        ctx,
        client=client,
        actor=actor,
        action="sso.imported",
        result="ok",
        detail={"url": url, "issuer_url": found.issuer_url, "single_sign_on_url": found.single_sign_on_url},
    )
    if "import-fills-only" not in ctx.policy.lifecycle_rules:
        fields = asdict(found)
        del fields["warnings"]
        link = {"metadata_url": url} if url else {}
        save(ctx, client, actor, revision=None, saml={**link, **fields})
    return found


def _current(ctx: PlatformContext, tx: Transaction, client: Client) -> SsoConfig:
    """Return the configuration inside the transaction that changes it; the flag may have gone meanwhile."""
    fresh = tx.clients.get(client.id)
    if fresh is None:
        raise RejectedError("unknown-client", "This client was deleted.", status=404)
    require_flag(ctx, fresh)
    return tx.configurations.current(fresh)


def _told(report: gate.Readiness) -> dict[str, object]:
    return {
        "revision": report.revision,
        "problems": [problem.code for problem in report.problems],
        "locked_out": report.counts(),
    }


def _with_state(config: SsoConfig, detail: Mapping[str, object]) -> dict[str, object]:
    """Return the audit detail with the state that the change ended in."""
    return {"revision": config.revision, "enabled": config.enabled, **detail}
