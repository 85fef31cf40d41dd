"""The portal's Flask application: which parts it is made of, and how errors and headers look everywhere."""

import hashlib
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from platform_stub import api, audit, login, password_reset, refusals, screens
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.protocols import Protocols
from platform_stub.refusals import RefusalError

_MAX_REQUEST_BYTES = 2_000_000
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_KEEP = "public, max-age=31536000, immutable"


def create_app(ctx: PlatformContext, protocols: Protocols) -> Flask:
    """Return the portal of one platform; ``protocols`` answer the login URLs while SSO is on."""
    app = new_app()
    login.register(app, ctx, protocols)
    screens.register(app, ctx, protocols)
    api.register(app, ctx)
    password_reset.register(app, ctx)
    for protocol in protocols.values():
        protocol.register(app, ctx)

    @app.errorhandler(RefusalError)
    def _refused(error: RefusalError) -> Response:
        return refusals.answer(ctx, g.get("client"), error, actor=audit.NOBODY)

    return app


def new_app() -> Flask:
    """Return an empty application with this platform's templates, headers and error pages."""
    app = Flask(__name__, template_folder="templates", static_folder="static")
    app.config["MAX_CONTENT_LENGTH"] = _MAX_REQUEST_BYTES
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it, its base class not
    app.register_error_handler(RejectedError, _rejected)
    app.register_error_handler(HTTPException, _http_error)
    app.after_request(_with_headers)
    _version_static_files(app)
    return app


def _version_static_files(app: Flask) -> None:
    """Name static files by their content, so that a browser asks for each once and never shows an old one."""
    files = sorted(Path(str(app.static_folder)).iterdir())
    versions = {file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in files}

    @app.url_defaults
    def _add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("v", versions.get(values["filename"]))


def _rejected(error: RejectedError) -> Response:
    return _error(error.status, error.code, error.message, error.fields, error.report)


def _http_error(error: HTTPException) -> Response:
    if error.response is not None:
        return error.get_response()  # type: ignore[return-value]  # abort(response): a redirect that a guard made
    status = error.code or 500
    code = error.name.lower().replace(" ", "-")
    response = _error(status, code, error.description or error.name, {})
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


def _error(
    status: int, code: str, message: str, fields: dict[str, str], report: dict[str, Any] | None = None
) -> Response:
    """Return the error as JSON to API callers and as a page to people."""
    if request.path.startswith(("/api/", "/shutdown")) or request.accept_mimetypes.best == "application/json":
        body = {"error": code, "message": message, **({"fields": fields} if fields else {}), **(report or {})}
        return make_response(jsonify(body), status)
    page = render_template("error.html", status=status, message=message, code=code)
    return make_response(page, status)


def _with_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path.startswith("/static/"):
        response.headers["Cache-Control"] = _KEEP if "v" in request.args else "no-cache"
    return response
