"""The verbs of the public API: logging in there, and what its session is worth later."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from conformance.catalogue.ask import Verb
from conformance.model import Expected, Place


class ApiLogin(Verb):
    """Log in at the platform's public API, as a program does, and be judged by whose session it has.

    `id_token` and `access_token` come from the IdP (OpenID Connect), `from` the password grant or a login of
    the caller's own by code; `assertion` is the last login's SAML response, sent in the ID token's place.
    """

    who: str = Field(alias="as")
    by: Literal["password", "id_token", "access_token", "assertion"]
    source: Literal["password_grant", "code"] = Field("password_grant", alias="from")
    surface: Literal["user", "agent", ""] = ""
    """As what kind of account, where that is not the person's own."""
    access: Literal["own", "missing", "wrong", "second"] = "own"
    """The API token: the client's own, none, one that does not exist, or the second client's."""
    fault: dict[str, Any] | None = None
    expect: Expected
    place: Place | None = None
    says: list[str] = Field(default_factory=list)
    title: str = ""

    @model_validator(mode="after")
    def _fault_has_a_login(self) -> Self:
        if self.fault and (self.source != "code" or self.by not in ("id_token", "access_token")):
            raise ValueError("a fault belongs to a login at the IdP: say `from: code` beside it")
        return self


class ApiSession(Verb):
    """See whose session the last API login's still is."""

    expect: Expected
    title: str = ""
