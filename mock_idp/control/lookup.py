"""What every control route begins with: the tenant of the path, and the body of the request."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest

from mock_idp.control.errors import ControlError, invalid_body, unknown
from mock_idp.tenants import Tenant
from mock_idp.web import tenant_store

Model = TypeVar("Model", bound=BaseModel)


def tenant_of(name: str) -> Tenant:
    """The tenant. Raises ControlError 404."""
    tenant = tenant_store().get(name)
    if tenant is None:
        raise unknown("tenant", name, tenant_store().names(), status=404)
    return tenant


def json_body() -> dict[str, Any]:
    """The request's JSON object. Raises ControlError 400."""
    try:
        body = request.get_json(force=True)
    except BadRequest as error:
        raise ControlError(400, "not-json", "The body is not JSON; send a JSON object.") from error
    if not isinstance(body, dict):
        raise ControlError(
            400, "not-an-object", f"The body is a JSON {type(body).__name__}; send a JSON object."
        )
    return body


def parsed(model: type[Model], body: dict[str, Any]) -> Model:
    """The body as `model`. Raises ControlError 422 for its first mistake."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise invalid_body(model, error) from error
