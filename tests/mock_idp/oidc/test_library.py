"""The `oic` library as the relying party: discovery, login, code exchange, verification, userinfo."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import REDIRECT_URI


@pytest.mark.parametrize("vendor", ["okta", "entra"])
def test_oic_logs_in(vendor: str, registrar: Registrar) -> None:
    from oic.oic import Client
    from oic.oic.message import AuthorizationResponse
    from oic.utils.authn.client import CLIENT_AUTHN_METHOD

    party = registrar.party(vendor)
    library: Any = Client(client_id=party.client_id, client_authn_method=CLIENT_AUTHN_METHOD)
    library.client_secret = party.client_secret
    library.redirect_uris = [REDIRECT_URI]
    issuer = party.metadata["issuer"]
    provider = library.provider_config(issuer)
    assert provider["issuer"] == issuer

    location = urlsplit(party.sign_in(code_challenge=None, code_challenge_method=None).headers["Location"])
    answer = library.parse_response(AuthorizationResponse, info=location.query, sformat="urlencoded")
    assert answer["state"] == party.state
    tokens = library.do_access_token_request(
        state=party.state,
        request_args={"code": answer["code"], "redirect_uri": REDIRECT_URI},
        authn_method="client_secret_basic",
    )
    assert tokens["id_token"]["email"] == "alice@acme.test"
    assert tokens["id_token"]["nonce"] == party.nonce
    claims = library.do_user_info_request(token=tokens["access_token"], method="GET")
    assert claims["sub"] == tokens["id_token"]["sub"]
