"""Weaknesses of the public API, and in what keeps several clients apart."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, setting

WEAKNESSES: Final = (
    # several clients
    Weakness(
        "answers-taken-at-any-client",
        "audience",
        "An answer that was made for one client opens a session at the client at whose address it arrives.",
        setting(answers_bound_to_client=False),
    ),
    Weakness(
        "entity-id-of-all-clients",
        "audience",
        "All clients have one audience, so that no assertion says for which of them it was made.",
        setting(entity_id_per_client=False),
    ),
    Weakness(
        "session-opens-every-client",
        "session",
        "A session of one client is one at every other client too.",
        setting(sessions_bound_to_client=False),
    ),
    Weakness(
        "switch-of-all-clients",
        "lifecycle",
        "The Enable Single Sign On switch of one client moves that of every other.",
        setting(switch_scope="platform"),
    ),
    # the public API
    Weakness(
        "api-password-open-while-sso-on",
        "routing",
        "The API still takes passwords while single sign-on is on.",
        setting(api_password_when_sso="allow"),  # noqa: S106 - a switch about passwords
    ),
    Weakness(
        "api-lv-access-not-needed",
        "routing",
        "The API opens sessions without the client's API token.",
        setting(api_lv_access="not-needed"),
    ),
    Weakness(
        "api-lv-access-of-any-client",
        "routing",
        "The API token of one client opens sessions at another.",
        setting(api_lv_access="any-client"),
    ),
    Weakness(
        "api-token-login-whatever-the-standard",
        "closure",
        "The API takes ID tokens of a client whose Authentication Standard is SAML.",
        setting(api_sso_needs_oidc=False),
    ),
    Weakness(
        "api-access-token-accepted",
        "audience",
        "The API takes an access token, which was made for others, for an ID token.",
        setting(api_takes_access_tokens=True),
    ),
    Weakness(
        "api-session-never-ends",
        "session",
        "An API session that nobody uses stays open for ever.",
        setting(api_session_ends="never"),
    ),
    Weakness(
        "api-session-not-rolling",
        "session",
        "An API session ends two hours after the login, however much it is used.",
        setting(api_session_ends="fixed"),
    ),
    Weakness(
        "api-token-login-while-off",
        "closure",
        "The API takes ID tokens while single sign-on is off.",
        setting(api_token_needs_sso=False),
    ),
)
