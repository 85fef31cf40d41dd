"""A whole SAML login over HTTP, for both vendors and both bindings: the identity, the signatures and the
shape."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_idp.browser import Browser, form_of
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.saml.support import (
    ACS,
    AGENT_ACS,
    AUDIENCE,
    NS,
    Request,
    attributes_of,
    one,
    register,
    response_of,
    response_text,
    verifies,
)

EMAIL_FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
BOTH = pytest.mark.parametrize("vendor", ["okta", "entra"])


@BOTH
@pytest.mark.parametrize("binding", ["redirect", "post"])
@pytest.mark.parametrize("sign", [None, "assertion", "response", "both"])
def test_login_gives_a_verifiable_response_for_the_right_person(
    idp: RunningIdp, vendor: str, binding: str, sign: str | None
) -> None:
    provider = register(idp, idp.new_tenant(vendor), sign=sign)
    request = Request(binding=binding, relay_state="deep/link?a=1&b=ü")
    with Browser() as browser:
        page = provider.log_in(browser, request)

    form = form_of(page)
    assert (form.action, form.method, form.fields["RelayState"]) == (ACS, "post", "deep/link?a=1&b=ü")
    response = response_of(page)
    assertion = one(response, "saml:Assertion")
    certificate = provider.registration["certificate"]
    signed = {sign} if sign else {"both" if vendor == "okta" else "assertion"}
    for part, element in (("response", response), ("assertion", assertion)):
        expected = signed & {part, "both"}
        assert (element.find("ds:Signature", NS) is not None) == bool(expected)
        if expected:
            assert verifies(element, certificate)

    name_id = one(assertion, "saml:Subject/saml:NameID")
    assert (name_id.text, name_id.get("Format")) == ("alice@acme.test", EMAIL_FORMAT)
    assert {response.findtext("saml:Issuer", None, NS), assertion.findtext("saml:Issuer", None, NS)} == {
        provider.registration["issuer"]
    }
    confirmation = one(assertion, "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData")
    assert (confirmation.get("InResponseTo"), confirmation.get("Recipient")) == (request.id, ACS)
    assert (response.get("InResponseTo"), response.get("Destination")) == (request.id, ACS)
    assert one(assertion, "saml:Conditions/saml:AudienceRestriction/saml:Audience").text == AUDIENCE

    kinds = [entry["kind"] for entry in provider.journal(request.id)]
    assert kinds == ["saml.authn_request", "login.page", "login.signed_in", "saml.response"]
    last = provider.journal(request.id)[-1]
    assert (last["app"], last["persona"], last["detail"]["sent"]) == ("portal", "alice", response_text(page))
    assert "control" not in last["detail"]


def test_okta_attributes_are_the_email_alone(idp: RunningIdp, okta: dict[str, Any]) -> None:
    provider = register(idp, okta)
    with Browser() as browser:
        assertion = one(response_of(provider.log_in(browser, Request())), "saml:Assertion")
    assert attributes_of(assertion) == {"email": ["alice@acme.test"]}


def test_okta_without_email_sends_the_login_and_no_attribute(idp: RunningIdp, okta: dict[str, Any]) -> None:
    provider = register(idp, okta)
    idp.made("PUT", f"{provider.path}/personas/alice", {"email": None})
    with Browser() as browser:
        page = provider.log_in(browser, Request())
    response = response_of(page)
    assertion = one(response, "saml:Assertion")
    assert one(assertion, "saml:Subject/saml:NameID").text == "alice@acme.test"
    assert assertion.find("saml:AttributeStatement", NS) is None
    assert "XMLSchema" not in response_text(page)
    assert all(verifies(element, provider.registration["certificate"]) for element in (response, assertion))


def test_entra_attributes_in_the_vendors_order_without_what_the_user_lacks(
    idp: RunningIdp, entra: dict[str, Any]
) -> None:
    provider = register(idp, entra)
    idp.made(
        "PUT",
        f"{provider.path}/personas/alice",
        {"email": None, "given_name": None, "family_name": None, "groups": ["g1", "g2"]},
    )
    with Browser() as browser:
        assertion = one(response_of(provider.log_in(browser, Request())), "saml:Assertion")
    attributes = attributes_of(assertion)
    assert [name.rpartition("/")[2] for name in attributes] == [
        "tenantid",
        "objectidentifier",
        "displayname",
        "groups",
        "identityprovider",
        "authnmethodsreferences",
        "name",
    ]
    assert attributes["http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"] == ["g1", "g2"]
    statement, assertion_id = one(assertion, "saml:AuthnStatement"), assertion.get("ID")
    assert statement.get("SessionIndex") == assertion_id


@BOTH
def test_text_that_is_markup_arrives_as_text(idp: RunningIdp, vendor: str) -> None:
    email = """a<b>&"'ü@acme.test"""
    provider = register(idp, idp.new_tenant(vendor))
    idp.made("PUT", f"{provider.path}/personas/alice", {"login": email, "email": email})
    request = Request(id='_a"b&c')
    if vendor == "entra":
        request.id = "_abc"
    with Browser() as browser:
        page = browser.sign_in(provider.send(browser, request), email, "correct-horse-alice")
    assertion = one(response_of(page), "saml:Assertion")
    assert one(assertion, "saml:Subject/saml:NameID").text == email
    assert verifies(assertion, provider.registration["certificate"])


@BOTH
@pytest.mark.parametrize(
    ("acs", "attributes", "goes_to"),
    [
        (None, "", ACS),
        (AGENT_ACS, "", AGENT_ACS),
        (None, 'AssertionConsumerServiceIndex="1"', AGENT_ACS),
    ],
)
def test_the_response_goes_to_the_acs_that_was_asked_for(
    idp: RunningIdp, vendor: str, acs: str | None, attributes: str, goes_to: str
) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    with Browser() as browser:
        page = provider.log_in(browser, Request(acs=acs, attributes=attributes))
    assert form_of(page).action == goes_to
    assert response_of(page).get("Destination") == goes_to


@BOTH
@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_a_session_skips_the_pages_and_force_authn_does_not(
    idp: RunningIdp, vendor: str, binding: str
) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    with Browser() as browser:
        provider.log_in(browser, Request(binding=binding))
        again = provider.send(browser, Request(binding=binding))
        assert "SAMLResponse" in form_of(again).fields
        forced = Request(binding=binding, attributes='ForceAuthn="true"')
        page = provider.send(browser, forced)
        assert "SAMLResponse" not in form_of(page).fields
        page = browser.sign_in(page, "mallory@acme.test", "correct-horse-mallory")
    assert one(response_of(page), "saml:Assertion/saml:Subject/saml:NameID").text == "mallory@acme.test"


def test_relay_state_okta_always_entra_only_if_sent(
    idp: RunningIdp, okta: dict[str, Any], entra: dict[str, Any]
) -> None:
    with Browser() as browser:
        page = register(idp, okta).log_in(browser, Request())
        assert form_of(page).fields["RelayState"] == ""
        assert 'action="http&#x3a;&#x2f;&#x2f;localhost&#x3a;9&#x2f;' in page.text
        page = register(idp, entra).log_in(browser, Request())
        assert "RelayState" not in form_of(page).fields


def test_idp_initiated_responses_answer_no_request(
    idp: RunningIdp, okta: dict[str, Any], entra: dict[str, Any]
) -> None:
    for tenant in (okta, entra):
        provider = register(idp, tenant)
        url = provider.registration["sso_url"]
        if tenant is entra:
            app_id = provider.registration["metadata_url"].rpartition("=")[2]
            url = f"{tenant['base_url']}/signin/{app_id}?tenantId={tenant['directory_id']}"
        with Browser() as browser:
            page = browser.sign_in(browser.get(url), "alice@acme.test", "correct-horse-alice")
        text, response = response_text(page), response_of(page)
        assert "InResponseTo" not in text
        assert verifies(one(response, "saml:Assertion"), provider.registration["certificate"])


def test_name_id_policy_is_honoured_by_entra_and_ignored_by_okta(
    idp: RunningIdp, okta: dict[str, Any], entra: dict[str, Any]
) -> None:
    persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    request = Request(content=f'<samlp:NameIDPolicy Format="{persistent}"/>')
    formats, values = [], []
    for tenant in (okta, entra):
        with Browser() as browser:
            response = response_of(register(idp, tenant).log_in(browser, request))
        name_id = one(response, "saml:Assertion/saml:Subject/saml:NameID")
        formats.append(name_id.get("Format"))
        values.append(name_id.text or "")
    assert formats == [EMAIL_FORMAT, persistent]
    assert values[0] == "alice@acme.test"
    assert len(values[1]) == 43


@BOTH
def test_windows_follow_the_tenants_clock(idp: RunningIdp, vendor: str) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    idp.made("PUT", f"{provider.path}/clock", {"now": "2031-05-06T07:08:09Z"})
    with Browser() as browser:
        response = response_of(provider.log_in(browser, Request()))
    assertion = one(response, "saml:Assertion")
    conditions = one(assertion, "saml:Conditions")
    window = (conditions.get("NotBefore"), conditions.get("NotOnOrAfter"))
    assert response.get("IssueInstant") == "2031-05-06T07:08:09.000Z"
    assert (
        window
        == {
            "okta": ("2031-05-06T07:03:09.000Z", "2031-05-06T07:13:09.000Z"),
            "entra": ("2031-05-06T07:03:08.875Z", "2031-05-06T08:08:08.875Z"),
        }[vendor]
    )
    confirmation = one(assertion, "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData")
    assert confirmation.get("NotOnOrAfter") == window[1]
