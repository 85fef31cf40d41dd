"""Endpoints for programs that fail, as the setting `trouble` says: how a provider looks on a bad day."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, abort, make_response
from flask.typing import ResponseReturnValue

from mock_idp.oidc.exchange import Exchange
from mock_idp.serving.protocol import DRIPPING, LATE
from mock_idp.tenant_settings import Trouble

HANGS_FOR = "60"
"""Seconds, longer than any program should wait."""
DRIPS_EVERY = "0.5"
"""Seconds between two bytes."""
SLOW, NOT_JSON = {"hang", "drip"}, {"not_json"}


def failing(
    exchange: Exchange, how: Trouble, answer: Callable[[Exchange], ResponseReturnValue]
) -> ResponseReturnValue:
    """What the endpoint answers in trouble; `answer` makes the usual answer of it."""
    exchange.tenant.journal.record(
        "oidc.trouble", summary=f"The {exchange.endpoint} endpoint was asked, and fails on purpose: {how}."
    )
    if how not in SLOW | NOT_JSON:
        abort(int(how), "This endpoint fails on purpose (the tenant's setting `trouble`).")
    if how in NOT_JSON:
        return Response("<html><body>Down for maintenance.</body></html>", 200, mimetype="text/html")
    return slow(make_response(answer(exchange)), hangs=how == "hang")


def slow(response: Response, *, hangs: bool) -> Response:
    """The same answer, sent far too late or byte by byte."""
    response.headers[LATE if hangs else DRIPPING] = HANGS_FOR if hangs else DRIPS_EVERY
    return response
