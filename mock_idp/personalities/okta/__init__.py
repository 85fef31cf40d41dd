"""Okta Identity Engine, assembled from its identity, SAML and OpenID Connect parts."""

from __future__ import annotations

from mock_idp.personalities.base import Personality
from mock_idp.personalities.okta import identity, oidc, saml
from mock_idp.personalities.okta.http_answers import http_answer
from mock_idp.personalities.okta.oidc_metadata import page_headers

BROKER_PATH = "/oauth2/v1/authorize/callback"
"""Where another identity provider sends people back (documented)."""

PERSONALITY = Personality(
    name="okta",
    title="Okta Identity Engine",
    aliases=(),
    session_cookie="idx",
    directory_id=identity.directory_id,
    application_id=identity.application_id,
    user_id=identity.user_id,
    dress_key=identity.dress_key,
    saml=saml.PROFILE,
    oidc=oidc.PROFILE,
    handle_prefix="02",  # of stateToken and stateHandle
    first_page="okta/identify.html",
    broker_path=BROKER_PATH,
    http_answer=http_answer,
    page_headers=page_headers,
)
