"""client_secret_jwt and private_key_jwt: what is offered works, and what is wrong is told."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import REDIRECT_URI, RelyingParty

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)
CURVE_KEY = ec.generate_private_key(ec.SECP256R1())
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
REFUSED = {  # Entra's number of each problem
    "assertion-malformed": 50027,
    "assertion-signature": 700027,
    "assertion-of-another-app": 700021,
    "assertion-audience": 700023,
    "assertion-expired": 700024,
    "assertion-replayed": 50027,
}


def public(key: Key, kid: str) -> dict[str, Any]:
    if isinstance(key, rsa.RSAPrivateKey):
        return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": kid}
    return {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())), "kid": kid}


JWKS = {"keys": [public(OTHER_KEY, "old"), public(KEY, "now"), public(CURVE_KEY, "curve")]}


def claims(party: RelyingParty, **changes: object) -> dict[str, object]:
    usual = {
        "iss": party.client_id,
        "sub": party.client_id,
        "aud": party.metadata["token_endpoint"],
        "exp": int(time.time()) + 60,
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def redeem(party: RelyingParty, assertion: str, **form: str) -> httpx.Response:
    body = {
        "grant_type": "authorization_code",
        "code": party.code(),
        "redirect_uri": REDIRECT_URI,
        "code_verifier": party.verifier,
        "client_assertion_type": TYPE,
        "client_assertion": assertion,
    }
    return party.back_channel.post(party.metadata["token_endpoint"], data=body | form)


def problem(registrar: Registrar, vendor: str, party: RelyingParty) -> str:
    told: str = registrar.journal(vendor, party.state)[-1]["detail"]["problem"]
    return told


@pytest.mark.parametrize("vendor", ["okta", "entra"])
@pytest.mark.parametrize(
    ("key", "algorithm", "kid"),
    [(KEY, "RS256", "now"), (KEY, "PS256", None), (CURVE_KEY, "ES256", "curve")],
)
def test_a_key_that_is_registered_proves_who_asks(
    vendor: str, key: Key, algorithm: str, kid: str | None, registrar: Registrar
) -> None:
    party = registrar.party(vendor, client_secret=None, jwks=JWKS)
    headers = {"kid": kid} if kid else None
    answer = redeem(party, jwt.encode(claims(party), key, algorithm, headers=headers))
    assert answer.status_code == 200, answer.text
    assert "id_token" in answer.json()
    asked = next(e for e in registrar.journal(vendor, party.state) if e["kind"] == "oidc.token_request")
    assert asked["detail"]["client_authentication"] == "client_assertion"
    assert asked["detail"]["form"]["client_assertion"] == "(not shown)"


def test_okta_takes_the_secret_as_a_key_and_entra_does_not_offer_that(registrar: Registrar) -> None:
    party = registrar.party("okta")
    assert party.client_secret is not None
    assert redeem(party, jwt.encode(claims(party), party.client_secret, "HS256")).status_code == 200
    party = registrar.party("entra")
    assert "client_secret_jwt" not in party.metadata["token_endpoint_auth_methods_supported"]
    assert party.client_secret is not None
    answer = redeem(party, jwt.encode(claims(party), party.client_secret, "HS256"))
    assert (answer.status_code, answer.json()["error_codes"]) == (401, [700027])


@pytest.mark.parametrize("vendor", ["okta", "entra"])
@pytest.mark.parametrize(
    ("changes", "signer", "refused"),
    [
        ({"iss": "another"}, (KEY, "RS256", "now"), "assertion-of-another-app"),
        ({"sub": None}, (KEY, "RS256", "now"), "assertion-of-another-app"),
        ({"aud": "https://other.example/token"}, (KEY, "RS256", "now"), "assertion-audience"),
        ({"aud": None}, (KEY, "RS256", "now"), "assertion-audience"),
        ({"exp": 1}, (KEY, "RS256", "now"), "assertion-expired"),
        ({"exp": None}, (KEY, "RS256", "now"), "assertion-expired"),
        ({"exp": "soon"}, (KEY, "RS256", "now"), "assertion-expired"),
        ({"nbf": 1 << 40}, (KEY, "RS256", "now"), "assertion-expired"),
        ({}, (KEY, "RS256", "old"), "assertion-signature"),
        ({}, (KEY, "RS256", "unknown"), "assertion-signature"),
        ({}, (rsa.generate_private_key(65537, 2048), "RS256", None), "assertion-signature"),
        ({}, ("the public key of the application", "HS256", None), "assertion-signature"),
        ({}, ("", "none", None), "assertion-signature"),
        ({}, (CURVE_KEY, "ES256", "now"), "assertion-signature"),
    ],
)
def test_an_assertion_that_proves_nothing_is_refused(
    vendor: str,
    changes: dict[str, object],
    signer: tuple[Key | str, str, str | None],
    refused: str,
    registrar: Registrar,
) -> None:
    key, algorithm, kid = signer
    party = registrar.party(vendor, client_secret=None, jwks=JWKS)
    headers = {"kid": kid} if kid else None
    assertion = jwt.encode(claims(party, **changes), key, algorithm, headers=headers)
    answer = redeem(party, assertion, client_id=party.client_id)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert problem(registrar, vendor, party) == refused
    if vendor == "entra":
        assert answer.json()["error_codes"] == [REFUSED[refused]]


@pytest.mark.parametrize("vendor", ["okta", "entra"])
def test_an_assertion_with_a_name_works_once(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor, client_secret=None, jwks=JWKS)
    assertion = jwt.encode(claims(party, jti="once"), KEY, "RS256", headers={"kid": "now"})
    assert redeem(party, assertion).status_code == 200
    answer = redeem(party, assertion)
    assert (answer.status_code, problem(registrar, vendor, party)) == (401, "assertion-replayed")


def test_the_tenants_clock_judges_an_assertion(registrar: Registrar) -> None:
    party = registrar.party("okta", client_secret=None, jwks=JWKS)
    registrar.change("okta", "PUT", "/clock", {"offset_seconds": 3600})
    answer = redeem(party, jwt.encode(claims(party), KEY, "RS256", headers={"kid": "now"}))
    assert answer.json()["error_description"] == "The client_assertion token is expired."


@pytest.mark.parametrize(
    ("form", "refused"),
    [
        ({"client_assertion_type": "jwt"}, "assertion-malformed"),
        ({"client_assertion": "a.b.c"}, "assertion-malformed"),
        ({"client_secret": "beside it"}, "credentials-twice"),
        ({"client_id": "nobody"}, "unknown-client"),
    ],
)
def test_what_is_no_assertion_is_told(form: dict[str, str], refused: str, registrar: Registrar) -> None:
    party = registrar.party("okta", client_secret=None, jwks=JWKS)
    answer = redeem(party, **{"assertion": jwt.encode(claims(party), KEY, "RS256"), **form})
    assert answer.is_client_error
    assert problem(registrar, "okta", party) == refused


def test_an_application_with_keys_must_use_them(registrar: Registrar) -> None:
    party = registrar.party("okta", client_secret=None, jwks=JWKS)
    answer = party.redeem(party.code())
    assert (answer.status_code, answer.json()["error_description"]) == (401, "No client credentials found.")


@pytest.mark.parametrize(
    "jwks",
    [{}, {"keys": []}, {"keys": [{"kid": "1"}]}, {"keys": [{"kty": "RSA", "d": "AQ"}]}, {"keys": "no"}],
)
def test_only_a_set_of_public_keys_can_be_registered(jwks: dict[str, Any], registrar: Registrar) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        registrar.party("okta", jwks=jwks)
