"""The settings under which a tenant sends what the vendors sent in the year of a capture."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from werkzeug.test import TestResponse

from mock_idp.apps import SamlApp
from mock_idp.personalities.oidc_base import Endpoint
from mock_idp.saml_keys import signing_key
from mock_idp.shape.json_shape import part
from mock_idp.shape.oidc_scene import Login
from mock_idp.shape.saml_scene import ACS, AUDIENCE
from mock_idp.shape.world import World
from tests.mock_idp.shape.support import vendor


def login(name: str, server: str, **settings: object) -> Login:
    world = World(vendor(name), {}, settings)
    return Login(world, world.tenant.personality.oidc.server(server))


def refused_secret(**settings: object) -> TestResponse:
    found = login("entra", "v2.0", **settings)
    found.register({})
    return found.redeem(found.authorize(scope="openid"), client_secret="another")


def graph_claims(**app: object) -> dict[str, Any]:
    found = login("entra", "v2.0")
    found.register(app)
    body = json.loads(found.redeem(found.authorize(scope="openid profile")).get_data())
    return part(body["access_token"].split(".")[1]) | {"scope": body["scope"]}


def test_entras_error_has_the_separator_and_headers_of_its_year() -> None:
    now, then = refused_secret(), refused_secret(as_of="2023-09-01")
    assert "\r\n" not in now.get_json()["error_description"]
    assert then.get_json()["error_description"].count("\r\n") == 3
    assert ("x-ms-srs" in now.headers, "x-ms-srs" in then.headers) == (True, False)
    assert "X-XSS-Protection" not in refused_secret(as_of="2021-05-26").headers


def test_in_2020_entra_redirected_whoever_was_not_assigned() -> None:
    for day, redirected in (("2020-07-14", True), ("2021-01-01", False)):
        found = login("entra", "v2.0", as_of=day)
        found.register({"assigned": ()})
        location = found.authorize(scope="openid").headers.get("Location")
        assert (location is not None) is redirected
        if location is not None:
            assert "error=interaction_required" in location
            assert "%7bEmailHidden%7d" in location
            assert not location.endswith("#")


def test_oktas_tokens_and_scopes_of_2021() -> None:
    answers = {}
    for day in (None, "2021-10-27"):
        found = login("okta", "default", as_of=day)
        found.register({})
        body = json.loads(found.redeem(found.authorize(scope="profile email openid")).get_data())
        answers[day] = body["scope"], "auth_time" in part(body["access_token"].split(".")[1])
    assert answers == {None: ("openid profile email", True), "2021-10-27": ("openid email profile", False)}


def test_oktas_headers_of_2017() -> None:
    found = login("okta", "org", as_of="2017-10-06")
    found.register({})
    headers = found.authorize(scope="openid").headers
    assert headers["X-Okta-Backend"]
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize(("day", "formats"), [(None, 1), ("2020-03-03", 2), ("2021-01-01", 1)])
def test_oktas_metadata_listed_two_formats(day: str | None, formats: int) -> None:
    world = World(vendor("okta"), {}, {"as_of": day})
    world.register(SamlApp(name="portal", acs_urls=(ACS,), audience=AUDIENCE, assigned="everyone"))
    url = world.tenant.personality.saml.endpoints(world.tenant.place, "portal").metadata_url
    assert world.browser.get(url).text.count("<md:NameIDFormat>") == formats


@pytest.mark.parametrize("expired", [False, True])
def test_a_certificate_can_be_signed_with_sha1(expired: bool) -> None:
    world = World(vendor("okta"), {}, {"certificate_digest": "sha1", "certificate_expired": expired})
    key = signing_key(world.tenant)
    certificate = x509.load_der_x509_certificate(key.saml_certificate.der)
    public, digest = certificate.public_key(), certificate.signature_hash_algorithm
    assert isinstance(public, rsa.RSAPublicKey)
    assert digest is not None
    assert digest.name == "sha1"
    public.verify(certificate.signature, certificate.tbs_certificate_bytes, padding.PKCS1v15(), digest)
    assert certificate.subject == world.tenant.keys.active.saml_certificate.x509.subject


def test_graph_tokens_have_further_claims_by_alphabet_and_scopes_as_consented() -> None:
    usual = graph_claims()
    names = list(usual)
    assert names[:5] == ["aud", "iss", "iat", "nbf", "exp"]
    assert names[5:-1] == sorted(names[5:-1])
    assert "cnf" not in usual
    found = graph_claims(access_token_claims={"cnf": {"kid": "k"}}, granted_scopes=("Mail.Read", "openid"))
    assert found["cnf"] == {"kid": "k"}
    assert list(found)[5:-1] == sorted(list(found)[5:-1])
    assert found["scp"] == found["scope"] == "Mail.Read openid"


def test_an_expiring_password_is_told_on_request() -> None:
    found = login("entra", "v1.0")
    found.register({"optional_claims": ("pwd_exp", "pwd_url")})
    token = json.loads(found.redeem(found.authorize(scope="openid")).get_data())["id_token"]
    claims = part(token.split(".")[1])
    assert claims["pwd_exp"].isdigit()
    assert claims["pwd_url"].startswith("https://")


def test_userinfo_can_be_published_at_microsofts_own_host() -> None:
    found = login("entra", "v2.0", userinfo_host="graph")
    document = found.world.back_channel.get(found.url(Endpoint.DISCOVERY)).get_json()
    assert document["userinfo_endpoint"] == "https://graph.microsoft.com/oidc/userinfo"


def test_instance_discovery_names_the_document_of_the_endpoint() -> None:
    found = login("entra", "v1.0")
    for version in ("", "/v2.0"):
        asked = f"https://login.example/tenant/oauth2{version}/authorize"
        url = found.url(Endpoint.INSTANCE)
        answer = found.world.back_channel.get(url, query_string={"authorization_endpoint": asked})
        where = f"https://login.example/tenant{version}/.well-known/openid-configuration"
        assert answer.get_json()["tenant_discovery_endpoint"] == where
    refused = found.world.back_channel.get(found.url(Endpoint.INSTANCE))
    assert (refused.status_code, refused.get_json()["error_codes"]) == (400, [900144])
