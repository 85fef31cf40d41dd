"""An authorization request whose sender is known, so that it may be answered at its redirect URI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Self

from mock_idp.apps import OidcApp


class Request(NamedTuple):
    """The application, where to answer, and every parameter as it came (RFC 6749 section 4.1.1).

    Attributes:
        wanted: the words of `response_type` one by one.
        response_mode: how to answer: as asked, else as usual, also where the mode asked for is the very thing
            refused. Usual is by query for a code alone, else by fragment (OAuth 2.0 Multiple Response Types,
            section 3).
        mode_is_allowed: whether the mode asked for exists and keeps tokens out of the query.
        prompts: the values of `prompt`.
    """

    app: OidcApp
    redirect_uri: str
    state: str | None
    parameters: Mapping[str, str]
    wanted: tuple[str, ...]
    response_mode: str
    mode_is_allowed: bool
    prompts: tuple[str, ...]

    @classmethod
    def read(
        cls, app: OidcApp, redirect_uri: str, parameters: Mapping[str, str], modes: tuple[str, ...]
    ) -> Self:
        """The request that the parameters make; `modes` are the response modes that the vendor knows."""
        wanted = tuple(parameters.get("response_type", "").split())
        usual = "fragment" if "id_token" in wanted or "token" in wanted else "query"
        asked = parameters.get("response_mode", usual)
        allowed = asked in modes and not (asked == "query" and usual == "fragment")
        return cls(
            app,
            redirect_uri,
            parameters.get("state"),
            parameters,
            wanted,
            asked if allowed else usual,
            allowed,
            tuple(parameters.get("prompt", "").split()),
        )

    @property
    def response_type(self) -> str:
        """The words of `response_type` as they came."""
        return self.parameters.get("response_type", "")

    @property
    def max_age(self) -> int | None:
        """How long ago the password may have been given, in seconds; None when nothing usable was said."""
        asked = self.parameters.get("max_age", "")
        return int(asked) if asked.isdecimal() else None
