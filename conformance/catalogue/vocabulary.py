"""The names that scenario files may use: the mock IdP's catalogue and the roster."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conformance.model import Account

CAPABILITIES = frozenset(
    {
        "password_login",
        "configure_saml",
        "configure_oidc",
        "import_metadata",
        "import_metadata_text",
        "metadata.import_once",
        "metadata.refresh",
        "set_clock",
        "set_sso",
        "single_logout",
        "encryption",
        "recover",
        "read_config",
        "restore",
        "fresh_arena",
        "provision",
        "log_out",
        "log_out_wish",
        "deep_link",
        "api",
        "two_clients",
        "diagnosis",
        "email_attribute",
        "userinfo",
        "lockout",
        "agents",
        "disposable",
    }
)
"""What a target can be able to do."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Faults, personalities and personas of the mock IdP, and the accounts of the roster."""

    faults: Mapping[str, Mapping[str, Any]]
    personalities: tuple[str, ...]
    aliases: Mapping[str, str]
    personas: Mapping[str, Mapping[str, Any]]
    roster: Mapping[str, Account]
    settings: Mapping[str, Sequence[str]]
    """Names of the IdP's settings by owner: `tenant`, `saml` and `oidc` (an application), `persona`."""

    def personalities_of(self, written: Sequence[str]) -> tuple[str, ...]:
        """Return personalities by their own names, where a case may write `azure`."""
        return tuple(self.aliases.get(name, name) for name in written)


def read_vocabulary(scenarios: Path) -> Vocabulary:
    """Read `schema/catalog.json` and `roster.yaml` below the scenarios folder."""
    told = json.loads((scenarios / "schema" / "catalog.json").read_text(encoding="utf-8"))
    people = yaml.safe_load((scenarios / "roster.yaml").read_text(encoding="utf-8"))
    names = told["personalities"]
    return Vocabulary(
        faults={fault["name"]: fault for fault in told["faults"]},
        personalities=tuple(entry["name"] for entry in names),
        aliases={alias: entry["name"] for entry in names for alias in entry["aliases"]},
        personas=told["personas"],
        roster={key: Account(id=key, **entry) for key, entry in people.items()},
        settings=told["settings"],
    )
