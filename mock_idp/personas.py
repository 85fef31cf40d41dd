"""The people an IdP tenant knows, and the catalogue of named personas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

PASSWORD_PREFIX = "correct-horse-"  # noqa: S105 - the published password of test personas
Status = Literal["active", "suspended"]


@dataclass(frozen=True)
class Persona:
    """One account at the IdP. `email` None means that the account has no e-mail; `email_verified` None means
    the vendor's usual answer. `hint` says what the persona is for and is never sent to anyone."""

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
        return {**asdict(self), "groups": list(self.groups)}


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
