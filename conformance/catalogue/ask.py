"""The verb `ask`, and what every verb has in common."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Verb(BaseModel):
    """A verb's argument; a name that it does not have is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Ask(Verb):
    """Ask the platform something by a name of the target file, and compare what the answer yields.

    `as` asks in the person's own browser or as that account; without it the target file says who asks.
    An answer that is no success (2xx) passes only where `status` is asked for.
    """

    what: str
    who: str = Field("", alias="as")
    given: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Values for the question's requests; `{names}` as in a fault."""
    equals: dict[str, Any] = Field(default_factory=dict, alias="is")
    """Fields of the answer and what they must be; null is a field that is not there."""
    differs: dict[str, Any] = Field(default_factory=dict, alias="is_not")
    says: list[str] = Field(default_factory=list)
    """Words that the answer must hold."""
    hides: list[str] = Field(default_factory=list)
    """Words that must stand nowhere in the answer: secrets."""
    remember: dict[str, str] = Field(default_factory=dict)
    """Fields to keep, by the names under which later steps use them as `{name}`."""
    title: str = ""
