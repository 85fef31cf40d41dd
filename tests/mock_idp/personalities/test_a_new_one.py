"""What CONTRIBUTING promises: a personality is one folder and a line in the list. This one is a few lines."""

from __future__ import annotations

import base64
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from lxml import etree, html

from mock_idp.apps import OidcApp, SamlApp
from mock_idp.login_pages import one_step
from mock_idp.oidc import routes as oidc_routes
from mock_idp.personalities import generic
from mock_idp.personalities.base import LoginForm, Personality, SamlRoute
from mock_idp.personalities.generic.oidc import StandardServer
from mock_idp.personalities.oidc_profile import OidcProfile
from mock_idp.personalities.place import Place
from mock_idp.personalities.saml_profile import SamlEndpoints
from mock_idp.saml import profile_routes
from mock_idp.shape.world import APPLICATION, World, posted
from tests.mock_idp.saml.support import NS, deflated

ACS = f"{APPLICATION}/acs"


def endpoints(place: Place, app: str) -> SamlEndpoints:
    """URLs that name the application, as several vendors have them."""
    root = f"{place.base_url}/trust/{app}"
    return SamlEndpoints(f"{root}/metadata", f"{root}/sso", f"{root}/metadata", f"{root}/slo", f"{root}/go")


SCRATCH: Personality = replace(
    generic.PERSONALITY,
    name="scratch",
    title="A vendor that is in no list",
    saml=replace(generic.saml.PROFILE, endpoints=endpoints, finds_app_by_issuer=False),
    oidc=OidcProfile(servers=(StandardServer(vendor="scratch", root="/oidc/2"),)),
    login_form=LoginForm("/login2", "username", "password", "ticket", "Wrong."),
    saml_routes=(
        SamlRoute("/trust/<app>/sso", "messages"),
        SamlRoute("/trust/<app>/slo", "messages"),
        SamlRoute("/trust/<app>/metadata", "metadata"),
        SamlRoute("/trust/<app>/go", "start"),
    ),
)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A tenant of that vendor with two applications of each protocol's."""
    for module in (profile_routes, one_step, oidc_routes):
        monkeypatch.setattr(module, "PERSONALITIES", (SCRATCH,))
    world = World(SCRATCH, {}, {})
    for name in ("one", "two"):
        world.register(SamlApp(name, (f"{ACS}/{name}",), f"urn:{name}", "everyone"))
    world.register(OidcApp("web", "web-id", "secret", (f"{APPLICATION}/cb",), "everyone"))
    return world


def test_saml_by_urls_that_name_the_application(world: World) -> None:
    for name in ("one", "two"):
        urls = endpoints(world.tenant.place, name)
        metadata = etree.fromstring(world.back_channel.get(urls.metadata_url).data)
        assert metadata.get("entityID") == urls.entity_id
        request = f'<p:AuthnRequest xmlns:p="{NS["samlp"]}" ID="_{name}" Version="2.0"/>'
        query = urlencode({"SAMLRequest": deflated(request.encode())})
        for url in (f"{urls.sso_url}?{query}", urls.start_url):
            response = etree.fromstring(base64.b64decode(posted(world.visit(url))["SAMLResponse"]))
            assert response.get("Destination") == f"{ACS}/{name}"
            assert response.findtext("saml:Issuer", None, NS) == urls.entity_id
    assert world.browser.get(endpoints(world.tenant.place, "three").start_url).status_code == 404


def test_openid_connect_and_the_generic_pages(world: World) -> None:
    base = world.tenant.base_url
    document = world.back_channel.get(f"{base}/oidc/2/.well-known/openid-configuration").get_json()
    assert document["issuer"] == f"{base}/oidc/2"
    asked = {
        "client_id": "web-id",
        "response_type": "code",
        "scope": "openid",
        "redirect_uri": f"{APPLICATION}/cb",
        "state": "s",
    }
    url = f"{document['authorization_endpoint']}?{urlencode(asked)}"
    [form] = html.fromstring(world.browser.get(url).text).forms
    assert str(form.get("action")).endswith("/login2")
    answer = parse_qs(urlsplit(world.visit(url).headers["Location"]).query)
    assert (answer["state"], len(answer["code"])) == (["s"], 1)
    refused = world.browser.get(url.replace("client_id=web-id", "client_id=nobody"))
    stale = world.browser.get(f"{base}/login?stateToken=gone")
    assert (refused.status_code, stale.status_code) == (400, 400)
