"""The verb `sent`: what the platform sends, judged by named checks (kind Q of the catalogue of cases)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from conformance.catalogue.ask import Verb
from conformance.catalogue.problems import unknown
from conformance.checks.sent.messages import Kind
from conformance.checks.sent.registry import all_checks

SP_METADATA = "sp-metadata"
"""The question of a target file that reads the platform's own SAML metadata."""


class SentMessages(Verb):
    """Look at what the platform sends in `times` logins: messages of the kind `what`, judged by named checks.

    Where a message begins a login, the logins are begun and no more (a hundred are cheap); all others are
    played to the end, `logout_request` to the logout behind it. `sp_metadata` is read without a login, by the
    target file's question; `refusal_page` is what a login with a `fault` ends on. The checks are in
    `conformance/checks/sent/`.
    """

    what: Kind
    who: str = Field("", alias="as")
    """Who logs in; only `sp_metadata` needs nobody."""
    at: Literal["user", "agent", ""] = ""
    """The surface; the person's own when it is not given."""
    times: int = Field(1, ge=1, le=200)
    checks: list[str] = Field(min_length=1)
    fault: dict[str, Any] | None = None
    """A lie of the IdP in every one of these logins."""

    @property
    def needs(self) -> str:
        """The capability of the target that this kind of message needs, if any."""
        needs = {"sp_metadata": f"ask.{SP_METADATA}", "logout_request": "log_out"}
        return needs.get(self.what, "")


def problems(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the names in a `sent` step as it is written: its checks must exist and fit."""
    what, known = told.get("what"), all_checks()
    fitting = [name for name, check in known.items() if what in check.of]
    for name in told.get("checks") or ():
        if name not in known:
            yield unknown("check of what is sent", str(name), fitting or known)
        elif name not in fitting:
            yield f"the check `{name}` looks at {', '.join(known[name].of)}, not at {what}"
    if what != "sp_metadata" and not told.get("as"):
        yield f"`what: {what}` is sent in a login: say who logs in (`as`)"
