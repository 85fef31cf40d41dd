"""One request at one authorization server of one tenant, and the error that ends it. No endpoint is here."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

from flask import Response

from mock_idp.apps import OidcApp
from mock_idp.armoury import ArmedFault
from mock_idp.compact import compact_ascii
from mock_idp.keys import KeyRing
from mock_idp.lean import VerbatimResponse, verbatim_headers
from mock_idp.personalities.oidc_base import (
    AuthorizationServer,
    Endpoint,
    Login,
    Org,
    Person,
    Trace,
    random_base64url,
)
from mock_idp.personalities.oidc_problems import Problem
from mock_idp.personas import Persona
from mock_idp.tenants import Tenant


class RefusedError(Exception):
    """The request is refused for `problem`; `details` fill the vendor's text."""

    def __init__(self, problem: Problem, **details: str) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.details = details


class Exchange(NamedTuple):
    """Who is asked, under which URL, and the trace that the vendor prints beside an error."""

    tenant: Tenant
    server: AuthorizationServer
    org: Org
    endpoint: Endpoint
    trace: Trace

    def details(self, error: RefusedError) -> dict[str, str]:
        """The error's own details beside those that every text may name."""
        common = {
            "base_url": self.org.base_url,
            "directory": self.tenant.name,
            "authority": self.org.authority,
        }
        return common | error.details

    def check_address(self, app: OidcApp) -> None:
        """Raise RefusedError where the vendor does not serve `app` under the authority in the URL."""
        problem = self.server.address_problem(self.org, self.endpoint, app)
        if problem is not None:
            raise RefusedError(problem, client_id=app.client_id, app=app.name)

    def fault(self, attempt: str | None, *stages: str) -> ArmedFault | None:
        """The fault armed for `attempt`, if it belongs to one of the `stages` of the message at hand."""
        armed = self.tenant.faults.for_attempt(attempt, "oidc")
        return armed if armed and armed.fault.stage in stages else None

    def person(self, persona: Persona) -> Person:
        """The persona as this vendor's directory knows it; a foreigner's ID is that of the home tenant."""
        place, home = self.tenant.place, self._home_tenant_id(persona)
        if home and not persona.guest:
            place = replace(place, directory_id=home)
        return Person(
            user_id=self.tenant.personality.user_id(place, persona.id),
            login=persona.login,
            email=persona.email,
            email_verified=persona.email_verified,
            given_name=persona.given_name,
            family_name=persona.family_name,
            display_name=persona.shown_name,
            groups=persona.all_groups,
            home_tenant_id=home,
            guest=persona.guest,
            identity_provider=persona.identity_provider,
            xms_edov=persona.xms_edov,
        )

    def _home_tenant_id(self, persona: Persona) -> str:
        """The directory that keeps the account; empty where that is this tenant's own."""
        if persona.home_tenant is None:
            return ""
        try:
            home = str(uuid.UUID(persona.home_tenant))
        except ValueError:
            home = self.tenant.personality.directory_id(persona.home_tenant)
        return "" if home == self.org.directory_id else home

    def problem_details(self, grant: Grant, person: Person) -> dict[str, str]:
        """What a text about a person at an application may name."""
        home = person.home_tenant_id or self.org.directory_id
        return {
            "app": grant.app,
            "client_id": grant.client_id,
            "user": person.login,
            "identity_provider": f"https://sts.windows.net/{home}/",
        }

    def json(
        self, body: Mapping[str, object], status: int = 200, *, error_number: int | None = None
    ) -> Response:
        """A JSON answer on one line with the vendor's headers."""
        headers = verbatim_headers(self.headers(error_number=error_number))
        return VerbatimResponse(compact_ascii(body), status, headers)

    def headers(self, *, error_number: int | None = None, typed: bool = True) -> list[tuple[str, str]]:
        """The vendor's headers of an answer of this endpoint, its usual cookies among them; unless it is
        `typed`, without the Content-Type of documents."""
        told = self.server.headers(self.endpoint, self.trace, error_number=error_number)
        if not typed:
            del told["Content-Type"]
        cookies = self.server.cookies(self.endpoint, self.trace)
        return [*told.items(), *[("Set-Cookie", cookie) for cookie in cookies]]

    def keys(self, login: Login) -> KeyRing:
        """The keys that sign the login's tokens: the application's own, or those of the authority."""
        if login.app.signing_key == "app":
            return self.tenant.keys_of(login.app)
        return self.tenant.keys_of_authority(self.server.signer(login))


@dataclass(frozen=True)
class Grant:
    """What a code or token stands for: one person's login at one application, and the attempt it came from.

    Instants are epoch seconds of the tenant's clock. All that descends from one login is one family, which
    is revoked together.
    """

    attempt: str | None
    app: str
    client_id: str
    persona_id: str
    server: str
    scopes: tuple[str, ...]
    auth_time: int
    expires: int
    nonce: str | None = None
    session_id: str = ""
    second_factor: bool = False
    idp: str = ""
    family: str = field(default_factory=lambda: random_base64url(16))

    def login(self, person: Person, app: OidcApp, now: int) -> Login:
        """The grant as a token's subject matter."""
        return Login(person, app, self.scopes, self.auth_time, now, self.nonce, self.session_id, self.idp)

    def until(self, expires: int) -> Self:
        """The same grant with another end: `dataclasses.replace`, at a tenth of its cost."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__, expires=expires)
        return other


@dataclass(frozen=True)
class CodeGrant(Grant):
    """An authorization code's grant, bound to the redirect URI and, with PKCE, to a verifier."""

    redirect_uri: str = ""
    code_challenge: str | None = None
    code_challenge_method: str = "plain"


def new_trace(tenant: Tenant, client_request_id: str | None) -> Trace:
    """A trace dated by the tenant's clock."""
    return Trace(os.urandom(32).hex(), tenant.clock.now(), client_request_id)
