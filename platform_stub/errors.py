"""The one exception for input that the platform does not accept; screens and API each show it their way.

Refused logins are not here: see ``refusals``.
"""

from collections.abc import Mapping
from typing import Any


class RejectedError(Exception):
    """A request cannot be carried out; nothing was changed.

    ``code`` names the cause, ``message`` is a sentence for a person, ``status`` the HTTP status, and
    ``fields`` maps a field name (as in the API) to its own sentence. ``report`` goes to API callers too.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 422,
        fields: Mapping[str, str] | None = None,
        report: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.fields = dict(fields or {})
        self.report = dict(report or {})
