"""The error codes of RFC 6749, RFC 6750, RFC 7636 and OpenID Connect Core for every problem."""

from __future__ import annotations

from collections.abc import Mapping

from mock_idp.personalities.oidc_problems import ErrorText, Problem

ASSERTIONS = tuple(problem for problem in Problem if problem.name.startswith("ASSERTION_"))
CODES: Mapping[Problem, tuple[int, str]] = {
    Problem.UNKNOWN_TENANT: (404, "invalid_request"),
    Problem.SERVER_MISSING: (404, "invalid_request"),
    Problem.UNKNOWN_CLIENT: (400, "unauthorized_client"),
    Problem.RESPONSE_TYPE_UNSUPPORTED: (400, "unsupported_response_type"),
    Problem.SCOPE_UNKNOWN: (400, "invalid_scope"),
    Problem.LOGIN_REQUIRED: (400, "login_required"),
    Problem.NOT_ASSIGNED: (400, "access_denied"),
    Problem.FOREIGN_USER: (400, "access_denied"),
    Problem.POLICY_DENIED: (400, "access_denied"),
    Problem.CONSENT_DECLINED: (400, "access_denied"),
    Problem.CONSENT_REQUIRED: (400, "consent_required"),
    Problem.MFA_REQUIRED: (400, "interaction_required"),
    Problem.CLIENT_ID_MISSING: (401, "invalid_client"),
    Problem.CREDENTIALS_MISSING: (401, "invalid_client"),
    Problem.SECRET_WRONG: (401, "invalid_client"),
    Problem.SECRET_EXPIRED: (401, "invalid_client"),
    Problem.SECRET_NOT_EXPECTED: (401, "invalid_client"),
    **dict.fromkeys(ASSERTIONS, (401, "invalid_client")),
    Problem.AUTHORIZATION_PENDING: (400, "authorization_pending"),
    Problem.DEVICE_CODE_EXPIRED: (400, "expired_token"),
    Problem.DEVICE_CODE_UNKNOWN: (400, "invalid_grant"),
    Problem.GRANT_UNSUPPORTED: (400, "unsupported_grant_type"),
    Problem.GRANT_NOT_ENABLED: (400, "unauthorized_client"),
    **dict.fromkeys(
        (
            Problem.CODE_UNKNOWN,
            Problem.CODE_REDEEMED,
            Problem.CODE_EXPIRED,
            Problem.CODE_OF_ANOTHER_APP,
            Problem.REDIRECT_URI_DIFFERS,
            Problem.REDIRECT_URI_NOT_OF_APP,
            Problem.PKCE_MISMATCH,
            Problem.REFRESH_TOKEN_UNKNOWN,
            Problem.PASSWORD_WRONG,
            Problem.ACCOUNT_SUSPENDED,
            Problem.ACCOUNT_LOCKED,
            Problem.PASSWORD_EXPIRED,
            Problem.REFRESH_TOKEN_EXPIRED,
        ),
        (400, "invalid_grant"),
    ),
}
OTHERWISE = (400, "invalid_request")


def describe(problem: Problem) -> ErrorText:
    """The standard code, and the problem's own name as words."""
    status, error = CODES.get(problem, OTHERWISE)
    return ErrorText(status, error, f"{problem.value.replace('-', ' ').capitalize()}.")
