"""A request that reaches no endpoint, or that no endpoint can read, and what a vendor answers to it."""

from __future__ import annotations

from dataclasses import dataclass

from mock_idp.personalities.place import Place


@dataclass(frozen=True)
class HttpProblem:
    """What went wrong before any protocol: an HTTP status, and the request. `path` begins below the tenant.

    `allowed` are the methods of the endpoint, where another was used. `expects_json` says that the
    caller would rather have JSON than a page. `reason` tells a reader what happened."""

    status: int
    title: str
    reason: str
    method: str
    path: str
    place: Place
    allowed: tuple[str, ...] = ()
    expects_json: bool = False


@dataclass(frozen=True)
class HttpAnswer:
    """A vendor's answer: a JSON body, or its error page about `code` and `text`."""

    status: int
    code: str = ""
    text: str = ""
    json: dict[str, object] | None = None


def plain_answer(problem: HttpProblem) -> HttpAnswer:
    """What a vendor without words of its own says: the HTTP status and its name."""
    if problem.expects_json:
        body: dict[str, object] = {"error": "invalid_request", "error_description": problem.reason}
        return HttpAnswer(problem.status, json=body)
    return HttpAnswer(problem.status, problem.title, problem.reason)
