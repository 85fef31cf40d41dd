"""Okta's words for refused OAuth and OpenID Connect requests. MEM marks a text that no capture confirms."""

from __future__ import annotations

from collections.abc import Mapping

from mock_idp.personalities.oidc_problems import ErrorText, Problem

_INVALID_CODE = ErrorText(400, "invalid_grant", "The authorization code is invalid or has expired.")  # MEM
_INVALID_REFRESH_TOKEN = ErrorText(400, "invalid_grant", "The refresh token is invalid or expired.")  # MEM
_INVALID_DEVICE_CODE = ErrorText(400, "invalid_grant", "The device code is invalid or has expired.")  # MEM
_EXPIRED_DEVICE_CODE = ErrorText(400, "expired_token", "The device code is invalid or has expired.")  # MEM
_OTHER_REDIRECT_URI = ErrorText(  # MEM
    400,
    "invalid_grant",
    "The 'redirect_uri' does not match the redirection URI used in the authorization request.",
)

_NOT_AUTHORIZED_GRANT = (
    "The client is not authorized to use the provided grant type. Configured grant types: [{grants}]."
)
_REDIRECT_URI = (
    "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings: "
    "{base_url}/admin/app/oidc_client/instance/{client_id}#tab-general"
)
_REDIRECT_URI_UNTIL_2020 = (  # quoted in issues of the time
    "The 'redirect_uri' parameter must be an absolute URI that is whitelisted in the client app settings."
)
_LOGOUT_URI = (  # MEM
    "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings: "
    "{base_url}/admin/app/oidc_client/instance/{client_id}#tab-general"
)

_ASSERTIONS = {  # MEM, each of them
    problem: ErrorText(401, "invalid_client", text)
    for problem, text in {
        Problem.ASSERTION_MALFORMED: "The client_assertion is malformed.",
        Problem.ASSERTION_SIGNATURE: "The client_assertion signature is invalid.",
        Problem.ASSERTION_OF_ANOTHER_APP: "The issuer and subject claims for client_assertion must be the "
        "client_id.",
        Problem.ASSERTION_AUDIENCE: "The audience claim for client_assertion must be the endpoint invoked "
        "for the request.",
        Problem.ASSERTION_EXPIRED: "The client_assertion token is expired.",
        Problem.ASSERTION_REPLAYED: "The client_assertion token has already been used.",
    }.items()
}
ERRORS: Mapping[Problem, ErrorText] = {
    Problem.UNKNOWN_CLIENT: ErrorText(
        401, "invalid_client", "Invalid value for 'client_id' parameter."
    ),  # MEM
    Problem.REDIRECT_URI_UNREGISTERED: ErrorText(400, "invalid_request", _REDIRECT_URI),
    Problem.REQUEST_URI_UNKNOWN: ErrorText(  # MEM
        400, "invalid_request_uri", "The 'request_uri' parameter is invalid or has expired."
    ),
    Problem.STATE_MISSING: ErrorText(  # that it is refused is documented, the text is MEM
        400, "invalid_request", "The authentication request has an invalid 'state' parameter."
    ),
    Problem.RESPONSE_TYPE_UNSUPPORTED: ErrorText(  # MEM
        400,
        "unsupported_response_type",
        "The response type is not supported by the authorization server. Configured response types: "
        "[{response_types}]",
    ),
    Problem.RESPONSE_MODE_UNSUPPORTED: ErrorText(  # MEM
        400, "unsupported_response_mode", "The response mode is not supported by the authorization server."
    ),
    Problem.SCOPE_MISSING: ErrorText(  # MEM
        400,
        "invalid_scope",
        "The authorization server resource does not have any configured default scopes, 'scope' must be "
        "provided.",
    ),
    Problem.SCOPE_UNKNOWN: ErrorText(
        400,
        "invalid_scope",
        "One or more scopes are not configured for the authorization server resource.",
    ),
    Problem.PKCE_REQUIRED: ErrorText(  # that it is required is documented, the text is MEM
        400,
        "invalid_request",
        "PKCE code challenge is required when the token endpoint authentication method is 'NONE'.",
    ),
    Problem.PKCE_METHOD_UNSUPPORTED: ErrorText(  # MEM
        400, "invalid_request", "The 'code_challenge_method' parameter must be 'S256'."
    ),
    Problem.LOGIN_REQUIRED: ErrorText(  # MEM
        400, "login_required", "The client specified not to prompt, but the user is not logged in."
    ),
    Problem.PARAMETER_TWICE: ErrorText(  # the refusal is told in okta-developer-docs#2082, the text is MEM
        400, "invalid_request", "The request contains the parameter '{parameter}' more than once."
    ),
    Problem.PASSWORD_GRANT_DENIED: ErrorText(  # MEM
        400,
        "access_denied",
        "Resource owner password credentials authentication denied by sign on policy.",
    ),
    Problem.PROMPT_INVALID: ErrorText(  # MEM
        400, "invalid_request", "The 'prompt' parameter has an invalid value."
    ),
    Problem.NONCE_MISSING: ErrorText(  # that it is required is documented, the text is MEM
        400, "invalid_request", "The authentication request has an invalid 'nonce' parameter."
    ),
    Problem.CONSENT_DECLINED: ErrorText(  # MEM
        400, "access_denied", "The resource owner or authorization server denied the request."
    ),
    Problem.POLICY_DENIED: ErrorText(  # MEM
        400,
        "access_denied",
        "Policy evaluation failed for this request, please check the policy configurations.",
    ),
    Problem.TOO_MANY_GROUPS: ErrorText(  # the status is reported in issues, error and text are MEM
        400, "server_error", "The claim '{claim}' could not be evaluated: too many groups match."
    ),
    Problem.SERVER_MISSING: ErrorText(  # the shape was captured for another resource
        404, "E0000007", "Not found: Resource not found: default (AuthorizationServer)"
    ),
    Problem.SECRET_EXPIRED: ErrorText(  # MEM: Okta has secrets that an administrator deactivates
        401, "invalid_client", "The client secret supplied for a confidential client is invalid."
    ),
    Problem.NOT_ASSIGNED: ErrorText(400, "access_denied", "User is not assigned to the client application."),
    Problem.CLIENT_ID_MISSING: ErrorText(401, "invalid_client", "No client credentials found."),
    Problem.CREDENTIALS_MISSING: ErrorText(401, "invalid_client", "No client credentials found."),
    Problem.CREDENTIALS_TWICE: ErrorText(  # MEM
        400,
        "invalid_request",
        "Cannot supply multiple client credentials. Use one of the following: credentials in the "
        "Authorization header, credentials in the post body, or a client_assertion in the post body.",
    ),
    Problem.SECRET_WRONG: ErrorText(  # MEM
        401, "invalid_client", "The client secret supplied for a confidential client is invalid."
    ),
    Problem.SECRET_NOT_EXPECTED: ErrorText(  # MEM
        401, "invalid_client", "The client secret must not be supplied by a public client."
    ),
    **_ASSERTIONS,
    Problem.PARAMETER_MISSING: ErrorText(  # MEM
        400, "invalid_request", "The token request must specify a '{parameter}' parameter."
    ),
    Problem.GRANT_UNSUPPORTED: ErrorText(  # MEM
        400,
        "unsupported_grant_type",
        "The authorization grant type is not supported by the authorization server.",
    ),
    Problem.GRANT_NOT_ENABLED: ErrorText(400, "unauthorized_client", _NOT_AUTHORIZED_GRANT),
    Problem.CODE_UNKNOWN: _INVALID_CODE,
    Problem.CODE_REDEEMED: _INVALID_CODE,
    Problem.CODE_EXPIRED: _INVALID_CODE,
    Problem.CODE_OF_ANOTHER_APP: _INVALID_CODE,
    Problem.REDIRECT_URI_DIFFERS: _OTHER_REDIRECT_URI,
    Problem.REDIRECT_URI_NOT_OF_APP: _OTHER_REDIRECT_URI,
    Problem.AUTHORIZATION_PENDING: ErrorText(  # the code is documented, the text is MEM
        400,
        "authorization_pending",
        "The device authorization is pending. Please try again later.",
    ),
    Problem.DEVICE_CODE_UNKNOWN: _INVALID_DEVICE_CODE,
    Problem.DEVICE_CODE_EXPIRED: _EXPIRED_DEVICE_CODE,
    # The text is quoted in okta/okta-oidc-js#804 and #839.
    Problem.PKCE_MISMATCH: ErrorText(400, "invalid_grant", "PKCE verification failed."),
    Problem.REFRESH_TOKEN_UNKNOWN: _INVALID_REFRESH_TOKEN,
    Problem.REFRESH_TOKEN_EXPIRED: _INVALID_REFRESH_TOKEN,
    **dict.fromkeys(
        (
            Problem.PASSWORD_WRONG,
            Problem.ACCOUNT_SUSPENDED,
            Problem.ACCOUNT_LOCKED,
            Problem.PASSWORD_EXPIRED,
        ),
        ErrorText(400, "invalid_grant", "The credentials provided were invalid."),  # MEM
    ),
    Problem.HINT_MISSING: ErrorText(  # the refusal is reported by two projects, the text is MEM
        400, "invalid_request", "The 'id_token_hint' parameter is required."
    ),
    Problem.HINT_INVALID: ErrorText(400, "invalid_token", "The 'id_token_hint' parameter is invalid."),  # MEM
    Problem.LOGOUT_URI_UNREGISTERED: ErrorText(400, "invalid_request", _LOGOUT_URI),
}

_NOT_VALID = 'Bearer error="invalid_token", error_description="The access token is invalid."'
_INSUFFICIENT_SCOPE = (
    'Bearer error="insufficient_scope", error_description="The access token must provide access to at least '
    'one of these scopes - profile, email, address or phone"'
)


def describe(problem: Problem, details: Mapping[str, str], *, until_2020: bool = False) -> ErrorText:
    """Okta's answer to `problem` with its details filled in; one text changed in the middle of 2020."""
    found = ERRORS[problem]
    text = found.text
    if until_2020 and problem is Problem.REDIRECT_URI_UNREGISTERED:
        text = _REDIRECT_URI_UNTIL_2020
    return ErrorText(found.status, found.error, text.format_map(details), found.number)


def invalid_bearer(*, missing_scope: bool) -> tuple[int, dict[str, str], str]:
    """Status, headers and empty body with which userinfo refuses an access token (captured)."""
    if missing_scope:
        return 403, {"WWW-Authenticate": _INSUFFICIENT_SCOPE}, ""
    return 401, {"WWW-Authenticate": _NOT_VALID}, ""
