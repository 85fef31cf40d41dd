"""Refused logins: one code for each cause, the sentence that a person reads, and the page that shows it."""

import traceback
from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, redirect, render_template, render_template_string
from markupsafe import Markup, escape

from platform_stub import audit
from platform_stub.context import PlatformContext
from platform_stub.store import Client, Surface
from platform_stub.urls import login_path, recovery_path

SENTENCES: dict[str, str] = {
    "account-inactive": "Your account is not active. Ask your administrator to activate it.",
    "account-locked": "Your account is locked: too many wrong passwords. Your administrator can unlock it.",
    "assertion-count": "The identity provider must send exactly one assertion, and sent another number.",
    "audience-mismatch": "The identity provider's message was made for another application.",
    "bad-credentials": "The user name or the password is wrong.",
    "certificate-unusable": "The certificate saved on the Security tab cannot be used to check a signature.",
    "destination-mismatch": "The identity provider's message was addressed to another URL.",
    "email-ambiguous": "More than one account has the e-mail address that the identity provider sent.",
    "email-missing": "The identity provider sent no e-mail address, so no account can be found.",
    "email-several": "The identity provider sent more than one e-mail address; exactly one is expected.",
    "email-unknown": "No account here has the e-mail address that the identity provider sent. "
    "It must match exactly, including upper and lower case.",
    "email-unverified": "The identity provider says that your e-mail address is not verified.",
    "encrypted-assertion": "The identity provider's message is encrypted, and no key here can read it, or "
    "what is inside is not signed as it must be.",
    "expired": "The identity provider's message has expired. Start again from the login page.",
    "idp-error": "The identity provider did not sign you in and reported an error.",
    "idp-unreachable": "The identity provider cannot be reached at the moment.",
    "issuer-mismatch": "The message comes from another identity provider than the one on the Security tab.",
    "malformed": "The identity provider's message cannot be understood.",
    "nonce-mismatch": "The answer belongs to another login. Start again from the login page.",
    "not-yet-valid": "The identity provider's message is not valid yet; the clocks may differ.",
    "not-your-browser": "This login was started in another browser. Start again from the login page.",
    "password-expired": "Your password is temporary or has expired. Ask your administrator for a link to set "
    "a new one.",
    "password-login-closed": "Passwords are not accepted while single sign-on is on. Use the login page.",
    "recipient-mismatch": "The identity provider's message was made for another sign-on URL.",
    "replayed": "This login was already used once. Start again from the login page.",
    "request-unknown": "No login that was started here fits the answer. Start again from the login page.",
    "signature-invalid": "The message is signed with a key that does not match the certificate saved on the "
    "Security tab, or it was changed after it was signed.",
    "signature-missing": "The identity provider's message is not signed.",
    "sso-disabled": "Single sign-on is switched off for this client. Sign in on the login page.",
    "sso-not-configured": "Single sign-on is switched on, but its set-up is not complete. "
    "Your administrator or Customer Care can switch it off or complete it.",
    "state-mismatch": "The answer belongs to another login. Start again from the login page.",
    "sso-needs-oidc": "The public API supports single sign-on with OIDC alone.",
    "status-not-success": "The identity provider reported that the login did not succeed.",
    "token-refused": "The identity provider refused to exchange the login for a token.",
    "unsolicited": "The identity provider sent a login that was not asked for. Start from the login page.",
}


class RefusalError(Exception):
    """A login is refused; the app answers with the refusal page and writes the audit.

    ``code`` is a key of ``SENTENCES``, unless ``sentence`` is given. Only the audit shows ``detail`` and
    ``evidence``.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        sentence: str | None = None,
        surface: Surface | None = None,
        evidence: Mapping[str, Any] | None = None,
        action: str = "login.sso",
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.sentence = sentence or SENTENCES[code]
        self.surface = surface
        self.evidence = dict(evidence or {})
        self.action = action


def answer(ctx: PlatformContext, client: Client | None, error: RefusalError, *, actor: str) -> Response:
    """Write the refusal to the audit and return its page (403)."""
    reference = note(ctx, client, error, actor=actor)
    back = login_path(client, error.surface or Surface.USER) if client else "/"
    if ctx.policy.refusal_page == "starts-again" and client and error.action == "login.sso":
        return make_response(redirect(back, 303))
    if ctx.policy.refusal_page == "trace":
        return make_response(f"<h1>Refused</h1><pre>{escape(_trace(error))}</pre>", 403)
    if ctx.policy.refusal_page == "bare":
        return make_response(f'<main data-refusal="{error.code}"><p>You are not signed in.</p></main>', 403)
    page = render_template(
        "refusal.html",
        client=client,
        refusal=error,
        sentence=_shown(ctx, error.sentence),
        reference=reference,
        detail="" if "refusal-is-generic" in ctx.policy.lifecycle_rules else error.detail,
        login_path=back,
        recovery_path=recovery_path(client) if client and ctx.policy_of(client).safe_mode == "on" else "",
    )
    return make_response(page, 403)


def _trace(error: RefusalError) -> str:
    return "".join(traceback.format_exception(error))


def _shown(ctx: PlatformContext, sentence: str) -> str:
    """Return the sentence as the page shows it; it may hold words of the message, which are text."""
    if ctx.policy.received_text == "markup":
        return Markup(sentence)  # noqa: S704 - a planted weakness
    return render_template_string(sentence) if ctx.policy.received_text == "template" else sentence


def note(ctx: PlatformContext, client: Client | None, error: RefusalError, *, actor: str) -> str:
    """Write the refusal to the audit and return its reference."""
    detail: dict[str, Any] = {"detail": error.detail, **error.evidence}
    if error.surface:
        detail["surface"] = error.surface.value
    return audit.record(
        ctx,
        client=client,
        actor=actor,
        action=error.action,
        result="refused",
        reason=error.code,
        detail=detail,
    )
