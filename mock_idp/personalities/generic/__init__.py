"""A plain standard IdP: what the specifications say, and no vendor's habits."""

from __future__ import annotations

from mock_idp.personalities.base import LoginForm, Personality, SamlRoute
from mock_idp.personalities.generic import identity, oidc, saml

PERSONALITY = Personality(
    name="generic",
    title="Generic standard IdP",
    aliases=(),
    session_cookie="idp_session",
    directory_id=identity.directory_id,
    application_id=identity.application_id,
    user_id=identity.user_id,
    dress_key=identity.dress_key,
    saml=saml.PROFILE,
    oidc=oidc.PROFILE,
    first_page="generic/login.html",
    login_form=LoginForm("/signin", "username", "password", "login", "The name or the password is wrong."),
    saml_routes=(
        SamlRoute("/saml", "messages"),
        SamlRoute("/saml/metadata", "metadata"),
        SamlRoute("/saml/start/<app>", "start"),
    ),
)
