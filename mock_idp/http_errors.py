"""What goes wrong before any protocol is spoken: the tenant's vendor answers, and the journal tells."""

from __future__ import annotations

from flask import Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from mock_idp.error_pages import vendor_error
from mock_idp.personalities.http_problem import HttpProblem
from mock_idp.tenants import Tenant
from mock_idp.web import tenant_store

MOST_SHOWN = 2000  # characters of a path that the journal and pages repeat


def http_error(error: HTTPException) -> ResponseReturnValue:
    """The vendor's answer below a tenant's URL, elsewhere a plain page."""
    if error.response is not None:
        return error.response
    tenant = _tenant_of(request.path)
    status = error.code or 500
    if tenant is None:
        return render_template("problem.html", title=error.name, description=error.description), status
    problem = _problem(tenant, error, status)
    tenant.journal.record(
        "http.refused",
        summary=f"{problem.method} {problem.path[:200]} was answered with {status} {error.name}.",
        detail={"method": problem.method, "path": problem.path, "status": status, "reason": problem.reason},
    )
    return _answered(tenant, problem)


def _problem(tenant: Tenant, error: HTTPException, status: int) -> HttpProblem:
    below = request.path.removeprefix(f"/t/{tenant.name}")[:MOST_SHOWN]
    allowed = tuple(getattr(error, "valid_methods", None) or ())
    wants = request.accept_mimetypes
    return HttpProblem(
        status=status,
        title=error.name,
        reason=error.description or error.name,
        method=request.method,
        path=below,
        place=tenant.place,
        allowed=allowed,
        expects_json=wants["application/json"] > wants["text/html"],
    )


def _answered(tenant: Tenant, problem: HttpProblem) -> Response:
    answer = tenant.personality.http_answer(problem)
    if answer.json is not None:
        response = jsonify(answer.json)
        response.status_code = answer.status
    else:
        response = make_response(
            vendor_error(tenant, status=answer.status, code=answer.code, text=answer.text)
        )
    if problem.allowed:
        response.headers["Allow"] = ", ".join(problem.allowed)
    return response


def _tenant_of(path: str) -> Tenant | None:
    first, _, rest = path.lstrip("/").partition("/")
    return tenant_store().get(rest.partition("/")[0]) if first == "t" else None
