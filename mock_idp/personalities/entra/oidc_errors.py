"""Entra's words for refused OAuth and OpenID Connect requests. MEM marks a text that no capture confirms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mock_idp.compact import compact_ascii
from mock_idp.personalities.entra.http_answers import NO_TENANT_NAME
from mock_idp.personalities.oidc_base import Trace
from mock_idp.personalities.oidc_problems import ErrorText, Problem

_REDIRECT_URI = (
    "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured "
    "for the application '{client_id}'. Make sure the redirect URI sent in the request matches one added to "
    "your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn "
    "more about how to fix this."
)
_UNKNOWN_CLIENT = (
    "Application with identifier '{client_id}' was not found in the directory '{directory}'. This can "
    "happen if the application has not been installed by the administrator of the tenant or consented to by "
    "any user in the tenant. You may have sent your authentication request to the wrong tenant."
)
_NOT_ASSIGNED = (
    "Your administrator has configured the application {app} ('{client_id}') to block users unless they are "
    "specifically granted ('assigned') access to the application. The signed in user '{user}' is blocked "
    "because they are not a direct member of a group with access, nor had access directly assigned by an "
    "administrator. Please contact your administrator to assign access to this application."
)
_NOT_ASSIGNED_IN_2020 = (  # captured; the address was blackened by Entra itself
    "The signed in user '{{EmailHidden}}' is not assigned to a role for the application '{client_id}'({app})."
)
_COMMON = (
    "Application '{client_id}'({app}) is not configured as a multi-tenant application. Usage of the /common "
    "endpoint is not supported for such applications created after '10/15/2018'. Use a tenant-specific "
    "endpoint or configure the application to be multi-tenant."
)
_REDEEMED = (
    "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing "
    "refresh token."
)
_EXPIRED = (  # MEM
    "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive "
    "authorization request for this user and resource."
)
_WRONG_CREDENTIAL = (
    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
    "value, not the client secret ID, for a secret added to app '{client_id}'."
)
_SCOPE = (  # MEM
    "The provided request must include a 'scope' input parameter. The provided value for the input "
    "parameter 'scope' is not valid. The scope '{scope}' is not valid."
)
_UNKNOWN_TENANT = (  # the number is documented, the text is MEM
    "Tenant '{authority}' not found. Check to make sure you have the correct tenant ID and are signing into "
    "the correct cloud. Check with your subscription administrator, this may happen if there are no active "
    "subscriptions for the tenant."
)
_MISSING = "The request body must contain the following parameter: '{parameter}'."
_PKCE = "The Code_Verifier does not match the code_challenge supplied in the authorization request."

_FOREIGN_USER = (
    "User account '{user}' from identity provider '{identity_provider}' does not exist in tenant "
    "'{directory}' and cannot access the application '{client_id}'({app}) in that tenant. The account needs "
    "to be added as an external user in the tenant first. Sign out and sign in again with a different Azure "
    "Active Directory user account."
)
_CONSENT = (  # the number, error and suberror were captured; of the text only the sense is known
    "The user or administrator has not consented to use the application with ID '{client_id}' named '{app}'. "
    "Send an interactive authorization request for this user and resource."
)
_NEEDS_APPROVAL = (  # the page is quoted in microsoft-graph-docs#3917
    "{app} needs permission to access resources in your organization that only an admin can grant. Please "
    "ask an admin to grant permission to this app before you can use it."
)
_ASK_FOR_APPROVAL = (
    "{app} requires your admin's approval to access your organization's resources. Send a request to your "
    "admin, or return to the application without granting consent."
)
MISCONFIGURED = (  # AADSTS650056, the same words at SAML
    "Misconfigured application. This could be due to one of the following: the client has not listed "
    "any permissions for 'AAD Graph' in the requested permissions in the client's application "
    "registration. Or, the admin has not consented in the tenant. Or, check the application identifier "
    "in the request to ensure it matches the configured client application identifier. Or, check the "
    "certificate in the request to ensure it's valid. Please contact your admin to fix the "
    "configuration or consent on behalf of the tenant. Client app ID: {client_id}."
)
_APPROVAL = ("Need admin approval", _NEEDS_APPROVAL)
_MFA = (
    "Due to a configuration change made by your administrator, or because you moved to a new location, you "
    "must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'."
)
_MFA_REGISTRATION = (  # MEM
    "Due to a configuration change made by your administrator, or because you moved to a new location, you "
    "must enroll in multi-factor authentication to access '00000003-0000-0000-c000-000000000000'."
)
_RESOURCE = (  # quoted in azure-cli#16850 and many more
    "The resource principal named {resource} was not found in the tenant named {directory}. This can happen "
    "if the application has not been installed by the administrator of the tenant or consented to by any "
    "user in the tenant. You might have sent your authentication request to the wrong tenant."
)
_REFRESH_EXPIRED = (  # quoted in sharelist#511 and many more
    "The refresh token has expired due to inactivity. The token was issued on {issued} and was inactive for "
    "90.00:00:00."
)
_LOCKED = (  # quoted in microsoft-authentication-library-for-python#211
    "The account is locked, you've tried to sign in too many times with an incorrect user ID or password."
)
_EXPIRED_KEYS = (
    "The provided client secret keys for app '{client_id}' are expired. Visit the Azure portal to create new "
    "keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added "
    "security: https://aka.ms/certCreds."
)
_SIGNING_KEY = (
    "This application is required to be configured with an application-specific signing key. It is either "
    "not configured with one, or the key has expired or is not yet valid."
)
_BLOCKED = (  # MEM
    "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."
)
_COMPLIANT = (  # quoted in microsoft-authentication-library-for-dotnet#2821
    "Device is not in required device state: compliant. Conditional Access policy requires a compliant "
    "device, and the device is not compliant. The user must enroll their device with an approved MDM "
    "provider like Intune."
)
_JOINED = (  # MEM, after the pattern of 53000
    "Device is not in required device state: domain_joined. Conditional Access policy requires a domain "
    "joined device, and the device is not domain joined."
)
_APPROVED_APP = (  # the number is documented, the text is MEM
    "The app used is not an approved app for Conditional Access. Use one of the apps that are approved to "
    "get access."
)
_CONSUMERS = (  # MEM, number and text
    "Application '{client_id}'({app}) is configured for use by Azure Active Directory users only. Please do "
    "not use the /consumers endpoint to serve this request."
)
_SEVERAL_ACCOUNTS = (  # MEM
    "Either multiple user identities are available for the current request or selected account is not "
    "supported for the scenario."
)
_NONCE = (  # MEM
    "The required field 'nonce' is missing from the credential. Ensure that you have all the necessary "
    "parameters for the login request."
)

_ASSERTIONS = {  # numbers and texts as remembered (MEM)
    Problem.ASSERTION_MALFORMED: ErrorText(
        401, "invalid_client", "JWT token is invalid or malformed.", 50027
    ),
    Problem.ASSERTION_SIGNATURE: ErrorText(
        401, "invalid_client", "Client assertion failed signature validation.", 700027
    ),
    Problem.ASSERTION_OF_ANOTHER_APP: ErrorText(
        401,
        "invalid_client",
        "Client assertion application identifier doesn't match 'client_id' parameter.",
        700021,
    ),
    Problem.ASSERTION_AUDIENCE: ErrorText(
        401, "invalid_client", "Client assertion audience claim does not match Realm issuer.", 700023
    ),
    Problem.ASSERTION_EXPIRED: ErrorText(
        401, "invalid_client", "Client assertion is not within its valid time range.", 700024
    ),
    Problem.ASSERTION_REPLAYED: ErrorText(401, "invalid_client", "JWT token is invalid or malformed.", 50027),
}
ERRORS: Mapping[Problem, ErrorText] = {
    Problem.UNKNOWN_TENANT: ErrorText(400, "invalid_request", _UNKNOWN_TENANT, 90002),
    Problem.INVALID_TENANT_NAME: ErrorText(400, "invalid_request", NO_TENANT_NAME, 900023),
    Problem.COMMON_ENDPOINT: ErrorText(400, "invalid_request", _COMMON, 50194),
    Problem.UNKNOWN_CLIENT: ErrorText(400, "unauthorized_client", _UNKNOWN_CLIENT, 700016),
    Problem.REDIRECT_URI_UNREGISTERED: ErrorText(400, "invalid_request", _REDIRECT_URI, 50011),
    Problem.REDIRECT_URI_NOT_OF_APP: ErrorText(400, "invalid_client", _REDIRECT_URI, 50011),
    Problem.RESPONSE_TYPE_UNSUPPORTED: ErrorText(
        400,
        "unsupported_response_type",
        "response_type '{response_type}' is not enabled for the application.",
        700054,
    ),
    Problem.RESPONSE_MODE_UNSUPPORTED: ErrorText(  # MEM
        400,
        "invalid_request",
        "The provided value for the input parameter 'response_mode' is not allowed.",
        70007,
    ),
    Problem.SCOPE_MISSING: ErrorText(400, "invalid_request", _MISSING, 900144),
    Problem.SCOPE_UNKNOWN: ErrorText(400, "invalid_scope", _SCOPE, 70011),
    Problem.PKCE_REQUIRED: ErrorText(  # MEM
        400,
        "invalid_request",
        "Proof Key for Code Exchange is required for cross-origin authorization code redemption.",
        9002325,
    ),
    Problem.PKCE_METHOD_UNSUPPORTED: ErrorText(  # MEM
        400, "invalid_request", "The code_challenge_method '{method}' is not supported.", 501491
    ),
    Problem.LOGIN_REQUIRED: ErrorText(  # captured; the text is the first sentence of the documented one
        400, "login_required", "A silent sign-in request was sent but no user is signed in.", 50058
    ),
    Problem.ACCOUNT_AMBIGUOUS: ErrorText(400, "interaction_required", _SEVERAL_ACCOUNTS, 16000),
    Problem.PROMPT_INVALID: ErrorText(400, "invalid_request", "Unsupported 'prompt' value.", 90023),  # MEM
    Problem.PARAMETER_TWICE: ErrorText(  # quoted in microsoft-authentication-library-for-android#688
        400,
        "invalid_request",
        "The request is not properly formatted. The parameter '{parameter}' is duplicated.",
        9000411,
    ),
    Problem.RESOURCE_UNKNOWN: ErrorText(400, "invalid_resource", _RESOURCE, 500011),
    Problem.NONCE_MISSING: ErrorText(400, "invalid_request", _NONCE, 90014),
    Problem.FOREIGN_USER: ErrorText(400, "invalid_request", _FOREIGN_USER, 50020),
    Problem.CONSENT_DECLINED: ErrorText(
        400, "access_denied", "User declined to consent to access the app.", 65004
    ),
    Problem.SIGN_IN_CANCELLED: ErrorText(400, "access_denied", "The user pressed Cancel."),  # never sent
    Problem.ADMIN_CONSENT_REQUIRED: ErrorText(  # the number is documented, the text is MEM
        400, "access_denied", "The grant requires admin permission.", 90094, heading=_APPROVAL
    ),
    Problem.APPROVAL_REQUEST: ErrorText(  # the number is documented, text and page are MEM
        400,
        "access_denied",
        "Admin consent is required, and it can be requested.",
        90095,
        heading=("Approval required", _ASK_FOR_APPROVAL),
    ),
    Problem.APPLICATION_MISCONFIGURED: ErrorText(  # the text is quoted, the error is MEM
        400, "invalid_client", MISCONFIGURED, 650056
    ),
    Problem.CONSENT_REQUIRED: ErrorText(400, "invalid_grant", _CONSENT, 65001, "consent_required"),
    Problem.POLICY_DENIED: ErrorText(400, "access_denied", _BLOCKED, 53003),
    Problem.DEVICE_AUTHENTICATION: ErrorText(
        400, "interaction_required", "Device authentication is required.", 50097
    ),
    Problem.DEVICE_NOT_COMPLIANT: ErrorText(400, "interaction_required", _COMPLIANT, 53000),
    Problem.DEVICE_NOT_JOINED: ErrorText(400, "interaction_required", _JOINED, 53001),
    Problem.APP_NOT_APPROVED: ErrorText(400, "interaction_required", _APPROVED_APP, 53002),
    Problem.MFA_REQUIRED: ErrorText(400, "invalid_grant", _MFA, 50076, "basic_action"),
    Problem.MFA_REGISTRATION: ErrorText(400, "invalid_grant", _MFA_REGISTRATION, 50079, "basic_action"),
    Problem.SIGNING_KEY_MISSING: ErrorText(400, "invalid_request", _SIGNING_KEY, 50146),
    Problem.CONSUMERS_ENDPOINT: ErrorText(400, "invalid_request", _CONSUMERS, 9002346),
    Problem.SECRET_EXPIRED: ErrorText(401, "invalid_client", _EXPIRED_KEYS, 7000222),
    Problem.NOT_ASSIGNED: ErrorText(400, "interaction_required", _NOT_ASSIGNED, 50105),
    Problem.CLIENT_ID_MISSING: ErrorText(400, "invalid_request", _MISSING, 900144),
    Problem.CREDENTIALS_MISSING: ErrorText(
        401,
        "invalid_client",
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        7000218,
    ),
    Problem.CREDENTIALS_TWICE: ErrorText(  # MEM
        400, "invalid_request", "The request presents more than one client credential.", 9002313
    ),
    Problem.SECRET_WRONG: ErrorText(401, "invalid_client", _WRONG_CREDENTIAL, 7000215),
    Problem.SECRET_NOT_EXPECTED: ErrorText(
        401,
        "invalid_client",
        "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        700025,
    ),
    **_ASSERTIONS,
    Problem.PARAMETER_MISSING: ErrorText(400, "invalid_request", _MISSING, 900144),
    Problem.GRANT_UNSUPPORTED: ErrorText(  # MEM
        400, "unsupported_grant_type", "The app requested an unsupported grant type '{grant_type}'.", 70003
    ),
    Problem.GRANT_NOT_ENABLED: ErrorText(  # MEM
        400,
        "unauthorized_client",
        "The application is not allowed to use the grant type '{grant_type}'.",
        700032,
    ),
    Problem.CODE_UNKNOWN: ErrorText(  # MEM
        400, "invalid_grant", "Invalid request. Request is malformed or invalid.", 9002313
    ),
    Problem.CODE_REDEEMED: ErrorText(400, "invalid_grant", _REDEEMED, 54005),
    Problem.CODE_EXPIRED: ErrorText(400, "invalid_grant", _EXPIRED, 70008),
    Problem.CODE_OF_ANOTHER_APP: ErrorText(  # MEM
        400, "invalid_grant", "Provided grant is invalid or malformed.", 70000
    ),
    Problem.REDIRECT_URI_DIFFERS: ErrorText(  # MEM
        400,
        "invalid_client",
        "The reply address '{redirect_uri}' does not match the reply address '{expected}' provided when "
        "requesting Authorization code.",
        500112,
    ),
    Problem.AUTHORIZATION_PENDING: ErrorText(  # quoted in secureworks/squarephish#3
        400,
        "authorization_pending",
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
        70016,
    ),
    Problem.DEVICE_CODE_UNKNOWN: ErrorText(  # the error is documented, number and text are MEM
        400, "bad_verification_code", "Bad verification code. User typed the wrong user code.", 70018
    ),
    Problem.DEVICE_CODE_EXPIRED: ErrorText(  # the error is documented, number and text are MEM
        400, "expired_token", "The provided value for the device code has expired.", 70020
    ),
    Problem.PKCE_MISMATCH: ErrorText(400, "invalid_grant", _PKCE, 501481),
    Problem.REFRESH_TOKEN_EXPIRED: ErrorText(400, "invalid_grant", _REFRESH_EXPIRED, 700082, "bad_token"),
    Problem.REFRESH_TOKEN_UNKNOWN: ErrorText(  # MEM
        400, "invalid_grant", "Invalid request. Request is malformed or invalid.", 9002313
    ),
    Problem.PASSWORD_WRONG: ErrorText(  # the number is documented, the text is MEM
        400, "invalid_grant", "Error validating credentials due to invalid username or password.", 50126
    ),
    Problem.ACCOUNT_SUSPENDED: ErrorText(
        400, "invalid_grant", "The user account is disabled.", 50057
    ),  # MEM text
    Problem.ACCOUNT_LOCKED: ErrorText(400, "invalid_grant", _LOCKED, 50053),
    Problem.PASSWORD_EXPIRED: ErrorText(400, "invalid_grant", "The password is expired.", 50055),  # MEM text
}


WITH_A_PERSON = "interaction_required"
"""The error where a person would be asked, at the authorization endpoint; the token endpoint has
invalid_grant for it (unconfirmed for consent)."""


def describe(problem: Problem, details: Mapping[str, str], *, in_2020: bool = False) -> ErrorText:
    """Entra's answer to `problem`, details filled in; the response type decides between two numbers."""
    found = ERRORS[problem]
    if in_2020 and problem is Problem.NOT_ASSIGNED:
        found = replace(found, text=_NOT_ASSIGNED_IN_2020)
    number = found.number
    if problem is Problem.RESPONSE_TYPE_UNSUPPORTED and details.get("response_type") == "token":
        number = 700051
    heading = found.heading and (found.heading[0], found.heading[1].format_map(details))
    return replace(found, text=found.text.format_map(details), number=number, heading=heading)


def sentence(text: ErrorText, trace: Trace, separator: str = " ") -> str:
    """The error description: since the end of 2023 its parts are joined by single blanks, before by CR LF."""
    return separator.join(
        (
            f"AADSTS{text.number}: {text.text}",
            f"Trace ID: {trace.request_id}",
            f"Correlation ID: {trace.correlation_id}",
            f"Timestamp: {trace.timestamp}",
        )
    )


def uri(text: ErrorText) -> str:
    """Microsoft's page about the error."""
    return f"https://login.microsoftonline.com/error?code={text.number}"


def body(text: ErrorText, trace: Trace, separator: str = " ") -> dict[str, object]:
    """The token endpoint's error, members in captured order."""
    return {
        "error": text.error,
        "error_description": sentence(text, trace, separator),
        "error_codes": [text.number],
        "timestamp": trace.timestamp,
        "trace_id": trace.request_id,
        "correlation_id": trace.correlation_id,
        "error_uri": uri(text),
        **({"suberror": text.suberror} if text.suberror else {}),
    }


def invalid_bearer() -> tuple[int, dict[str, str], str]:
    """Graph's refusal of an access token."""
    error = {
        "error": {
            "code": "InvalidAuthenticationToken",
            "message": "Access token validation failure. Invalid audience.",
        }
    }
    return 401, {"Content-Type": "application/json"}, compact_ascii(error)
