"""Refusals that do not travel by redirect: the token endpoint's JSON, and the vendor's error page."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, make_response
from flask.typing import ResponseReturnValue

from mock_idp import error_pages
from mock_idp.oidc.exchange import Exchange, RefusedError
from mock_idp.personalities.oidc_problems import ErrorText


def as_json(exchange: Exchange, error: RefusedError, attempt: str | None) -> Response:
    """The vendor's JSON error, noted in the journal."""
    details = exchange.details(error)
    text = exchange.server.describe(error.problem, details)
    body = exchange.server.error_body(error.problem, details, exchange.trace)
    exchange.tenant.journal.record(
        "oidc.refused",
        summary=f"The {exchange.endpoint} request was refused: {error.problem.value}.",
        attempt=attempt,
        detail={"problem": error.problem.value, "status": text.status, "body": body},
    )
    return exchange.json(body, text.status, error_number=text.number)


def as_page(
    exchange: Exchange,
    error: RefusedError,
    attempt: str | None,
    *,
    app: str | None = None,
    persona: str | None = None,
) -> ResponseReturnValue:
    """The vendor's HTML error page: what a person sees where no redirect URI can be trusted."""
    text, trace = exchange.server.describe(error.problem, exchange.details(error)), exchange.trace
    exchange.tenant.journal.record(
        "oidc.refused",
        summary=f"The {exchange.endpoint} request was refused on an error page: {error.problem.value}.",
        attempt=attempt,
        app=app,
        persona=persona,
        detail={
            "problem": error.problem.value,
            "error": text.error,
            "text": text.text,
            "request_id": trace.request_id,
        },
    )
    answer = make_response(_page(exchange, text, error.details.get("app")))
    page = {name.lower() for name, _ in answer.headers}
    for name, value in exchange.headers():
        if name.lower() not in page:
            answer.headers.add(name, value)
    return answer


def _page(exchange: Exchange, text: ErrorText, app_name: str | None) -> ResponseReturnValue:
    if text.number is not None:
        return error_pages.entra_error(
            exchange.tenant,
            code=text.number,
            message=text.text,
            app_name=app_name,
            ids=(exchange.trace.request_id, exchange.trace.correlation_id),
            heading=text.heading,
        )
    title = HTTPStatus(text.status).phrase if text.status == HTTPStatus.NOT_FOUND else "Bad Request"
    status = HTTPStatus.NOT_FOUND if text.status == HTTPStatus.NOT_FOUND else HTTPStatus.BAD_REQUEST
    return error_pages.okta_error(
        exchange.tenant, status=status, title=title, code=text.error, description=text.text
    )
