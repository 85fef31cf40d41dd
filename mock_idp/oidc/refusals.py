"""Refusals that do not travel by redirect: the token endpoint's JSON, and the vendor's error page."""

from __future__ import annotations

from flask import Response
from flask.typing import ResponseReturnValue

from mock_idp.oidc.exchange import Exchange, RefusedError


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
