"""Endpoints that fail, and published keys that are not as usual: settings of the tenant."""

from __future__ import annotations

import httpx
import jwt
import pytest

from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import NO_AUTHORITIES, decoded

VENDORS = ["okta", "entra"]


def documents(registrar: Registrar, vendor: str) -> dict[str, str]:
    """Where the tenant's discovery document and keys are."""
    app = registrar.register(vendor, "portal")
    return {"discovery": app["discovery_url"], "keys": app["jwks_uri"]}


@pytest.mark.parametrize("endpoint", ["discovery", "keys"])
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_document_fails_as_it_is_told_and_recovers(
    vendor: str, endpoint: str, registrar: Registrar
) -> None:
    url = documents(registrar, vendor)[endpoint]
    for how, status in (("404", 404), ("500", 500), ("503", 503)):
        registrar.settings(vendor, trouble={endpoint: how})
        assert httpx.get(url, verify=NO_AUTHORITIES).status_code == status
    registrar.settings(vendor, trouble={endpoint: "not_json"})
    assert httpx.get(url, verify=NO_AUTHORITIES).text.startswith("<html>")
    registrar.settings(vendor, trouble={endpoint: "hang"})
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(url, timeout=0.5, verify=NO_AUTHORITIES)
    registrar.settings(vendor, trouble={})
    assert httpx.get(url, verify=NO_AUTHORITIES).json()


@pytest.mark.parametrize("vendor", VENDORS)
def test_who_waits_keeps_nobody_waiting(vendor: str, registrar: Registrar) -> None:
    urls = documents(registrar, vendor)
    registrar.settings(vendor, trouble={"keys": "drip"})
    with httpx.stream("GET", urls["keys"], timeout=5, verify=NO_AUTHORITIES) as dripping:
        first = next(dripping.iter_bytes(1))
        assert httpx.get(urls["discovery"], verify=NO_AUTHORITIES).json()["jwks_uri"] == urls["keys"]
    assert first == b"{"


@pytest.mark.parametrize("vendor", VENDORS)
def test_keys_without_members_and_under_one_id(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    registrar.settings(vendor, key_id="1", jwk={"alg": None, "use": None})
    keys = httpx.get(party.metadata["jwks_uri"], verify=NO_AUTHORITIES).json()["keys"]
    assert {key["kid"] for key in keys} == {"1"}
    assert not any({"alg", "use"} & key.keys() for key in keys)
    token = party.redeem(party.code()).json()["id_token"]
    assert decoded(token)[0]["kid"] == "1"
    jwt.decode(token, jwt.PyJWK(keys[0], algorithm="RS256").key, ["RS256"], options={"verify_aud": False})
