"""The headers of the vendor's HTML pages."""

from __future__ import annotations

from werkzeug.datastructures import Headers

from mock_idp.tenants import Tenant


def page_headers(tenant: Tenant) -> Headers:
    """The tenant's vendor's headers of a page of this moment, its usual cookies among them."""
    return Headers([*tenant.personality.page_headers(tenant.clock.now())])
