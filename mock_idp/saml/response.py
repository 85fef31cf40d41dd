"""The honest SAML Response: its facts, in the vendor's template. Faults and signatures come later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from mock_idp.apps import SamlApp
from mock_idp.clock import instant_ms
from mock_idp.personalities.saml_attributes import value_of, with_own_claims
from mock_idp.personalities.saml_profile import FORMAT_PERSISTENT, FORMAT_TRANSIENT
from mock_idp.saml.xml import render
from mock_idp.sessions import SignIn
from mock_idp.tenants import Tenant

Facts = Mapping[str, object]
"""The values of a Response template: texts, None for what is absent, and a tuple of attributes."""


@dataclass(frozen=True)
class Login:
    """What a Response is about. `request_id` None means that the IdP started the login; `name_id_format` and
    `authn_context` None mean the application's and the vendor's own. With `by_application_id` the request
    named the application by its ID instead of its entity ID."""

    app: SamlApp
    acs_url: str
    request_id: str | None = None
    name_id_format: str | None = None
    authn_context: str | None = None
    by_application_id: bool = False


@dataclass(frozen=True)
class Asserted:
    """What an assertion said about whom, which a later LogoutRequest repeats."""

    name_id: str
    name_id_format: str
    session_index: str


class Composed(NamedTuple):
    """The values of the vendor's template, and whom the Response names."""

    facts: Facts
    asserted: Asserted


def compose(tenant: Tenant, login: Login, sign_in: SignIn) -> str:
    """The unsigned Response as XML."""
    return rendered(tenant, composed(tenant, login, sign_in).facts)


def rendered(tenant: Tenant, facts: Facts) -> str:
    """The unsigned Response as XML, by its values."""
    return render(f"{tenant.personality.saml.templates}/response.xml", **facts)


def composed(tenant: Tenant, login: Login, sign_in: SignIn) -> Composed:
    """What the Response says, dated by the tenant's clock."""
    profile, now = tenant.personality.saml, tenant.clock.now()
    assertion_id = profile.assertion_id()
    asserted = Asserted(
        *_name_id(tenant, login, sign_in), profile.session_index(login.request_id, assertion_id, now)
    )
    facts = {
        "response_id": profile.response_id(),
        "assertion_id": assertion_id,
        "request_id": login.request_id,
        "destination": login.acs_url,
        "issue_instant": instant_ms(now),
        "issuer": profile.endpoints(tenant.place, login.app.name).entity_id,
        "audience": _audience(tenant, login),
        "name_id_format": asserted.name_id_format,
        "name_id": asserted.name_id,
        "session_index": asserted.session_index,
        "encrypted": login.app.encrypt is not None,
        **_windows(tenant, login, sign_in, now),
        **_statements(tenant, login, sign_in),
    }
    return Composed(facts, asserted)


def _windows(tenant: Tenant, login: Login, sign_in: SignIn, now: datetime) -> dict[str, str]:
    validity, app = tenant.personality.saml.validity, login.app
    base = now - validity.lag
    set_up = app.assertion_lifetime_seconds
    lifetime = None if set_up is None else timedelta(seconds=set_up)
    return {
        "confirmation_until": instant_ms(base + (lifetime or validity.confirmation)),
        "not_before": instant_ms(base - validity.before),
        "not_on_or_after": instant_ms(base + (lifetime or validity.conditions)),
        "authn_instant": instant_ms(sign_in.at - timedelta(seconds=app.authn_instant_age_seconds)),
    }


def _statements(tenant: Tenant, login: Login, sign_in: SignIn) -> dict[str, object]:
    profile, app = tenant.personality.saml, login.app
    context = app.authn_context or login.authn_context or profile.authn_context(app.authn_methods)
    return {
        "authn_context": context,
        "attributes": with_own_claims(
            profile.attributes(tenant.place, app, sign_in.persona), sign_in.persona.claims
        ),
    }


def _audience(tenant: Tenant, login: Login) -> str:
    """The entity ID, or `spn:` and the application's ID (personalities 4.3; S19)."""
    if login.app.audience_mode == "spn" or login.by_application_id:
        return f"spn:{tenant.personality.application_id(tenant.place, login.app.name)}"
    return login.app.audience


def _name_id(tenant: Tenant, login: Login, sign_in: SignIn) -> tuple[str, str]:
    """The NameID's text and format. What the user does not have is replaced by the vendor's usual value."""
    profile, app, persona = tenant.personality.saml, login.app, sign_in.persona
    name_id_format = login.name_id_format or app.name_id_format or profile.default_name_id_format
    own = None
    if app.name_id_value is not None and name_id_format not in (FORMAT_PERSISTENT, FORMAT_TRANSIENT):
        own = value_of(app.name_id_value, profile.user_values(tenant.place, persona))
    text = own or profile.name_id(tenant.place, app.name, persona, name_id_format)
    return text, name_id_format
