"""The shape of a scenario file, before names are looked up."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from conformance.model import Basis, Expected, Level, Place, Plan, Severity


class SecondClient(BaseModel):
    """Another client of the platform, with the same people, for a journey that needs two."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    idp: Literal["shared", "own"] = "shared"
    """Whether its application is at the same tenant of the IdP, with the same keys, or at one of its own."""
    start: Literal["blank", "saved", "fresh"] = "fresh"


class CaseSpec(BaseModel):
    """One case as written, with the file's defaults already merged in."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=5)
    requirement: str = Field(min_length=10)
    why: str = Field(min_length=10)
    refs: list[str] = Field(min_length=1)
    basis: Basis
    level: Level
    severity: Severity
    cls: str = Field(alias="class")
    protocol: Literal["saml", "oidc"]
    personalities: list[str] = Field(default_factory=lambda: ["okta", "entra"], min_length=1)
    agents: list[Literal["http", "chromium"]] = Field(default=["http"], min_length=1)
    chromium_personalities: list[str] | None = Field(None, min_length=1)
    """Those of the personalities that are played in Chromium too; None: all of them."""
    surface: Literal["user", "agent"] = "user"
    persona: str = ""
    victim: str = ""
    expect: Expected | None = None
    place: Place | None = None
    says: list[str] = Field(default_factory=list)
    fault: dict[str, Any] | None = None
    given: list[dict[str, Any]] = Field(default_factory=list)
    steps: list[dict[str, Any]] = Field(default_factory=list)
    start: Literal["enabled", "blank", "saved", "fresh"] = "enabled"
    second_client: SecondClient | None = None
    crowd: int = Field(0, ge=0, le=1000)
    needs: list[str] = Field(default_factory=list)
    covers: list[str] = Field(default_factory=list)
    was: list[str] = Field(default_factory=list)
    fix: str = ""
    weakness: str | list[str] = Field(default_factory=list)
    """One that makes the case fail, or several, each of which does."""
    plan: Plan = Plan.GATE
    baselines: list[Literal["assertion", "response", "both"]] = Field(default_factory=list)
    variants: dict[str, dict[str, Any]] | None = None
    """Taken apart before a case is checked: here only for what it must be."""


class ScenarioFile(BaseModel):
    """A file under `scenarios/`: defaults, and cases by key."""

    model_config = ConfigDict(extra="forbid")

    defaults: dict[str, Any] = Field(default_factory=dict)
    cases: dict[str, dict[str, Any]] = Field(min_length=1)
