"""The vendors' own error pages, shown where the browser stays at the IdP. Redirected errors are the
protocols' matter."""

from __future__ import annotations

import uuid
from datetime import UTC
from http import HTTPStatus

from flask import render_template
from flask.typing import ResponseReturnValue

from mock_idp.page_headers import page_headers
from mock_idp.tenants import Tenant


def vendor_error(
    tenant: Tenant, *, status: int, code: str, text: str, app_name: str | None = None
) -> ResponseReturnValue:
    """The tenant's vendor's error page: a number means Entra's page, a word that of the others."""
    if code.isdecimal():
        return entra_error(tenant, code=int(code), message=text, app_name=app_name, status=status)
    title = HTTPStatus(status).phrase
    return okta_error(tenant, status=status, title=title, code=code, description=text)


def okta_error(
    tenant: Tenant, *, status: int, title: str, code: str, description: str
) -> ResponseReturnValue:
    """The HTML error page of Okta, or of a vendor whose page tells the same: status, title such as "Bad
    Request", error code and description."""
    page = render_template(
        f"{tenant.personality.name}/error.html",
        tenant=tenant,
        status=status,
        title=title,
        code=code,
        description=description,
    )
    return page, status, page_headers(tenant)


def entra_error(
    tenant: Tenant,
    *,
    code: int,
    message: str,
    app_name: str | None = None,
    status: int = 400,
    ids: tuple[str, str] | None = None,
    heading: tuple[str, str] | None = None,
) -> ResponseReturnValue:
    """Entra's "Sorry, but we're having trouble signing you in" page around `AADSTS{code}: message`.

    `heading` is a title with its sentence in place of the usual ones. `ids` are the request's ID and the
    correlation ID, which are made up where nothing else names them."""
    request_id, correlation_id = ids or (str(uuid.uuid4()), str(uuid.uuid4()))
    moment = tenant.clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    page = render_template(
        "entra/error.html",
        tenant=tenant,
        message=f"AADSTS{code}: {message}",
        error_page=str(code),
        app_name=app_name,
        heading=heading and heading[0],
        lead=heading and heading[1],
        request_id=request_id,
        correlation_id=correlation_id,
        timestamp=moment,
    )
    return page, status, page_headers(tenant)
