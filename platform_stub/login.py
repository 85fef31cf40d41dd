"""The two login URLs, logout and whoami. With SSO on, the login URLs hand over to the protocol."""

from functools import partial

from flask import Flask, Response, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from platform_stub import csrf, refusals, sessions
from platform_stub.clients import client_or_404
from platform_stub.context import PlatformContext
from platform_stub.passwords import spend_the_same_time, verify_password
from platform_stub.protocols import Protocols
from platform_stub.refusals import RefusalError
from platform_stub.sso_state import effective
from platform_stub.store import Account, Client, LiveSession, Method, Surface
from platform_stub.urls import home_path, login_path, safe_deep_link


def register(app: Flask, ctx: PlatformContext, protocols: Protocols) -> None:
    """Add the routes."""
    app.add_url_rule("/", "portal", _portal)
    for surface, login, logout in (
        (Surface.USER, "/<code>", "/<code>/logout"),
        (Surface.AGENT, "/<code>/AgentLogin", "/<code>/AgentLogout"),
    ):
        app.add_url_rule(login, f"login_{surface}", partial(_login, ctx, protocols, surface))
        app.add_url_rule(login, f"password_{surface}", partial(_password, ctx, surface), methods=["POST"])
        app.add_url_rule(
            logout, f"logout_{surface}", partial(_logout, ctx, protocols, surface), methods=["POST"]
        )
    app.add_url_rule("/<code>/whoami", "whoami", partial(_whoami, ctx))


def check_password(ctx: PlatformContext, client: Client, kind: Surface, login: str, password: str) -> Account:
    """Return the account of these credentials, counting wrong passwords.

    Raises RefusalError ``bad-credentials``, ``account-locked`` or ``account-inactive``.
    """
    evidence = {"login": login}

    def refusal(code: str, detail: str) -> RefusalError:
        return RefusalError(code, detail, surface=kind, evidence=evidence, action="login.password")

    with ctx.store.read() as tx:
        account = tx.accounts.by_login(client.id, kind, login)
    if account is None:
        spend_the_same_time(password, ctx.settings.password_cost)
        raise refusal("bad-credentials", f"There is no {kind} with this login.")
    if account.locked:
        raise refusal("account-locked", "The account was locked before this attempt.")
    if not verify_password(password, account.password_hash):
        with ctx.store.write() as tx:
            locked = tx.accounts.note_wrong_password(account.id, ctx.settings.max_failed_logins)
        if locked:
            raise refusal("account-locked", f"Wrong password number {ctx.settings.max_failed_logins}.")
        raise refusal("bad-credentials", "The password is wrong.")
    if not account.active and ctx.policy.inactive_account == "refuse":
        raise refusal("account-inactive", "The password is right, but the account is not active.")
    if account.password_expired and ctx.policy.expired_password == "refuse":  # noqa: S105 - a rule about passwords
        raise refusal("password-expired", "The password is right, but temporary or expired.")
    return account


def _portal() -> AnyResponse | str:
    """Ask for the Client Code, as the first page of the portal."""
    code = request.args.get("client_code", "").strip()
    if code and not {"/", "\\"} & set(code):
        return redirect(url_for("login_user", code=code))
    return render_template("portal.html")


def _login(ctx: PlatformContext, protocols: Protocols, surface: Surface, code: str) -> Response:
    client = client_or_404(ctx, code)
    config = effective(ctx, client)
    deep_link = safe_deep_link(ctx, client, surface, request.args.get("next"))
    if config.enabled:
        return protocols[config.authentication_standard].start_login(ctx, client, config, surface, deep_link)
    return _login_form(ctx, client, surface, deep_link=deep_link)


def _password(ctx: PlatformContext, surface: Surface, code: str) -> Response:
    client = client_or_404(ctx, code)
    csrf.check_origin(ctx)
    closed = ctx.policy.password_form_when_sso == "deny"  # noqa: S105 - a knob, not a password
    if closed and effective(ctx, client).enabled:
        raise RefusalError(
            "password-login-closed",
            "A password was sent while single sign-on is on.",
            surface=surface,
            action="login.password",
        )
    deep_link = request.form.get("next", "")
    login = request.form.get("user", "").strip()
    try:
        _require_same_code(client, surface)
        account = check_password(ctx, client, surface, login, request.form.get("pass", ""))
    except RefusalError as error:
        reference = refusals.note(ctx, client, error, actor=login or "anonymous")
        page = _login_form(ctx, client, surface, deep_link=deep_link, refusal=error, reference=reference)
        return make_response(page, 403)
    return sessions.sign_in(ctx, client, account, surface, Method.PASSWORD, deep_link=deep_link)


def _require_same_code(client: Client, surface: Surface) -> None:
    typed = request.form.get("client_code", client.code).strip()
    if typed != client.code:
        raise RefusalError(
            "bad-credentials",
            f"The Client Code in the form is “{typed}”, the address says “{client.code}”.",
            surface=surface,
            action="login.password",
        )


def _login_form(
    ctx: PlatformContext,
    client: Client,
    surface: Surface,
    *,
    deep_link: str,
    refusal: RefusalError | None = None,
    reference: str = "",
) -> Response:
    other = Surface.AGENT if surface is Surface.USER else Surface.USER
    page = render_template(
        "login.html",
        client=client,
        surface=surface,
        deep_link=deep_link,
        login=request.form.get("user", ""),
        refusal=refusal,
        reference=reference,
        action=login_path(client, surface),
        other_login=login_path(client, other),
        signed_in=sessions.current(ctx, client, surface),
        home=home_path(client, surface),
    )
    return make_response(page)


def _logout(ctx: PlatformContext, protocols: Protocols, surface: Surface, code: str) -> AnyResponse:
    """End the session here, whatever becomes of the IdP's, and then go there if it wants to be told."""
    client = client_or_404(ctx, code)
    csrf.check_origin(ctx)
    session = sessions.current(ctx, client, surface)
    onward = _single_logout(ctx, protocols, client, session) if session else ""
    onward = onward or safe_deep_link(ctx, client, surface, request.args.get("next", ""))
    if onward:
        response = make_response(redirect(onward, 303))
    else:
        login = login_path(client, surface)
        response = make_response(
            render_template("signed_out.html", client=client, login=login, everywhere=False)
        )
    if not onward or ctx.policy.slo_ends_own_session:
        sessions.sign_out(ctx, client, surface, response)
    return response


def _single_logout(ctx: PlatformContext, protocols: Protocols, client: Client, session: LiveSession) -> str:
    """Return where to go at the IdP that opened this session; a password's session is nobody else's."""
    config = effective(ctx, client)
    standard = config.authentication_standard
    if not config.enabled or session.method.value != standard.value.lower():
        return ""
    return protocols[standard].start_logout(ctx, client, config, session)


def _whoami(ctx: PlatformContext, code: str) -> tuple[Response, int]:
    client = client_or_404(ctx, code)
    found = {surface.value: _identity(client, sessions.current(ctx, client, surface)) for surface in Surface}
    return jsonify(found), 200 if any(found.values()) else 401


def _identity(client: Client, session: LiveSession | None) -> dict[str, str] | None:
    if session is None:
        return None
    account = session.account
    return {
        "client": client.code,
        "kind": account.kind.value,
        "login": account.login,
        "email": account.email,
        "role": account.role,
        "method": session.method.value,
    }
