"""The login of vendors that ask for name and password in one form, as their `LoginForm` describes it."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue

from mock_idp.login_pages.accounts import set_cookie, settled
from mock_idp.login_pages.people import person_of
from mock_idp.login_pages.steps import may_enter, note_failure, page, pending_login, stale
from mock_idp.personalities import PERSONALITIES
from mock_idp.personalities.base import LoginForm, Personality


def pages() -> Blueprint:
    """The form's URL of every personality that has a `LoginForm`."""
    found = Blueprint("one_step_login", __name__)
    for personality in PERSONALITIES:
        if personality.login_form is not None:
            found.add_url_rule(
                f"/t/<tenant>{personality.login_form.rule}",
                endpoint=personality.name,
                view_func=partial(_sign_in, personality, personality.login_form),
                methods=["POST"],
            )
    return found


def _sign_in(personality: Personality, form: LoginForm, tenant: str, **rest: str) -> ResponseReturnValue:
    del rest  # further segments of the vendor's URL, which name the tenant once more
    found, pending = pending_login(tenant, personality.name, request.values.get(form.handle_field, ""))
    if pending is None:
        return stale(found)
    login = request.form.get(form.login_field, "").strip()
    persona = person_of(found, login)
    if persona is None:
        note_failure(found, pending, f"Nobody signs in as {login!r}.")
    password = request.form.get(form.password_field, "")
    if persona is None or not may_enter(found, pending, persona, password):
        return page(found, pending, personality.first_page, login=login, error=form.refused)
    signed_in = settled(found, pending, persona) if found.logins.pop(pending.handle) else None
    if signed_in is None:
        return stale(found)
    answer = make_response(pending.asked.answer(found, signed_in))
    set_cookie(found, signed_in, answer)
    return answer
