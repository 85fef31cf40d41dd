"""Which account of the browser signs out at Entra: by hint, by the picker, and what becomes of the others."""

from __future__ import annotations

import pytest
from lxml import html

from tests.mock_idp.browser import Browser
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.login_pages.test_entra import OTHER, by_password, signed_in, who
from tests.mock_idp.login_pages.walking import Walk
from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.saml.provider_keys import ProviderKey, provider_key
from tests.mock_idp.saml.support import NS, Request, response_of
from tests.mock_idp.saml.test_logout import ask, leaving, logout_request, sent_to

AFTER = "http://localhost:9/after"
QUESTION = "Which account do you want to sign out of?"


@pytest.fixture
def walk(registrar: Registrar) -> Walk:
    return Walk(registrar, "entra", registrar.party("entra", post_logout_redirect_uris=[AFTER]))


def sign_out(walk: Walk, **parameters: str) -> Walk:
    url = walk.party.metadata["end_session_endpoint"]
    walk.page = walk.party.browser.get(url, params=parameters)
    return walk


def pick(walk: Walk, persona: str) -> Walk:
    [link] = walk.tree.xpath(f"//a[@data-test-id='{persona}@acme.test']/@href")
    walk.page = walk.party.browser.get(link)
    return walk


def two_accounts(walk: Walk) -> str:
    """Sign alice and mona in, and return an ID token of mona's."""
    signed_in(walk, "alice")
    by_password(walk.ask(prompt="select_account").submit({}, OTHER), "mona").submit({}, "@id='idBtn_Back'")
    return str(walk.party.redeem(walk.answer["code"]).json()["id_token"])


def test_the_person_picks_which_of_several_signs_out(walk: Walk) -> None:
    two_accounts(walk)
    sign_out(walk, post_logout_redirect_uri=AFTER, state="bye", logout_hint="unknown@acme.test")
    assert QUESTION in walk.page.text
    assert pick(walk, "alice").page.headers["Location"] == f"{AFTER}?state=bye"
    assert who(walk.ask()) == "mona@acme.test"  # who stayed, and is now the only one
    assert sign_out(walk, post_logout_redirect_uri=AFTER).page.headers["Location"] == AFTER
    assert walk.ask().heading == "Sign in"


@pytest.mark.parametrize("hint", ["logout_hint", "id_token_hint"])
def test_a_hint_picks(walk: Walk, hint: str) -> None:
    token = two_accounts(walk)
    values = {"logout_hint": "mona@acme.test", "id_token_hint": token}
    assert sign_out(walk, post_logout_redirect_uri=AFTER, **{hint: values[hint]}).page.is_redirect
    assert who(walk.ask()) == "alice@acme.test"


def test_one_account_is_asked_for_where_the_tenant_does_so(walk: Walk) -> None:
    token = walk.party.redeem(signed_in(walk, "alice").answer["code"]).json()["id_token"]
    walk.registrar.settings("entra", sign_out_picker="always")
    assert QUESTION in sign_out(walk, post_logout_redirect_uri=AFTER).page.text
    assert sign_out(walk, post_logout_redirect_uri=AFTER, id_token_hint=token).page.is_redirect
    assert "You signed out of your account" in sign_out(walk).page.text  # nobody is left to ask for


def test_entras_other_sign_out_page_asks_too(walk: Walk) -> None:
    two_accounts(walk)
    base = walk.registrar.tenant("entra")["base_url"]
    walk.page = walk.party.browser.get(f"{base}/common/wsfed", params={"wa": "wsignout1.0"})
    assert QUESTION in walk.page.text
    assert "You signed out of your account" in pick(walk, "mona").page.text
    assert who(walk.ask()) == "alice@acme.test"


@pytest.fixture(scope="module")
def key() -> ProviderKey:
    return provider_key()


def test_a_signed_logout_request_waits_for_the_choice(idp: RunningIdp, key: ProviderKey) -> None:
    provider = leaving(idp, "entra", key)
    with Browser() as browser:
        provider.log_in(browser, Request())
        provider.log_in(browser, Request(attributes='ForceAuthn="true"'), "mona")
        request_id, xml = logout_request()
        page = ask(provider, browser, key.signed_query(xml, "back"))
        assert QUESTION in page.text
        [link] = html.fromstring(page.text).xpath("//a[@data-test-id='alice@acme.test']/@href")
        answer = browser.http.get(link, follow_redirects=False)
        message, fields = sent_to(answer)
        assert (message.get("InResponseTo"), fields["RelayState"]) == (request_id, "back")
        response = response_of(provider.send(browser, Request()))  # without a question: mona is the only one
    assert response.findtext(".//saml:NameID", None, NS) == "mona@acme.test"
