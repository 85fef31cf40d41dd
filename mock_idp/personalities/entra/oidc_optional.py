"""Entra's optional claims (documented): what an application gets in ID tokens if its registration says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mock_idp.personalities.entra.identity import guest_upn
from mock_idp.personalities.oidc_base import Login, Person, base64url
from mock_idp.personalities.place import stable_guid

REGION = "NA"
COUNTRY = "US"
PASSWORD_LASTS = 429_923
"""Seconds until a password expires, for the claim `pwd_exp`, which is a text in the capture."""

_CLAIMS: Mapping[str, Callable[[Login, str], object]] = {
    "acct": lambda login, _: int(login.person.guest),
    "auth_time": lambda login, _: login.auth_time,
    "ctry": lambda login, _: COUNTRY,
    "email": lambda login, _: login.person.email,
    "family_name": lambda login, _: login.person.family_name,
    "given_name": lambda login, _: login.person.given_name,
    "ipaddr": lambda login, _: "127.0.0.1",
    "login_hint": lambda login, _: login_hint(login.person),
    "pwd_exp": lambda login, _: str(PASSWORD_LASTS),
    "pwd_url": lambda login, _: "https://portal.microsoftonline.com/ChangePassword.aspx",
    "sid": lambda login, _: session_claim(login.session_id),
    "tenant_region_scope": lambda login, _: REGION,
    # A guest's UPN is not sent unless one of the two properties asks for it.
    "upn": lambda login, _: None if login.person.guest else login.person.login,
    "upn:include_externally_authenticated_upn": lambda login, tenant: upn(login.person, tenant, "#EXT#"),
    "upn:include_externally_authenticated_upn_without_hash": (
        lambda login, tenant: upn(login.person, tenant, "_EXT_")
    ),
    "verified_primary_email": lambda login, _: [login.person.email] if login.person.email else None,
    "verified_secondary_email": lambda login, _: None,  # personas have one address
    "xms_edov": lambda login, _: is_domain_verified(login.person),
}


def optional_claims(login: Login, tenant: str) -> dict[str, object | None]:
    """The claims by name; a property of a claim stands behind a colon in the registration."""
    return {name.partition(":")[0]: _CLAIMS[name](login, tenant) for name in login.app.optional_claims}


def upn(person: Person, tenant: str, mark: str) -> str:
    """The UPN in this tenant, which for a guest is an invention of the directory."""
    return guest_upn(person.login, tenant, mark) if person.guest else person.login


def is_domain_verified(person: Person) -> bool | None:
    """`xms_edov`; that a token without an e-mail has none is unconfirmed."""
    if person.email is None:
        return None
    if person.xms_edov is not None:
        return person.xms_edov
    return person.email.rpartition("@")[2].casefold() == person.login.rpartition("@")[2].casefold()


def session_claim(session_id: str) -> str:
    """`sid`, which front-channel logout names again."""
    return stable_guid("sid", session_id)


def login_hint(person: Person) -> str:
    """An opaque string that `logout_hint` and `login_hint` take back; only its beginning `O.` was seen."""
    return "O." + base64url(f"{person.user_id} {person.login}".encode())
