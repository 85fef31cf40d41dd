"""Who calls the token endpoint: client_secret_basic, client_secret_post or none (RFC 6749 section 2.3).

Assertions (client_secret_jwt, private_key_jwt) are in `client_assertion`."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import unquote_plus

from werkzeug.datastructures import Authorization

from mock_idp.apps import OidcApp
from mock_idp.oidc import client_assertion
from mock_idp.oidc.exchange import Exchange, RefusedError
from mock_idp.personalities.oidc_problems import Problem


def authenticate(exchange: Exchange, form: Mapping[str, str], header: Authorization | None) -> OidcApp:
    """The application that sent `form`. Raises RefusedError."""
    if "client_assertion" in form:
        return _by_assertion(exchange, form, header)
    tenant = exchange.tenant
    client_id, secret = _credentials(form, header)
    if not client_id:
        raise RefusedError(Problem.CLIENT_ID_MISSING, parameter="client_id")
    app = tenant.oidc_app(client_id)
    if app is None:
        raise RefusedError(Problem.UNKNOWN_CLIENT, client_id=client_id)
    if app.is_public or (secret and not app.client_secret):
        if secret:
            raise RefusedError(Problem.SECRET_NOT_EXPECTED, client_id=client_id)
        return app
    if not secret:
        raise RefusedError(Problem.CREDENTIALS_MISSING, client_id=client_id)
    if not _same_secret(secret, app.client_secret or ""):
        raise RefusedError(Problem.SECRET_WRONG, client_id=client_id)
    if app.secret_expires is not None and app.secret_expires <= tenant.clock.now():
        raise RefusedError(Problem.SECRET_EXPIRED, client_id=client_id)
    return app


def _by_assertion(exchange: Exchange, form: Mapping[str, str], header: Authorization | None) -> OidcApp:
    """The application that signed the form's assertion."""
    named = client_assertion.named_client(form)
    client_id = form.get("client_id") or named
    if "client_secret" in form or (header is not None and header.type == "basic"):
        raise RefusedError(Problem.CREDENTIALS_TWICE, client_id=client_id)
    app = exchange.tenant.oidc_app(client_id)
    if app is None:
        raise RefusedError(Problem.UNKNOWN_CLIENT, client_id=client_id)
    if app.is_public:
        raise RefusedError(Problem.SECRET_NOT_EXPECTED, client_id=client_id)
    client_assertion.check(exchange, app, form["client_assertion"])
    return app


def _credentials(form: Mapping[str, str], header: Authorization | None) -> tuple[str, str]:
    if header is None or header.type != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    if "client_secret" in form:
        raise RefusedError(Problem.CREDENTIALS_TWICE, client_id=form.get("client_id", ""))
    return unquote_plus(header.username or ""), header.password or ""


def _same_secret(given: str, wanted: str) -> bool:
    """RFC 6749 wants form-encoding inside Basic; most libraries leave it out and vendors accept both."""
    return any(hmac.compare_digest(form.encode(), wanted.encode()) for form in (given, unquote_plus(given)))
