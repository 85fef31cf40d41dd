"""Microsoft Entra ID, assembled from its identity, SAML and OpenID Connect parts."""

from __future__ import annotations

from mock_idp.personalities.base import Personality
from mock_idp.personalities.entra import identity, oidc, saml
from mock_idp.personalities.entra.http_answers import http_answer

BROKER_PATH = "/login.srf"
"""Where another identity provider sends people back; a real one posts its answer there (unconfirmed)."""

PERSONALITY = Personality(
    name="entra",
    title="Microsoft Entra ID",
    aliases=("azure",),
    session_cookie="ESTSAUTH",
    directory_id=identity.directory_id,
    application_id=identity.application_id,
    user_id=identity.user_id,
    dress_key=identity.dress_key,
    saml=saml.PROFILE,
    oidc=oidc.PROFILE,
    first_page="entra/username.html",
    keeps_accounts=True,
    broker_path=BROKER_PATH,
    http_answer=http_answer,
)
