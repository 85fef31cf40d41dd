"""Weaknesses of routing, configuration and sessions of the portal itself."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, setting

WEAKNESSES: Final = (
    Weakness(
        "refusal-starts-again",
        "session",
        "A refused login is sent back to the login page, which leads to the identity provider at once.",
        setting(refusal_page="starts-again"),
    ),
    Weakness(
        "refusal-bare",
        "session",
        "The page of a refusal says that nobody is signed in, and has no reference and no way on.",
        setting(refusal_page="bare"),
    ),
    Weakness(
        "refusal-shows-trace",
        "session",
        "The page of a refusal is the stack trace of the program.",
        setting(refusal_page="trace"),
    ),
    Weakness(
        "acs-open-while-sso-off",
        "closure",
        "The SAML endpoint admits people while single sign-on is off.",
        setting(acs_needs_sso=False),
    ),
    Weakness(
        "callback-open-while-sso-off",
        "closure",
        "The OIDC callback admits people while single sign-on is off.",
        setting(callback_needs_sso=False),
    ),
    Weakness(
        "switch-cached",
        "routing",
        "The login pages keep acting on an old position of the switch for an hour.",
        setting(switch_cache_seconds=3600),
    ),
    Weakness(
        "password-login-open-while-sso-on",
        "routing",
        "The password form still opens sessions while single sign-on is on.",
        setting(password_form_when_sso="allow"),  # noqa: S106 - a switch about passwords
    ),
    Weakness(
        "disable-forgets-configuration",
        "lifecycle",
        "Switching single sign-on off empties the saved configuration.",
        setting(disabling_keeps_configuration=False),
    ),
    Weakness(
        "rollback-does-nothing",
        "lifecycle",
        "Going back to an earlier revision reports success and changes nothing.",
        setting(rollback_restores=False),
    ),
    Weakness(
        "session-id-kept-at-login",
        "session",
        "A login goes on under the session ID that the browser had before, whoever gave it that.",
        setting(login_renews_session="same-id"),
    ),
    Weakness(
        "session-opened-at-the-start",
        "session",
        "The session ID is handed out when a login starts, and stays the same when it ends.",
        setting(login_renews_session="id-of-start"),
    ),
    Weakness(
        "oidc-session-opened-before-checks",
        "session",
        "The session opens for whom the ID token names; a check that fails afterwards only shows a page.",
        setting(session_opens="before-checks"),
    ),
    Weakness(
        "session-cookie-open-to-scripts",
        "session",
        "Scripts of the page can read the session cookie.",
        setting(session_cookie="open-to-scripts"),
    ),
    Weakness(
        "session-cookie-outlives-browser",
        "session",
        "The browser keeps the session cookie when it is closed, whatever Browser Session Security says.",
        setting(session_cookie="outlives-browser"),
    ),
    Weakness(
        "session-cookie-without-same-site",
        "session",
        "The session cookie does not say with which sites' requests it goes along.",
        setting(session_cookie="sent-by-any-site"),
    ),
    Weakness(
        "session-cookie-for-subdomains",
        "session",
        "The session cookie has a Domain, so that every subdomain gets it and may set one.",
        setting(session_cookie="for-subdomains"),
    ),
    Weakness(
        "session-left-open-at-login",
        "session",
        "A login in a browser with a session leaves that one open.",
        setting(login_renews_session="beside"),
    ),
    Weakness(
        "logout-keeps-session",
        "session",
        "Logging out shows the login page and leaves the session usable.",
        setting(logout_ends_session=False),
    ),
    Weakness(
        "stale-revision-accepted",
        "lifecycle",
        "A configuration saved from an outdated page overwrites a newer one.",
        setting(stale_revision_refused=False),
    ),
    Weakness(
        "flag-changeable-by-client",
        "lifecycle",
        "The client's own administrator can change the flag that belongs to Customer Care.",
        setting(flag_changeable_by_client=True),
    ),
    Weakness(
        "roles-not-enforced",
        "lifecycle",
        "Every signed-in user may change the single sign-on settings.",
        setting(roles_enforced=False),
    ),
    Weakness(
        "csrf-not-checked",
        "session",
        "Forms of the portal work when another site sends them.",
        setting(csrf_checked=False),
    ),
    Weakness(
        "deep-link-leaves-platform",
        "session",
        "After the login the browser is sent to whatever address the link named.",
        setting(deep_links_stay_inside=False),
    ),
    Weakness(
        "login-csrf",
        "request-binding",
        "Any browser may finish a login that another browser started.",
        setting(browser_binding=False),
    ),
)
