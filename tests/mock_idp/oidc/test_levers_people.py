"""Settings of people: e-mail beside login, groups in numbers, guests and strangers, the owner of a domain."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from lxml import html

from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import REDIRECT_URI, RelyingParty, decoded, redirect_parameters

MSA = "9188040d-6c67-4c5b-b112-36a304b66dad"


def claims_of(party: RelyingParty, **asked: str) -> dict[str, Any]:
    tokens = party.redeem(party.code(**asked)).raise_for_status().json()
    return decoded(tokens["id_token"])[1]


def page_text(answer: httpx.Response) -> str:
    assert "Location" not in answer.headers
    return str(html.fromstring(answer.text).text_content())


def at_common(registrar: Registrar, optional_claims: tuple[str, ...] = ()) -> RelyingParty:
    """A multi-tenant application that uses the shared authority."""
    registrar.settings("entra", authority="common")
    app = {"sign_in_audience": "AzureADMultipleOrgs", "optional_claims": list(optional_claims)}
    return registrar.party("entra", server="", version="v2.0", name="portal", **app)


def test_entra_tells_the_mail_and_not_the_upn(registrar: Registrar) -> None:
    registrar.persona("entra", "alice", email="Alice.Archer@mail.test")
    claims = claims_of(registrar.party("entra"))
    assert claims["email"] == "Alice.Archer@mail.test"
    assert claims["preferred_username"] == "alice@acme.test"
    registrar.persona("entra", "alice", email=None)
    claims = claims_of(registrar.party("entra"))
    assert "email" not in claims
    assert claims["preferred_username"] == "alice@acme.test"


def test_entra_tells_the_mail_without_its_scope_only_as_an_optional_claim(registrar: Registrar) -> None:
    party = registrar.party("entra")
    assert "email" not in claims_of(party, scope="openid profile")
    registrar.patch("entra", "portal", optional_claims=["email", "given_name", "acct"])
    claims = claims_of(party, scope="openid profile")
    assert (claims["email"], claims["given_name"], claims["acct"]) == ("alice@acme.test", "Alice", 0)
    assert list(claims)[5:] == sorted(list(claims)[5:])


@pytest.mark.parametrize(("count", "overage"), [(200, False), (201, True)])
def test_entra_points_to_graph_beyond_two_hundred_groups(
    count: int, overage: bool, registrar: Registrar
) -> None:
    registrar.persona("entra", "alice", groups=["staff"], group_count=count - 1)
    claims = claims_of(registrar.party("entra", groups_claim={}))
    if not overage:
        assert len(set(claims["groups"])) == count
        return
    assert "groups" not in claims
    assert list(claims)[5:7] == ["_claim_names", "_claim_sources"]
    assert claims["_claim_names"] == {"groups": "src1"}
    endpoint = claims["_claim_sources"]["src1"]["endpoint"]
    assert endpoint == (f"https://graph.windows.net/{claims['tid']}/users/{claims['oid']}/getMemberObjects")


def test_entra_names_groups_by_id_unless_names_are_asked_for(registrar: Registrar) -> None:
    registrar.persona("entra", "alice", groups=["staff"])
    assert "groups" not in claims_of(registrar.party("entra"))
    [group] = claims_of(registrar.party("entra", groups_claim={}))["groups"]
    assert len(group) == 36
    assert claims_of(registrar.party("entra", groups_claim={"format": "name"}))["groups"] == ["staff"]


def test_entra_says_only_that_there_are_groups_in_the_implicit_flow(registrar: Registrar) -> None:
    registrar.persona("entra", "alice", group_count=7)
    party = registrar.party("entra", groups_claim={}, response_types=["id_token"])
    answer = redirect_parameters(party.sign_in(response_type="id_token"))
    claims = decoded(answer["id_token"])[1]
    assert claims["hasgroups"] is True
    assert "groups" not in claims


def test_okta_filters_groups_and_puts_them_where_it_is_told(registrar: Registrar) -> None:
    registrar.persona("okta", "alice", groups=["app-admins", "app-users", "other"])
    claim = {"name": "roles", "filter": "STARTS_WITH", "value": "app-", "include": ["userinfo"]}
    party = registrar.party("okta", groups_claim=claim)
    tokens = party.redeem(party.code(scope="openid groups")).json()
    assert "roles" not in decoded(tokens["id_token"])[1]
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    url = party.metadata["userinfo_endpoint"]
    assert party.back_channel.get(url, headers=bearer).json()["roles"] == ["app-admins", "app-users"]
    registrar.patch("okta", "portal", groups_claim={"filter": "EQUALS", "value": "other"})
    assert claims_of(party, scope="openid groups")["groups"] == ["other"]
    assert "groups" not in claims_of(party, scope="openid")


@pytest.mark.parametrize("count", [100, 101])
def test_okta_gives_at_most_a_hundred_groups(count: int, registrar: Registrar) -> None:
    registrar.persona("okta", "alice", group_count=count)
    org = registrar.party("okta", groups_claim={})
    assert len(claims_of(org, scope="openid groups").get("groups", [])) == (100 if count == 100 else 0)
    custom = registrar.party("okta", server="/oauth2/default", groups_claim={"name": "eks_groups"})
    answer = custom.redeem(custom.code(scope="openid"))
    if count == 100:
        claims = decoded(answer.json()["id_token"])[1]
        assert (list(claims)[-1], len(claims["eks_groups"])) == ("eks_groups", 100)
    else:
        assert answer.status_code == 400
        assert list(answer.json()) == ["error", "error_description"]


def test_a_guest_acts_in_this_tenant_under_an_invented_upn(registrar: Registrar) -> None:
    tenant = registrar.tenant("entra")
    registrar.persona("entra", "alice", guest=True, home_tenant="partner", email="alice@partner.test")
    asked = ["upn:include_externally_authenticated_upn", "acct"]
    party = registrar.party("entra", optional_claims=asked)
    claims = claims_of(party, scope="openid profile")
    assert claims["tid"] == tenant["directory_id"]
    assert claims["idp"].startswith("https://sts.windows.net/")
    assert tenant["directory_id"] not in claims["idp"]
    assert claims["upn"] == f"alice_acme.test#EXT#@{tenant['name']}.onmicrosoft.com"
    assert (claims["preferred_username"], claims["email"]) == ("alice@acme.test", "alice@partner.test")
    assert claims["acct"] == 1
    registrar.persona("entra", "alice", identity_provider="mail")
    v1 = claims_of(registrar.party("entra", version="v1.0"))
    assert (v1["idp"], v1["unique_name"]) == ("mail", "mail#alice@acme.test")
    assert "upn" not in v1


def test_a_stranger_is_sent_away_by_the_tenant_and_welcome_at_common(registrar: Registrar) -> None:
    registrar.persona("entra", "mallory", home_tenant="elsewhere", email="alice@acme.test", xms_edov=False)
    text = page_text(registrar.party("entra").sign_in("mallory"))
    assert "AADSTS50020: User account 'mallory@acme.test' from identity provider" in text
    party = at_common(registrar, ("xms_edov",))
    tokens = party.redeem(party.code("mallory")).json()
    claims = decoded(tokens["id_token"])[1]
    assert claims["tid"] != registrar.tenant("entra")["directory_id"]
    assert f"/{claims['tid']}/v2.0" in claims["iss"]
    assert (claims["email"], claims["xms_edov"]) == ("alice@acme.test", False)
    own = decoded(party.redeem(party.code("mona", prompt="login")).json()["id_token"])[1]
    assert own["tid"] == registrar.tenant("entra")["directory_id"]
    assert own["xms_edov"] is True


def test_a_personal_account_has_a_bare_userinfo(registrar: Registrar) -> None:
    registrar.persona("entra", "alice", home_tenant=MSA)
    party = at_common(registrar)
    tokens = party.redeem(party.code()).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = party.back_channel.get(party.metadata["userinfo_endpoint"], headers=bearer).json()
    assert list(answer) == ["sub"]


def test_the_subject_at_entra_depends_on_the_application(registrar: Registrar) -> None:
    first, second = (registrar.party("entra", name=name) for name in ("one", "two"))
    assert claims_of(first)["sub"] != claims_of(second)["sub"]
    assert claims_of(first, prompt="login")["sub"] == claims_of(first, prompt="login")["sub"]
    one, two = (registrar.party("okta", name=name) for name in ("one", "two"))
    assert claims_of(one)["sub"] == claims_of(two)["sub"]


def test_strangers_do_not_exist_at_okta(registrar: Registrar) -> None:
    registrar.persona("okta", "alice", home_tenant="elsewhere")
    assert registrar.party("okta").sign_in().headers["Location"].startswith(REDIRECT_URI)
