"""What a personality is: everything in which one vendor differs from another, as data and pure functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa

from mock_idp.keys import SigningKey
from mock_idp.personalities.oidc_profile import OidcProfile
from mock_idp.personalities.place import Place
from mock_idp.personalities.saml_profile import SamlProfile


@dataclass(frozen=True)
class Personality:
    """One vendor. Identifiers are functions of names, so that the same tenant has the same IDs in every run.

    `directory_id(tenant)`, `application_id(place, app)` (OIDC client ID) and `user_id(place, persona)` give
    the
    vendor's forms; `dress_key(private_key, tenant)` puts the vendor's kid and certificates around a key."""

    name: str
    title: str
    aliases: tuple[str, ...]
    session_cookie: str
    directory_id: Callable[[str], str]
    application_id: Callable[[Place, str], str]
    user_id: Callable[[Place, str], str]
    dress_key: Callable[[rsa.RSAPrivateKey, str], SigningKey]
    saml: SamlProfile
    oidc: OidcProfile

    def as_json(self) -> dict[str, object]:
        """The personality as the catalogue shows it."""
        return {"name": self.name, "aliases": list(self.aliases), "title": self.title}
