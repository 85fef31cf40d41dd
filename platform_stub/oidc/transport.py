"""Requests to a provider's endpoints and their JSON answers, within the bounds of `fetch`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from platform_stub.context import PlatformContext
from platform_stub.fetch import Fetched, FetchError, fetch
from platform_stub.refusals import RefusalError


def ask(
    ctx: PlatformContext, url: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Fetched:
    """Fetch within the platform's bounds; raises RefusalError `idp-unreachable`."""
    try:
        answer = fetch(
            url,
            timeout_seconds=ctx.settings.import_timeout_seconds,
            max_bytes=ctx.settings.import_max_bytes,
            data=data,
            headers=headers,
            verified=ctx.policy.oidc_certificates == "verified",
        )
    except FetchError as error:
        if ctx.policy.provider_failures == "stumble":
            raise
        raise RefusalError("idp-unreachable", str(error)) from error
    if ctx.policy.provider_failures == "stumble":
        _expect_no_failure(answer)
    return answer


def _expect_no_failure(answer: Fetched) -> None:
    """Stumble over what is not in order, as code does that expects nothing else: an error of the server."""
    json.loads(answer.body)
    if answer.status in {401, 403, 404} or answer.status >= 500:
        raise ValueError(f"Expected an answer, not the status {answer.status}.")


def json_object(answer: Fetched, who: str) -> dict[str, Any]:
    """Return the JSON object of an answer; raises RefusalError `malformed`."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise RefusalError("malformed", f"{who} answered {answer.status} without JSON: {error}.") from error
    if not isinstance(body, dict):
        raise RefusalError(
            "malformed", f"{who} answered with a JSON {type(body).__name__}, expected an object."
        )
    return body
