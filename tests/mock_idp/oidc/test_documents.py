"""Discovery documents, keys, claims and wording against what was captured: members and their order."""

from __future__ import annotations

import hashlib
import json
import string
from base64 import urlsafe_b64decode
from typing import Any

import pytest

from mock_idp.keys import KeyPool, KeyRing, SigningKey
from mock_idp.oidc import jws
from mock_idp.personalities import entra, okta
from mock_idp.personalities.base import Personality
from mock_idp.personalities.entra import oidc_errors as entra_errors
from mock_idp.personalities.entra.oidc import V1_SERVER, V2_SERVER
from mock_idp.personalities.oidc_base import AuthorizationServer, Issued, Login, Org, Person, Problem, Trace
from mock_idp.personalities.okta import oidc_errors as okta_errors
from mock_idp.personalities.okta.oidc import DEFAULT_SERVER, ORG_SERVER

SERVERS: list[AuthorizationServer] = [ORG_SERVER, DEFAULT_SERVER, V2_SERVER, V1_SERVER]
TENANT_ID = "268da1a1-9db4-48b9-b1fe-683250ba90cc"
BASE = "http://127.0.0.1:8400/t/one"
NOW = 1_700_000_000


def org(server: AuthorizationServer, authority: str = "") -> Org:
    directory_id = "00o" + "x" * 17 if server.vendor == "okta" else TENANT_ID
    return Org("one", BASE, directory_id, authority)


def login(*scopes: str, nonce: str | None = "n-1") -> Login:
    alice = Person(
        "6e1d9a52-0000-4000-8000-000000000001",
        "alice@acme.test",
        "alice@acme.test",
        email_verified=None,
        given_name="Alice",
        family_name="Archer",
        display_name="Alice Archer",
    )
    return Login(alice, "2abf3a52-7d86-460b-a1ef-77dc43de8aad", scopes, NOW - 2, NOW, nonce)


@pytest.fixture(scope="module")
def pool() -> KeyPool:
    return KeyPool(size=2)


def ring(pool: KeyPool, personality: Personality) -> KeyRing:
    return KeyRing(pool, lambda private_key: personality.dress_key(private_key, "one"))


def key(pool: KeyPool, server: AuthorizationServer) -> SigningKey:
    return ring(pool, okta.PERSONALITY if server.vendor == "okta" else entra.PERSONALITY).active


def test_okta_org_metadata_has_the_captured_members_in_the_captured_order() -> None:
    document = ORG_SERVER.discovery(org(ORG_SERVER))
    assert list(document) == [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "registration_endpoint",
        "jwks_uri",
        "response_types_supported",
        "response_modes_supported",
        "grant_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "scopes_supported",
        "token_endpoint_auth_methods_supported",
        "claims_supported",
        "code_challenge_methods_supported",
        "introspection_endpoint",
        "introspection_endpoint_auth_methods_supported",
        "revocation_endpoint",
        "revocation_endpoint_auth_methods_supported",
        "end_session_endpoint",
        "request_parameter_supported",
        "request_object_signing_alg_values_supported",
        "device_authorization_endpoint",
    ]
    assert document["issuer"] == BASE
    assert document["authorization_endpoint"] == f"{BASE}/oauth2/v1/authorize"
    assert "groups" in json.dumps(document["scopes_supported"])


def test_okta_custom_server_adds_its_newer_members_but_no_groups_scope() -> None:
    document = DEFAULT_SERVER.discovery(org(DEFAULT_SERVER))
    members = list(document)
    after_alg = members.index("id_token_signing_alg_values_supported")
    assert members[after_alg + 1 : after_alg + 4] == [
        "id_token_encryption_alg_values_supported",
        "id_token_encryption_enc_values_supported",
        "scopes_supported",
    ]
    assert members[-5:] == [
        "device_authorization_endpoint",
        "pushed_authorization_request_endpoint",
        "backchannel_token_delivery_modes_supported",
        "backchannel_authentication_request_signing_alg_values_supported",
        "dpop_signing_alg_values_supported",
    ]
    assert document["issuer"] == f"{BASE}/oauth2/default"
    assert document["registration_endpoint"] == f"{BASE}/oauth2/v1/clients"
    with pytest.raises(LookupError, match="groups"):
        DEFAULT_SERVER.granted_scopes(["openid", "groups"])


def test_entra_v2_metadata_has_the_captured_members_in_the_captured_order() -> None:
    document = V2_SERVER.discovery(org(V2_SERVER, TENANT_ID))
    assert list(document) == [
        "token_endpoint",
        "token_endpoint_auth_methods_supported",
        "jwks_uri",
        "response_modes_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "response_types_supported",
        "scopes_supported",
        "issuer",
        "request_uri_parameter_supported",
        "userinfo_endpoint",
        "authorization_endpoint",
        "device_authorization_endpoint",
        "http_logout_supported",
        "frontchannel_logout_supported",
        "end_session_endpoint",
        "claims_supported",
        "kerberos_endpoint",
        "tenant_region_scope",
        "cloud_instance_name",
        "cloud_graph_host_name",
        "msgraph_host",
        "rbac_url",
    ]
    assert document["issuer"] == f"{BASE}/{TENANT_ID}/v2.0"
    assert document["token_endpoint"] == f"{BASE}/{TENANT_ID}/oauth2/v2.0/token"


def test_entra_v1_metadata_has_the_captured_members_in_the_captured_order() -> None:
    document = V1_SERVER.discovery(org(V1_SERVER, TENANT_ID))
    assert list(document)[8:18] == [
        "issuer",
        "microsoft_multi_refresh_token",
        "authorization_endpoint",
        "device_authorization_endpoint",
        "http_logout_supported",
        "frontchannel_logout_supported",
        "end_session_endpoint",
        "claims_supported",
        "check_session_iframe",
        "userinfo_endpoint",
    ]
    assert document["issuer"] == f"https://sts.windows.net/{TENANT_ID}/"


def test_the_common_documents_name_no_tenant() -> None:
    document = V2_SERVER.discovery(org(V2_SERVER, "common"))
    assert document["issuer"] == BASE + "/{tenantid}/v2.0"
    assert document["jwks_uri"] == f"{BASE}/common/discovery/v2.0/keys"
    assert document["tenant_region_scope"] is None


def test_okta_keys_are_bare(pool: KeyPool) -> None:
    jwk = ORG_SERVER.jwk(key(pool, ORG_SERVER), org(ORG_SERVER))
    assert list(jwk) == ["kty", "alg", "kid", "use", "e", "n"]
    assert len(str(jwk["kid"])) == 43


def test_entra_keys_have_no_alg_and_are_named_by_their_certificate(pool: KeyPool) -> None:
    signing_key = key(pool, V2_SERVER)
    jwk = V2_SERVER.jwk(signing_key, org(V2_SERVER, TENANT_ID))
    assert list(jwk) == ["kty", "use", "kid", "x5t", "n", "e", "x5c", "issuer"]
    thumbprint = hashlib.sha1(signing_key.token_certificate.der).digest()  # noqa: S324 - x5t is SHA-1
    assert urlsafe_b64decode(f"{jwk['kid']}=") == thumbprint
    assert jwk["kid"] == jwk["x5t"]
    assert list(V1_SERVER.jwk(signing_key, org(V1_SERVER, TENANT_ID)))[-1] == "x5c"


def test_okta_id_token_is_thin_and_in_captured_order(pool: KeyPool) -> None:
    header, claims = ORG_SERVER.id_token(
        org(ORG_SERVER), login("openid", "email", "profile"), key(pool, ORG_SERVER), "access"
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
        org(ORG_SERVER), login("openid", nonce=None), key(pool, ORG_SERVER), "access"
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
        org(V2_SERVER), login("openid", "email", "profile"), key(pool, V2_SERVER), "access"
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
    _, claims = V2_SERVER.id_token(org(V2_SERVER), login("openid", "profile"), key(pool, V2_SERVER), "access")
    assert "email" not in claims
    assert "email_verified" not in claims


def test_entra_v1_id_token_names_the_upn(pool: KeyPool) -> None:
    header, claims = V1_SERVER.id_token(
        org(V1_SERVER), login("openid", "profile"), key(pool, V1_SERVER), "access"
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
    _, claims = V2_SERVER.id_token(org(V2_SERVER), login("openid"), key(pool, V2_SERVER), "access")
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


@pytest.mark.parametrize("server", SERVERS)
def test_every_problem_has_words_at_every_vendor(server: AuthorizationServer) -> None:
    details = dict.fromkeys(placeholders(server), "x")
    only_entra = {Problem.UNKNOWN_TENANT, Problem.COMMON_ENDPOINT}
    only_okta = {
        Problem.STATE_MISSING,
        Problem.HINT_MISSING,
        Problem.HINT_INVALID,
        Problem.LOGOUT_URI_UNREGISTERED,
    }
    elsewhere = only_entra if server.vendor == "okta" else only_okta
    for problem in set(Problem) - elsewhere:
        text = server.describe(problem, details)
        assert text.error.replace("_", "").isalpha()
        assert "{" not in text.text


def placeholders(server: AuthorizationServer) -> set[str]:
    errors = okta_errors.ERRORS if server.vendor == "okta" else entra_errors.ERRORS
    texts = [entry.text for entry in errors.values()]
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}


def test_redirects_are_encoded_as_each_vendor_encodes_them() -> None:
    parameters = [("state", "a b/(c)'")]
    assert ORG_SERVER.encode(parameters) == "state=a+b%2F%28c%29%27"
    assert V2_SERVER.encode(parameters) == "state=a+b%2f(c)%27"


def test_error_redirects_order_their_parameters_as_captured() -> None:
    trace = Trace("request", "correlation", "2024-01-02 03:04:05Z")
    at_okta = ORG_SERVER.error_parameters(Problem.NOT_ASSIGNED, {}, "s", trace)
    assert [name for name, _ in at_okta] == ["state", "error", "error_description"]
    assert at_okta[2][1] == "User is not assigned to the client application."
    at_entra = V2_SERVER.error_parameters(Problem.LOGIN_REQUIRED, {}, "s", trace)
    assert [name for name, _ in at_entra] == ["error", "error_description", "error_uri", "state"]
    assert at_entra[1][1].startswith("AADSTS50058: ")
    assert at_entra[1][1].endswith(
        " Trace ID: request Correlation ID: correlation Timestamp: 2024-01-02 03:04:05Z"
    )


def test_entra_graph_token_cannot_be_verified_with_the_key_that_it_names(pool: KeyPool) -> None:
    keys = ring(pool, entra.PERSONALITY)
    draft = V2_SERVER.access_token(org(V2_SERVER), login("openid"), keys, lifetime=3600, refreshable=False)
    assert list(draft.header) == ["typ", "nonce", "alg", "x5t", "kid"]
    assert draft.header["kid"] == keys.active.kid
    with pytest.raises(jws.MalformedTokenError, match="none of the tenant's published keys"):
        jws.verified_claims(jws.sign_access_token(draft), keys)
