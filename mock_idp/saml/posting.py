"""The HTTP-POST binding: the vendor's page whose form carries a message to the service provider."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from flask import render_template
from flask.typing import ResponseReturnValue

from mock_idp.page_headers import page_headers
from mock_idp.tenants import Tenant


def posted(
    tenant: Tenant, url: str, xml: str, relay_state: str | None, *, name: str = "SAMLResponse"
) -> ResponseReturnValue:
    """The vendor's page that posts `xml` to `url` (SAML Bindings section 3.5)."""
    return form_page(tenant, url, form_fields(tenant, xml, relay_state, name=name))


def form_fields(
    tenant: Tenant, xml: str, relay_state: str | None, *, name: str = "SAMLResponse"
) -> list[tuple[str, str]]:
    """The fields of that form, in order: the message in base64, and RelayState if there is to be one."""
    fields = [(name, base64.b64encode(xml.encode("utf-8")).decode("ascii"))]
    if relay_state is not None or tenant.personality.saml.always_sends_relay_state:
        fields.append(("RelayState", relay_state or ""))
    return fields


def form_page(tenant: Tenant, url: str, fields: Sequence[tuple[str, str]]) -> ResponseReturnValue:
    """The vendor's page whose form posts these fields to `url` by itself."""
    template = f"{tenant.personality.saml.templates}/form_post.html"
    return render_template(template, action=url, fields=fields), 200, page_headers(tenant)
