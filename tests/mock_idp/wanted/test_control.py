"""People, claims, documents and the journal at run time; reset; applications from their own metadata."""

from __future__ import annotations

import httpx
import pytest

from mock_idp.testing import ControlCallError, RunningIdp, TestTenant
from tests.mock_idp.browser import Browser
from tests.mock_idp.oidc.relying_party import RelyingParty, decoded
from tests.mock_idp.saml.provider_keys import provider_key
from tests.mock_idp.saml.support import (
    ACS,
    AUDIENCE,
    NS,
    Request,
    ServiceProvider,
    attributes_of,
    one,
    response_of,
)
from tests.mock_idp.wanted.conftest import OIDC_APP, SAML_APP


def claims(party: RelyingParty, login: str = "alice") -> dict[str, object]:
    party.browser.cookies.clear()
    return decoded(party.redeem(party.code(login)).json()["id_token"])[1]


def userinfo(party: RelyingParty) -> dict[str, object]:
    tokens = party.redeem(party.code()).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    told: dict[str, object] = httpx.get(party.metadata["userinfo_endpoint"], headers=headers).json()
    return told


def typed(party: RelyingParty, login: str, password: str) -> dict[str, object]:
    """The ID token's claims after a login in which `login` is typed as it stands."""
    party.browser.cookies.clear()
    answers = {"identifier": login, "loginfmt": login, "credentials.passcode": password, "passwd": password}
    answer = party.walk_with(party.ask(), answers)
    code = str(answer.headers["Location"]).split("code=")[1].split("&")[0]
    return decoded(party.redeem(code).json()["id_token"])[1]


def test_claims_of_a_person_are_everywhere(tenant: TestTenant, party: RelyingParty) -> None:
    tenant.persona("alice", claims={"department": "sales", "name": None, "level": 3, "roles": ["a", "b"]})
    told = claims(party)
    assert (told["department"], told["level"], told["roles"]) == ("sales", 3, ["a", "b"])
    assert "name" not in told
    assert userinfo(party)["department"] == "sales"
    app = tenant.app("portal", **SAML_APP)
    service = ServiceProvider(tenant.idp, {"name": tenant.name}, app)  # type: ignore[arg-type]  # it only sends
    with Browser() as browser:
        page = service.log_in(browser, Request())
    attributes = attributes_of(one(response_of(page), "saml:Assertion"))
    assert attributes["roles"] == ["a", "b"]
    assert attributes["level"] == ["3"]


def test_claims_come_with_the_login_name(tenant: TestTenant, party: RelyingParty) -> None:
    tenant.settings(claims_at_login=True)
    login = "alice@acme.test?email=other@acme.test&claims.department=ops&groups=x,y"
    told = typed(party, login, "correct-horse-alice")
    assert (told["email"], told["department"]) == ("other@acme.test", "ops")
    assert tenant.call("GET", "/personas/alice")["groups"] == ["x", "y"]
    assert tenant.count("login.claims") >= 1
    assert typed(party, "alice@acme.test?email=", "correct-horse-alice").get("email") is None


def test_an_unknown_person_is_made_where_that_is_wanted(tenant: TestTenant, party: RelyingParty) -> None:
    tenant.settings(unknown_people="create")
    assert typed(party, "zoe@new.test", "correct-horse-zoe")["email"] == "zoe@new.test"
    assert tenant.call("GET", "/personas")["personas"]["zoe"]["login"] == "zoe@new.test"
    assert tenant.count("login.created") == 1


@pytest.mark.parametrize("login", ["alice@acme.test?email=x@acme.test", "zoe@new.test"])
def test_both_are_off_unless_they_are_switched_on(
    tenant: TestTenant, party: RelyingParty, login: str
) -> None:
    with pytest.raises((KeyError, AssertionError)):
        typed(party, login, "correct-horse-alice")
    assert tenant.call("GET", "/personas/alice")["email"] == "alice@acme.test"
    assert tenant.count("login.failed") >= 1


def test_discovery_is_edited_and_names_the_back_channel(tenant: TestTenant) -> None:
    tenant.settings(
        back_channel_url="http://idp.internal:8400",
        discovery={"scopes_supported": ["openid"], "claims_supported": None, "x_made_up": True},
    )
    app = tenant.app("web", **OIDC_APP)
    url = app["discovery_url"]
    assert url.startswith("http://idp.internal:8400/t/")
    document = httpx.get(url.replace("http://idp.internal:8400", tenant.idp.base_url)).json()
    assert document["scopes_supported"] == ["openid"]
    assert document["x_made_up"] is True
    assert "claims_supported" not in document
    inside = {
        name for name, value in document.items() if str(value).startswith("http://idp.internal:8400/t/")
    }
    assert {"token_endpoint", "jwks_uri", "userinfo_endpoint"} <= inside
    assert not {"issuer", "authorization_endpoint", "end_session_endpoint"} & inside
    assert app["token_endpoint"].startswith("http://idp.internal:8400/t/")
    assert app["authorization_endpoint"].startswith(tenant.base_url)


def test_reset_goes_back_to_creation(mock_idp_server: RunningIdp) -> None:
    tenant = mock_idp_server.tenant("okta", settings={"consent": "declined"})
    app = tenant.app("web", **OIDC_APP)
    tenant.persona("alice", email=None)
    tenant.call("DELETE", "/personas/mona")
    tenant.settings(consent="none")
    tenant.run_ahead(3600)
    tenant.fault("oidc.id-token.expired", match={})
    tenant.reset()
    assert tenant.call("GET", "/personas/alice")["email"] == "alice@acme.test"
    assert "mona" in tenant.call("GET", "/personas")["personas"]
    assert tenant.call("GET")["settings"]["consent"] == "declined"
    assert tenant.call("GET", "/faults") == {"faults": []}
    assert tenant.journal() == []
    assert tenant.call("GET", "/apps")["apps"]["web"]["client_secret"] == app["client_secret"]
    kids = tenant.call("POST", "/keys", {"action": "publish_next"})["published"]
    tenant.reset("apps", "keys")
    assert tenant.call("GET", "/apps") == {"apps": {}}
    assert not set(kids) & set(tenant.call("POST", "/keys", {"action": "publish_next"})["published"])
    assert tenant.name in mock_idp_server.call("GET", "/tenants")["tenants"]
    tenant.delete()


def test_the_journal_counts_and_filters(tenant: TestTenant, party: RelyingParty) -> None:
    for number in range(2):
        party.state = f"s{number}"
        party.redeem(party.code())
    assert tenant.count("oidc.token_request") == 2
    assert tenant.count("oidc.token_request", attempt="s1") == 1
    assert {entry["kind"] for entry in tenant.journal(persona="alice", kind="login.signed_in")} == {
        "login.signed_in"
    }


def test_a_refusal_says_why_and_shows_the_request(tenant: TestTenant) -> None:
    app = tenant.app("portal", **SAML_APP)
    service = ServiceProvider(tenant.idp, {"name": tenant.name}, app)  # type: ignore[arg-type]  # it only sends
    request = Request(acs="https://elsewhere.test/acs")
    with Browser() as browser:
        service.send(browser, request)
    refused = tenant.refusals()[0]
    assert refused["attempt"] == request.id
    assert refused["detail"]["acs"] == "https://elsewhere.test/acs"
    assert f'ID="{request.id}"' in refused["request"]["detail"]["received"]


BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:"
METADATA = """<md:EntityDescriptor xmlns:md="{md}" entityID="{entity}"><md:SPSSODescriptor {attributes}
 protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{keys}
 <md:SingleLogoutService Binding="{binding}HTTP-POST" Location="http://localhost:9/slo"/>
 <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>
 <md:AssertionConsumerService Binding="{binding}HTTP-Artifact" Location="http://a/" index="0"/>
 <md:AssertionConsumerService Binding="{binding}HTTP-POST" Location="{acs}2" index="2"/>
 <md:AssertionConsumerService Binding="{binding}HTTP-POST" Location="{acs}" index="9" isDefault="true"/>
 </md:SPSSODescriptor></md:EntityDescriptor>"""


def metadata(keys: str = "", attributes: str = "") -> str:
    return METADATA.format(
        md=NS["md"], entity=AUDIENCE, acs=ACS, binding=BINDING, keys=keys, attributes=attributes
    )


def test_an_application_is_registered_by_its_metadata(tenant: TestTenant) -> None:
    key = provider_key()
    body = "".join(key.certificate.splitlines()[1:-1])
    descriptor = (
        f'<md:KeyDescriptor><ds:KeyInfo xmlns:ds="{NS["ds"]}"><ds:X509Data><ds:X509Certificate>{body}'
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )
    app = tenant.call("PUT", "/apps/portal/metadata", {"xml": metadata(descriptor), "encrypt": True})
    assert app["acs_urls"] == [ACS, f"{ACS}2"]
    assert (app["audience"], app["logout_url"], app["logout_binding"]) == (
        AUDIENCE,
        "http://localhost:9/slo",
        "post",
    )
    service = ServiceProvider(tenant.idp, {"name": tenant.name}, app)  # type: ignore[arg-type]  # it only sends
    with Browser() as browser:
        response = response_of(service.log_in(browser, Request()))
    assert response.find("saml:Assertion", NS) is None
    assert one(response, "saml:EncryptedAssertion") is not None
    kept = tenant.call("PUT", "/apps/portal/metadata", {"xml": metadata()})
    assert (kept["encrypt"], kept["request_certificate"]) == (None, None)


@pytest.mark.parametrize(
    ("xml", "encrypt", "said"),
    [
        ("hello", False, "not XML"),
        ("<a/>", False, "0 are in it"),
        (metadata(), True, "no certificate to encrypt for"),
        (metadata(attributes='AuthnRequestsSigned="true"'), False, "no certificate for signing"),
        (metadata().replace("HTTP-POST", "PAOS"), False, "no AssertionConsumerService"),
    ],
)
def test_metadata_that_cannot_be_used_is_told(tenant: TestTenant, xml: str, encrypt: bool, said: str) -> None:
    with pytest.raises(ControlCallError, match=said):
        tenant.call("PUT", "/apps/portal/metadata", {"xml": xml, "encrypt": encrypt})


def test_entra_sends_client_info_when_it_is_asked_for(mock_idp_server: RunningIdp) -> None:
    tenant = mock_idp_server.tenant("entra")
    app = tenant.app("web", **OIDC_APP)
    document = httpx.get(app["discovery_url"]).json()
    party = RelyingParty(document, app["client_id"], app["client_secret"])
    assert "client_info" not in party.redeem(party.code()).json()
    party.state = "again"
    assert "client_info" in party.redeem(party.code(), client_info="1").json()
    bogus = party.token(grant_type="refresh_token", refresh_token="bogus")
    assert (bogus.status_code, bogus.json()["error"]) == (400, "invalid_grant")
    party.close()
    tenant.delete()
