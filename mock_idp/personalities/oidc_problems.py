"""Why an OpenID Connect request is refused, without the words: those are each vendor's own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Problem(StrEnum):
    """Every reason for which a request is refused; each vendor has its own words and status for it."""

    UNKNOWN_TENANT = "unknown-tenant"
    INVALID_TENANT_NAME = "invalid-tenant-name"
    COMMON_ENDPOINT = "common-endpoint"
    UNKNOWN_CLIENT = "unknown-client"
    REQUEST_URI_UNKNOWN = "request-uri-unknown"
    REDIRECT_URI_UNREGISTERED = "redirect-uri-unregistered"
    STATE_MISSING = "state-missing"
    RESPONSE_TYPE_UNSUPPORTED = "response-type-unsupported"
    RESPONSE_MODE_UNSUPPORTED = "response-mode-unsupported"
    SCOPE_MISSING = "scope-missing"
    SCOPE_UNKNOWN = "scope-unknown"
    RESOURCE_UNKNOWN = "resource-unknown"
    PKCE_REQUIRED = "pkce-required"
    PKCE_METHOD_UNSUPPORTED = "pkce-method-unsupported"
    PROMPT_INVALID = "prompt-invalid"
    NONCE_MISSING = "nonce-missing"
    LOGIN_REQUIRED = "login-required"
    ACCOUNT_AMBIGUOUS = "account-ambiguous"
    NOT_ASSIGNED = "not-assigned"
    FOREIGN_USER = "foreign-user"
    CONSENT_DECLINED = "consent-declined"
    SIGN_IN_CANCELLED = "sign-in-cancelled"
    ADMIN_CONSENT_REQUIRED = "admin-consent-required"
    APPROVAL_REQUEST = "approval-request"
    APPLICATION_MISCONFIGURED = "application-misconfigured"
    CONSENT_REQUIRED = "consent-required"
    POLICY_DENIED = "policy-denied"
    DEVICE_AUTHENTICATION = "device-authentication"
    DEVICE_NOT_COMPLIANT = "device-not-compliant"
    DEVICE_NOT_JOINED = "device-not-joined"
    APP_NOT_APPROVED = "app-not-approved"
    MFA_REQUIRED = "mfa-required"
    MFA_REGISTRATION = "mfa-registration"
    SIGNING_KEY_MISSING = "signing-key-missing"
    TOO_MANY_GROUPS = "too-many-groups"
    SERVER_MISSING = "server-missing"
    CONSUMERS_ENDPOINT = "consumers-endpoint"
    CLIENT_ID_MISSING = "client-id-missing"
    CREDENTIALS_MISSING = "credentials-missing"
    CREDENTIALS_TWICE = "credentials-twice"
    SECRET_WRONG = "secret-wrong"  # noqa: S105 - the name of a problem, not a secret
    SECRET_EXPIRED = "secret-expired"  # noqa: S105 - the name of a problem, not a secret
    SECRET_NOT_EXPECTED = "secret-not-expected"  # noqa: S105 - the name of a problem, not a secret
    ASSERTION_MALFORMED = "assertion-malformed"
    ASSERTION_SIGNATURE = "assertion-signature"
    ASSERTION_OF_ANOTHER_APP = "assertion-of-another-app"
    ASSERTION_AUDIENCE = "assertion-audience"
    ASSERTION_EXPIRED = "assertion-expired"
    ASSERTION_REPLAYED = "assertion-replayed"
    PARAMETER_MISSING = "parameter-missing"
    PARAMETER_TWICE = "parameter-twice"
    GRANT_UNSUPPORTED = "grant-unsupported"
    GRANT_NOT_ENABLED = "grant-not-enabled"
    CODE_UNKNOWN = "code-unknown"
    CODE_REDEEMED = "code-redeemed"
    CODE_EXPIRED = "code-expired"
    CODE_OF_ANOTHER_APP = "code-of-another-app"
    REDIRECT_URI_DIFFERS = "redirect-uri-differs"
    REDIRECT_URI_NOT_OF_APP = "redirect-uri-not-of-app"
    AUTHORIZATION_PENDING = "authorization-pending"
    DEVICE_CODE_UNKNOWN = "device-code-unknown"
    DEVICE_CODE_EXPIRED = "device-code-expired"
    PKCE_MISMATCH = "pkce-mismatch"
    REFRESH_TOKEN_EXPIRED = "refresh-token-expired"  # noqa: S105 - the name of a problem, not a secret
    REFRESH_TOKEN_UNKNOWN = "refresh-token-unknown"  # noqa: S105 - the name of a problem, not a secret
    PASSWORD_WRONG = "password-wrong"  # noqa: S105 - the name of a problem, not a secret
    ACCOUNT_SUSPENDED = "account-suspended"
    ACCOUNT_LOCKED = "account-locked"
    PASSWORD_EXPIRED = "password-expired"  # noqa: S105 - the name of a problem, not a secret
    PASSWORD_GRANT_DENIED = "password-grant-denied"  # noqa: S105 - the name of a problem, not a secret
    HINT_MISSING = "logout-hint-missing"
    HINT_INVALID = "logout-hint-invalid"
    LOGOUT_URI_UNREGISTERED = "logout-uri-unregistered"


@dataclass(frozen=True)
class ErrorText:
    """One vendor's answer to one problem.

    `status` is used where the answer is a body (token endpoint, error page) and not a redirect; `text` is a
    `str.format` template over the details of the problem; `number` is the vendor's own code (Entra's AADSTS),
    `suberror` Entra's second word at the token endpoint;
    `heading` a title and a sentence of the error page where they are not the usual ones.
    """

    status: int
    error: str
    text: str
    number: int | None = None
    suberror: str | None = None
    heading: tuple[str, str] | None = None
