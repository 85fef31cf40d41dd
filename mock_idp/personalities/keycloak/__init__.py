"""Keycloak 26 with the realm named like the tenant.

From its documentation and published documents. None of it was captured by us; MEM marks what is only
remembered."""

from __future__ import annotations

from mock_idp.personalities.base import LoginForm, Personality, SamlRoute
from mock_idp.personalities.generic import identity
from mock_idp.personalities.keycloak import oidc, saml

PERSONALITY = Personality(
    name="keycloak",
    title="Keycloak",
    aliases=(),
    session_cookie="KEYCLOAK_IDENTITY",
    directory_id=identity.directory_id,
    application_id=identity.application_id,
    user_id=identity.user_id,
    dress_key=identity.dress_key,
    saml=saml.PROFILE,
    oidc=oidc.PROFILE,
    first_page="keycloak/login.html",
    login_form=LoginForm(
        rule="/realms/<realm>/login-actions/authenticate",
        login_field="username",
        password_field="password",  # noqa: S106 - the name of a field
        handle_field="session_code",
        refused="Invalid username or password.",
    ),
    saml_routes=(
        SamlRoute("/realms/<realm>/protocol/saml", "messages"),
        SamlRoute("/realms/<realm>/protocol/saml/descriptor", "metadata"),
        SamlRoute("/realms/<realm>/protocol/saml/clients/<app>", "start"),
    ),
)
