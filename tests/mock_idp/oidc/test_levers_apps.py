"""Settings of applications: secrets that end, keys of one's own, response types, API versions, claims."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import jwt
import pytest
from lxml import html

from mock_idp.control import directory
from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import REDIRECT_URI, RelyingParty, decoded, redirect_parameters

VENDORS = ("okta", "entra")


def left_half(text: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).rstrip(b"=").decode()


def fragment(answer: httpx.Response) -> dict[str, str]:
    location = urlsplit(answer.headers["Location"])
    assert not location.query
    return dict(parse_qsl(location.fragment, strict_parsing=True))


def kids(party: RelyingParty, url: str) -> set[str]:
    return {key["kid"] for key in party.back_channel.get(url).json()["keys"]}


def test_a_secret_never_looks_like_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_urlsafe", lambda size: "-" * size)
    assert directory.new_secret()[0].isalpha()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_secret_ends_by_the_tenants_clock(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor, secret_expires="2040-01-01T00:00:00Z")
    assert party.redeem(party.code()).status_code == 200
    registrar.change(vendor, "PUT", "/clock", {"now": "2040-01-01T00:00:00Z"})
    answer = party.redeem(party.code())
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    if vendor == "entra":
        assert answer.json()["error_codes"] == [7000222]
        assert f"for app '{party.client_id}' are expired" in answer.json()["error_description"]


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_id_of_a_secret_is_not_the_secret(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    registered = registrar.change(vendor, "GET", "/apps/portal")
    code = party.code()
    party.client_secret = registered["client_secret_id"]
    answer = party.redeem(code)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    if vendor == "entra":
        assert "not the client secret ID" in answer.json()["error_description"]


def test_a_public_client_may_not_send_a_secret(registrar: Registrar) -> None:
    party = registrar.party("entra", client_secret=None)
    code = party.code()
    party.client_secret = "a-secret"
    assert party.redeem(code).json()["error_codes"] == [700025]


@pytest.mark.parametrize(("vendor", "parameter"), [("okta", "client_id"), ("entra", "appid")])
def test_an_application_with_a_key_of_its_own(vendor: str, parameter: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    usual = party.metadata["jwks_uri"]
    registrar.patch(vendor, "portal", signing_key="app")
    token = party.redeem(party.code()).json()["id_token"]
    kid = decoded(token)[0]["kid"]
    assert kid not in kids(party, usual)
    assert kids(party, f"{usual}?{parameter}={party.client_id}") == {kid}
    pasted = registrar.change(vendor, "GET", "/apps/portal")["discovery_url"]
    assert f"?{parameter}={party.client_id}" in pasted
    party.metadata = party.back_channel.get(pasted).json()
    assert party.verified(token)["aud"] == party.client_id
    rolled = registrar.change(vendor, "POST", "/keys", {"action": "publish_next", "app": "portal"})
    assert kids(party, party.metadata["jwks_uri"]) == set(rolled["published"])
    assert len(rolled["published"]) == 2


def test_keys_of_an_application_that_has_none_cannot_be_rolled(registrar: Registrar) -> None:
    registrar.party("entra")
    name = registrar.tenant("entra")["name"]
    body = {"action": "publish_next", "app": "portal"}
    answer = registrar.idp.control("POST", f"/tenants/{name}/keys", body)
    assert (answer.status_code, answer.json()["error"]) == (422, "app-without-keys")


def test_custom_claims_at_entra_need_a_key_of_ones_own(registrar: Registrar) -> None:
    party = registrar.party("entra", custom_claims={"employeeid": "E-7"})
    answer = party.redeem(party.code())
    assert answer.json()["error_codes"] == [50146]
    registrar.patch("entra", "portal", signing_key="app")
    assert decoded(party.redeem(party.code()).json()["id_token"])[1]["employeeid"] == "E-7"
    okta = registrar.party("okta", custom_claims={"orgId": [7]})
    claims = decoded(okta.redeem(okta.code()).json()["id_token"])[1]
    assert list(claims.items())[-1] == ("orgId", [7])


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_id_token_through_the_browser(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor, response_types=["id_token"])
    answer = fragment(party.sign_in(response_type="id_token"))
    assert "code" not in answer
    claims = party.verified(answer["id_token"])
    assert claims["nonce"] == party.nonce
    assert not {"at_hash", "c_hash"} & set(claims)
    if vendor == "okta":
        assert (claims["email_verified"], claims["given_name"]) == (True, "Alice")


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_hybrid_flow_binds_code_and_token(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor, response_types=["code id_token", "code id_token token"])
    answer = fragment(party.sign_in(response_type="token id_token code"))
    claims = party.verified(answer["id_token"])
    assert claims["c_hash"] == left_half(answer["code"])
    assert claims["at_hash"] == left_half(answer["access_token"])
    assert answer["token_type"] == "Bearer"
    tokens = party.redeem(answer["code"]).raise_for_status().json()
    assert "c_hash" not in decoded(tokens["id_token"])[1]
    assert "given_name" not in claims


@pytest.mark.parametrize("vendor", VENDORS)
def test_tokens_never_travel_in_the_query_and_need_a_nonce(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor, response_types=["id_token"])
    refused = fragment(party.ask(response_type="id_token", response_mode="query"))
    assert refused["error"] == {"okta": "unsupported_response_mode", "entra": "invalid_request"}[vendor]
    refused = fragment(party.ask(response_type="id_token", nonce=None))
    assert refused["error"] == "invalid_request"
    assert refused["state"] == party.state


def test_entra_tells_which_response_type_is_not_enabled(registrar: Registrar) -> None:
    party = registrar.party("entra")
    assert "AADSTS700054:" in fragment(party.ask(response_type="id_token"))["error_description"]
    assert "AADSTS700051:" in fragment(party.ask(response_type="token"))["error_description"]


def test_okta_answers_by_post_message(registrar: Registrar) -> None:
    page = registrar.party("okta").sign_in(response_mode="okta_post_message")
    [script] = html.fromstring(page.text).xpath("//script/text()")
    assert '"code": "' in script
    assert f'new URL("{REDIRECT_URI}").origin' in script
    entra = registrar.party("entra").ask(response_mode="okta_post_message")
    assert redirect_parameters(entra)["error"] == "invalid_request"


@pytest.mark.parametrize("version", [1, 2])
def test_the_resource_decides_the_access_tokens_version(version: int, registrar: Registrar) -> None:
    party = registrar.party("entra", access_token_version=version)
    own = f"api://{party.client_id}/access"
    tokens = party.redeem(party.code(scope=f"openid {own}")).json()
    assert tokens["scope"] == f"{own} openid"
    header, claims = decoded(tokens["access_token"])
    keys = jwt.PyJWKClient(party.metadata["jwks_uri"])
    audience = party.client_id if version == 2 else f"api://{party.client_id}"
    key = keys.get_signing_key_from_jwt(tokens["access_token"]).key
    jwt.decode(tokens["access_token"], key, algorithms=["RS256"], audience=audience)
    assert "nonce" not in header
    assert claims["ver"] == f"{version}.0"
    assert (claims["iss"] == party.metadata["issuer"]) is (version == 2)
    assert claims["scp"] == "access"


@pytest.mark.parametrize(
    ("vendor", "server", "issuer"),
    [("okta", "default", "/oauth2/default"), ("entra", "v1.0", "https://sts.windows.net/")],
)
def test_another_servers_urls_can_be_pasted(
    vendor: str, server: str, issuer: str, registrar: Registrar
) -> None:
    registered = registrar.register(vendor, "portal", server=server)
    assert issuer in registered["issuer"]
    document: dict[str, Any] = httpx.get(registered["discovery_url"]).json()
    assert document["issuer"] == registered["issuer"]
    name = registrar.tenant(vendor)["name"]
    answer = registrar.idp.control("PATCH", f"/tenants/{name}/apps/portal", {"server": "nowhere"})
    assert (answer.status_code, answer.json()["error"]) == (422, "unknown-server")
