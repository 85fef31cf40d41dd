"""A Response from a ready-made text is the plain way's, byte for byte, and python-xmlsec verifies it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from mock_idp.apps import SamlApp, SignedParts
from mock_idp.keys import KeyPool
from mock_idp.personalities import PERSONALITIES
from mock_idp.personalities.base import Personality
from mock_idp.personas import CATALOGUE, Persona
from mock_idp.provider_certificates import provider_certificate
from mock_idp.saml import ready
from mock_idp.saml.issuing import finished, written
from mock_idp.saml.response import Login, composed, rendered
from mock_idp.saml_app import Encryption, GroupsAttribute, SignatureAlgorithm, StatedAttribute
from mock_idp.saml_keys import signing_key
from mock_idp.sessions import SignIn
from mock_idp.tenants import Tenant
from tests.mock_idp.saml.support import one, verifies

POOL = KeyPool(3)
MARKUP = """Ünal & <Söhne> ]]> "double" 'single' 100% %(text:issuer)s {{ x }} 𝔘\u2028\u00a0"""
ALICE = CATALOGUE["alice"]


@dataclass(frozen=True)
class Case:
    """Who logs in, at which application, in answer to which request."""

    person: Persona = ALICE
    app: dict[str, Any] = field(default_factory=dict)
    request_id: str | None = "_request"
    acs_url: str = "http://sp.example/acs"


USER_FIELDS = tuple(
    StatedAttribute(f"a{number}", name, "uri")
    for number, name in enumerate(("user.login", "user.email", "user.mail", "user.lastName", "user.surname"))
)
CASES = {
    "usual": Case(),
    "started-by-the-idp": Case(request_id=None),
    "markup": Case(
        replace(ALICE, given_name=MARKUP, family_name=MARKUP, email=f"{MARKUP}@acme.test", login=MARKUP),
        {
            "audience": f"urn:{MARKUP}",
            "attributes": (StatedAttribute(MARKUP, MARKUP, "basic"), StatedAttribute("b", "user.email")),
            "groups_attribute": GroupsAttribute(f"groups {MARKUP}"),
        },
        acs_url='http://sp.example/acs?a=1&b="2"&c=<3>',
        request_id=f"_{MARKUP}",
    ),
    "groups": Case(
        replace(ALICE, groups=("a", "b & c"), group_count=40), {"groups_attribute": GroupsAttribute("groups")}
    ),
    "unset": Case(
        replace(ALICE, email=None, given_name=None, family_name=None, display_name=None),
        {"attributes": USER_FIELDS},
    ),
    "no-attributes": Case(app={"attributes": ()}),
    "settings": Case(
        app={
            "name_id_value": "fixed",
            "audience_mode": "spn",
            "assertion_lifetime_seconds": 7,
            "authn_instant_age_seconds": 3,
            "authn_context": "urn:a&b",
            "authn_methods": ("password", "multipleauthn"),
        }
    ),
}


def login_of(personality: Personality, case: Case, **app: Any) -> tuple[Tenant, Login, SignIn]:  # noqa: ANN401 - settings of any type
    tenant = Tenant("acme", personality, "http://127.0.0.1:1/t/acme", POOL)
    tenant.clock.freeze(datetime(2030, 1, 1, 12, tzinfo=UTC))
    usual = {"acs_urls": (case.acs_url,), "audience": "http://sp.example", "assigned": "everyone"}
    registered = SamlApp("portal", **(usual | case.app | app))
    sign_in = SignIn(case.person, tenant.clock.now(), "session")
    return tenant, Login(registered, case.acs_url, case.request_id), sign_in


@pytest.mark.parametrize("personality", PERSONALITIES, ids=lambda personality: personality.name)
@pytest.mark.parametrize("sign", ["assertion", "response", "both"])
@pytest.mark.parametrize("algorithm", ["rsa-sha256", "rsa-sha1"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_both_ways_write_the_same_bytes_and_they_verify(
    personality: Personality, sign: SignedParts, algorithm: SignatureAlgorithm, case: Case
) -> None:
    tenant, login, sign_in = login_of(personality, case, sign=sign, signature_algorithm=algorithm)
    facts = composed(tenant, login, sign_in).facts
    assert ready.holds(login.app, facts)

    sent = written(tenant, login, facts)

    assert sent == finished(tenant, login, rendered(tenant, facts)).xml
    root = etree.fromstring(sent.encode())
    certificate = signing_key(tenant).saml_certificate.pem
    signed = {"assertion": ["saml:Assertion"], "response": ["."], "both": [".", "saml:Assertion"]}[sign]
    assert all(verifies(one(root, path), certificate) for path in signed)


@pytest.mark.parametrize("personality", PERSONALITIES, ids=lambda personality: personality.name)
def test_a_text_made_for_one_tenant_serves_another(personality: Personality) -> None:
    for person in ("alice", "mallory"):
        tenant, login, sign_in = login_of(personality, Case(CATALOGUE[person]))
        facts = composed(tenant, login, sign_in).facts
        assert written(tenant, login, facts) == finished(tenant, login, rendered(tenant, facts)).xml


ODD = {
    "line-feed": Case(replace(ALICE, email="a\nb")),
    "tab-in-an-attribute": Case(acs_url="http://sp.example/\t"),
    "empty": Case(app={"audience": ""}),
}


@pytest.mark.parametrize("case", ODD.values(), ids=ODD)
def test_what_a_parser_would_change_is_written_the_plain_way(case: Case) -> None:
    tenant, login, sign_in = login_of(PERSONALITIES[0], case)
    facts = composed(tenant, login, sign_in).facts
    assert not ready.holds(login.app, facts)
    assert written(tenant, login, facts) == finished(tenant, login, rendered(tenant, facts)).xml


def test_an_encrypted_assertion_is_made_the_plain_way() -> None:
    tenant, login, sign_in = login_of(PERSONALITIES[0], Case())
    certificate = tenant.keys.active.saml_certificate.pem
    assert provider_certificate(certificate).public_key.key_size == 2048
    encrypted = replace(login, app=replace(login.app, encrypt=Encryption(certificate)))
    sent = written(tenant, encrypted, composed(tenant, encrypted, sign_in).facts)
    assert "EncryptedAssertion" in sent
