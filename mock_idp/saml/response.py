"""The honest SAML Response: its facts, in the vendor's template. Faults and signatures come later."""

from __future__ import annotations

from dataclasses import dataclass

from mock_idp.apps import SamlApp
from mock_idp.clock import instant_ms
from mock_idp.saml.xml import render
from mock_idp.sessions import SignIn
from mock_idp.tenants import Tenant


@dataclass(frozen=True)
class Login:
    """What a Response is about. `request_id` None means that the IdP started the login; `name_id_format` and
    `authn_context` None mean the application's and the vendor's own."""

    app: SamlApp
    acs_url: str
    request_id: str | None = None
    name_id_format: str | None = None
    authn_context: str | None = None


def response_facts(tenant: Tenant, login: Login, sign_in: SignIn) -> dict[str, object]:
    """The values of the response template, dated by the tenant's clock."""
    profile, place, now = tenant.personality.saml, tenant.place, tenant.clock.now()
    base = now - profile.validity.lag
    name_id_format = login.name_id_format or login.app.name_id_format or profile.default_name_id_format
    assertion_id = profile.assertion_id()
    return {
        "response_id": profile.response_id(),
        "assertion_id": assertion_id,
        "request_id": login.request_id,
        "destination": login.acs_url,
        "issue_instant": instant_ms(now),
        "issuer": profile.endpoints(place, login.app.name).entity_id,
        "audience": login.app.audience,
        "name_id_format": name_id_format,
        "name_id": profile.name_id(place, login.app.name, sign_in.persona, name_id_format),
        "confirmation_until": instant_ms(base + profile.validity.confirmation),
        "not_before": instant_ms(base - profile.validity.before),
        "not_on_or_after": instant_ms(base + profile.validity.conditions),
        "authn_instant": instant_ms(sign_in.at),
        "session_index": profile.session_index(login.request_id, assertion_id, now),
        "authn_context": login.authn_context or profile.authn_context,
        "attributes": profile.attributes(place, sign_in.persona),
    }


def compose(tenant: Tenant, login: Login, sign_in: SignIn) -> str:
    """The unsigned Response as XML."""
    template = f"{tenant.personality.saml.templates}/response.xml"
    return render(template, **response_facts(tenant, login, sign_in))
