"""The claim types that Entra's federation metadata offers to WS-Federation parties. URIs and names are
Entra's, the
descriptions are ours."""

from __future__ import annotations

from dataclasses import dataclass

SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
MS_2008 = "http://schemas.microsoft.com/ws/2008/06/identity/claims"
MS_IDENTITY = "http://schemas.microsoft.com/identity/claims"


@dataclass(frozen=True)
class ClaimType:
    """One auth:ClaimType."""

    uri: str
    name: str
    description: str


CLAIM_TYPES = (
    ClaimType(f"{SOAP}/name", "Name", "A name of the user that may change."),
    ClaimType(f"{SOAP}/nameidentifier", "Subject", "The user, by an identifier made for this application."),
    ClaimType(f"{SOAP}/givenname", "Given Name", "The user's given name."),
    ClaimType(f"{SOAP}/surname", "Surname", "The user's family name."),
    ClaimType(f"{MS_IDENTITY}/displayname", "Display Name", "The name that is shown for the user."),
    ClaimType(f"{MS_IDENTITY}/nickname", "Nick Name", "The user's nickname."),
    ClaimType(f"{MS_2008}/authenticationinstant", "Authentication Instant", "When the user signed in (UTC)."),
    ClaimType(f"{MS_2008}/authenticationmethod", "Authentication Method", "How the user signed in."),
    ClaimType(
        f"{MS_IDENTITY}/objectidentifier", "ObjectIdentifier", "The user's lasting ID in the directory."
    ),
    ClaimType(f"{MS_IDENTITY}/tenantid", "TenantId", "The ID of the user's tenant."),
    ClaimType(f"{MS_IDENTITY}/identityprovider", "IdentityProvider", "Who vouched for the user."),
    ClaimType(f"{SOAP}/emailaddress", "Email", "The user's e-mail address."),
    ClaimType(f"{MS_2008}/groups", "Groups", "The user's groups."),
    ClaimType(
        f"{MS_IDENTITY}/accesstoken", "External Access Token", "An access token of an external provider."
    ),
    ClaimType(
        f"{MS_2008}/expiration", "External Access Token Expiration", "When that access token expires (UTC)."
    ),
    ClaimType(
        f"{MS_IDENTITY}/openid2_id", "External OpenID 2.0 Identifier", "The user's OpenID 2.0 identifier."
    ),
    ClaimType(
        "http://schemas.microsoft.com/claims/groups.link",
        "GroupsOverageClaim",
        "Where to ask for the groups.",
    ),
    ClaimType(f"{MS_2008}/role", "Role Claim", "Roles of the user or service principal."),
    ClaimType(f"{MS_2008}/wids", "RoleTemplate Id Claim", "Template IDs of the user's directory roles."),
)
