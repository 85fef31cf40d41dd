"""Entra's answers where no endpoint is reached: a first segment that is no tenant, or a wrong method."""

from __future__ import annotations

import re
import uuid

from mock_idp.personalities.entra.oidc_metadata import SHARED_AUTHORITIES
from mock_idp.personalities.http_problem import HttpAnswer, HttpProblem

DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+")
NO_TENANT_NAME = (
    "Specified tenant identifier '{authority}' is neither a valid DNS name, nor a valid external domain."
)
"""AADSTS900023, quoted in microsoft/Analysis-Services#194 and many more."""
INVALID_INPUT = "Invalid input received from the user."
"""The documented sense of AADSTS90013; when it is sent is MEM."""


def may_be_tenant(authority: str) -> bool:
    """Whether a path segment has the form of a tenant's name: a GUID, a domain, `common` and its like."""
    if authority in SHARED_AUTHORITIES or DOMAIN.fullmatch(authority):
        return True
    try:
        uuid.UUID(authority)
    except ValueError:
        return False
    return True


def http_answer(problem: HttpProblem) -> HttpAnswer:
    """AADSTS900023 for a segment that cannot be a tenant, 900561 for a method, else a page of that status."""
    if problem.status == 405:
        verbs = ", ".join(verb for verb in ("GET", "POST", "OPTIONS") if verb in problem.allowed)
        text = f"The endpoint only accepts {verbs} requests. Received a {problem.method} request."
        return HttpAnswer(405, "900561", text)  # the text is quoted in issues; the status is MEM
    authority = problem.path.strip("/").partition("/")[0]
    if problem.status == 404 and authority and not may_be_tenant(authority):
        return HttpAnswer(404, "900023", NO_TENANT_NAME.format(authority=authority))
    return HttpAnswer(problem.status, "90013", f"{INVALID_INPUT} {problem.reason}")
