"""An Okta org at two addresses: which one issuers name, and that a login stays where it began."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import RelyingParty, decoded, redirect_parameters


@pytest.fixture
def two(idp: RunningIdp, okta: dict[str, Any], registrar: Registrar) -> tuple[str, str]:
    """The org's own URL, and that at its custom domain."""
    domain = idp.base_url.replace("127.0.0.1", "localhost")
    registrar.settings("okta", custom_domain=domain)
    return okta["base_url"], f"{domain}/t/{okta['name']}"


def issuer_at(url: str) -> str:
    document = httpx.get(f"{url}/oauth2/default/.well-known/openid-configuration", trust_env=False).json()
    assert document["token_endpoint"].startswith(url)
    return str(document["issuer"])


@pytest.mark.parametrize(("mode", "expected"), [("org", (0, 0)), ("custom", (1, 1)), ("dynamic", (0, 1))])
def test_which_url_the_issuer_names(
    registrar: Registrar, two: tuple[str, str], mode: str, expected: tuple[int, int]
) -> None:
    registrar.settings("okta", issuer_mode=mode)
    assert [issuer_at(url) for url in two] == [f"{two[which]}/oauth2/default" for which in expected]
    shown = registrar.register("okta", "portal", server="default")["issuer"]
    assert shown == f"{two[expected[0]]}/oauth2/default"


@pytest.mark.parametrize("mode", ["org", "dynamic"])
def test_a_login_stays_at_the_address_where_it_began(
    registrar: Registrar, two: tuple[str, str], mode: str
) -> None:
    registrar.settings("okta", issuer_mode=mode)
    app = registrar.register("okta", "portal")
    metadata = httpx.get(f"{two[1]}/.well-known/openid-configuration", trust_env=False).json()
    party = RelyingParty(metadata, app["client_id"], app["client_secret"])
    page = party.ask()
    assert f'action="{two[1]}/idp/idx/identify"' in page.text
    token = party.redeem(redirect_parameters(party.walk(page, "alice"))["code"]).json()["id_token"]
    assert decoded(token)[1]["iss"] == (two[0] if mode == "org" else two[1])
    assert party.verified(token)["iss"] == metadata["issuer"]
    assert "code" in redirect_parameters(party.ask(prompt="none"))
    party.close()


def test_the_domain_is_checked(registrar: Registrar, idp: RunningIdp, okta: dict[str, Any]) -> None:
    path = f"/tenants/{okta['name']}"
    answer = idp.control("PATCH", path, {"settings": {"custom_domain": "login.acme.test"}})
    assert answer.status_code == 422
