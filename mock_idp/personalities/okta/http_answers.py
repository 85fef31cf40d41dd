"""Okta's answers where no endpoint is reached: API errors by their documented codes, else the error page."""

from __future__ import annotations

import secrets

from mock_idp.personalities.http_problem import HttpAnswer, HttpProblem

API = ("/api/", "/oauth2/", "/idp/idx/", "/.well-known/")
DOCUMENTED = {
    401: ("E0000011", "Invalid token provided"),
    404: ("E0000008", "The requested path was not found"),
    405: ("E0000022", "The endpoint does not support the provided HTTP method"),
    415: (
        "E0000021",
        "Bad request. Accept and/or Content-Type headers likely do not match supported values.",
    ),
    500: ("E0000009", "Internal Server Error"),
}
"""Codes and summaries of Okta's public list of API errors; E0000009 and E0000011 were captured too."""
NOT_READ = ("E0000003", "The request body was not well-formed.")
"""Documented for a broken body; that one too long gets it as well is MEM."""


def http_answer(problem: HttpProblem) -> HttpAnswer:
    """JSON below the API's paths (MEM for /oauth2), elsewhere the page whose words for a 404 are known."""
    if problem.path.startswith(API) and not problem.path.endswith("/v1/authorize"):
        code, summary = DOCUMENTED.get(problem.status, NOT_READ)
        return HttpAnswer(problem.status, json=api_error(code, summary))
    text = "Page Not Found" if problem.status == 404 else problem.title
    return HttpAnswer(problem.status, problem.title.lower().replace(" ", "_"), f"{text}. {problem.reason}")


def api_error(code: str, summary: str, *causes: str) -> dict[str, object]:
    """The error object of Okta's API, members as captured; an errorId begins with `oae`."""
    return {
        "errorCode": code,
        "errorSummary": summary,
        "errorLink": code,
        "errorId": f"oae{secrets.token_urlsafe(16)}",
        "errorCauses": [{"errorSummary": cause} for cause in causes],
    }
