"""Keycloak's words for errors. All of them are remembered (MEM)."""

from __future__ import annotations

from collections.abc import Mapping

from mock_idp.personalities.oidc_problems import ErrorText, Problem

_CLIENT = ErrorText(401, "unauthorized_client", "Invalid client or Invalid client credentials")
_CODE = ErrorText(400, "invalid_grant", "Code not valid")
_REDIRECT = ErrorText(400, "invalid_grant", "Incorrect redirect_uri")

TEXTS: Mapping[Problem, ErrorText] = {
    Problem.UNKNOWN_TENANT: ErrorText(404, "Realm does not exist", "Realm does not exist"),
    Problem.UNKNOWN_CLIENT: ErrorText(400, "invalid_request", "Client not found."),
    Problem.REDIRECT_URI_UNREGISTERED: ErrorText(400, "invalid_request", "Invalid parameter: redirect_uri"),
    Problem.LOGOUT_URI_UNREGISTERED: ErrorText(400, "invalid_request", "Invalid redirect uri"),
    Problem.SCOPE_UNKNOWN: ErrorText(400, "invalid_scope", "Invalid scopes"),
    Problem.PKCE_REQUIRED: ErrorText(400, "invalid_request", "Missing parameter: code_challenge_method"),
    Problem.PKCE_MISMATCH: ErrorText(400, "invalid_grant", "PKCE verification failed: Code mismatch"),
    Problem.CLIENT_ID_MISSING: _CLIENT,
    Problem.CREDENTIALS_MISSING: _CLIENT,
    Problem.SECRET_WRONG: _CLIENT,
    Problem.SECRET_EXPIRED: _CLIENT,
    Problem.CODE_UNKNOWN: _CODE,
    Problem.CODE_REDEEMED: _CODE,
    Problem.CODE_EXPIRED: ErrorText(400, "invalid_grant", "Code is expired"),
    Problem.CODE_OF_ANOTHER_APP: ErrorText(400, "invalid_grant", "Auth error"),
    Problem.REDIRECT_URI_DIFFERS: _REDIRECT,
    Problem.REDIRECT_URI_NOT_OF_APP: _REDIRECT,
    Problem.REFRESH_TOKEN_UNKNOWN: ErrorText(400, "invalid_grant", "Invalid refresh token"),
    Problem.REFRESH_TOKEN_EXPIRED: ErrorText(400, "invalid_grant", "Token is not active"),
    Problem.PARAMETER_TWICE: ErrorText(400, "invalid_request", "duplicated parameter"),
    Problem.PASSWORD_WRONG: ErrorText(401, "invalid_grant", "Invalid user credentials"),
    Problem.ACCOUNT_SUSPENDED: ErrorText(400, "invalid_grant", "Account disabled"),
    Problem.ACCOUNT_LOCKED: ErrorText(401, "invalid_grant", "Invalid user credentials"),
    Problem.PASSWORD_EXPIRED: ErrorText(400, "invalid_grant", "Account is not fully set up"),
}
