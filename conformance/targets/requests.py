"""Send the requests of a target file's verbs, and keep what their answers are to be remembered for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.agents.protocol import CrashedError, NoAnswerError
from conformance.targets.http import TargetHttp
from conformance.targets.protocol import TargetError
from conformance.targets.schema import RequestStep
from conformance.template import UnknownNameError, fill, pick
from conformance.wire import Answer, EndlessError, WireError


def perform(
    http: TargetHttp,
    steps: Sequence[RequestStep],
    names: dict[str, Any],
    where: str,
    *,
    refused: Sequence[int] = (),
) -> Answer | None:
    """Send the requests of a verb, saving values into `names`. Raises TargetError with what came back.

    Returns the first answer with a status of `refused`, behind which nothing is sent, or None.
    """
    for number, step in enumerate(steps, start=1):
        here = f"{where}, step {number}"
        try:
            answer = _send(http, step, names, here)
        except WireError as error:
            raise TargetError(f"{here}: {error}") from error
        if answer.status in refused:
            return answer
        if answer.status not in step.accept:
            raise TargetError(
                f"{here}: {step.method} {fill(step.url, names)} answered {answer.status}, expected "
                f"{' or '.join(map(str, step.accept))}: {answer.text[:300]}"
            )
        document = _decoded(answer, here) if step.save else None
        for variable, path in step.save.items():
            names[variable] = pick(document, path)
    return None


def _send(http: TargetHttp, step: RequestStep, names: Mapping[str, Any], where: str) -> Answer:
    """Send one request. Raises TargetError for one that cannot be put together, WireError."""
    try:
        return http.request(
            step.method,
            fill(step.url, names),
            fill(step.headers, names),
            document=fill(step.json_body, names) if step.json_body is not None else None,
            form=fill(step.form, names) if step.form is not None else None,
        )
    except UnknownNameError as error:
        raise TargetError(f"{where}: {error}") from error
    except UnicodeError as error:  # half a letter, in a value that the platform gave before
        raise TargetError(f"{where}: {step.method} {step.url}: cannot be sent: {error}") from error


def _decoded(answer: Answer, where: str) -> Any:  # noqa: ANN401  (decoded JSON)
    """Return the JSON of an answer. Raises TargetError for what is none."""
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        what = f"{answer.headers.get('content-type', 'no content type')}, {answer.text[:200]!r}"
        raise TargetError(f"{where}: expected JSON, got {what}") from error


def asked(http: TargetHttp, step: RequestStep, names: Mapping[str, Any], where: str) -> Answer:
    """Send the request whose answer counts: any status is one. Raises CrashedError, NoAnswerError."""
    try:
        return _send(http, step, names, where)
    except EndlessError as error:
        raise NoAnswerError(f"{where}: {error}") from error
    except WireError as error:
        raise CrashedError(f"{where}: {error}") from error
