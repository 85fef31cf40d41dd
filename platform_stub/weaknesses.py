"""The named weaknesses that `--weakness NAME` plants: each is one change of the policy and nothing else.

They exist so that a conformance suite can be tried on a platform that is known to be wrong in one way.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from platform_stub.policy import STRICT, OidcCheck, Policy, SamlCheck, SloCheck
from platform_stub.safe_mode.weaknesses import FIELDS as SAFE_MODE
from platform_stub.weakness import Change, Weakness
from platform_stub.weakness import setting as _set
from platform_stub.weaknesses_lifecycle import LIFECYCLE


class UnknownWeaknessError(ValueError):
    """A weakness was asked for that does not exist; the message lists the names and the nearest one."""


def _without_saml(check: SamlCheck) -> Change:
    return lambda policy: replace(policy, saml_checks=policy.saml_checks - {check})


def _without_slo(check: SloCheck) -> Change:
    return lambda policy: replace(policy, slo_checks=policy.slo_checks - {check})


def _without_oidc(*checks: OidcCheck) -> Change:
    return lambda policy: replace(policy, oidc_checks=policy.oidc_checks - set(checks))


_TABLE: Final = (
    # identity and provisioning
    Weakness(
        "email-compared-ignoring-case",
        "identity",
        "E-mail addresses that differ in upper and lower case open the same account.",
        _set(email_match="casefold"),
    ),
    Weakness(
        "email-falls-back-to-login-name",
        "identity",
        "Without an e-mail the login name (SAML NameID, OIDC preferred_username) is taken for one.",
        _set(missing_email="use-login-name"),
    ),
    Weakness(
        "email-unverified-accepted",
        "identity",
        "An e-mail that the identity provider marks as not verified opens the account.",
        _set(unverified_email="accept"),
    ),
    Weakness(
        "inactive-accounts-enter",
        "identity",
        "Single sign-on opens accounts that are switched off.",
        _set(inactive_account="accept"),
    ),
    Weakness(
        "locked-accounts-enter",
        "identity",
        "Single sign-on opens accounts that wrong passwords have locked.",
        _set(locked_account="accept"),
    ),
    *(
        Weakness(f"email-{name}", "identity", summary, _set(email_comparison=comparison))
        for name, comparison, summary in (
            ("trimmed", "trimmed", "Blanks and invisible characters around or in an e-mail are ignored."),
            ("normalised", "normalised", "An e-mail is compared in Unicode's compatibility form."),
            (
                "folded-by-unicode",
                "unicode-case",
                "An e-mail is folded in ways that make other letters equal.",
            ),
            (
                "compared-in-upper-case",
                "upper-case",
                "An e-mail is compared in upper case (ı and i are one).",
            ),
            ("transliterated", "transliterated", "Letters that look like Latin ones count as those."),
            ("tag-ignored", "without-tag", "What stands behind a plus sign of an e-mail is ignored."),
            ("dots-ignored", "without-dots", "Dots in the first part of an e-mail are ignored."),
            ("sip-scheme-ignored", "without-scheme", "A SIP address is compared as the e-mail behind sip:."),
        )
    ),
    Weakness(
        "email-empty-looked-up",
        "identity",
        "An empty e-mail finds the first account that has none.",
        _set(missing_email="look-up-nothing"),
    ),
    Weakness(
        "email-last-of-several",
        "identity",
        "Of several e-mail addresses in one message the last one is taken.",
        _set(several_emails="last"),
    ),
    Weakness(
        "email-or-name-id",
        "identity",
        "An e-mail that no account has is followed by a try with the NameID or sub.",
        _set(name_id_may_stand_in="unknown-email"),
    ),
    Weakness(
        "name-id-before-email",
        "identity",
        "The NameID is taken for the e-mail, whatever the e-mail attribute says.",
        _set(name_id_may_stand_in="always"),
    ),
    Weakness(
        "ambiguous-email-takes-first",
        "identity",
        "Of several accounts with the e-mail the first one opens.",
        _set(ambiguous_email="first"),
    ),
    Weakness(
        "duplicate-email-saved",
        "identity",
        "A second account may be saved with an e-mail that another one of its kind has.",
        _set(duplicate_email="allow"),
    ),
    Weakness(
        "account-found-by-old-link",
        "identity",
        "Who logged in once is found by NameID or sub afterwards, whatever the e-mail says.",
        _set(accounts_found_by="remembered-subject"),
    ),
    Weakness(
        "role-taken-from-assertion",
        "identity",
        "A role or group that the identity provider names becomes the user's role.",
        _set(role_from_assertion=True),
    ),
    Weakness(
        "refusal-hides-received-email",
        "identity",
        "The page about an unknown e-mail does not say which one arrived.",
        _set(refusal_names_email=False),
    ),
    Weakness(
        "saml-surfaces-not-apart",
        "recipient",
        "An answer that was made for one surface's address is taken at the other one's.",
        _set(saml_surfaces_apart=False),
    ),
    Weakness(
        "account-created-on-first-login",
        "provisioning",
        "An e-mail that no account has gets a new account.",
        _set(unknown_email="create-account"),
    ),
    # surface
    Weakness(
        "agent-acs-admits-users",
        "surface",
        "A login at the agent address opens the session of a user with that e-mail.",
        _set(agent_surface_admits_users=True),
    ),
    Weakness(
        "user-acs-admits-agents",
        "surface",
        "A login at the user address opens the session of an agent with that e-mail.",
        _set(user_surface_admits_agents=True),
    ),
    # closure, routing, lifecycle, session
    Weakness(
        "acs-open-while-sso-off",
        "closure",
        "The SAML endpoint admits people while single sign-on is off.",
        _set(acs_needs_sso=False),
    ),
    Weakness(
        "callback-open-while-sso-off",
        "closure",
        "The OIDC callback admits people while single sign-on is off.",
        _set(callback_needs_sso=False),
    ),
    Weakness(
        "switch-cached",
        "routing",
        "The login pages keep acting on an old position of the switch for an hour.",
        _set(switch_cache_seconds=3600),
    ),
    Weakness(
        "password-login-open-while-sso-on",
        "routing",
        "The password form still opens sessions while single sign-on is on.",
        _set(password_form_when_sso="allow"),  # noqa: S106 - a switch about passwords
    ),
    Weakness(
        "disable-forgets-configuration",
        "lifecycle",
        "Switching single sign-on off empties the saved configuration.",
        _set(disabling_keeps_configuration=False),
    ),
    Weakness(
        "rollback-does-nothing",
        "lifecycle",
        "Going back to an earlier revision reports success and changes nothing.",
        _set(rollback_restores=False),
    ),
    Weakness(
        "logout-keeps-session",
        "session",
        "Logging out shows the login page and leaves the session usable.",
        _set(logout_ends_session=False),
    ),
    Weakness(
        "stale-revision-accepted",
        "lifecycle",
        "A configuration saved from an outdated page overwrites a newer one.",
        _set(stale_revision_refused=False),
    ),
    Weakness(
        "flag-changeable-by-client",
        "lifecycle",
        "The client's own administrator can change the flag that belongs to Customer Care.",
        _set(flag_changeable_by_client=True),
    ),
    Weakness(
        "roles-not-enforced",
        "lifecycle",
        "Every signed-in user may change the single sign-on settings.",
        _set(roles_enforced=False),
    ),
    Weakness(
        "csrf-not-checked",
        "session",
        "Forms of the portal work when another site sends them.",
        _set(csrf_checked=False),
    ),
    Weakness(
        "deep-link-leaves-platform",
        "session",
        "After the login the browser is sent to whatever address the link named.",
        _set(deep_links_stay_inside=False),
    ),
    # SAML: signature, wrapping, parser
    Weakness(
        "saml-signature-not-checked",
        "signature",
        "SAML signatures are not verified at all.",
        _set(saml_signature="ignored"),
    ),
    Weakness(
        "saml-unsigned-accepted",
        "signature",
        "A SAML signature is verified when there is one, and not missed when there is none.",
        _set(saml_signature="if-present"),
    ),
    Weakness(
        "saml-key-info-trusted",
        "signature",
        "The certificate inside the SAML message is trusted instead of the saved one.",
        _set(saml_keys="key-info"),
    ),
    Weakness(
        "saml-first-assertion-read",
        "wrapping",
        "Some assertion's signature is verified, and the first assertion of the document is read.",
        _set(saml_identity_from="first-assertion"),
    ),
    Weakness(
        "saml-text-cut-at-comment",
        "parser",
        "An e-mail is read up to the first XML comment inside it.",
        _set(saml_text="first-text-node"),
    ),
    # SAML: what the message was made for
    Weakness(
        "saml-audience-not-checked",
        "audience",
        "An assertion made for another service provider is accepted.",
        _without_saml("audience"),
    ),
    Weakness(
        "saml-audience-missing-accepted",
        "audience",
        "An assertion that names no audience at all is accepted.",
        _set(saml_missing_audience="accept"),
    ),
    Weakness(
        "saml-recipient-not-checked",
        "recipient",
        "An assertion whose Recipient is another address is accepted.",
        _without_saml("recipient"),
    ),
    Weakness(
        "saml-destination-not-checked",
        "recipient",
        "A response whose Destination is another address is accepted.",
        _without_saml("destination"),
    ),
    Weakness(
        "saml-issuer-not-checked",
        "issuer",
        "A message whose Issuer is not the saved Issuer URL is accepted.",
        _without_saml("issuer"),
    ),
    Weakness("saml-time-not-checked", "time", "SAML validity periods are ignored.", _without_saml("times")),
    Weakness(
        "saml-in-response-to-not-checked",
        "request-binding",
        "A response to a request that this platform never sent is accepted.",
        _without_saml("in-response-to"),
    ),
    Weakness(
        "saml-replay-accepted",
        "replay",
        "The same response is accepted a second time.",
        _without_saml("replay"),
    ),
    Weakness(
        "saml-status-not-checked",
        "status",
        "An assertion is accepted although the response reports a failure.",
        _without_saml("status"),
    ),
    # SAML single logout
    Weakness(
        "slo-unsigned-response-accepted",
        "session",
        "An unsigned LogoutResponse counts as the identity provider's word that its session has ended.",
        _set(slo_unsigned_response="accept"),
    ),
    Weakness(
        "slo-unsigned-request-accepted",
        "session",
        "An unsigned LogoutRequest, which anybody could send, ends sessions.",
        _set(slo_unsigned_request="accept"),
    ),
    Weakness(
        "slo-signature-not-checked",
        "session",
        "A logout message needs a signature, and nobody verifies it.",
        _without_slo("signature"),
    ),
    Weakness(
        "slo-issuer-not-checked",
        "session",
        "A logout message whose Issuer is not the saved Issuer URL is accepted.",
        _without_slo("issuer"),
    ),
    Weakness(
        "slo-destination-not-checked",
        "session",
        "A logout message whose Destination is another address is accepted.",
        _without_slo("destination"),
    ),
    Weakness(
        "slo-in-response-to-not-checked",
        "session",
        "A LogoutResponse to a request that this platform never sent is accepted.",
        _without_slo("in-response-to"),
    ),
    Weakness(
        "slo-status-not-checked",
        "session",
        "A LogoutResponse that reports a failure counts as a logout everywhere.",
        _without_slo("status"),
    ),
    Weakness(
        "slo-request-expiry-not-checked",
        "session",
        "A LogoutRequest that has expired still ends sessions.",
        _without_slo("times"),
    ),
    Weakness(
        "slo-name-id-ignored",
        "session",
        "A LogoutRequest ends sessions of people whom it does not name.",
        _without_slo("name-id"),
    ),
    Weakness(
        "slo-session-index-ignored",
        "session",
        "A LogoutRequest for one session ends every session of the person.",
        _without_slo("session-index"),
    ),
    Weakness(
        "slo-leaves-own-session",
        "session",
        "With single logout the platform leaves its own session to the identity provider to end.",
        _set(slo_ends_own_session=False),
    ),
    Weakness(
        "slo-request-names-nobody",
        "session",
        "The LogoutRequest has no NameID, so that Entra ID answers with AADSTS7500530.",
        _set(slo_request="without-name-id"),
    ),
    # OIDC
    Weakness(
        "oidc-signature-not-checked",
        "signature",
        "The signature of the ID token is not verified.",
        _set(oidc_signature="ignored"),
    ),
    Weakness(
        "oidc-alg-none-accepted",
        "signature",
        'An ID token with "alg": "none" needs no signature.',
        _set(oidc_algorithms=("RS256", "none")),
    ),
    Weakness(
        "oidc-issuer-not-checked",
        "issuer",
        "An ID token of another issuer is accepted.",
        _without_oidc("issuer"),
    ),
    Weakness(
        "oidc-audience-not-checked",
        "audience",
        "An ID token made for another application is accepted.",
        _without_oidc("audience"),
    ),
    Weakness(
        "oidc-expiry-not-checked", "time", "The times in the ID token are ignored.", _without_oidc("times")
    ),
    Weakness(
        "oidc-nonce-not-checked",
        "request-binding",
        "An ID token from another login (another or no nonce) is accepted.",
        _without_oidc("nonce"),
    ),
    Weakness(
        "oidc-state-not-checked",
        "request-binding",
        "The callback does not compare the state with the login that this browser started.",
        _without_oidc("state"),
    ),
    # several clients
    Weakness(
        "answers-taken-at-any-client",
        "audience",
        "An answer that was made for one client opens a session at the client at whose address it arrives.",
        _set(answers_bound_to_client=False),
    ),
    Weakness(
        "entity-id-of-all-clients",
        "audience",
        "All clients have one audience, so that no assertion says for which of them it was made.",
        _set(entity_id_per_client=False),
    ),
    Weakness(
        "session-opens-every-client",
        "session",
        "A session of one client is one at every other client too.",
        _set(sessions_bound_to_client=False),
    ),
    Weakness(
        "switch-of-all-clients",
        "lifecycle",
        "The Enable Single Sign On switch of one client moves that of every other.",
        _set(switch_scope="platform"),
    ),
    # the public API
    Weakness(
        "api-password-open-while-sso-on",
        "routing",
        "The API still takes passwords while single sign-on is on.",
        _set(api_password_when_sso="allow"),  # noqa: S106 - a switch about passwords
    ),
    Weakness(
        "api-lv-access-not-needed",
        "routing",
        "The API opens sessions without the client's API token.",
        _set(api_lv_access="not-needed"),
    ),
    Weakness(
        "api-lv-access-of-any-client",
        "routing",
        "The API token of one client opens sessions at another.",
        _set(api_lv_access="any-client"),
    ),
    Weakness(
        "api-token-login-whatever-the-standard",
        "closure",
        "The API takes ID tokens of a client whose Authentication Standard is SAML.",
        _set(api_sso_needs_oidc=False),
    ),
    Weakness(
        "api-access-token-accepted",
        "audience",
        "The API takes an access token, which was made for others, for an ID token.",
        _set(api_takes_access_tokens=True),
    ),
    Weakness(
        "api-session-never-ends",
        "session",
        "An API session that nobody uses stays open for ever.",
        _set(api_session_ends="never"),
    ),
    Weakness(
        "api-session-not-rolling",
        "session",
        "An API session ends two hours after the login, however much it is used.",
        _set(api_session_ends="fixed"),
    ),
    # rollover: keys, certificates and secrets that end
    Weakness(
        "metadata-never-read-again",
        "rollover",
        "A client whose metadata is to be refreshed keeps the certificates of the first import.",
        _set(metadata_refresh="never"),
    ),
    Weakness(
        "metadata-refresh-keeps-dropped-certificates",
        "rollover",
        "A certificate that the metadata no longer lists stays trusted for ever.",
        _set(metadata_refresh="adds"),
    ),
    Weakness(
        "metadata-first-certificate-only",
        "rollover",
        "Only the first signing certificate of the metadata is taken, so no overlap ever helps.",
        _set(metadata_certificates="first"),
    ),
    Weakness(
        "expired-certificate-refused",
        "rollover",
        "Messages are refused on the day on which the identity provider's certificate ends.",
        _set(saml_certificate_dates="enforced"),
    ),
    Weakness(
        "jwks-cached-for-ever",
        "rollover",
        "The identity provider's token keys are fetched once and never again.",
        _set(jwks_refresh="never"),
    ),
    Weakness(
        "jwks-keeps-dropped-keys",
        "rollover",
        "A token key that the identity provider no longer publishes stays trusted for ever.",
        _set(jwks_refresh="adds"),
    ),
    Weakness(
        "secret-cannot-be-replaced",
        "rollover",
        "Saving a new Authorization Secret reports success and keeps the old one.",
        _set(secret_replaceable=False),
    ),
    Weakness(
        "login-csrf",
        "request-binding",
        "Any browser may finish a login that another browser started.",
        _set(browser_binding=False),
    ),
    *(
        Weakness(name, "safe-mode", summary, _set(**{field: value}))
        for name, summary, field, value in SAFE_MODE
    ),
)

REGISTRY: Final[dict[str, Weakness]] = {weakness.name: weakness for weakness in (*_TABLE, *LIFECYCLE)}


def apply(names: Iterable[str], base: Policy = STRICT) -> Policy:
    """Return `base` with every named weakness planted, in the order given.

    Raises UnknownWeaknessError, whose message teaches the allowed names.
    """
    policy = base
    for name in names:
        if name not in REGISTRY:
            raise UnknownWeaknessError(_unknown(name))
        policy = REGISTRY[name].change(policy)
    return policy


def catalogue() -> list[dict[str, str]]:
    """Return every weakness as `{"name", "class", "summary"}`, in the order of the table."""
    return [weakness.as_json() for weakness in REGISTRY.values()]


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, REGISTRY, n=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    return f'There is no weakness "{name}".{hint} Known: {", ".join(sorted(REGISTRY))}.'
