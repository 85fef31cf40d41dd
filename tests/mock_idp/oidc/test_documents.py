"""Discovery documents and keys against what was captured: members and their order."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode

import pytest

from mock_idp.keys import KeyPool
from mock_idp.personalities.entra.oidc import V1_SERVER, V2_SERVER
from mock_idp.personalities.okta.oidc import DEFAULT_SERVER, ORG_SERVER
from tests.mock_idp.oidc.samples import BASE, TENANT_ID, app, key, org


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
        DEFAULT_SERVER.granted_scopes(["openid", "groups"], app())


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
