"""Libraries that the IdP does not use log in at it by the code flow with PKCE, and verify what they get."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.mock_idp.libraries.oidc_libraries import LIBRARIES, RefusedByLibraryError
from tests.mock_idp.oidc.registrar import Registrar

SERVERS = {
    "okta org": ("okta", {}),
    "okta default": ("okta", {"server": "/oauth2/default"}),
    "entra v2.0": ("entra", {}),
}
LIES = {
    "issuer.replace": {"issuer": "https://elsewhere.test"},
    "audience.replace": {"audience": "somebody-else"},
    "nonce.replace": {"nonce": "of-another-login"},
    "expired": {},
    "foreign-key": {},
    "tamper": {"email": "mallory@acme.test"},
}
each_server = pytest.mark.parametrize("server", SERVERS)
each_library = pytest.mark.parametrize("library", LIBRARIES)


@each_server
@each_library
def test_a_code_login_with_pkce(library: str, server: str, registrar: Registrar) -> None:
    vendor, where = SERVERS[server]
    party = registrar.party(vendor, pkce_required=True, **where)
    url = party.metadata["issuer"] + "/.well-known/openid-configuration"
    library_party = LIBRARIES[library](party, url)
    begun = library_party.login_url()
    assert parse_qs(urlsplit(begun).query)["code_challenge_method"] == ["S256"]
    location = party.sign_in_at(begun).headers["Location"]
    known = library_party.finish(location)
    assert known.id_token["email"] == "alice@acme.test"
    assert known.userinfo["sub"] == known.id_token["sub"]
    assert known.userinfo["email"] == "alice@acme.test"


@pytest.mark.parametrize("server", ["okta org", "entra v2.0"])
@each_library
@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_refused(library: str, server: str, lie: str, registrar: Registrar) -> None:
    vendor, where = SERVERS[server]
    party = registrar.party(vendor, **where)
    url = party.metadata["issuer"] + "/.well-known/openid-configuration"
    library_party = LIBRARIES[library](party, url)
    begun = library_party.login_url()
    armed = registrar.arm(
        vendor, parse_qs(urlsplit(begun).query)["state"][0], f"oidc.id-token.{lie}", **LIES[lie]
    )
    location = party.sign_in_at(begun).headers["Location"]
    with pytest.raises(RefusedByLibraryError):
        library_party.finish(location)
    assert registrar.fired(vendor, armed) == 1
