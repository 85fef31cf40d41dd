"""What a personality is: everything in which one vendor differs from another, as data and pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import rsa

from mock_idp.keys import SigningKey
from mock_idp.personalities.http_problem import HttpAnswer, HttpProblem, plain_answer
from mock_idp.personalities.oidc_profile import OidcProfile
from mock_idp.personalities.place import Place
from mock_idp.personalities.saml_profile import SamlProfile

NO_STORE = (("Cache-Control", "no-store, no-cache"), ("Pragma", "no-cache"))
"""What pages of a login need at least."""


@dataclass(frozen=True)
class LoginForm:
    """A login in one step: the URL rule of its form below the tenant, its fields, and the words of a refusal.

    The login under way travels in `handle_field`, in the query or in the form."""

    rule: str
    login_field: str
    password_field: str
    handle_field: str
    refused: str


@dataclass(frozen=True)
class SamlRoute:
    """A SAML URL: its rule below the tenant and what it does. `<app>` in a rule names the application."""

    rule: str
    serves: Literal["messages", "metadata", "start"]


@dataclass(frozen=True)
class Personality:
    """One vendor. Identifiers are functions of names, so that the same tenant has the same IDs in every run.

    `directory_id(tenant)`, `application_id(place, app)` (OIDC client ID) and `user_id(place, persona)` give
    the vendor's forms; `dress_key(private_key, tenant, made)` puts the vendor's kid and
    certificates, valid from `made` on, around a key.
    `first_page` is the template of the first login step, `handle_prefix` begins what names a login under way.
    With `keeps_accounts` several people can be signed in in one browser. At `broker_path` people come back
    from another identity provider.
    A vendor whose login is one form, or whose SAML URLs need no code of their own, says so in `login_form`
    and `saml_routes`; `http_answer` words what goes wrong before any protocol; `page_headers(now)` are sent
    with each page for people."""

    name: str
    title: str
    aliases: tuple[str, ...]
    session_cookie: str
    directory_id: Callable[[str], str]
    application_id: Callable[[Place, str], str]
    user_id: Callable[[Place, str], str]
    dress_key: Callable[[rsa.RSAPrivateKey, str, datetime], SigningKey]
    saml: SamlProfile
    oidc: OidcProfile
    first_page: str
    keeps_accounts: bool = False
    broker_path: str = ""
    handle_prefix: str = ""
    login_form: LoginForm | None = None
    saml_routes: tuple[SamlRoute, ...] = ()
    http_answer: Callable[[HttpProblem], HttpAnswer] = plain_answer
    page_headers: Callable[[datetime], Sequence[tuple[str, str]]] = lambda _now: NO_STORE

    def as_json(self) -> dict[str, object]:
        """The personality as the catalogue shows it."""
        return {"name": self.name, "aliases": list(self.aliases), "title": self.title}
