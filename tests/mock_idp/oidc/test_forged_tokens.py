"""Forged ID tokens in each of their shapes: what is on the wire is what an attacker would send."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.types import Options

from mock_idp.faults.oidc.claims import NEAR
from mock_idp.faults.oidc.form import FORMS
from mock_idp.faults.oidc.header_keys import ADDRESSES
from mock_idp.faults.oidc.public_key import RENDERINGS
from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import NO_AUTHORITIES, decoded

ANY_CLAIMS: Options = {"verify_aud": False, "verify_exp": False}


def token(registrar: Registrar, vendor: str, name: str, **params: str) -> str:
    """The ID token of a login that carries the fault, as it came from the token endpoint."""
    party = registrar.party(vendor)
    fault_id = registrar.arm(vendor, party.state, f"oidc.id-token.{name}", **params)
    sent = str(party.redeem(party.code()).json()["id_token"])
    assert registrar.fired(vendor, fault_id) == 1
    return sent


def published_key(registrar: Registrar, vendor: str) -> RSAPublicKey:
    """The key that the tenant's JWKS lists first."""
    listed = httpx.get(registrar.party(vendor).metadata["jwks_uri"], verify=NO_AUTHORITIES).json()["keys"]
    key = jwt.PyJWK(listed[0], algorithm="RS256").key
    assert isinstance(key, RSAPublicKey)
    return key


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "none "])
def test_alg_none_in_any_case(alg: str, registrar: Registrar) -> None:
    sent = token(registrar, "okta", "alg-none", alg=alg, email="victim@acme.test")
    header, claims = decoded(sent)
    assert (header["alg"], claims["email"], sent[-1]) == (alg, "victim@acme.test", ".")


def test_alg_none_with_the_old_signature_and_without_the_second_dot(registrar: Registrar) -> None:
    kept = token(registrar, "entra", "alg-none", signature="kept", email="victim@acme.test")
    header, claims = decoded(kept)
    assert (header["alg"], claims["email"]) == ("none", "victim@acme.test")
    covered, _, signature = kept.rpartition(".")
    assert len(signature) == 342
    with pytest.raises(InvalidSignature):  # it is over what the provider would have said
        published_key(registrar, "entra").verify(
            base64.urlsafe_b64decode(f"{signature}=="), covered.encode(), PKCS1v15(), SHA256()
        )
    assert token(registrar, "entra", "alg-none", signature="no-dot").count(".") == 1
    assert decoded(token(registrar, "entra", "alg-none", kid="unknown"))[0]["kid"] == "unknown"


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_hmac_with_what_anybody_knows(rendering: str, registrar: Registrar) -> None:
    sent = token(registrar, "entra", "hmac", key=rendering, email="victim@acme.test")
    covered, _, signature = sent.rpartition(".")
    header, claims = decoded(sent)
    assert (header["alg"], claims["email"]) == ("HS256", "victim@acme.test")
    key = published_key(registrar, "entra")
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    known = {
        "spki-pem": pem,
        "leading-space": b" " + pem,
        "crlf": pem.replace(b"\n", b"\r\n"),
        "empty": b"",
        "null": b"null",
    }
    raw = base64.urlsafe_b64decode(signature + "=")
    for name, secret in known.items():
        made = hmac.new(secret, covered.encode(), hashlib.sha256).digest()
        assert (made == raw) is (name == rendering)


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS256"])
def test_another_algorithm_by_the_published_key(alg: str, registrar: Registrar) -> None:
    sent = token(registrar, "okta", "algorithm", alg=alg)
    assert decoded(sent)[0]["alg"] == alg
    jwt.decode(sent, published_key(registrar, "okta"), algorithms=[alg], options=ANY_CLAIMS)


def test_a_key_in_the_header_has_signed(registrar: Registrar) -> None:
    sent = token(registrar, "okta", "key-in-header", email="victim@acme.test")
    header, claims = decoded(sent)
    assert claims["email"] == "victim@acme.test"
    jwt.decode(sent, jwt.PyJWK(header["jwk"]).key, algorithms=["RS256"], options=ANY_CLAIMS)
    for kind, count in (("x5c", 1), ("x5c-chain", 2)):
        sent = token(registrar, "okta", "key-in-header", **{"as": kind})
        chain = decoded(sent)[0]["x5c"]
        certificate = x509.load_der_x509_certificate(base64.b64decode(chain[0]))
        key = certificate.public_key()
        assert isinstance(key, RSAPublicKey)
        jwt.decode(sent, key, algorithms=["RS256"], options=ANY_CLAIMS)
        assert len(chain) == count


def test_a_key_by_url_can_be_fetched_and_its_fetch_is_noted(registrar: Registrar) -> None:
    tenant = registrar.tenant("okta")
    for member in ("jku", "x5u"):
        sent = token(registrar, "okta", "key-by-url", member=member)
        where = decoded(sent)[0][member]
        assert not where.startswith(tenant["base_url"])
        answer = httpx.get(where, verify=NO_AUTHORITIES)
        if member == "jku":
            key = jwt.PyJWK(answer.json()["keys"][0]).key
        else:
            key = x509.load_pem_x509_certificate(answer.content).public_key()
        jwt.decode(sent, key, algorithms=["RS256"], options=ANY_CLAIMS)
    entries = registrar.change("okta", "GET", "/journal?kind=forger.fetched")["entries"]
    assert len(entries) == 2


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_dress_of_the_address_leads_to_the_forger(address: str, registrar: Registrar) -> None:
    where = decoded(token(registrar, "okta", "key-by-url", address=address))[0]["jku"]
    with httpx.Client(follow_redirects=True, verify=NO_AUTHORITIES) as client:
        assert client.get(where).json()["keys"][0]["kid"] == "forger-1"


@pytest.mark.parametrize("how", NEAR)
@pytest.mark.parametrize("vendor", ["okta", "entra"])
def test_a_near_issuer_is_another_one(vendor: str, how: str, registrar: Registrar) -> None:
    issuer = registrar.party(vendor).metadata["issuer"]
    near = decoded(token(registrar, vendor, "issuer.near", how=how))[1]["iss"]
    assert near != issuer
    assert near.casefold()[:4] == "http"


def test_the_forms_differ_from_each_other(registrar: Registrar) -> None:
    sent = {name: token(registrar, "okta", "form", **{"as": name}) for name in FORMS}
    general = json.loads(sent["json-general"])
    assert set(general) == {"payload", "signatures"}
    assert [sent[name].count(".") for name in ("one-part", "two-parts", "trailing-dot", "four-parts")] == [
        0, 1, 3, 3,
    ]  # fmt: skip


def test_json_without_signatures(registrar: Registrar) -> None:
    sent = json.loads(token(registrar, "okta", "unsigned-json", email="victim@acme.test"))
    assert sent["signatures"] == []
    assert json.loads(base64.urlsafe_b64decode(sent["payload"] + "=="))["email"] == "victim@acme.test"


def test_the_polyglot_is_genuine_as_json_and_forged_between_its_dots(registrar: Registrar) -> None:
    sent = token(registrar, "okta", "polyglot", email="victim@acme.test")
    genuine = json.loads(sent)
    compact = ".".join(genuine[name] for name in ("protected", "payload", "signature"))
    claims = jwt.decode(compact, published_key(registrar, "okta"), algorithms=["RS256"], options=ANY_CLAIMS)
    assert claims["email"] == "alice@acme.test"
    forged = sent.split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(forged + "=="))["email"] == "victim@acme.test"


def test_the_key_of_another_provider(registrar: Registrar) -> None:
    other = registrar.tenant("entra")["base_url"]
    sent = token(registrar, "okta", "other-provider-key", provider=other, email="victim@acme.test")
    jwt.decode(sent, published_key(registrar, "entra"), algorithms=["RS256"], options=ANY_CLAIMS)


def test_a_shape_that_there_is_not_is_told_with_those_that_there_are(registrar: Registrar) -> None:
    wrong = {"hmac": "key", "key-in-header": "as", "form": "as", "issuer.near": "how", "algorithm": "alg"}
    path = f"/tenants/{registrar.tenant('okta')['name']}/faults"
    for name, param in wrong.items():
        body = {"attempt": "a", "fault": {"name": f"oidc.id-token.{name}", param: "no-such"}}
        answer = registrar.idp.control("POST", path, body)
        assert answer.status_code == 422
        assert "no-such" in answer.json()["message"]


def test_what_cannot_be_changed_does_not_fire(registrar: Registrar) -> None:
    for name, params in {
        "claim.remove": {"claim": "no-such"},
        "header.remove": {"member": "no-such"},
        "claim.replace": {"json": "{no-such"},
        "payload.replace": {"json": "{no-such"},
        "other-provider-key": {"provider": "https://no-such.test"},
    }.items():
        party = registrar.party("okta")
        fault_id = registrar.arm("okta", party.state, f"oidc.id-token.{name}", **params)
        party.verified(party.redeem(party.code()).json()["id_token"])
        assert registrar.fired("okta", fault_id) == 0
        assert "no-such" in registrar.journal("okta", party.state)[-1]["detail"]["not_applied"]
