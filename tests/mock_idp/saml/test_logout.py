"""Single logout, started by a service provider or at the IdP: bindings, signatures and errors."""

from __future__ import annotations

import base64
import re
import secrets
import zlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from lxml import etree, html

from tests.mock_idp.browser import Browser, form_of
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.saml.provider_keys import ProviderKey, provider_key
from tests.mock_idp.saml.support import (
    AUDIENCE,
    NS,
    Request,
    ServiceProvider,
    deflated,
    one,
    register,
    response_of,
    verifies,
)

BOTH = pytest.mark.parametrize("vendor", ["okta", "entra"])
SLO = "http://localhost:9/slo"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"


@pytest.fixture(scope="module")
def key() -> ProviderKey:
    return provider_key()


def leaving(idp: RunningIdp, vendor: str, key: ProviderKey, **app: object) -> ServiceProvider:
    return register(idp, idp.new_tenant(vendor), logout_url=SLO, request_certificate=key.certificate, **app)


def logout_request(name_id: str | None = "alice@acme.test", **said: str) -> tuple[str, str]:
    """ID and XML of a LogoutRequest; `said` may hold issuer, session_index and attributes."""
    request_id = f"id-{secrets.token_hex(8)}"
    named = "" if name_id is None else f"<saml:NameID>{name_id}</saml:NameID>"
    index = said.get("session_index")
    indexed = f"<samlp:SessionIndex>{index}</samlp:SessionIndex>" if index else ""
    xml = (
        f'<samlp:LogoutRequest xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}" ID="{request_id}" '
        f'Version="2.0" IssueInstant="2030-01-01T00:00:00Z" {said.get("attributes", "")}>'
        f"<saml:Issuer>{said.get('issuer', AUDIENCE)}</saml:Issuer>{named}{indexed}</samlp:LogoutRequest>"
    )
    return request_id, xml


def sent_to(answer: httpx.Response) -> tuple[etree._Element, dict[str, str]]:
    """The message and the parameters that the browser would bring, by either binding."""
    if answer.status_code == 302:
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        fields = {name: values[0] for name, values in query.items()}
        return inflated(fields), fields
    form = form_of(answer)
    assert form.action == SLO
    fields = form.fields
    if form.method == "get":
        return inflated(fields), fields
    message = fields.get("SAMLResponse") or fields["SAMLRequest"]
    return etree.fromstring(base64.b64decode(message)), fields


def inflated(fields: dict[str, str]) -> etree._Element:
    message = fields.get("SAMLResponse") or fields["SAMLRequest"]
    return etree.fromstring(zlib.decompress(base64.b64decode(message), -15))


def is_signed_in(provider: ServiceProvider, browser: Browser) -> bool:
    return "SAMLResponse" in form_of(provider.send(browser, Request())).fields


def ask(provider: ServiceProvider, browser: Browser, query: str) -> httpx.Response:
    url = f"{provider.registration['slo_url']}?{query}"
    return browser.http.get(url, follow_redirects=False)


@BOTH
def test_a_service_provider_signs_people_out(idp: RunningIdp, vendor: str, key: ProviderKey) -> None:
    provider = leaving(idp, vendor, key)
    with Browser() as browser:
        provider.log_in(browser, Request())
        assert is_signed_in(provider, browser)
        request_id, xml = logout_request()
        answer = ask(provider, browser, key.signed_query(xml, "back"))
        assert not is_signed_in(provider, browser)
    message, fields = sent_to(answer)
    assert etree.QName(message).localname == "LogoutResponse"
    assert message.get("InResponseTo") == request_id
    assert fields["RelayState"] == "back"
    assert one(message, "samlp:Status/samlp:StatusCode").get("Value") == SUCCESS
    assert message.findtext("saml:Issuer", None, NS) == provider.registration["issuer"]
    if vendor == "okta":
        assert answer.status_code == 200, "Okta answers by POST"
        assert verifies(message, provider.registration["certificate"])
    else:
        assert answer.headers["Location"].startswith(f"{SLO}?SAMLResponse=")
        assert not {"SigAlg", "Signature"} & fields.keys()
        assert message.find("ds:Signature", NS) is None
    kinds = [entry["kind"] for entry in provider.journal(request_id)]
    assert kinds == ["saml.logout_request", "saml.logout"]


@BOTH
def test_without_a_cookie_the_session_index_finds_the_session(
    idp: RunningIdp, vendor: str, key: ProviderKey
) -> None:
    provider = leaving(idp, vendor, key)
    with Browser() as browser, Browser() as other:
        response = response_of(provider.log_in(browser, Request()))
        index = one(response, "saml:Assertion/saml:AuthnStatement").get("SessionIndex", "")
        _, wrong = logout_request(session_index="another")
        _, right = logout_request(session_index=index)
        for xml, still in ((wrong, True), (right, False)):
            field = {"SAMLRequest": key.signed_form(xml)}
            answer = other.http.post(provider.registration["slo_url"], data=field, follow_redirects=False)
            assert answer.status_code in (200, 302)
            assert is_signed_in(provider, browser) is still


@BOTH
@pytest.mark.parametrize("binding", ["redirect", "post"])
@pytest.mark.parametrize("signed", [True, False])
def test_binding_and_signature_of_the_answer_are_settings(
    idp: RunningIdp, vendor: str, binding: str, signed: bool, key: ProviderKey
) -> None:
    provider = leaving(idp, vendor, key, logout_binding=binding, sign_logout=signed)
    with Browser() as browser:
        provider.log_in(browser, Request())
        answer = ask(provider, browser, key.signed_query(logout_request()[1]))
    assert (answer.status_code == 302) is (binding == "redirect")
    message, fields = sent_to(answer)
    enveloped = message.find("ds:Signature", NS) is not None
    assert (enveloped, "Signature" in fields) == (
        signed and binding == "post",
        signed and binding == "redirect",
    )
    if enveloped:
        assert verifies(message, provider.registration["certificate"])


@BOTH
def test_a_signed_query_of_the_idp_verifies(idp: RunningIdp, vendor: str, key: ProviderKey) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    provider = leaving(idp, vendor, key, logout_binding="redirect", sign_logout=True)
    with Browser() as browser:
        provider.log_in(browser, Request())
        answer = ask(provider, browser, key.signed_query(logout_request()[1], "r s"))
    query = urlsplit(answer.headers["Location"]).query
    signed, _, _ = query.partition("&Signature=")
    signature = base64.b64decode(parse_qs(query)["Signature"][0])
    certificate = x509.load_pem_x509_certificate(provider.registration["certificate"].encode())
    public = certificate.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())


def two_apps(idp: RunningIdp, vendor: str, key: ProviderKey, **second: object) -> ServiceProvider:
    provider = leaving(idp, vendor, key)
    other = {
        "protocol": "saml",
        "acs_urls": ["http://localhost:9/other/acs"],
        "audience": "urn:other",
        "assigned": "everyone",
        "logout_url": SLO,
        **second,
    }
    made = idp.made("PUT", f"{provider.path}/apps/other", other)
    return ServiceProvider(idp, provider.tenant, made, issuer="urn:other")


def log_in_at_both(provider: ServiceProvider, other: ServiceProvider, browser: Browser) -> str:
    """The NameID that the other application got."""
    provider.log_in(browser, Request())
    page = other.send(browser, Request(acs="http://localhost:9/other/acs"))
    return one(response_of(page), "saml:Assertion/saml:Subject/saml:NameID").text or ""


@pytest.mark.parametrize("naming", ["pairwise", "asserted"])
def test_entra_tells_the_others_in_frames(idp: RunningIdp, key: ProviderKey, naming: str) -> None:
    other = two_apps(idp, "entra", key, logout_name_id=naming)
    provider = ServiceProvider(idp, other.tenant, idp.made("GET", f"{other.path}/apps/portal"))
    with Browser() as browser:
        asserted = log_in_at_both(provider, other, browser)
        request_id, xml = logout_request()
        answer = ask(provider, browser, key.signed_query(xml, "back"))
        assert not is_signed_in(provider, browser)
    frames = [str(frame) for frame in html.fromstring(answer.text).xpath("//iframe/@src")]
    assert len(frames) == 1
    told = inflated({name: values[0] for name, values in parse_qs(urlsplit(frames[0]).query).items()})
    name_id = one(told, "saml:NameID")
    if naming == "asserted":
        assert (name_id.text, name_id.get("Format", "")[-12:]) == (asserted, "emailAddress")
    else:
        assert (len(name_id.text or ""), name_id.get("Format")) == (43, None)
    message, fields = sent_to(answer)
    assert (message.get("InResponseTo"), fields["RelayState"]) == (request_id, "back")


def test_okta_tells_one_after_the_other_when_it_starts(idp: RunningIdp, key: ProviderKey) -> None:
    other = two_apps(idp, "okta", key)
    provider = ServiceProvider(idp, other.tenant, idp.made("GET", f"{other.path}/apps/portal"))
    answers = []
    with Browser() as browser:
        log_in_at_both(provider, other, browser)
        page = browser.get(f"{other.tenant['base_url']}/login/signout")
        for each in (provider, other):
            message, _ = sent_to(page)
            answers.append(one(message, "saml:NameID").text)
            assert etree.QName(message).localname == "LogoutRequest"
            assert verifies(message, provider.registration["certificate"])
            xml = logout_response(message.get("ID", ""), each.issuer)
            query = key.signed_query(xml, name="SAMLResponse") if each is provider else unsigned(xml)
            page = browser.get(f"{each.registration['slo_url']}?{query}")
        assert "You have signed out" in page.text
        again = browser.get(f"{other.registration['slo_url']}?{query}")
        assert (again.status_code, "answers no request" in again.text) == (400, True)
        assert not is_signed_in(provider, browser)
    assert answers == ["alice@acme.test"] * 2


def logout_response(request_id: str, issuer: str) -> str:
    return (
        f'<samlp:LogoutResponse xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}" ID="_r" Version="2.0" '
        f'IssueInstant="2030-01-01T00:00:00Z" InResponseTo="{request_id}">'
        f"<saml:Issuer>{issuer}</saml:Issuer>"
        f'<samlp:Status><samlp:StatusCode Value="{SUCCESS}"/></samlp:Status></samlp:LogoutResponse>'
    )


def unsigned(xml: str) -> str:
    name = "SAMLResponse" if "LogoutResponse" in xml else "SAMLRequest"
    return str(httpx.QueryParams({name: deflated(xml.encode())}))


def test_entra_starts_a_logout_too(idp: RunningIdp, key: ProviderKey, entra: dict[str, Any]) -> None:
    provider = register(idp, entra, logout_url=SLO)
    url = f"{entra['base_url']}/{entra['directory_id']}/wsfed?wa=wsignout1.0"
    with Browser() as browser:
        provider.log_in(browser, Request())
        page = browser.get(url)
        assert len(re.findall("<iframe", page.text)) == 1
        assert "<form" not in page.text
        assert not is_signed_in(provider, browser)
        assert "<iframe" not in browser.get(url).text, "nobody is signed in any more"


@pytest.mark.parametrize(
    ("name_id", "said", "code"),
    [
        (None, {}, "AADSTS7500530"),
        ("alice@acme.test", {"issuer": "urn:unknown"}, "AADSTS700016"),
        ("alice@acme.test", {"attributes": 'NotOnOrAfter="2020-01-01T00:00:00Z"'}, "AADSTS50071"),
        ("alice@acme.test", {"attributes": 'NotOnOrAfter="soon"'}, "AADSTS75005"),
    ],
)
def test_errors_of_entra(
    idp: RunningIdp, entra: dict[str, Any], name_id: str | None, said: dict[str, str], code: str
) -> None:
    provider = register(idp, entra, logout_url=SLO)
    with Browser() as browser:
        provider.log_in(browser, Request())
        page = ask(provider, browser, unsigned(logout_request(name_id, **said)[1]))
        assert (page.status_code, code in page.text) == (400, True), page.text
        assert is_signed_in(provider, browser)


def test_entra_takes_no_logout_response(idp: RunningIdp, entra: dict[str, Any]) -> None:
    provider = register(idp, entra, logout_url=SLO)
    with Browser() as browser:
        page = ask(provider, browser, unsigned(logout_response("_x", AUDIENCE)))
    assert (page.status_code, "AADSTS75005" in page.text) == (400, True)


def test_okta_wants_logout_set_up_and_signed(idp: RunningIdp, key: ProviderKey) -> None:
    bare = register(idp, idp.new_tenant("okta"))
    provider = leaving(idp, "okta", key)
    other = provider_key()
    with Browser() as browser:
        pages = [
            ask(bare, browser, key.signed_query(logout_request()[1])),
            ask(provider, browser, unsigned(logout_request()[1])),
            ask(provider, browser, other.signed_query(logout_request()[1])),
        ]
    words = ("not set up", "carries no signature", "not valid")
    assert [page.status_code for page in pages] == [400, 400, 400]
    assert all(word in page.text for word, page in zip(words, pages, strict=True))


def test_entra_without_a_logout_url_shows_its_page(idp: RunningIdp, entra: dict[str, Any]) -> None:
    provider = register(idp, entra)
    with Browser() as browser:
        provider.log_in(browser, Request())
        page = ask(provider, browser, unsigned(logout_request()[1]))
        assert (page.status_code, "You signed out of your account" in page.text) == (200, True)
        assert not is_signed_in(provider, browser)


def test_okta_metadata_names_the_logout_service_once_it_is_set_up(idp: RunningIdp, key: ProviderKey) -> None:
    for provider, number in ((register(idp, idp.new_tenant("okta")), 0), (leaving(idp, "okta", key), 2)):
        root = etree.fromstring(httpx.get(provider.registration["metadata_url"]).content)
        services = root.findall(".//md:SingleLogoutService", NS)
        assert [service.get("Location") for service in services] == [
            provider.registration["slo_url"]
        ] * number


LOGOUT_FAULTS = {
    "unsigned": {},
    "foreign-key": {},
    "issuer-replace": {"issuer": "https://other-idp.example"},
    "destination-replace": {"destination": "https://other-sp.example/slo"},
}


@BOTH
@pytest.mark.parametrize("kind", ["in-response-to-wrong", "status-failure", *LOGOUT_FAULTS])
def test_a_fault_is_in_the_answer_to_its_own_request_alone(
    idp: RunningIdp, vendor: str, kind: str, key: ProviderKey
) -> None:
    provider = leaving(idp, vendor, key, sign_logout=True, logout_binding="post")
    fault = {"name": f"saml.logout-response.{kind}", **LOGOUT_FAULTS.get(kind, {})}
    certificate = provider.registration["certificate"]
    with Browser() as browser:
        provider.log_in(browser, Request())
        request_id, xml = logout_request()
        armed = idp.made("POST", f"{provider.path}/faults", {"attempt": request_id, "fault": fault})
        faulty, _ = sent_to(ask(provider, browser, key.signed_query(xml)))
        honest, _ = sent_to(ask(provider, browser, key.signed_query(logout_request()[1])))
    told = idp.made("GET", f"{provider.path}/faults/{armed['id']}")
    assert told["fired"] == 1
    assert verifies(honest, certificate)
    is_signed = faulty.find("ds:Signature", NS) is not None
    assert is_signed is (kind != "unsigned")
    assert (is_signed and verifies(faulty, certificate)) is (kind not in ("unsigned", "foreign-key"))
    seen = {
        "in-response-to-wrong": faulty.get("InResponseTo") != request_id,
        "status-failure": one(faulty, "samlp:Status/samlp:StatusCode").get("Value") != SUCCESS,
        "issuer-replace": faulty.findtext("saml:Issuer", None, NS) == "https://other-idp.example",
        "destination-replace": faulty.get("Destination") == "https://other-sp.example/slo",
    }
    assert [name for name, changed in seen.items() if changed] == [kind] * (kind in seen)


@BOTH
@pytest.mark.parametrize(
    "kind", ["name-id-replace", "session-index-wrong", "expired", "unsigned", "issuer-replace"]
)
def test_an_ordered_fault_is_in_the_request_and_not_in_the_login(
    idp: RunningIdp, vendor: str, kind: str, key: ProviderKey
) -> None:
    provider = leaving(idp, vendor, key, sign_logout=True, logout_binding="post", logout_name_id="asserted")
    params = {"name-id-replace": {"name_id": "bob@acme.test"}, **LOGOUT_FAULTS}.get(kind, {})
    fault = {"name": f"saml.logout-request.{kind}", **params}
    order = {"match": {"persona": "alice"}, "times": 1, "fault": fault}
    armed = idp.made("POST", f"{provider.path}/faults", order)
    with Browser() as browser:
        response = response_of(provider.log_in(browser, Request()))
        assert one(response, "saml:Assertion/saml:Subject/saml:NameID").text == "alice@acme.test"
        leave = "login/signout" if vendor == "okta" else "common/wsfed?wa=wsignout1.0"
        answer = browser.http.get(f"{provider.tenant['base_url']}/{leave}", follow_redirects=False)
    told = idp.made("GET", f"{provider.path}/faults/{armed['id']}")
    assert told["fired"] == 1
    if vendor == "okta":
        message, _ = sent_to(answer)
        index = one(response, "saml:Assertion/saml:AuthnStatement").get("SessionIndex")
        seen = {
            "name-id-replace": message.findtext("saml:NameID", None, NS) == "bob@acme.test",
            "session-index-wrong": message.findtext("samlp:SessionIndex", None, NS) != index,
            "expired": message.get("NotOnOrAfter", "9") < "2021",
            "unsigned": message.find("ds:Signature", NS) is None,
            "issuer-replace": message.findtext("saml:Issuer", None, NS) == "https://other-idp.example",
        }
        assert [name for name, changed in seen.items() if changed] == [kind]
