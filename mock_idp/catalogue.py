"""The published catalogue: every name that cases and control calls may use, as JSON-ready data."""

from __future__ import annotations

from typing import Any

from mock_idp.control.bodies import Body, OidcAppBody, PersonaBody, SettingsBody
from mock_idp.control.saml_bodies import SamlAppBody
from mock_idp.faults import registry
from mock_idp.faults.model import STAGES
from mock_idp.personalities import PERSONALITIES
from mock_idp.personas import CATALOGUE

_SETTINGS: dict[str, type[Body]] = {
    "tenant": SettingsBody,
    "saml": SamlAppBody,
    "oidc": OidcAppBody,
    "persona": PersonaBody,
}


def catalogue() -> dict[str, Any]:
    """Faults, stages, personalities, personas, and the settings of tenants, applications and persons."""
    return {
        "faults": registry.catalog(),
        "stages": [{"name": name, "summary": summary} for name, summary in STAGES.items()],
        "personalities": [personality.as_json() for personality in PERSONALITIES],
        "personas": {persona.id: persona.as_json() for persona in CATALOGUE.values()},
        "settings": {owner: sorted(body.model_fields) for owner, body in _SETTINGS.items()},
    }
