"""Single logout: the session here always ends, and what the identity provider says is checked."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from platform_stub.app import create_app
from platform_stub.policy import SLO_CHECKS, STRICT, Policy
from platform_stub.running import PROTOCOLS
from tests.platform_stub.sso_platform import BASE, Platform, running, saml_config
from tests.platform_stub.sso_signer import ISSUER, NS, enveloped, saml_response, signer, stamp

SLO = "http://127.0.0.1:8400/t/x/slo"
HERE = f"{BASE}/ACME/sso/saml/logout"
SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"


@dataclass
class World:
    """The whole portal of a platform with a Single Logout URL saved."""

    platform: Platform
    app: Flask
    logins: list[int] = field(default_factory=list)

    def signed_in(self, index: str, email: str = "alice@acme.test") -> FlaskClient:
        """A browser in which somebody signed in, with this SessionIndex."""
        browser = self.app.test_client()
        asked, _ = sent(browser.get("/ACME"))
        self.logins.append(1)
        message = self.platform.message(asked.get("ID", ""), email=email, id=f"id{len(self.logins)}")

        def indexed(root: etree._Element) -> None:
            statement = root.find("saml:Assertion/saml:AuthnStatement", NS)
            assert statement is not None
            statement.set("SessionIndex", index)

        parked = browser.post(
            "/ACME/sso/saml/user/acs", data={"SAMLResponse": saml_response(message, before=indexed)}
        )
        browser.get(parked.headers["Location"])
        assert is_in(browser)
        return browser

    def message(self, kind: str, inside: str, **attributes: str) -> etree._Element:
        """A logout message of the identity provider; `issuer` replaces its name."""
        issuer = attributes.pop("issuer", ISSUER)
        given = {
            "ID": "_message",
            "Version": "2.0",
            "IssueInstant": stamp(self.platform.clock.now()),
            "Destination": HERE,
            **attributes,
        }
        said = " ".join(f'{name}="{value}"' for name, value in given.items())
        return etree.fromstring(
            f'<samlp:{kind} xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}" {said}>'
            f"<saml:Issuer>{issuer}</saml:Issuer>{inside}</samlp:{kind}>"
        )

    def answer(self, request_id: str, status: str = SUCCESS, **attributes: str) -> etree._Element:
        inside = f'<samlp:Status><samlp:StatusCode Value="{status}"/></samlp:Status>'
        return self.message("LogoutResponse", inside, **{"InResponseTo": request_id, **attributes})

    def request(
        self, index: str = "s1", name_id: str = "alice@acme.test", **attributes: str
    ) -> etree._Element:
        indexed = f"<samlp:SessionIndex>{index}</samlp:SessionIndex>" if index else ""
        return self.message("LogoutRequest", f"<saml:NameID>{name_id}</saml:NameID>{indexed}", **attributes)


@pytest.fixture
def world() -> Iterator[World]:
    yield from worlds()


def worlds(policy: Policy = STRICT) -> Iterator[World]:
    with running(policy) as platform:
        platform.save(saml_config(single_logout_url=SLO))
        app = create_app(platform.ctx, PROTOCOLS)
        app.testing = True
        yield World(platform, app)


def sent(answer: TestResponse) -> tuple[etree._Element, dict[str, str]]:
    """The message in the query of a redirect, and the query's fields."""
    assert answer.status_code == 303, answer.text
    fields = {
        name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()
    }
    message = fields.get("SAMLRequest") or fields["SAMLResponse"]
    return etree.fromstring(zlib.decompress(base64.b64decode(message), -15)), fields


def query(root: etree._Element, by: str = "idp", relay_state: str = "") -> str:
    """The query of HTTP-Redirect; `by` "" leaves it unsigned."""
    name = "SAMLRequest" if "LogoutRequest" in str(root.tag) else "SAMLResponse"
    deflater = zlib.compressobj(wbits=-15)
    packed = deflater.compress(etree.tostring(root)) + deflater.flush()
    fields = {name: base64.b64encode(packed).decode()}
    if relay_state:
        fields["RelayState"] = relay_state
    if not by:
        return urlencode(fields)
    fields["SigAlg"] = SHA256
    value = signer(by).key.sign(urlencode(fields).encode(), padding.PKCS1v15(), hashes.SHA256())
    return urlencode({**fields, "Signature": base64.b64encode(value).decode()})


def form(root: etree._Element, by: str = "idp") -> dict[str, str]:
    name = "SAMLRequest" if "LogoutRequest" in str(root.tag) else "SAMLResponse"
    if by:
        enveloped(root, signer(by))
    return {name: base64.b64encode(etree.tostring(root)).decode()}


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/ACME/whoami").status_code == 200


def log_out(browser: FlaskClient) -> tuple[etree._Element, dict[str, str]]:
    return sent(browser.post("/ACME/logout", headers={"Origin": BASE}))


def refused(answer: TestResponse, code: str) -> bool:
    return answer.status_code == 403 and f'data-refusal="{code}"' in answer.text


def test_logout_tells_the_identity_provider_whom_and_which_session(world: World) -> None:
    browser = world.signed_in("s1")
    root, fields = log_out(browser)
    assert not is_in(browser)
    assert root.get("Destination") == SLO
    assert root.findtext("saml:NameID", "", NS) == "alice@acme.test"
    assert root.findtext("samlp:SessionIndex", "", NS) == "s1"
    metadata = browser.get("/ACME/sso/saml/metadata").data
    listed = etree.fromstring(metadata).findtext(".//ds:X509Certificate", "", NS)
    key = x509.load_der_x509_certificate(base64.b64decode(listed)).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signed = urlencode({name: fields[name] for name in ("SAMLRequest", "SigAlg")}).encode()
    key.verify(base64.b64decode(fields["Signature"]), signed, padding.PKCS1v15(), hashes.SHA256())


def test_without_a_single_logout_url_nobody_is_told(world: World) -> None:
    world.platform.save(saml_config())
    browser = world.signed_in("s1")
    answer = browser.post("/ACME/logout", headers={"Origin": BASE})
    assert answer.status_code == 200
    assert "identity provider may still be open" in answer.text
    assert not is_in(browser)


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_a_signed_answer_says_that_both_sessions_ended(world: World, binding: str) -> None:
    browser = world.signed_in("s1")
    root, _ = log_out(browser)
    answer = world.answer(root.get("ID", ""))

    def deliver() -> TestResponse:
        return (
            browser.get(f"{HERE}?{query(answer)}")
            if binding == "redirect"
            else browser.post(HERE, data=posted)
        )

    posted = form(answer) if binding == "post" else {}
    first = deliver()
    assert (first.status_code, "data-everywhere" in first.text) == (200, True)
    assert refused(deliver(), "request-unknown"), "an answer counts once"


BAD_ANSWERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "unsigned": ({}, "", "signature-missing"),
    "foreign key": ({}, "foreign", "signature-invalid"),
    "another request": ({"request_id": "_never"}, "idp", "request-unknown"),
    "failure": ({"status": "urn:oasis:names:tc:SAML:2.0:status:Responder"}, "idp", "status-not-success"),
    "another issuer": ({"issuer": "https://other.test"}, "idp", "issuer-mismatch"),
    "another destination": ({"Destination": f"{BASE}/OTHER/sso/saml/logout"}, "idp", "destination-mismatch"),
}


@pytest.mark.parametrize("binding", ["redirect", "post"])
@pytest.mark.parametrize("bad", BAD_ANSWERS)
def test_a_bad_answer_is_refused_in_words_and_the_session_is_over(
    world: World, bad: str, binding: str
) -> None:
    changes, by, code = BAD_ANSWERS[bad]
    browser = world.signed_in("s1")
    root, _ = log_out(browser)
    answer = world.answer(**{"request_id": root.get("ID", ""), **changes})
    told = (
        browser.get(f"{HERE}?{query(answer, by)}")
        if binding == "redirect"
        else browser.post(HERE, data=form(answer, by))
    )
    assert refused(told, code)
    assert "You are signed out here" in told.text
    assert not is_in(browser)


def test_the_query_is_verified_as_it_travelled(world: World) -> None:
    browser = world.signed_in("s1")
    root, _ = log_out(browser)
    lower = query(world.answer(root.get("ID", "")), "").replace("%2B", "%2b").replace("%2F", "%2f")
    signed = f"{lower}&SigAlg={SHA256.replace(':', '%3a').replace('/', '%2f').replace('#', '%23')}"
    value = signer("idp").key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    whole = f"{signed}&{urlencode({'Signature': base64.b64encode(value).decode()})}"
    assert refused(browser.get(f"{HERE}?{whole.replace('SigAlg=http', 'SigAlg=Http')}"), "signature-invalid")
    assert browser.get(f"{HERE}?{whole}").status_code == 200


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_a_request_ends_the_session_that_it_names_and_no_other(world: World, binding: str) -> None:
    named, other = world.signed_in("s1"), world.signed_in("s2")
    mallory = world.signed_in("s1", "mallory@acme.test")
    request, idp = world.request(), world.app.test_client()
    if binding == "redirect":
        answer = idp.get(f"{HERE}?{query(request, relay_state='back')}")
    else:
        answer = idp.post(HERE, data={**form(request), "RelayState": "back"})
    root, fields = sent(answer)
    assert (is_in(named), is_in(other), is_in(mallory)) == (False, True, True)
    assert root.get("InResponseTo") == "_message"
    assert fields["RelayState"] == "back"
    status = root.find("samlp:Status/samlp:StatusCode", NS)
    assert status is not None and status.get("Value") == SUCCESS


def test_a_request_without_index_ends_all_sessions_of_the_person(world: World) -> None:
    both = world.signed_in("s1"), world.signed_in("s2")
    world.app.test_client().get(f"{HERE}?{query(world.request(index=''))}")
    assert [is_in(browser) for browser in both] == [False, False]


def test_a_request_for_nobody_here_is_answered_so(world: World) -> None:
    browser = world.signed_in("s1")
    root, _ = sent(browser.get(f"{HERE}?{query(world.request(name_id='a-pairwise-identifier'))}"))
    codes = [code.get("Value", "") for code in root.iterfind(".//samlp:StatusCode", NS)]
    assert codes[-1].endswith(":UnknownPrincipal")
    assert is_in(browser)


BAD_REQUESTS: dict[str, tuple[dict[str, str], str, str]] = {
    "unsigned": ({}, "", "signature-missing"),
    "foreign key": ({}, "foreign", "signature-invalid"),
    "another issuer": ({"issuer": "https://other.test"}, "idp", "issuer-mismatch"),
    "another destination": ({"Destination": f"{BASE}/OTHER/sso/saml/logout"}, "idp", "destination-mismatch"),
    "expired": ({"NotOnOrAfter": "2020-01-01T00:00:00Z"}, "idp", "expired"),
    "old": ({"IssueInstant": "2020-01-01T00:00:00Z"}, "idp", "expired"),
}


@pytest.mark.parametrize("bad", BAD_REQUESTS)
def test_a_bad_request_ends_nothing(world: World, bad: str) -> None:
    changes, by, code = BAD_REQUESTS[bad]
    browser = world.signed_in("s1")
    assert refused(browser.get(f"{HERE}?{query(world.request(**changes), by)}"), code)
    assert is_in(browser)


def test_a_request_is_obeyed_once(world: World) -> None:
    asked = f"{HERE}?{query(world.request())}"
    assert not is_in(_after(world.signed_in("s1"), asked))
    again = world.signed_in("s1")
    assert refused(again.get(asked), "replayed")
    assert is_in(again)


def _after(browser: FlaskClient, address: str) -> FlaskClient:
    browser.get(address)
    return browser


@pytest.mark.parametrize(
    "broken", ["SAMLResponse=%%%", "SAMLResponse=AAAA", "", "SAMLRequest=a&SAMLRequest=b"]
)
def test_garbage_is_refused(world: World, broken: str) -> None:
    assert refused(world.app.test_client().get(f"{HERE}?{broken}"), "malformed")


def test_a_bomb_is_not_inflated(world: World) -> None:
    deflater = zlib.compressobj(9, wbits=-15)
    packed = deflater.compress(b"<a>" + b" " * 5_000_000) + deflater.flush()
    bomb = urlencode({"SAMLResponse": base64.b64encode(packed).decode()})
    assert refused(world.app.test_client().get(f"{HERE}?{bomb}"), "malformed")


def test_while_single_sign_on_is_off_the_address_is_closed(world: World) -> None:
    browser = world.signed_in("s1")
    world.platform.switch(on=False)
    assert refused(browser.get(f"{HERE}?{query(world.request())}"), "sso-disabled")
    assert is_in(browser)


def test_the_knobs_accept_unsigned_messages() -> None:
    knobs = replace(STRICT, slo_unsigned_response="accept", slo_unsigned_request="accept")
    for world in worlds(knobs):
        browser, other = world.signed_in("s1"), world.signed_in("s2")
        root, _ = log_out(browser)
        assert browser.get(f"{HERE}?{query(world.answer(root.get('ID', '')), '')}").status_code == 200
        browser.get(f"{HERE}?{query(world.request('s2'), '')}")
        assert not is_in(other)


def test_every_check_has_a_weakness() -> None:
    from platform_stub.weaknesses import REGISTRY

    dropped = [SLO_CHECKS - weakness.change(STRICT).slo_checks for weakness in REGISTRY.values()]
    assert frozenset().union(*dropped) == SLO_CHECKS
