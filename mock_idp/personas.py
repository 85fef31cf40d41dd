"""The people an IdP tenant knows, and the catalogue of named personas."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

PASSWORD_PREFIX = "correct-horse-"  # noqa: S105 - the published password of test personas
Status = Literal["active", "suspended", "locked", "password_expired"]
IdentityProvider = Literal["entra", "live.com", "mail"]
Factor = Literal["app", "sms", "email"]


@dataclass(frozen=True)
class Persona:
    """One account at the IdP. `email` None means that the account has no e-mail; `email_verified` None means
    the vendor's usual answer. `hint` says what the persona is for and is never sent to anyone.

    Attributes:
        status: `suspended` is disabled by an administrator, and out of every session; `locked` after too many
            wrong passwords and `password_expired` keep what is under way and end each new sign-in.
        group_count: how many groups the person is in besides `groups`; their names are made up.
        home_tenant: Entra: the tenant (name or GUID) that keeps the account; None means this one. Someone
            from elsewhere needs `guest`, or a multi-tenant application at `common` or `organizations`.
        guest: Entra: a B2B guest, whose UPN here ends in `#EXT#@…` and whose login stays that of home.
        identity_provider: Entra: who vouches for a guest: another Entra tenant, a Microsoft account, or a
            passcode sent by e-mail. It is nothing to a person of this tenant.
        xms_edov: Entra: whether the owner of the e-mail's domain is verified; None means that it is for an
            address in the login's own domain and for no other.
        factors: the second factors that the person has set up, the usual one first: an authenticator app,
            codes by SMS or (Okta) by e-mail. The tenant's `access_policy` `mfa` asks for one.
        totp_secret: what the authenticator app holds (RFC 6238, base32); empty means one that follows from
            the ID. Codes that are sent are made of it as well.
        personal_account: Entra: the login name is also that of a Microsoft account, so the pages ask which of
            the two is meant.
        claims: no vendor's: further claims about this person, in ID tokens, userinfo and (as attributes with
            these names) in assertions, in place of the vendor's of the same name.
    """

    id: str
    login: str
    password: str
    email: str | None = None
    email_verified: bool | None = None
    given_name: str | None = None
    family_name: str | None = None
    display_name: str | None = None
    groups: tuple[str, ...] = ()
    status: Status = "active"
    hint: str = ""
    group_count: int = 0
    home_tenant: str | None = None
    guest: bool = False
    identity_provider: IdentityProvider = "entra"
    xms_edov: bool | None = None
    factors: tuple[Factor, ...] = ("app",)
    totp_secret: str = ""
    personal_account: bool = False
    claims: Mapping[str, Any] = field(default_factory=dict)

    @property
    def may_stay(self) -> bool:
        """Whether sessions and refresh tokens of before still count (unconfirmed for a locked account)."""
        return self.status != "suspended"

    @property
    def totp_key(self) -> str:
        """The secret of the authenticator app: the person's own, else one that follows from the ID."""
        return self.totp_secret or base64.b32encode(hashlib.sha1(self.id.encode()).digest()).decode()  # noqa: S324 - published

    @property
    def all_groups(self) -> tuple[str, ...]:
        """The names of all groups: those that were given, then `group-0001` and so on."""
        return (*self.groups, *(f"group-{number:04d}" for number in range(1, self.group_count + 1)))

    @property
    def shown_name(self) -> str:
        """The name that people see: the display name, else given and family name, else the login."""
        names = " ".join(part for part in (self.given_name, self.family_name) if part)
        return self.display_name or names or self.login

    def patched(self, changes: Mapping[str, Any]) -> Persona:
        """A copy with `changes` applied; the ID stays."""
        return replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        """The persona as the control API and the catalogue show it."""
        lists = {"groups": list(self.groups), "factors": list(self.factors)}
        return {**asdict(self), **lists, "totp_secret": self.totp_key}


def fresh_persona(persona_id: str) -> Persona:
    """What a persona is before anything is said about it: an active account of acme.test."""
    address = f"{persona_id}@acme.test"
    return Persona(id=persona_id, login=address, password=PASSWORD_PREFIX + persona_id, email=address)


def _named(persona_id: str, address: str, given: str, family: str, hint: str) -> Persona:
    return Persona(
        id=persona_id,
        login=address,
        password=PASSWORD_PREFIX + persona_id,
        email=address,
        given_name=given,
        family_name=family,
        display_name=f"{given} {family}",
        hint=hint,
    )


CATALOGUE: Mapping[str, Persona] = {
    persona.id: persona
    for persona in (
        _named("sam", "sam@acme.test", "Sam", "Stone", "sysadmin"),
        _named("mona", "mona@acme.test", "Mona", "Marsh", "manager"),
        _named("alice", "alice@acme.test", "Alice", "Archer", "user, victim"),
        _named("mallory", "mallory@acme.test", "Mallory", "Moss", "user, attacker"),
        _named("adam", "adam@acme.test", "Adam", "Ashby", "agent, victim"),
        _named("trudy", "trudy@acme.test", "Trudy", "Thorne", "agent, attacker"),
        _named("nobody", "nobody@acme.test", "Noel", "Body", "known only to the IdP"),
        _named(
            "evil-suffix", "alice@acme.test.evil.test", "Eve", "Suffix", "address that starts like alice's"
        ),
        _named("evil-prefix", "evil.alice@acme.test", "Eve", "Prefix", "address that ends like alice's"),
        _named("not-alice", "not-alice@acme.test", "Nora", "Alison", "address that contains alice's"),
    )
}


def find_by_login(personas: Mapping[str, Persona], login: str) -> Persona | None:
    """The persona that signs in with `login`. Both vendors ignore case and surrounding blanks here."""
    wanted = login.strip().casefold()
    return next((persona for persona in list(personas.values()) if persona.login.casefold() == wanted), None)


def with_own_claims(claims: Mapping[str, Any], persona: Persona) -> dict[str, Any]:
    """A token's claims, with the person's own in place of those of the same name; null takes one away."""
    if not persona.claims and None not in claims.values():
        return dict(claims)
    merged = {**claims, **persona.claims}
    return {name: value for name, value in merged.items() if persona.claims.get(name, value) is not None}
