"""Logout tokens: what a provider with back-channel logout sends to an application when a session ends.

Source: OpenID Connect Back-Channel Logout 1.0 section 2.4. Keycloak sends them; that neither Okta nor Entra
ID does is unconfirmed. The control API makes them, and whoever asked for one delivers it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mock_idp.faults.oidc.drafts import LogoutTokenDraft
from mock_idp.keys import KeyRing
from mock_idp.tenants import Tenant

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME = 120
"""Seconds; the specification recommends two minutes at most."""
KEPT = ("iss", "sub", "aud", "sid")
"""Claims of the ID token that name the same session in the logout token."""


class NobodySignedInError(LookupError):
    """The person has no ID token of this application, so there is no session to end."""


def draft(tenant: Tenant, app: str, persona: str) -> LogoutTokenDraft:
    """The logout token for the person's newest session at the application. Raises NobodySignedInError."""
    issued = _newest_id_token(tenant, app, persona)
    header, claims = dict(issued["header"]), dict(issued["payload"])
    now = tenant.clock.timestamp()
    told = {name: claims[name] for name in KEPT if name in claims}
    keys = _keys(tenant, str(header.get("kid", "")))
    return LogoutTokenDraft(
        header={**header, "typ": "logout+jwt"},
        claims={
            **told,
            "iat": now,
            "exp": now + LIFETIME,
            "jti": str(uuid.uuid4()),
            "events": {EVENT: {}},
        },
        keys=keys,
        now=now,
        retired_header=lambda: {**header, "kid": keys.retired.kid},
        id_token=(header, claims),
    )


def honest_copy(made: LogoutTokenDraft) -> LogoutTokenDraft:
    """A draft that a fault may change while this one stays."""
    return replace(made, header=dict(made.header), claims=dict(made.claims))


def _newest_id_token(tenant: Tenant, app: str, persona: str) -> Mapping[str, Any]:
    for entry in reversed(tenant.journal.entries()):
        if (entry.kind, entry.app, entry.persona) == ("oidc.token_response", app, persona):
            told = json.loads(str(entry.detail.get("sent", "{}")))
            if "id_token" in told:
                found: Mapping[str, Any] = told["id_token"]
                return found
    raise NobodySignedInError(f"{persona} has no ID token of the application {app!r}: sign in there first.")


def _keys(tenant: Tenant, kid: str) -> KeyRing:
    """The keys among which the one is that signed the ID token."""
    rings = (tenant.keys, *(tenant.keys_of(app) for app in tenant.oidc_apps))
    return next((ring for ring in rings if any(key.kid == kid for key in ring.published)), tenant.keys)
