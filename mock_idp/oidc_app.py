"""An OpenID Connect relying party registered at a tenant, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mock_idp.saml_app import Assigned

GroupFilter = Literal["STARTS_WITH", "EQUALS", "CONTAINS", "REGEX"]
GroupsIn = Literal["id_token", "userinfo", "access_token"]
SigningKeyOf = Literal["tenant", "app"]
SignInAudience = Literal["AzureADMyOrg", "AzureADMultipleOrgs"]


@dataclass(frozen=True)
class GroupsClaim:
    """How an OIDC application's groups claim is set up.

    Attributes:
        name: the claim; Entra has no other name than `groups`.
        filter: Okta: how a group's name must match `value`. Entra sends all groups.
        value: what the filter compares with; the usual one matches every name.
        include: the messages that carry the claim; Entra's userinfo never does.
        format: Entra: object IDs, or names (which Entra has for synchronised groups only).
    """

    name: str = "groups"
    filter: GroupFilter = "REGEX"
    value: str = ".*"
    include: tuple[GroupsIn, ...] = ("id_token", "userinfo")
    format: Literal["id", "name"] = "id"

    def selects(self, group: str) -> bool:
        """Whether the filter lets a group of that name through."""
        if self.filter == "EQUALS":
            return group == self.value
        if self.filter == "STARTS_WITH":
            return group.startswith(self.value)
        if self.filter == "CONTAINS":
            return self.value in group
        return re.fullmatch(self.value, group) is not None


@dataclass(frozen=True)
class OidcApp:
    """An OpenID Connect relying party; without a secret it is a public client.

    Attributes:
        server: the authorization server whose URLs the control API shows for pasting: `org` or `default` at
            Okta, `v2.0` or `v1.0` at Entra. None means the usual one. All servers serve all applications.
        response_types: what may be asked for at the authorization endpoint; the order of words is free.
        secret_expires: the client secret stops working at this instant of the tenant's clock.
        signing_key: `app` signs this application's tokens with a key of its own, which is published only
            where `?appid=` (Entra) or `?client_id=` (Okta) names the application.
        sign_in_audience: Entra's name for who may sign in: people and guests of this tenant only, or of any
            tenant, which `common` and `organizations` need.
        access_token_version: Entra: the format of access tokens for this application's own API.
        optional_claims: Entra's optional claims of ID tokens, see `personalities.entra.oidc_optional`.
        amr: how people sign in to this application, as the claim `amr` tells it (RFC 8176); the vendors show
            different values (`pwd`, `mfa`, `otp`, …). Entra's v2.0 ID tokens do not tell it.
        front_channel_logout_uri: what the IdP loads in a hidden frame when a session that the application
            took part in ends; Okta adds `iss` and `sid`, Entra only with the optional claim `sid`.
        custom_claims: claims added to ID tokens as they are; Entra calls for `signing_key: app` then.
        access_token_claims: Entra: claims that access tokens for Graph have besides the usual ones, such as
            `acrs` and `cnf`, in their alphabetical place.
        granted_scopes: Entra: what responses and access tokens list as scope, as written: what was consented
            to once for this application and its resource. None lists what was asked for.
        jwks: the public keys (RFC 7517 section 5) whose owner is this application: for private_key_jwt.
        groups_claim: how groups are told; None means the vendor's state before anybody sets it up.
    """

    name: str
    client_id: str
    client_secret: str | None
    redirect_uris: tuple[str, ...]
    assigned: Assigned
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")
    pkce_required: bool = False
    post_logout_redirect_uris: tuple[str, ...] = ()
    server: str | None = None
    response_types: tuple[str, ...] = ("code",)
    secret_expires: datetime | None = None
    signing_key: SigningKeyOf = "tenant"
    sign_in_audience: SignInAudience = "AzureADMyOrg"
    access_token_version: Literal[1, 2] = 1
    optional_claims: tuple[str, ...] = ()
    amr: tuple[str, ...] = ("pwd",)
    front_channel_logout_uri: str | None = None
    custom_claims: Mapping[str, object] = field(default_factory=dict)
    access_token_claims: Mapping[str, object] = field(default_factory=dict)
    granted_scopes: tuple[str, ...] | None = None
    groups_claim: GroupsClaim | None = None
    jwks: Mapping[str, object] | None = None

    protocol: Literal["oidc"] = "oidc"

    @property
    def is_public(self) -> bool:
        """Whether the application has neither a secret nor keys."""
        return not self.client_secret and not self.jwks

    def allows(self, response_type: str) -> bool:
        """Whether the application may ask for `response_type`, in whichever order its words stand."""
        asked = sorted(response_type.split())
        return any(sorted(allowed.split()) == asked for allowed in self.response_types)
