"""The published catalogue: every name that cases and control calls may use, as JSON-ready data."""

from __future__ import annotations

from typing import Any

from mock_idp.faults import registry
from mock_idp.faults.model import STAGES
from mock_idp.personalities import PERSONALITIES
from mock_idp.personas import CATALOGUE


def catalogue() -> dict[str, Any]:
    """Faults, stages, personalities and personas."""
    return {
        "faults": registry.catalog(),
        "stages": [{"name": name, "summary": summary} for name, summary in STAGES.items()],
        "personalities": [personality.as_json() for personality in PERSONALITIES],
        "personas": {persona.id: persona.as_json() for persona in CATALOGUE.values()},
    }
