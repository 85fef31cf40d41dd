"""An authorization request whose sender is known, so that it may be answered at its redirect URI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_idp.apps import OidcApp

RESPONSE_MODES = ("query", "fragment", "form_post")


@dataclass(frozen=True)
class Request:
    """The application, where to answer, and every parameter as it came (RFC 6749 section 4.1.1)."""

    app: OidcApp
    redirect_uri: str
    state: str | None
    parameters: Mapping[str, str]

    @property
    def response_mode(self) -> str:
        """How to answer: as asked, else by query, also where the mode asked for is the very thing refused."""
        asked = self.parameters.get("response_mode", "query")
        return asked if asked in RESPONSE_MODES else "query"

    @property
    def prompts(self) -> list[str]:
        """The values of `prompt`."""
        return self.parameters.get("prompt", "").split()

    @property
    def max_age(self) -> int | None:
        """How long ago the password may have been given, in seconds; None when nothing usable was said."""
        asked = self.parameters.get("max_age", "")
        return int(asked) if asked.isdecimal() else None
