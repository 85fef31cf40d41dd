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
from platform_stub.weaknesses_clients import CLIENTS
from platform_stub.weaknesses_identity import IDENTITY
from platform_stub.weaknesses_lifecycle import LIFECYCLE


class UnknownWeaknessError(ValueError):
    """A weakness was asked for that does not exist; the message names the nearest one and the list."""


def _without_saml(check: SamlCheck) -> Change:
    return lambda policy: replace(policy, saml_checks=policy.saml_checks - {check})


def _without_slo(check: SloCheck) -> Change:
    return lambda policy: replace(policy, slo_checks=policy.slo_checks - {check})


def _without_oidc(*checks: OidcCheck) -> Change:
    return lambda policy: replace(policy, oidc_checks=policy.oidc_checks - set(checks))


_TABLE: Final = (
    *IDENTITY,
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
    *CLIENTS,
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
    return f'There is no weakness "{name}".{hint} `python -m platform_stub weaknesses` lists them.'
