"""Configure > Client > Security: the single sign-on form, its switch, import, instructions and history."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial

from flask import Flask, Response, request

from platform_stub import urls
from platform_stub.admin import sso as admin
from platform_stub.admin.sso_fields import OIDC_FIELDS, SAML_FIELDS, differences
from platform_stub.certificates import parse_certificates, warnings
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.roles import Permission
from platform_stub.safe_mode import require_on, trials
from platform_stub.safe_mode.gate import NotReadyError
from platform_stub.screens.safe_mode import Panel, panel
from platform_stub.screens.visit import Visit, enter
from platform_stub.sso_state import effective
from platform_stub.store import SsoConfig, Standard, Surface

_TAB = "/configure/client/security"
_ROOT = f"/<code>{_TAB}"
_IMPORTED = "Three fields are filled in from the metadata. They count once you save them."


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the pages and forms."""
    app.add_url_rule(_ROOT, "security", partial(_show, ctx))
    app.add_url_rule(_ROOT, "security_save", partial(_save, ctx), methods=["POST"])
    app.add_url_rule(f"{_ROOT}/import", "security_import", partial(_import, ctx), methods=["POST"])
    app.add_url_rule(f"{_ROOT}/enable", "security_enable", partial(_enable, ctx), methods=["POST"])
    app.add_url_rule(f"{_ROOT}/test", "security_test", partial(_offer_test, ctx), methods=["POST"])
    app.add_url_rule(f"{_ROOT}/instructions", "security_instructions", partial(_instructions, ctx))
    app.add_url_rule(f"{_ROOT}/history", "security_history", partial(_history, ctx))
    app.add_url_rule(f"{_ROOT}/rollback", "security_rollback", partial(_roll_back, ctx), methods=["POST"])


def _show(ctx: PlatformContext, code: str) -> Response:
    visit = enter(ctx, code, Permission.READ_SSO, Surface.USER)
    return tab(visit)


def _save(ctx: PlatformContext, code: str) -> Response:
    visit = enter(ctx, code, Permission.CHANGE_SSO, Surface.USER)
    admin.require_flag(ctx, visit.client)
    form = _submitted()
    oidc = {name: form[f"oidc.{name}"] for name in OIDC_FIELDS}
    if not oidc["authorization_secret"]:
        del oidc["authorization_secret"]  # the field is always empty at first: empty means "keep"
    try:
        admin.save(
            ctx,
            visit.client,
            visit.login,
            revision=_seen_revision(),
            standard=form["authentication_standard"],
            saml={name: form[f"saml.{name}"] for name in SAML_FIELDS},
            oidc=oidc,
        )
    except RejectedError as error:
        return tab(visit, form=form, error=error)
    return visit.go(_TAB, "saved")


def _import(ctx: PlatformContext, code: str) -> Response:
    """Fill three fields from the metadata and show the form again; nothing is saved."""
    visit = enter(ctx, code, Permission.CHANGE_SSO, Surface.USER)
    admin.require_flag(ctx, visit.client)
    form = _submitted()
    try:
        pasted = request.form.get("metadata", "")
        found = admin.import_metadata(ctx, visit.client, visit.login, form["saml.metadata_url"], pasted)
    except RejectedError as error:
        return tab(visit, form=form, error=error)
    for name in ("single_sign_on_url", "issuer_url", "certificate_x509"):
        form[f"saml.{name}"] = getattr(found, name)
    return tab(visit, form=form, imported=True)


def _enable(ctx: PlatformContext, code: str) -> Response:
    visit = enter(ctx, code, Permission.CHANGE_SSO, Surface.USER)
    on = request.form.get("enabled") == "on"
    acknowledgement = request.form.get("acknowledgement", "")
    try:
        admin.set_enabled(
            ctx,
            visit.client,
            visit.login,
            on=on,
            session_key=visit.session.key,
            admin=visit.session.account,
            acknowledgement=acknowledgement,
            revision=_seen_revision(),
        )
    except NotReadyError as error:
        return tab(visit, error=error, acknowledgement=acknowledgement)
    except RejectedError as error:
        return tab(visit, error=error)
    return visit.go(_TAB, "enabled" if on else "disabled")


def _offer_test(ctx: PlatformContext, code: str) -> Response:
    """Make a test sign-in's link and show it on the tab (safe mode)."""
    visit = enter(ctx, code, Permission.CHANGE_SSO, Surface.USER)
    admin.require_flag(ctx, visit.client)
    require_on(ctx, visit.client)
    surface = request.form.get("surface", "")
    try:
        token, _ = trials.offer(ctx, visit.client, visit.login, surface)
    except RejectedError as error:
        return tab(visit, error=error)
    link = ctx.settings.base_url + trials.link(visit.client, token)
    return tab(visit, safe=panel(visit, offered=link, offered_surface=surface))


def _instructions(ctx: PlatformContext, code: str) -> Response:
    visit = enter(ctx, code, Permission.READ_SSO, Surface.USER)
    admin.require_flag(ctx, visit.client)
    return visit.page("instructions.html", values=urls.instructions(ctx, visit.client))


def _history(ctx: PlatformContext, code: str) -> Response:
    visit = enter(ctx, code, Permission.READ_SSO, Surface.USER)
    admin.require_flag(ctx, visit.client)
    with ctx.store.read() as tx:
        history = tx.configurations.history(visit.client.id)
        current = tx.configurations.current(visit.client)
    earlier = [*(revision.config for revision in history[1:]), SsoConfig()]
    steps = (
        [
            (revision, differences(before, revision.config, ctx.policy))
            for revision, before in zip(history, earlier, strict=True)
        ]
        if history
        else []
    )
    return visit.page("history.html", tab="client", subtab="security", steps=steps, current=current)


def _roll_back(ctx: PlatformContext, code: str) -> Response:
    visit = enter(ctx, code, Permission.CHANGE_SSO, Surface.USER)
    revision = request.form.get("revision", "")
    if not revision.isdecimal():
        raise RejectedError("unknown-revision", f"“{revision}” is not the number of a revision.")
    admin.roll_back(ctx, visit.client, visit.login, int(revision))
    return visit.go(_TAB, "restored")


def _seen_revision() -> int | None:
    """Return the revision that the page showed; None when the form does not say it."""
    told = request.form.get("revision", "")
    return int(told) if told.isdecimal() and len(told) <= 15 else None


def _submitted() -> dict[str, str]:
    """Return the form's fields as they were typed."""
    names = [f"saml.{name}" for name in SAML_FIELDS] + [f"oidc.{name}" for name in OIDC_FIELDS]
    form = {name: request.form.get(name, "") for name in ("revision", *names)}
    form["authentication_standard"] = request.form.get("authentication_standard", Standard.SAML.value)
    return form


def tab(
    visit: Visit,
    *,
    form: Mapping[str, str] | None = None,
    error: RejectedError | None = None,
    imported: bool = False,
    safe: Panel | None = None,
    acknowledgement: str = "",
) -> Response:
    """Render the tab with the saved values, or with what somebody typed and could not save."""
    config = effective(visit.ctx, visit.client)
    shown = dict(form or _form(config))
    shown["oidc.authorization_secret"] = ""  # write-only: neither the saved one nor a typed one is shown
    values = {"notice": _IMPORTED} if imported else {}
    return visit.page(
        "security.html",
        status=error.status if error else 200,
        tab="client",
        subtab="security",
        config=config,
        form=shown,
        unsaved=form is not None,
        error=error,
        problems=error.fields if error else {},
        certificate_warnings=_certificate_warnings(visit.ctx, config),
        imported=imported,
        safe=safe or panel(visit),
        acknowledgement=acknowledgement,
        may_make_codes=visit.may(Permission.MAKE_RECOVERY_CODES),
        **values,
    )


def _form(config: SsoConfig) -> dict[str, str]:
    form = {
        "revision": str(config.revision),
        "authentication_standard": config.authentication_standard.value,
    }
    form.update({f"saml.{name}": value for name, value in asdict(config.saml).items()})
    form.update({f"oidc.{name}": value for name, value in asdict(config.oidc).items()})
    return form


def _certificate_warnings(ctx: PlatformContext, config: SsoConfig) -> list[str]:
    if config.authentication_standard is not Standard.SAML or not config.saml.certificate_x509:
        return []
    return warnings(parse_certificates(config.saml.certificate_x509), ctx.clock.now())
