"""The control API: tenants, people, applications, clock, keys, faults and journal, as JSON behind a token."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import nullcontext
from importlib import metadata

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from mock_idp.catalogue import catalogue
from mock_idp.control import directory, logout_tokens, tenancy, trials
from mock_idp.control.errors import ControlError, http_error
from mock_idp.lean import LeanRule
from mock_idp.tenants import TenantStore
from mock_idp.web import STORE, tenant_store

MOST_BYTES = 1 << 20  # of a request body
READ_ONLY = ("GET", "HEAD", "OPTIONS")


def create_app(store: TenantStore, token: str, request_stop: Callable[[], None]) -> Flask:
    """The control plane over `store`; every call but /health needs `Authorization: Bearer {token}`."""
    app = _Control("mock_idp.control")
    app.extensions[STORE] = store
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it, its base class has not
    app.register_error_handler(ControlError, ControlError.response)
    app.register_error_handler(HTTPException, http_error)
    for routes in (tenancy.routes, directory.routes, trials.routes, logout_tokens.routes):
        app.register_blueprint(routes)

    @app.before_request
    def require_token() -> None:
        if request.path == "/health":
            return
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not secrets.compare_digest(given.encode(), token.encode()):
            raise ControlError(
                401,
                "unauthorized",
                "Send the header 'Authorization: Bearer TOKEN'; serve prints the token, "
                "and the ready file has it.",
            )

    @app.get("/health")
    def health() -> ResponseReturnValue:
        return jsonify({"status": "ok", "version": _version()})

    @app.get("/catalog")
    def catalog() -> ResponseReturnValue:
        return jsonify(catalogue())

    @app.post("/shutdown")
    def shutdown() -> ResponseReturnValue:
        request_stop()
        return jsonify({"status": "stopping"})

    return app


class _Control(Flask):
    """Whatever a call changes of the tenant that its path names is changed at one go, for all processes."""

    url_rule_class = LeanRule

    def dispatch_request(self) -> ResponseReturnValue:
        """The view's answer."""
        name = (request.view_args or {}).get("name", "")
        tenant = None if request.method in READ_ONLY else tenant_store().get(name)
        with tenant.changing() if tenant else nullcontext():
            return super().dispatch_request()


def _version() -> str:
    try:
        return metadata.version("sso-conformance")
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        return "0+checkout"
