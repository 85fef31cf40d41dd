"""What this platform insists on, as one frozen value: documented knobs first, then every check it makes.

Strict is the default everywhere. Code reads these fields; no code asks which weakness is planted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args, get_type_hints

from platform_stub.reader_names import SamlReader

SamlCheck = Literal[
    "root",
    "schema",
    "status",
    "issuer",
    "issuer-present",
    "assertion-issuer",
    "response-issuer",
    "destination",
    "audience",
    "times",
    "expiry-present",
    "confirmation",
    "recipient",
    "recipient-present",
    "authn-statement",
    "name-id-present",
    "in-response-to",
    "in-response-to-inside",
    "in-response-to-same",
    "own-surface",
    "own-browser",
    "request-once",
    "replay",
]
SloCheck = Literal[
    "signature",
    "issuer",
    "destination",
    "times",
    "status",
    "in-response-to",
    "name-id",
    "session-index",
    "raw-query",
    "whole-signature",
    "relay-state",
    "one-message",
]
OidcCheck = Literal[
    "state",
    "response-issuer",
    "response-issuer-advertised",
    "subject",
    "issuer",
    "audience",
    "authorized-party",
    "times",
    "nonce",
    "access-token-hash",
    "code-hash",
    "critical-headers",
    "userinfo-subject",
    "discovery-issuer",
    "discovery-endpoints",
]
HeaderKey = Literal["jwk", "jku", "x5c", "x5u"]
"""Members of a token's header that bring a key along, or say where one is."""
OidcRule = Literal[
    "asks-openid",
    "asks-for-code",
    "client-id-as-saved",
    "state-sent",
    "state-random",
    "nonce-sent",
    "nonce-random",
    "secret-kept-back",
    "pkce-sent",
    "challenge-hashed",
    "challenge-of-bytes",
    "verifier-random",
    "verifier-long",
    "redirect-of-surface",
    "redirect-repeated",
    "authenticated-once",
    "secret-in-header",
    "code-sent-once",
    "logout-hint-kept",
    "token-endpoint-as-saved",
    "provider-of-login",
    "state-single-use",
    "code-required",
    "answered-once",
    "id-token-required",
    "error-text-escaped",
    "errors-expected",
]
"""What the platform's requests to an OpenID provider and its ways with the answers keep to."""
OidcLogoutCheck = Literal["signature", "issuer", "audience", "times", "events", "no-nonce", "replay"]
"""What a logout token must stand (Back-Channel Logout 1.0 section 2.6)."""
GateCheck = Literal[
    "fields", "certificate", "user-test", "agent-test", "own-email", "accounts", "recovery-codes"
]

EmailComparison = Literal[
    "as-sent",
    "trimmed",
    "normalised",
    "unicode-case",
    "upper-case",
    "transliterated",
    "without-tag",
    "without-dots",
    "without-scheme",
    "domain-by-idna",
]

LifecycleRule = Literal[
    "calls-kept",
    "deep-link-kept",
    "fields-checked",
    "flag-required",
    "import-fills-only",
    "import-once",
    "instructions-exact",
    "refusal-is-generic",
    "reset-opens-nothing",
    "save-leaves-switch",
    "secret-hashed-in-audit",
    "secret-write-only",
    "session-ends-after-call",
    "sessions-knob-obeyed",
    "switch-audited",
    "withdrawal-ends-sso",
    "former-settings-refused",
]
"""What holds while single sign-on is set up, turned on, used and turned off again."""
MetadataRule = Literal[
    "bounded", "no-dtd", "no-redirects", "public-addresses", "success-only", "valid-until", "web-addresses"
]
"""What metadata at an administrator's link must keep to."""

SamlRequestRule = Literal[
    "current-time",
    "deflated-bare",
    "destination",
    "fresh-id",
    "issuer",
    "own-key",
    "own-surface",
    "plain-in-form",
    "published-endpoints",
    "query-kept",
    "signed-as-declared",
    "version",
]
"""What the platform's own SAML requests, and the metadata that announces them, keep to."""

LIFECYCLE_RULES: Final[frozenset[LifecycleRule]] = frozenset(get_args(LifecycleRule))
METADATA_RULES: Final[frozenset[MetadataRule]] = frozenset(get_args(MetadataRule))
SAML_CHECKS: Final[frozenset[SamlCheck]] = frozenset(get_args(SamlCheck))
SAML_REQUEST_RULES: Final[frozenset[SamlRequestRule]] = frozenset(get_args(SamlRequestRule))
SLO_CHECKS: Final[frozenset[SloCheck]] = frozenset(get_args(SloCheck))
OIDC_CHECKS: Final[frozenset[OidcCheck]] = frozenset(get_args(OidcCheck))
OIDC_LOGOUT_CHECKS: Final[frozenset[OidcLogoutCheck]] = frozenset(get_args(OidcLogoutCheck))
OIDC_RULES: Final[frozenset[OidcRule]] = frozenset(get_args(OidcRule))
GATE_CHECKS: Final[frozenset[GateCheck]] = frozenset(
    ("fields", "certificate", "user-test", "agent-test", "own-email", "accounts", "recovery-codes")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One running platform's rules; `dataclasses.replace` makes the weakened ones."""

    # Knobs: email_match follows the product's documentation; where that is silent, these are our choices.
    # Customer Care may turn each for one client: see KNOBS.
    # (Whether metadata is imported once, as documented, or read again is each client's own: `metadata_mode`.)
    email_match: Literal["exact", "casefold"] = "exact"
    sessions_on_enable: Literal["keep", "revoke"] = "keep"
    api_password_when_sso: Literal["deny", "allow"] = "deny"  # noqa: S105 - a switch about passwords
    idp_initiated: Literal["deny", "allow"] = "deny"
    browser_session_security: Literal["on", "off"] = (
        "on"  # whether a session ends with the browser (documented)
    )
    password_rules_when_sso: Literal["skip", "apply"] = "skip"  # noqa: S105 - a rule about passwords
    """Whether an expired or temporary password keeps its account out of single sign-on too."""
    saml_request_binding: Literal["redirect", "post"] = "redirect"
    saml_request_signing: Literal["off", "on"] = "off"
    saml_want_assertions_signed: Literal["off", "on"] = "off"
    saml_cbc: Literal["accept", "refuse"] = "accept"  # for encryption that notices no change, as the vendors'

    oidc_response_type: Literal["code", "code id_token"] = "code"

    # Routing, lifecycle and sessions.
    password_form_when_sso: Literal["deny", "allow"] = "deny"  # noqa: S105 - a switch about passwords
    switch_cache_seconds: int = 0  # how long a login page may keep acting on an old switch position
    disabling_keeps_configuration: bool = True
    rollback_restores: bool = True
    logout_ends_session: bool = True
    login_renews_session: Literal["whole", "same-id", "id-of-start", "beside"] = "whole"
    """What a login does to the session that the browser had: ends it, goes on under its ID (which it may have
    got when the login started), or leaves it."""
    session_cookie: Literal[
        "kept-from-scripts", "open-to-scripts", "sent-by-any-site", "outlives-browser", "for-subdomains"
    ] = "kept-from-scripts"
    session_opens: Literal["after-checks", "before-checks"] = "after-checks"
    stale_revision_refused: bool = True
    roles_enforced: bool = True
    flag_changeable_by_client: bool = False
    csrf_checked: bool = True
    deep_links_stay_inside: bool = True

    # The public API.
    api_lv_access: Literal["own", "any-client", "not-needed"] = "own"
    api_sso_needs_oidc: bool = True
    api_token_needs_sso: bool = True
    api_takes_access_tokens: bool = False
    api_session_ends: Literal["unused", "fixed", "never"] = "unused"
    lifecycle_rules: frozenset[LifecycleRule] = LIFECYCLE_RULES
    metadata_rules: frozenset[MetadataRule] = METADATA_RULES

    # Clients of the platform.
    answers_bound_to_client: bool = True
    sessions_bound_to_client: bool = True
    entity_id_per_client: bool = True
    switch_scope: Literal["client", "platform"] = "client"

    # Closure: which endpoints refuse while SSO is off or the other standard is active.
    acs_needs_sso: bool = True
    callback_needs_sso: bool = True

    # Identity.
    unknown_email: Literal["refuse", "create-account", "first-account"] = "refuse"
    missing_email: Literal["refuse", "use-login-name", "look-up-nothing"] = "refuse"
    email_verified_absent: Literal["accept", "refuse"] = "accept"  # Entra ID never says it
    unverified_email: Literal["refuse", "accept"] = "refuse"
    inactive_account: Literal["refuse", "accept"] = "refuse"
    locked_account: Literal["refuse", "accept"] = "refuse"
    expired_password: Literal["refuse", "accept"] = "refuse"  # noqa: S105 - a rule about passwords
    duplicate_email: Literal["refuse", "allow"] = "refuse"  # when an account is saved
    ambiguous_email: Literal["refuse", "first"] = "refuse"  # when several accounts have the address
    several_emails: Literal["refuse", "last"] = "refuse"  # when the message carries several addresses
    email_comparison: EmailComparison = "as-sent"
    name_id_may_stand_in: Literal["never", "unknown-email", "always"] = "never"
    accounts_found_by: Literal["email", "remembered-subject", "subject-of-any-issuer"] = "email"
    role_from_assertion: bool = False
    refusal_names_email: bool = True
    received_text: Literal["text", "markup", "template"] = "text"  # what pages take words of a message for
    agent_surface_admits_users: bool = False
    user_surface_admits_agents: bool = False

    # SAML.
    saml_signature: Literal["required", "if-present", "ignored"] = "required"
    saml_keys: Literal["saved-certificate", "key-info", "any-client"] = "saved-certificate"
    saml_reader: SamlReader = "strict"
    saml_hashes: Literal["sha-2", "any"] = "sha-2"
    saml_inflates: Literal["bounded", "whole"] = "bounded"
    saml_wanted_signature: Literal["required", "announced-only"] = "required"  # with the knob of that name
    saml_without_certificate: Literal["refused", "unverified"] = "refused"
    saml_values_from: Literal["assertion", "response"] = "assertion"  # issuer, address and request
    saml_encrypted: Literal["verified", "trusted", "preferred"] = "verified"
    saml_missing_audience: Literal["refuse", "accept"] = "refuse"
    saml_audience: Literal["own", "same-host"] = "own"
    saml_unreadable: Literal["refused", "crashes"] = "refused"
    saml_status_words: Literal["bounded", "as-sent"] = "bounded"
    after_idp_error: Literal["page", "starts-again"] = "page"
    saml_certificate_dates: Literal["ignored", "enforced"] = "ignored"
    metadata_certificates: Literal["all", "first", "for-signing"] = "all"
    metadata_refresh: Literal["replaces", "adds", "never", "forgets"] = "replaces"
    saml_checks: frozenset[SamlCheck] = SAML_CHECKS
    saml_request_rules: frozenset[SamlRequestRule] = SAML_REQUEST_RULES
    relay_state: Literal["ignored", "followed", "appended", "refreshed", "shown"] = "ignored"

    # SAML single logout. The two knobs are ours: Entra ID signs neither message.
    slo_unsigned_response: Literal["refuse", "accept"] = "refuse"
    slo_unsigned_request: Literal["refuse", "accept"] = "refuse"
    slo_ends_own_session: bool = True
    slo_request: Literal["whole", "without-name-id", "unsigned"] = "whole"
    slo_checks: frozenset[SloCheck] = SLO_CHECKS

    # OIDC.
    oidc_signature: Literal["required", "if-present", "ignored"] = "required"
    oidc_algorithms: tuple[str, ...] = ("RS256",)
    oidc_missing_algorithm: Literal["refuse", "accept"] = "refuse"
    oidc_failing_verifier: Literal["refuse", "accept"] = "refuse"
    oidc_none: Literal["by-algorithms", "in-any-case"] = "by-algorithms"
    oidc_hmac: Literal["never", "public-key", "guessable"] = "never"
    oidc_header_keys: frozenset[HeaderKey] = frozenset()
    oidc_unknown_key: Literal["refuse", "accept"] = "refuse"
    oidc_keys_of: Literal["issuer", "every-issuer"] = "issuer"
    oidc_issuer: Literal["exact", "prefix", "loose", "one-of-a-list", "of-any-client", "any-tenant"] = "exact"
    oidc_optional_claims: frozenset[Literal["exp", "nonce"]] = frozenset()
    oidc_odd_tokens: Literal["refuse", "stumble"] = "refuse"
    oidc_bearer_in: Literal["header", "address"] = "header"
    provider_failures: Literal["refuse", "stumble"] = "refuse"
    oidc_form: Literal["compact", "compact-or-json"] = "compact"
    jwks_refresh: Literal["replaces", "adds", "never"] = "replaces"
    secret_replaceable: bool = True
    oidc_surfaces_apart: bool = True  # an answer to one surface's login is none to the other's
    oidc_checks: frozenset[OidcCheck] = OIDC_CHECKS
    oidc_rules: frozenset[OidcRule] = OIDC_RULES
    oidc_logout_checks: frozenset[OidcLogoutCheck] = OIDC_LOGOUT_CHECKS
    oidc_certificates: Literal["verified", "ignored"] = "verified"
    # How the client authenticates and how the answer travels: knobs of ours.
    oidc_client_auth: Literal["client_secret_basic", "client_secret_post"] = "client_secret_basic"
    oidc_response_mode: Literal["query", "form_post"] = "query"
    # Whether Logout goes on to the provider; without a hint as products do that keep no ID token.
    oidc_logout: Literal["local", "with_hint", "without_hint"] = "local"

    # Both standards: only the browser that started a login may finish it.
    browser_binding: bool = True
    refusal_page: Literal["helpful", "bare", "trace", "starts-again"] = "helpful"
    clock_skew_seconds: int = 120

    # Safe mode: ours, documented nowhere, and off unless the platform or one client is told otherwise.
    safe_mode: Literal["off", "on"] = "off"
    gate_checks: frozenset[GateCheck] = GATE_CHECKS
    gate_covers_api: bool = True
    gate_acknowledgement: Literal["client-code", "anything"] = "client-code"
    override_audited: bool = True
    trial_opens_session: bool = False
    trial_requests_marked: bool = True  # an answer to a test is no login, whatever the switch says meanwhile
    trial_void_after_edit: bool = True
    trial_must_pass: bool = True
    trial_expires: bool = True
    recovery_codes_stored: Literal["hashed", "clear"] = "hashed"
    recovery_code_single_use: bool = True
    recovery_code_own_client: bool = True
    recovery_codes_voided: bool = True  # the former ones, when new ones are made
    recovery_attempts_limited: bool = True
    recovery_session_limited: bool = True
    recovery_session_ends: bool = True
    recovery_audited: bool = True


STRICT: Final = Policy()

KNOBS: Final[dict[str, tuple[str, ...]]] = {
    name: get_args(get_type_hints(Policy)[name])
    for name in (
        "email_match",
        "sessions_on_enable",
        "api_password_when_sso",
        "idp_initiated",
        "browser_session_security",
        "password_rules_when_sso",
        "email_verified_absent",
        "oidc_response_type",
        "saml_request_binding",
        "saml_request_signing",
        "saml_want_assertions_signed",
        "saml_cbc",
        "slo_unsigned_response",
        "slo_unsigned_request",
        "oidc_client_auth",
        "oidc_response_mode",
        "oidc_logout",
        "safe_mode",
    )
}
"""The fields that one client may have otherwise than the platform, and the values that each takes."""
