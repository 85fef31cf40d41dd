"""The API's single sign-on configuration, its history, the instructions and the audit trail."""

from dataclasses import asdict
from functools import partial
from typing import Any

from flask import Flask, Response, jsonify, request

from platform_stub import json_body, urls
from platform_stub.admin import sso as admin
from platform_stub.admin.sso_fields import OIDC_FIELDS, SAML_FIELDS
from platform_stub.api.caller import Caller, require
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.policy import Policy
from platform_stub.roles import Permission
from platform_stub.saml.platform_key import platform_key
from platform_stub.sso_state import effective
from platform_stub.store import AuditEntry, KeyUse, SsoConfig

_ROOT = "/api/configuration/sso"
_READ_ONLY: dict[str, type] = {"enabled": bool}
_SAVE: dict[str, type] = {"revision": int, "authentication_standard": str, "saml": dict, "oidc": dict}


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the routes."""
    app.add_url_rule(_ROOT, "api_sso", partial(_get, ctx))
    app.add_url_rule(_ROOT, "api_sso_save", partial(_save, ctx), methods=["PUT"])
    app.add_url_rule(f"{_ROOT}/enabled", "api_sso_enabled", partial(_enabled, ctx), methods=["PUT"])
    app.add_url_rule(f"{_ROOT}/import", "api_sso_import", partial(_import, ctx), methods=["POST"])
    app.add_url_rule(f"{_ROOT}/history", "api_sso_history", partial(_history, ctx))
    app.add_url_rule(f"{_ROOT}/rollback", "api_sso_rollback", partial(_roll_back, ctx), methods=["POST"])
    app.add_url_rule(f"{_ROOT}/instructions", "api_sso_instructions", partial(_instructions, ctx))
    app.add_url_rule("/api/audit", "api_audit", partial(_audit, ctx))


def config_json(config: SsoConfig, policy: Policy) -> dict[str, Any]:
    """Return the configuration as the API shows it; of the secret only whether there is one."""
    oidc = asdict(config.oidc)
    oidc["authorization_secret_set"] = bool(oidc["authorization_secret"])
    if "secret-write-only" in policy.lifecycle_rules:
        del oidc["authorization_secret"]
    return {
        "revision": config.revision,
        "enabled": config.enabled,
        "authentication_standard": config.authentication_standard.value,
        "saml": asdict(config.saml),
        "oidc": oidc,
    }


def audit_json(entry: AuditEntry) -> dict[str, Any]:
    """Return one line of the audit trail."""
    return {**asdict(entry), "at": entry.at.isoformat()}


def after_seq() -> int:
    """Return the query parameter ``after``; raises RejectedError when it is no number."""
    after = request.args.get("after", "0")
    if not after.isdecimal() or len(after) > 15:
        raise RejectedError("invalid-request", "“after” must be the seq of an entry, a whole number.")
    return int(after)


def licensed(ctx: PlatformContext, permission: Permission) -> Caller:
    """Return the caller, who must hold the permission at a client with the flag; raises RejectedError."""
    caller = require(ctx, permission)
    admin.require_flag(ctx, caller.client)
    return caller


def _get(ctx: PlatformContext) -> Response:
    return jsonify(config_json(effective(ctx, licensed(ctx, Permission.READ_SSO).client), ctx.policy))


def _save(ctx: PlatformContext) -> Response:
    caller = licensed(ctx, Permission.CHANGE_SSO)
    body = json_body.read({**_SAVE, **_READ_ONLY})
    saml = json_body.checked(body.get("saml", {}), dict.fromkeys(SAML_FIELDS, str), within="saml.")
    oidc_fields: dict[str, type] = {**dict.fromkeys(OIDC_FIELDS, str), "authorization_secret_set": bool}
    oidc = json_body.checked(body.get("oidc", {}), oidc_fields, within="oidc.")
    oidc.pop("authorization_secret_set", None)  # what GET shows may be sent back; it says nothing
    if "enabled" in body and body["enabled"] != effective(ctx, caller.client).enabled:
        raise RejectedError("invalid-request", f"Saving does not move the switch; PUT {_ROOT}/enabled does.")
    saved = admin.save(
        ctx,
        caller.client,
        caller.login,
        revision=body.get("revision"),
        standard=body.get("authentication_standard"),
        saml=saml,
        oidc=oidc,
    )
    return jsonify(config_json(saved, ctx.policy))


def _enabled(ctx: PlatformContext) -> Response:
    caller = licensed(ctx, Permission.CHANGE_SSO)
    body = json_body.read({"enabled": bool, "acknowledgement": str, "revision": int}, required=("enabled",))
    config = admin.set_enabled(
        ctx,
        caller.client,
        caller.login,
        on=body["enabled"],
        session_key=caller.session.key,
        admin=caller.session.account,
        acknowledgement=body.get("acknowledgement", ""),
        gated=ctx.policy.gate_covers_api,
        revision=body.get("revision"),
    )
    return jsonify(config_json(config, ctx.policy))


def _import(ctx: PlatformContext) -> Response:
    caller = licensed(ctx, Permission.CHANGE_SSO)
    body = json_body.read({"metadata_url": str, "metadata": str})
    if len(body) != 1:
        raise RejectedError("invalid-request", "Send the “metadata_url”, or the “metadata” itself, not both.")
    link, document = body.get("metadata_url", ""), body.get("metadata", "")
    return jsonify(asdict(admin.import_metadata(ctx, caller.client, caller.login, link, document)))


def _history(ctx: PlatformContext) -> Response:
    caller = licensed(ctx, Permission.READ_SSO)
    with ctx.store.read() as tx:
        history = tx.configurations.history(caller.client.id)
    shown = []
    for entry in history:
        config = config_json(entry.config, ctx.policy)
        del config["enabled"]  # the switch has no revisions
        saved = {"saved_at": entry.saved_at.isoformat(), "saved_by": entry.saved_by}
        shown.append({**config, **saved, "restored_from": entry.restored_from})
    return jsonify({"revisions": shown})


def _roll_back(ctx: PlatformContext) -> Response:
    caller = licensed(ctx, Permission.CHANGE_SSO)
    body = json_body.read({"revision": int}, required=("revision",))
    return jsonify(
        config_json(admin.roll_back(ctx, caller.client, caller.login, body["revision"]), ctx.policy)
    )


def _instructions(ctx: PlatformContext) -> Response:
    values = urls.instructions(ctx, licensed(ctx, Permission.READ_SSO).client)
    certificates = {
        "single_logout_certificate": platform_key(ctx).certificate,
        "encryption_certificate": platform_key(ctx, KeyUse.ENCRYPTION).certificate,
    }
    return jsonify({**values, **certificates})


def _audit(ctx: PlatformContext) -> Response:
    caller = require(ctx, Permission.READ_AUDIT)
    with ctx.store.read() as tx:
        entries = tx.audit.entries(caller.client.id, after=after_seq())
    return jsonify({"entries": [audit_json(entry) for entry in entries]})
