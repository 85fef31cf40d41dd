"""The API's own description (OpenAPI 3.1): data in `openapi.yaml`, served as JSON to anybody."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from flask import Flask, Response, jsonify

PATH = "/api/openapi.json"


@cache
def description() -> dict[str, Any]:
    """Return the OpenAPI document."""
    text = (Path(__file__).parent / "openapi.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def register(app: Flask) -> None:
    """Add the route; it needs no session, because it tells nothing about anybody."""
    app.add_url_rule(PATH, "api_description", _show)


def _show() -> Response:
    return jsonify(description())
