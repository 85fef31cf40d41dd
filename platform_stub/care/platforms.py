"""Further platforms in one process, each with weaknesses of its own, for whoever tries many of them.

A process for each would be started and warmed up every time. A platform of its own, and not a policy for each
client, because a weakness may reach over all clients.
"""

from collections.abc import Callable, Sequence
from functools import partial

from flask import Flask, Response, jsonify

from platform_stub import json_body
from platform_stub.care.api import require_operator
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.settings import Settings
from platform_stub.weaknesses import UnknownWeaknessError

Open = Callable[[Sequence[str]], Settings]
"""Opens a platform with these weaknesses and tells where it listens."""


def register(app: Flask, ctx: PlatformContext, open_another: Open) -> None:
    """Add the route; it needs the operator's token."""
    view = partial(_open, ctx, open_another)
    app.add_url_rule("/api/platforms", "open_platform", view, methods=["POST"])


def _open(ctx: PlatformContext, open_another: Open) -> tuple[Response, int]:
    """Open one with these `weaknesses`; `POST /shutdown` at its own plane closes it."""
    require_operator(ctx)
    names = json_body.read({"weaknesses": list}, required=("weaknesses",))["weaknesses"]
    try:
        opened = open_another([str(name) for name in names])
    except UnknownWeaknessError as error:
        raise RejectedError("unknown-weakness", str(error)) from error
    return jsonify(
        base_url=opened.base_url, care_url=opened.care_url, operator_token=opened.operator_token
    ), 201
