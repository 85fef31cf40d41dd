"""ID tokens, access tokens and token responses against what was captured: members and their order."""

from __future__ import annotations

from typing import Any

import pytest

from mock_idp.keys import KeyPool
from mock_idp.oidc import jws
from mock_idp.personalities import entra, okta
from mock_idp.personalities.entra.oidc import V1_SERVER, V2_SERVER
from mock_idp.personalities.oidc_base import AuthorizationServer, Beside, Issued
from mock_idp.personalities.okta.oidc import DEFAULT_SERVER, ORG_SERVER
from tests.mock_idp.oidc.samples import BASE, NOW, key, login, org, ring


def test_okta_id_token_is_thin_and_in_captured_order(pool: KeyPool) -> None:
    header, claims = ORG_SERVER.id_token(
        org(ORG_SERVER), login("openid", "email", "profile"), key(pool, ORG_SERVER), Beside("access")
    )
    assert list(header) == ["kid", "alg"]
    assert list(claims) == (
        [
            "sub",
            "name",
            "email",
            "ver",
            "iss",
            "aud",
            "iat",
            "exp",
            "jti",
            "amr",
            "idp",
            "nonce",
            "preferred_username",
            "auth_time",
            "at_hash",
        ]
    )
    assert (claims["ver"], claims["iat"], claims["exp"]) == (1, NOW, NOW + 3600)
    assert str(claims["jti"]).startswith("ID.")
    assert len(str(claims["jti"])) == 46


def test_okta_id_token_follows_the_scopes(pool: KeyPool) -> None:
    _, claims = ORG_SERVER.id_token(
        org(ORG_SERVER), login("openid", nonce=None), key(pool, ORG_SERVER), Beside("access")
    )
    assert not {"name", "email", "preferred_username", "nonce", "email_verified"} & set(claims)


@pytest.mark.parametrize(("server", "audience"), [(ORG_SERVER, BASE), (DEFAULT_SERVER, "api://default")])
def test_okta_access_token_claims(server: AuthorizationServer, audience: str, pool: KeyPool) -> None:
    keys = ring(pool, okta.PERSONALITY)
    draft = server.access_token(org(server), login("openid"), keys, lifetime=3600, refreshable=True)
    assert list(draft.claims) == [
        "ver",
        "jti",
        "iss",
        "aud",
        "iat",
        "exp",
        "cid",
        "uid",
        "scp",
        "auth_time",
        "sub",
    ]
    assert draft.claims["aud"] == audience
    assert draft.claims["sub"] == "alice@acme.test"
    published = draft.header["kid"] in {each.kid for each in keys.published}
    assert published is (server is DEFAULT_SERVER)


def test_entra_v2_id_token_is_back_dated_and_by_alphabet(pool: KeyPool) -> None:
    header, claims = V2_SERVER.id_token(
        org(V2_SERVER), login("openid", "email", "profile"), key(pool, V2_SERVER), Beside("access")
    )
    assert list(header) == ["typ", "alg", "kid"]
    assert list(claims) == (
        [
            "aud",
            "iss",
            "iat",
            "nbf",
            "exp",
            "email",
            "name",
            "nonce",
            "oid",
            "preferred_username",
            "rh",
            "sub",
            "tid",
            "uti",
            "ver",
        ]
    )
    assert claims["iat"] == claims["nbf"] == NOW - 300
    assert claims["exp"] == NOW + 3600
    assert claims["sub"] != claims["oid"]


def test_entra_v2_id_token_has_no_email_without_a_mail_attribute(pool: KeyPool) -> None:
    _, claims = V2_SERVER.id_token(
        org(V2_SERVER), login("openid", "profile"), key(pool, V2_SERVER), Beside("access")
    )
    assert "email" not in claims
    assert "email_verified" not in claims


def test_entra_v1_id_token_names_the_upn(pool: KeyPool) -> None:
    header, claims = V1_SERVER.id_token(
        org(V1_SERVER), login("openid", "profile"), key(pool, V1_SERVER), Beside("access")
    )
    assert list(header) == ["typ", "alg", "x5t", "kid"]
    assert list(claims) == (
        [
            "aud",
            "iss",
            "iat",
            "nbf",
            "exp",
            "amr",
            "family_name",
            "given_name",
            "ipaddr",
            "name",
            "nonce",
            "oid",
            "sub",
            "tid",
            "unique_name",
            "upn",
            "ver",
        ]
    )


def test_entra_rh_names_tenant_and_application(pool: KeyPool) -> None:
    """The captured form: three bytes, two GUIDs in Microsoft's byte order, three bytes."""
    _, claims = V2_SERVER.id_token(org(V2_SERVER), login("openid"), key(pool, V2_SERVER), Beside("access"))
    assert str(claims["rh"]).startswith("0.AYEAoaGNJrSduUix_mgyULqQzFI6vyqGfQtGoe933EPeiq2BAMw")


@pytest.mark.parametrize(
    ("server", "members"),
    [
        (ORG_SERVER, "token_type expires_in access_token scope refresh_token id_token"),
        (
            V2_SERVER,
            "token_type scope expires_in ext_expires_in access_token refresh_token id_token client_info",
        ),
        (
            V1_SERVER,
            (
                "token_type scope expires_in ext_expires_in expires_on not_before resource access_token "
                "refresh_token id_token"
            ),
        ),
    ],
)
def test_token_response_order(server: AuthorizationServer, members: str) -> None:
    issued = Issued("a", "i", "r", ("openid", "profile"), 3600)
    body = server.token_response(org(server), login("openid"), issued, {"client_info": "1"})
    assert list(body) == members.split()
    lifetime: Any = body["expires_in"]
    assert isinstance(lifetime, str) is (server is V1_SERVER)


def test_entra_graph_token_cannot_be_verified_with_the_key_that_it_names(pool: KeyPool) -> None:
    keys = ring(pool, entra.PERSONALITY)
    draft = V2_SERVER.access_token(org(V2_SERVER), login("openid"), keys, lifetime=3600, refreshable=False)
    assert list(draft.header) == ["typ", "nonce", "alg", "x5t", "kid"]
    assert draft.header["kid"] == keys.active.kid
    with pytest.raises(jws.MalformedTokenError, match="none of the tenant's published keys"):
        jws.verified_claims(jws.sign_access_token(draft), keys.published)
