"""Complete logins with PKCE through the vendors' pages: redirect, tokens, claims and the journal."""

from __future__ import annotations

import re
from typing import Any

import jwt
import pytest

from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import decoded, redirect_parameters

OKTA_CLAIMS = (
    "sub name email ver iss aud iat exp jti amr idp nonce preferred_username auth_time at_hash".split()  # noqa: SIM905  (read as a list)
)
ENTRA_CLAIMS = "aud iss iat nbf exp email name nonce oid preferred_username rh sub tid uti ver".split()  # noqa: SIM905  (read as a list)


def test_okta_login(registrar: Registrar) -> None:
    party = registrar.party("okta")
    answer = party.sign_in()
    assert list(redirect_parameters(answer)) == ["code", "state"]
    code = redirect_parameters(answer)["code"]
    assert re.fullmatch(r"[\w-]{43}", code)

    response = party.redeem(code)
    body = response.json()
    assert list(body) == ["token_type", "expires_in", "access_token", "scope", "id_token"]
    assert (body["scope"], body["expires_in"]) == ("openid profile email", 3600)
    assert response.headers["Cache-Control"] == "no-cache, no-store"
    assert response.headers["X-Okta-Request-Id"]

    header, claims = decoded(body["id_token"])
    assert list(header) == ["kid", "alg"]
    assert list(claims) == OKTA_CLAIMS
    assert party.verified(body["id_token"]) == claims
    assert claims["email"] == claims["preferred_username"] == "alice@acme.test"
    assert claims["nonce"] == party.nonce
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["sub"].startswith("00u")


def test_okta_org_access_token_cannot_be_verified_and_the_custom_one_can(registrar: Registrar) -> None:
    org = registrar.party("okta")
    access_token = org.redeem(org.code()).json()["access_token"]
    with pytest.raises(jwt.PyJWKClientError):
        jwt.PyJWKClient(org.metadata["jwks_uri"]).get_signing_key_from_jwt(access_token)

    custom = registrar.party("okta", server="/oauth2/default")
    assert custom.metadata["issuer"].endswith("/oauth2/default")
    body = custom.redeem(custom.code()).json()
    key = jwt.PyJWKClient(custom.metadata["jwks_uri"]).get_signing_key_from_jwt(body["access_token"])
    claims = jwt.decode(body["access_token"], key.key, algorithms=["RS256"], audience="api://default")
    assert claims["scp"] == ["openid", "profile", "email"]
    assert custom.verified(body["id_token"])["iss"] == custom.metadata["issuer"]


def test_entra_login(registrar: Registrar) -> None:
    party = registrar.party("entra")
    answer = party.sign_in()
    assert list(redirect_parameters(answer)) == ["code", "state", "session_state"]
    code = redirect_parameters(answer)["code"]
    assert re.fullmatch(r"1\.A[\w-]+\.AgABAAI[\w-]+", code)
    assert 400 < len(code) < 900

    response = party.redeem(code, client_info="1")
    body = response.json()
    assert list(body) == [
        "token_type",
        "scope",
        "expires_in",
        "ext_expires_in",
        "access_token",
        "id_token",
        "client_info",
    ]
    assert body["scope"] == "User.Read profile openid email"
    assert 3599 <= body["expires_in"] <= 5399
    assert response.headers["Cache-Control"] == "no-store, no-cache"
    assert response.headers["x-ms-clitelem"] == "1,0,0,,"

    header, claims = decoded(body["id_token"])
    assert list(header) == ["typ", "alg", "kid"]
    assert list(claims) == ENTRA_CLAIMS
    assert party.verified(body["id_token"]) == claims
    assert claims["exp"] - claims["iat"] == 3900
    assert claims["ver"] == "2.0"


def test_entra_graph_token_names_a_published_key_and_does_not_verify(registrar: Registrar) -> None:
    party = registrar.party("entra")
    access_token = party.redeem(party.code()).json()["access_token"]
    key = jwt.PyJWKClient(party.metadata["jwks_uri"]).get_signing_key_from_jwt(access_token)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(access_token, key.key, algorithms=["RS256"], options={"verify_aud": False})


def test_entra_v1_login(registrar: Registrar) -> None:
    party = registrar.party("entra", version="v1.0")
    body = party.redeem(party.code()).json()
    assert isinstance(body["expires_in"], str)
    claims = party.verified(body["id_token"])
    assert claims["iss"].startswith("https://sts.windows.net/")
    assert claims["upn"] == "alice@acme.test"


@pytest.mark.parametrize("vendor", ["okta", "entra"])
def test_the_journal_tells_the_whole_attempt(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    party.redeem(party.code())
    entries = registrar.journal(vendor, party.state)
    told = [entry["kind"] for entry in entries if entry["kind"].startswith("oidc.")]
    assert told == [
        "oidc.authorization_request",
        "oidc.authorization_response",
        "oidc.token_request",
        "oidc.token_response",
    ]
    assert entries[-1]["persona"] == "alice"
    assert '"email": "alice@acme.test"' in entries[-1]["detail"]["sent"]
    assert "control" not in entries[-1]["detail"]
    written: Any = str(entries)
    presented = next(entry["detail"] for entry in entries if entry["kind"] == "oidc.token_request")
    assert presented["form"]["code_verifier"] == party.verifier  # spent by being presented
    assert presented["received"]["method"] == "POST"
    assert presented["form"]["client_secret"] == "(not shown)"
    assert str(party.client_secret) not in written
    assert "correct-horse" not in written


@pytest.mark.parametrize("vendor", ["okta", "entra"])
def test_a_session_signs_in_without_pages(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    party.sign_in()
    assert "code" in redirect_parameters(party.ask(state="second"))
    assert "code" in redirect_parameters(party.ask(state="third", prompt="none"))
    assert party.ask(state="fourth", prompt="login").status_code == 200
    assert party.ask(state="fifth", max_age="0").status_code == 200


def test_a_persona_without_email_has_no_email_claim(registrar: Registrar) -> None:
    for vendor in ("okta", "entra"):
        party = registrar.party(vendor)
        registrar.change(vendor, "PUT", "/personas/alice", {"email": None})
        assert "email" not in party.verified(party.redeem(party.code()).json()["id_token"])


def test_a_public_application_logs_in_with_pkce_alone(registrar: Registrar) -> None:
    for vendor in ("okta", "entra"):
        party = registrar.party(vendor, client_secret=None)
        assert party.client_secret is None
        assert party.redeem(party.code()).status_code == 200
