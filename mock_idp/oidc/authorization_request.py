"""An authorization request whose sender is known, so that it may be answered at its redirect URI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from mock_idp.apps import OidcApp


@dataclass(frozen=True)
class Request:
    """The application, where to answer, and every parameter as it came (RFC 6749 section 4.1.1).

    `modes` are the response modes that the vendor knows.
    """

    app: OidcApp
    redirect_uri: str
    state: str | None
    parameters: Mapping[str, str]
    modes: tuple[str, ...]

    @property
    def response_type(self) -> str:
        """The words of `response_type` as they came."""
        return self.parameters.get("response_type", "")

    @cached_property
    def wanted(self) -> tuple[str, ...]:
        """The words of `response_type` one by one."""
        return tuple(self.response_type.split())

    @cached_property
    def default_mode(self) -> str:
        """By query for a code alone, else by fragment (OAuth 2.0 Multiple Response Types, section 3)."""
        return "fragment" if {"id_token", "token"} & set(self.wanted) else "query"

    @cached_property
    def mode_is_allowed(self) -> bool:
        """Whether the mode asked for exists and keeps tokens out of the query."""
        asked = self.parameters.get("response_mode", self.default_mode)
        return asked in self.modes and not (asked == "query" and self.default_mode == "fragment")

    @property
    def response_mode(self) -> str:
        """How to answer: as asked, else as usual, also where the mode asked for is the very thing refused."""
        asked = self.parameters.get("response_mode", self.default_mode)
        return asked if self.mode_is_allowed else self.default_mode

    @property
    def prompts(self) -> list[str]:
        """The values of `prompt`."""
        return self.parameters.get("prompt", "").split()

    @property
    def max_age(self) -> int | None:
        """How long ago the password may have been given, in seconds; None when nothing usable was said."""
        asked = self.parameters.get("max_age", "")
        return int(asked) if asked.isdecimal() else None
