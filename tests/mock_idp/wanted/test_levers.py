"""Every lever behind customers' problems: set by the control API, seen in the next message, and combinable.

The numbers are those of the cases under `scenarios/reproductions/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from lxml import etree

from mock_idp.testing import RunningIdp, TestTenant
from tests.mock_idp.browser import Browser, form_of
from tests.mock_idp.oidc.relying_party import RelyingParty, decoded
from tests.mock_idp.saml.support import NS, Request, ServiceProvider, response_of
from tests.mock_idp.wanted.conftest import OIDC_APP, SAML_APP

GUEST = {"guest": True, "identity_provider": "live.com"}
TOO_MANY = {"group_count": 101}
CUSTOM = {"groups_claim": {}, "server": "default"}
UPN = "alice@acme.onmicrosoft.com"
BY_RESPONSE = {"authn_methods": ["windows"], "authn_context_mismatch": "response"}
PPT = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
CONTEXT = (
    f'<samlp:RequestedAuthnContext xmlns:samlp="{NS["samlp"]}"><saml:AuthnContextClassRef '
    f'xmlns:saml="{NS["saml"]}">{PPT}</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>'
)


@dataclass(frozen=True)
class Lever:
    """One setting, and words that the next message has with it and lacks without it."""

    number: str
    vendor: str
    shows: str
    """In which message: `id_token`, `saml`, `metadata`, `discovery`, `authorize`, `token`."""
    seen: str
    app: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    tenant: dict[str, Any] = field(default_factory=dict)
    gone: bool = False
    """The words are there without the lever, and gone with it."""

    @property
    def name(self) -> str:
        """For the test's report."""
        return f"{self.number}-{self.vendor}-{next(iter({**self.app, **self.person, **self.tenant}))}"


LEVERS = (
    Lever("S1", "entra", "id_token", "'email'", person={"email": None}, gone=True),
    Lever("S2", "entra", "id_token", UPN, person={"login": UPN}),
    Lever("S3", "entra", "discovery", "{tenantid}", tenant={"issuer": "placeholder"}),
    Lever("S6", "entra", "id_token", "xms_edov", app={"optional_claims": ["email", "xms_edov"]}),
    Lever("S7", "entra", "id_token", "_claim_names", person={"group_count": 201}, app={"groups_claim": {}}),
    Lever("S7", "entra", "saml", "groups.link", person={"group_count": 151}),
    Lever("S10", "okta", "metadata", "X509Certificate", tenant={"certificate_expired": True}),
    Lever("S13", "okta", "saml", 'AuthnInstant="201', app={"authn_instant_age_seconds": 315_000_000}),
    Lever("S16", "okta", "metadata", "\n<?xml", tenant={"metadata_declaration": "newline"}),
    Lever("S18", "entra", "jwks", "kid", app={"signing_key": "app"}),
    Lever("S19", "entra", "saml", "spn:", app={"audience_mode": "spn"}),
    Lever("S20", "okta", "authorize", "PKCE", app={"pkce_required": True}),
    Lever("S21", "entra", "authorize", "AADSTS50105", app={"assigned": []}),
    Lever("S22", "entra", "authorize", "AADSTS90094", tenant={"consent": "admin_required"}),
    Lever("S24", "okta", "authorize", "access_denied", tenant={"consent": "declined"}),
    Lever("S25", "entra", "authorize", "AADSTS50020", person={"home_tenant": "contoso"}),
    Lever("S26", "entra", "token", "AADSTS7000222", app={"secret_expires": "2020-01-01T00:00:00Z"}),
    Lever("S27", "entra", "saml", "nameid-format:persistent", app={"name_id_format": "persistent"}),
    Lever("S31", "okta", "id_token", "'groups'", person={"groups": ["x"]}, app={"groups_claim": {}}),
    Lever("S32", "okta", "token", "error", app=CUSTOM, person=TOO_MANY),
    Lever("S34", "okta", "default", "404", tenant={"default_authorization_server": False}),
    Lever("S39", "entra", "id_token", "live.com", person=GUEST),
    Lever("S42", "entra", "saml", "NoAuthnContext", app=BY_RESPONSE),
    Lever("S41", "entra", "saml-page", "AADSTS75011", app={"authn_methods": ["windows"]}),
    Lever("S43", "okta", "saml", "signed:Response", app={"sign": "assertion"}, gone=True),
    Lever("S48", "entra", "id_token", "Alice@acme.test", person={"email": "Alice@acme.test"}),
    Lever("S50", "okta", "saml", "relay:https://evil.example/", app={"relay_state": "https://evil.example/"}),
    Lever("S59", "entra", "saml-page", "AADSTS650056", app={"consented": False}),
)  # fmt: skip
SAML_SHOWN = ("saml", "saml-page", "metadata")


class Desk:
    """An application at a fresh tenant, and what the next message of each kind says, as text."""

    def __init__(self, tenant: TestTenant, protocol: str) -> None:
        self.tenant = tenant
        self.is_okta = tenant.name.startswith("okta")
        self.app = tenant.app("app", **(SAML_APP if protocol == "saml" else OIDC_APP))
        self.parties: list[RelyingParty] = []

    def pull(self, lever: Lever) -> None:
        """Set the lever, by the control API."""
        if lever.tenant:
            self.tenant.settings(**lever.tenant)
        if lever.person:
            self.tenant.persona("alice", **lever.person)
        if lever.app:
            self.app = self.tenant.change_app("app", **lever.app)

    def message(self, shown: str) -> str:
        """The next message of that kind."""
        if shown in SAML_SHOWN:
            return self._saml(shown)
        if shown == "default":
            return str(httpx.get(f"{self.tenant.base_url}/oauth2/default/.well-known/openid-configuration"))
        document = httpx.get(self.app["discovery_url"])
        if shown == "discovery":
            return document.text
        if shown == "jwks":
            return str(httpx.get(document.json()["jwks_uri"]).text)
        return self._oidc(shown, document.json())

    def _oidc(self, shown: str, document: dict[str, Any]) -> str:
        party = RelyingParty(document, self.app["client_id"], self.app["client_secret"])
        self.parties.append(party)
        login = self.tenant.call("GET", "/personas/alice")["login"]
        answers = {"identifier": login, "loginfmt": login, "credentials.passcode": "correct-horse-alice",
                   "passwd": "correct-horse-alice"}  # fmt: skip
        challenge = {"code_challenge": None, "code_challenge_method": None} if shown == "authorize" else {}
        org_server = self.is_okta and self.app["server"] is None
        groups = {"scope": "openid profile email groups"} if self.app["groups_claim"] and org_server else {}
        answer = party.walk_with(party.ask(**challenge, **groups), answers)
        if shown == "authorize":
            return f"{answer.text} {answer.headers.get('Location', '')}".replace("+", " ")
        token = party.redeem(parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0])
        return token.text if shown == "token" else str(decoded(token.json()["id_token"])[1])

    def _saml(self, shown: str) -> str:
        if shown == "metadata":
            return httpx.get(self.app["metadata_url"]).text
        service = ServiceProvider(self.tenant.idp, {"name": self.tenant.name}, self.app)  # type: ignore[arg-type]  # `idp` here is the fixture server, not the annotated one
        login = self.tenant.call("GET", "/personas/alice")["login"]
        with Browser() as browser:
            page = service.send(browser, Request(relay_state="kept", content=CONTEXT))
            if "SAMLResponse" not in page.text and "AADSTS" not in page.text:
                page = browser.sign_in(page, login, "correct-horse-alice")
        if shown == "saml-page" or "SAMLResponse" not in page.text:
            return page.text
        response = response_of(page)
        signatures = response.iter(f"{{{NS['ds']}}}Signature")
        signed = [etree.QName(p).localname for s in signatures if (p := s.getparent()) is not None]
        told = "".join(f" signed:{name}" for name in signed)
        relay = form_of(page).fields.get("RelayState", "")
        return f"{etree.tostring(response).decode()}{told} relay:{relay}"

    def close(self) -> None:
        """Close connections and the tenant."""
        for party in self.parties:
            party.close()
        self.tenant.delete()


@pytest.fixture
def desks(mock_idp_server: RunningIdp) -> Iterator[Any]:
    """Makes desks, and closes them."""
    made: list[Desk] = []

    def desk(vendor: str, protocol: str) -> Desk:
        made.append(Desk(mock_idp_server.tenant(vendor), protocol))
        return made[-1]

    yield desk
    for each in made:
        each.close()


def protocol_of(lever: Lever) -> str:
    return "saml" if lever.shows in SAML_SHOWN else "oidc"


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.name)
def test_a_lever_shows_in_the_next_message(desks: Any, lever: Lever) -> None:  # noqa: ANN401 - a factory
    desk = desks(lever.vendor, protocol_of(lever))
    before = desk.message(lever.shows)
    desk.pull(lever)
    after = desk.message(lever.shows)
    if lever.number in ("S10", "S18"):  # another certificate of the same key, another key
        assert desk.message(lever.shows) == after != before
        return
    assert (lever.seen in before) is lever.gone
    assert (lever.seen in after) is not lever.gone


PAIRS = [
    (first, second)
    for first, second in zip(LEVERS, LEVERS[1:] + LEVERS[:1], strict=True)
    if (first.vendor, first.shows) == (second.vendor, second.shows)
]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0].number}+{pair[1].number}")
def test_two_levers_at_once(desks: Any, pair: tuple[Lever, Lever]) -> None:  # noqa: ANN401 - a factory
    desk = desks(pair[0].vendor, protocol_of(pair[0]))
    for lever in pair:
        desk.pull(lever)
    told = desk.message(pair[0].shows)
    refusals = [lever for lever in pair if lever.seen.startswith("AADSTS")]
    if len(refusals) == 2:  # a login is refused once: for the first of two reasons
        assert any(lever.seen in told for lever in pair)
        return
    for lever in pair:
        assert (lever.seen in told) is not lever.gone


def test_problems_that_nobody_listed_are_levers_together(desks: Any) -> None:  # noqa: ANN401 - a factory
    """Five made up: a guest without mail and with too many groups; an own key with mapped claims
    and an address in capitals; a late clock with a short assertion; a rollover with an expired certificate;
    spn, an opaque NameID and no RelayState."""
    guest = desks("entra", "oidc")
    guest.tenant.persona("alice", guest=True, email=None, group_count=201, home_tenant="partner")
    guest.tenant.change_app("app", groups_claim={}, optional_claims=["acct", "email"])
    told = guest.message("id_token")
    assert "_claim_names" in told
    assert "'acct': 1" in told
    assert "'email'" not in told

    mapped = desks("entra", "oidc")
    mapped.tenant.change_app("app", signing_key="app", custom_claims={"department": "sales"})
    mapped.tenant.persona("alice", email="ALICE@acme.test", claims={"level": 3})
    told = mapped.message("id_token")
    assert all(word in told for word in ("sales", "ALICE@acme.test", "'level': 3"))

    late = desks("okta", "saml")
    late.tenant.run_ahead(-7200)
    late.tenant.change_app("app", assertion_lifetime_seconds=30, sign="response")
    assert "signed:Response" in late.message("saml")

    rolled = desks("entra", "saml")
    before = rolled.message("metadata")
    rolled.tenant.settings(certificate_expired=True, metadata_declaration="bom")
    rolled.tenant.call("POST", "/keys", {"action": "publish_next"})
    after = rolled.message("metadata")
    assert after.count("X509Certificate>") > before.count("X509Certificate>")

    opaque = desks("entra", "saml")
    opaque.tenant.change_app("app", audience_mode="spn", name_id_format="transient", relay_state="drop")
    told = opaque.message("saml")
    assert "spn:" in told
    assert "nameid-format:transient" in told
    assert told.endswith("relay:")
