"""Relying parties made of other people's libraries: they discover, redeem and verify by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify

from tests.mock_idp.oidc.relying_party import REDIRECT_URI, SCOPE, RelyingParty


@dataclass(frozen=True)
class Known:
    """What the library says of the person: verified claims of the ID token, and those of userinfo."""

    id_token: Mapping[str, Any]
    userinfo: Mapping[str, Any]


class RefusedByLibraryError(Exception):
    """The library did not accept the answer."""


class Party(Protocol):
    """A relying party that starts a login and finishes it."""

    def login_url(self) -> str:
        """Where the browser is sent."""

    def finish(self, location: str) -> Known:
        """Read the redirect back, redeem the code and verify. Raises RefusedByLibraryError."""


class Authlib:
    """Authlib's Flask client, as its documentation sets it up, with PKCE; Flask keeps state and nonce."""

    def __init__(self, party: RelyingParty, discovery_url: str) -> None:
        from authlib.integrations.base_client.errors import OAuthError
        from authlib.integrations.flask_client import OAuth
        from joserfc.errors import JoseError

        app = Flask("relying-party")
        app.secret_key = "of-a-test"
        self._client: Any = OAuth(app).register(
            "idp",
            client_id=party.client_id,
            client_secret=party.client_secret,
            server_metadata_url=discovery_url,
            client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
        )

        @app.get("/login")
        def login() -> Response:
            answer: Response = self._client.authorize_redirect(REDIRECT_URI)
            return answer

        @app.get("/callback")
        def callback() -> Response:
            try:
                token = self._client.authorize_access_token()
                return jsonify(id_token=token["userinfo"], userinfo=self._client.userinfo(token=token))
            except (OAuthError, JoseError) as error:
                return jsonify(refused=repr(error))

        self._browser = app.test_client()

    def login_url(self) -> str:
        return str(self._browser.get("/login").headers["Location"])

    def finish(self, location: str) -> Known:
        told = self._browser.get(f"/callback?{urlsplit(location).query}").get_json()
        if "refused" in told:
            raise RefusedByLibraryError(told["refused"])
        return Known(told["id_token"], told["userinfo"])


class Oic:
    """The library `oic`."""

    def __init__(self, party: RelyingParty, discovery_url: str) -> None:
        from oic.oic import Client
        from oic.utils.authn.client import CLIENT_AUTHN_METHOD

        del discovery_url  # it is found by the issuer
        self._client: Any = Client(client_id=party.client_id, client_authn_method=CLIENT_AUTHN_METHOD)
        self._client.client_secret = party.client_secret
        self._client.redirect_uris = [REDIRECT_URI]
        issuer = party.metadata["issuer"]
        assert self._client.provider_config(issuer)["issuer"] == issuer
        self._verifier = ""
        self._sent = {"state": party.state, "nonce": party.nonce}

    def login_url(self) -> str:
        challenge, self._verifier = self._client.add_code_challenge()
        request = self._client.construct_AuthorizationRequest(
            request_args={
                "response_type": "code",
                "scope": SCOPE.split(),
                "redirect_uri": REDIRECT_URI,
                **self._sent,
                **challenge,
            }
        )
        return str(request.request(self._client.authorization_endpoint))

    def finish(self, location: str) -> Known:
        from jwkest import JWKESTException
        from oic.exception import PyoidcError
        from oic.oic.message import AuthorizationResponse

        query = urlsplit(location).query
        answer = self._client.parse_response(AuthorizationResponse, info=query, sformat="urlencoded")
        assert answer["state"] == self._sent["state"]
        try:
            tokens = self._client.do_access_token_request(
                state=answer["state"],
                request_args={
                    "code": answer["code"],
                    "redirect_uri": REDIRECT_URI,
                    "code_verifier": self._verifier,
                },
                authn_method="client_secret_basic",
            )
            if "id_token" not in tokens:
                raise RefusedByLibraryError(str(tokens))
            if tokens["id_token"]["nonce"] != self._sent["nonce"]:
                raise RefusedByLibraryError("The nonce is another one.")
            told = self._client.do_user_info_request(token=tokens["access_token"], method="GET")
        except (PyoidcError, JWKESTException, ValueError) as error:
            raise RefusedByLibraryError(repr(error)) from error
        return Known(tokens["id_token"], told)


LIBRARIES: dict[str, type[Authlib] | type[Oic]] = {"Authlib": Authlib, "oic": Oic}
