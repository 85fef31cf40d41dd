"""The pages: labels, who sees what, forms that only their own page may send, and nothing secret in them."""

import pytest
from lxml import html
from werkzeug.test import TestResponse

from platform_stub.policy import Policy
from tests.platform_stub.certs import pem
from tests.platform_stub.conftest import Browser, World, build

BILLING = "/acme/configure/client/billing"
SECURITY = "/acme/configure/client/security"
SAML_LABELS = [
    "Url where you can get the SAML Metadata",
    "Single Sign On URL",
    "Issuer URL",
    "Certificate X.509",
]
SECRET = "very-secret-value-42"


def page(browser: Browser, path: str, status: int = 200) -> html.HtmlElement:
    answer = browser.get(path)
    assert answer.status_code == status, answer.text
    return html.fromstring(answer.text)


def fields(root: html.HtmlElement) -> dict[str, str]:
    """Return the SSO form as a browser would send it."""
    (form,) = root.xpath("//form[@id='sso-form']")
    return {name: value or "" for name, value in form.form_values()}


def text_of(root: html.HtmlElement) -> str:
    return " ".join(root.text_content().split())


def test_billing_shows_the_flag_and_offers_no_way_to_change_it(world: World) -> None:
    browser = world.signed_in("sam")
    root = page(browser, BILLING)
    (switch,) = root.xpath("//input[@id='single_sign_on']")
    assert switch.get("role") == "switch" and "disabled" in switch.attrib and "checked" not in switch.attrib
    world.flag(on=True)
    (switch,) = page(browser, BILLING).xpath("//input[@id='single_sign_on']")
    assert "checked" in switch.attrib


def test_a_forged_change_of_the_flag_is_refused_and_audited(world: World) -> None:
    browser = world.signed_in("sam")
    browser.get("/acme/configure/users/new")  # any page with the session's token
    answer = browser.post(BILLING, {"single_sign_on": "on"})
    assert answer.status_code == 403 and "Only Customer Care" in answer.text
    assert not html.fromstring(browser.get(BILLING).text).xpath("//input[@checked]")
    assert world.audit("access.denied")[-1]["reason"] == "flag-read-only"


def test_a_flag_that_clients_can_set_is_a_weakness() -> None:
    world = build(Policy(flag_changeable_by_client=True))
    browser = world.signed_in("sam")
    browser.get("/acme/configure/users/new")
    browser.post(BILLING, {"single_sign_on": "on"})
    assert world.audit("sso.flag")[-1]["actor"] == "sam"
    world.ctx.store.close()


def test_without_the_flag_the_security_tab_has_no_sso_section(world: World) -> None:
    browser = world.signed_in("sam")
    root = page(browser, SECURITY)
    assert not root.xpath("//form[@id='sso-form']") and not root.xpath("//*[@id='enable-single-sign-on']")
    browser.get("/acme/configure/users/new")
    for path, data in (
        ("", {}),
        ("/enable", {"enabled": "on"}),
        ("/import", {}),
        ("/rollback", {"revision": "1"}),
    ):
        assert browser.post(SECURITY + path, data).status_code == 403
    for path in ("/history", "/instructions"):
        assert browser.get(SECURITY + path).status_code == 403
    assert not world.config().enabled


def test_the_documented_labels_are_there_and_each_belongs_to_a_field(licensed: World) -> None:
    root = page(licensed.signed_in("sam"), SECURITY)
    for label in [*SAML_LABELS, "Authorization ID", "Authorization Secret"]:
        (found,) = [element for element in root.xpath("//label") if text_of(element) == label]
        assert root.get_element_by_id(found.get("for")).tag in {"input", "textarea"}
    assert "Authentication Standard" in root.xpath("//legend/text()")
    (chosen,) = root.xpath("//input[@name='authentication_standard'][@checked]")
    assert chosen.get("value") == "SAML"
    (switch,) = root.xpath("//button[@role='switch']")
    assert switch.get("aria-checked") == "false"
    assert text_of(root.get_element_by_id(switch.get("aria-labelledby"))) == "Enable Single Sign On"
    assert "Need Help? See Instructions" in text_of(root)


def test_saving_shows_the_same_values_again_and_does_not_enable(licensed: World) -> None:
    browser = licensed.signed_in("sam")
    form = fields(page(browser, SECURITY))
    form |= {
        "saml.single_sign_on_url": "https://idp.test/sso",
        "saml.issuer_url": "https://idp.test/x",
        "saml.certificate_x509": pem(),
    }
    answer = browser.post(SECURITY, form)
    assert answer.headers["Location"] == f"{SECURITY}?notice=saved"
    root = page(browser, answer.headers["Location"])
    assert "Saved." in text_of(root)
    shown = fields(root)
    assert shown["saml.issuer_url"] == "https://idp.test/x"
    assert shown["saml.certificate_x509"].strip() == pem().strip()
    assert shown["revision"] == "1"
    assert not licensed.config().enabled


def test_leaving_without_saving_changes_nothing(licensed: World) -> None:
    browser = licensed.signed_in("sam")
    browser.get(SECURITY)
    browser.get("/acme/home")
    assert licensed.config().revision == 0


def test_what_cannot_be_saved_is_shown_again_with_the_reason(licensed: World) -> None:
    browser = licensed.signed_in("sam")
    form = {
        **fields(page(browser, SECURITY)),
        "saml.issuer_url": "typed",
        "saml.certificate_x509": "garbage!",
    }
    answer = browser.post(SECURITY, form)
    assert answer.status_code == 422
    root = html.fromstring(answer.text)
    assert fields(root)["saml.issuer_url"] == "typed"
    field = root.get_element_by_id("saml-certificate_x509")
    assert field.get("aria-invalid") == "true"
    problem = root.get_element_by_id(field.get("aria-describedby", "").split()[-1])
    assert "neither a PEM certificate nor base64" in text_of(problem)


def test_the_secret_is_kept_when_left_empty_and_never_rendered(licensed: World) -> None:
    browser = licensed.signed_in("sam")
    form = {**fields(page(browser, SECURITY)), "authentication_standard": "OIDC"}
    browser.post(SECURITY, {**form, "oidc.authorization_secret": SECRET, "oidc.authorization_id": "id-1"})
    assert licensed.config().oidc.authorization_secret == SECRET
    form = fields(page(browser, SECURITY))
    assert form["oidc.authorization_secret"] == ""
    browser.post(SECURITY, {**form, "oidc.issuer": "https://idp.test"})
    assert licensed.config().oidc.authorization_secret == SECRET
    form = fields(page(browser, SECURITY))
    refused = browser.post(SECURITY, {**form, "oidc.authorization_secret": SECRET, "oidc.jwks_uri": "x"})
    assert refused.status_code == 422
    pages = [browser.get(SECURITY + path).text for path in ("", "/history", "/instructions")]
    pages += [browser.get("/acme/configure/audit").text, refused.text]
    assert not any(SECRET in text for text in pages)


def test_the_switch_moves_at_once_and_warns_before(licensed: World) -> None:
    browser = licensed.signed_in("sam")
    root = page(browser, SECURITY)
    assert "it locks out every user and agent" in text_of(root)
    answer = browser.post(f"{SECURITY}/enable", {"enabled": "on"})
    root = page(browser, answer.headers["Location"])
    (switch,) = root.xpath("//button[@role='switch']")
    assert switch.get("aria-checked") == "true"
    assert "Nobody can sign in now: the saved SAML set-up lacks Single Sign On URL" in text_of(root)


def test_two_editors_do_not_overwrite_each_other(licensed: World) -> None:
    sam, sue = licensed.signed_in("sam"), licensed.signed_in("sue")
    first, second = fields(page(sam, SECURITY)), fields(page(sue, SECURITY))
    sam.post(SECURITY, {**first, "saml.issuer_url": "by-sam"})
    answer = sue.post(SECURITY, {**second, "saml.issuer_url": "by-sue"})
    assert answer.status_code == 409
    assert "Somebody saved revision 1 while you were looking at revision 0" in answer.text
    assert fields(html.fromstring(answer.text))["saml.issuer_url"] == "by-sue"
    assert licensed.config().saml.issuer_url == "by-sam"


def test_overwriting_silently_is_a_weakness() -> None:
    world = build(Policy(stale_revision_refused=False))
    world.flag(on=True)
    browser = world.signed_in("sam")
    form = fields(page(browser, SECURITY))
    browser.post(SECURITY, {**form, "saml.issuer_url": "first"})
    browser.post(SECURITY, {**form, "saml.issuer_url": "second"})
    assert world.config().saml.issuer_url == "second"
    world.ctx.store.close()


def test_history_restores_with_one_click(licensed: World) -> None:
    browser = licensed.signed_in("sam")
    for issuer in ("good", "bad"):
        browser.post(SECURITY, {**fields(page(browser, SECURITY)), "saml.issuer_url": issuer})
    root = page(browser, f"{SECURITY}/history")
    (button,) = root.xpath("//button[@name='revision']")
    answer = browser.post(f"{SECURITY}/rollback", {"revision": button.get("value")})
    assert "current again" in browser.get(answer.headers["Location"]).text
    assert licensed.config().saml.issuer_url == "good"
    assert "restored from revision 1" in text_of(page(browser, f"{SECURITY}/history"))
    assert browser.post(f"{SECURITY}/rollback", {"revision": "x"}).status_code == 422


def test_the_instructions_open_in_a_window_with_copy_buttons(licensed: World) -> None:
    browser = licensed.signed_in("sam")
    (link,) = page(browser, SECURITY).xpath("//a[@id='see-instructions']")
    assert link.get("target") == "_blank"
    root = page(browser, link.get("href"))
    values = {
        text_of(label): root.get_element_by_id(label.get("for")).get("value")
        for label in root.xpath("//label")
    }
    assert list(values) == [
        "User Single Sign On URL",
        "Agent Single Sign On URL",
        "Audience Restriction",
        "Single Logout URL (optional)",
        "User Redirect URL",
        "Agent Redirect URL",
    ]
    assert len(set(values.values())) == 6
    assert all("/acme/" in (value or "") for value in values.values())
    assert {button.get("data-copy") for button in root.xpath("//button[@data-copy]")} == {
        label.get("for") for label in root.xpath("//label")
    }


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (SECURITY, {"saml.issuer_url": "x"}),
        (f"{SECURITY}/enable", {"enabled": "on"}),
        (f"{SECURITY}/rollback", {"revision": "1"}),
        (f"{SECURITY}/import", {"saml.metadata_url": "https://idp.test"}),
        ("/acme/configure/users", {"login": "evil", "password": "correct-horse-evil", "role": "Sysadmin"}),
    ],
)
@pytest.mark.parametrize("attack", ["no token", "wrong token", "other site"])
def test_forms_of_other_sites_are_refused(
    licensed: World, path: str, data: dict[str, str], attack: str
) -> None:
    browser = licensed.signed_in("sam")
    browser.get(SECURITY)
    if attack == "other site":
        answer = browser.post(path, data, origin="https://evil.test")
    else:
        browser.token = "" if attack == "no token" else "guessed"
        answer = browser.post(path, data, origin="")
    assert answer.status_code == 403
    assert "nothing was changed" in answer.text
    assert licensed.audit("access.denied")[-1]["reason"] == "cross-site"
    config = licensed.config()
    assert (config.revision, config.enabled) == (0, False)


def test_forms_of_other_sites_pass_on_a_weak_platform() -> None:
    world = build(Policy(csrf_checked=False))
    world.flag(on=True)
    world.signed_in("sam").post(f"{SECURITY}/enable", {"enabled": "on"}, origin="https://evil.test")
    assert world.config().enabled
    world.ctx.store.close()


@pytest.mark.parametrize(
    ("who", "tabs", "security"),
    [
        ("sam", ["Home", "Client", "Users", "Agents", "Audit"], 200),
        ("mona", ["Home", "Client", "Agents"], 403),
        ("ada", ["Home", "Client", "Audit"], 200),
    ],
)
def test_navigation_and_pages_follow_the_role(
    licensed: World, who: str, tabs: list[str], security: int
) -> None:
    browser = licensed.signed_in(who)
    root = page(browser, "/acme/home")
    assert [text_of(link) for link in root.xpath("//nav[@aria-label='Main']/a")] == tabs
    page(browser, SECURITY, security)
    page(browser, "/acme/configure/users", 200 if "Users" in tabs else 403)
    page(browser, "/acme/configure/agents", 200 if "Agents" in tabs else 403)
    page(browser, "/acme/configure/audit", 200 if "Audit" in tabs else 403)


def test_an_auditor_reads_the_security_tab_and_changes_nothing(licensed: World) -> None:
    browser = licensed.signed_in("ada")
    root = page(browser, SECURITY)
    assert not root.xpath("//button[@id='save']")
    (switch,) = root.xpath("//button[@role='switch']")
    assert "disabled" in switch.attrib
    assert browser.post(f"{SECURITY}/enable", {"enabled": "on"}).status_code == 403
    assert browser.post(SECURITY, {"saml.issuer_url": "x"}).status_code == 403
    assert licensed.config().revision == 0


def test_an_agents_session_opens_no_screen_of_users(licensed: World) -> None:
    browser = licensed.browser()
    browser.sign_in("adam", at="/acme/AgentLogin")
    for path in ("/acme/home", SECURITY, BILLING, "/acme/configure/users"):
        assert leads_to(browser.get(path)) == ("/acme", path)
    assert leads_to(licensed.signed_in("sam").get("/acme/agent?view=a%20b")) == (
        "/acme/AgentLogin",
        "/acme/agent?view=a%20b",
    )


def leads_to(page: TestResponse) -> tuple[str, str]:
    """The login page that a page leads to by itself, and the way back that it keeps."""
    (form,) = html.fromstring(page.text).forms
    return str(form.action), form.fields["next"]


def test_the_users_editor(world: World) -> None:
    browser = world.signed_in("sam")
    page(browser, "/acme/configure/users/new")
    form = {
        "login": "zoe",
        "password": "correct-horse-zoe",
        "email": "zoe@acme.test",
        "role": "Manager",
        "active": "on",
    }
    refused = browser.post("/acme/configure/users", {**form, "email": "nonsense"})
    assert refused.status_code == 422 and 'value="zoe"' in refused.text
    assert browser.post("/acme/configure/users", form).status_code == 303
    root = page(browser, "/acme/configure/users")
    (link,) = [link for link in root.xpath("//td/a") if text_of(link) == "zoe"]
    edit = link.get("href")
    page(browser, edit)
    browser.post(edit, {"login": "zoe", "email": "z@acme.test", "role": "Auditor", "active": "on"})
    changed = world.api().call("GET", "/api/configuration/users/zoe")
    assert (changed["email"], changed["role"], changed["active"]) == ("z@acme.test", "Auditor", True)
    assert world.browser().sign_in("zoe").status_code == 303, "an empty password field keeps the password"
    browser.post(edit, {"login": "zoe", "email": "z@acme.test", "role": "Auditor"})
    assert world.browser().sign_in("zoe").status_code == 403
    browser.post(f"{edit}/delete")
    assert "zoe" not in browser.get("/acme/configure/users").text


def test_the_agents_editor_has_the_documented_labels_and_unlocks(world: World) -> None:
    for _ in range(5):
        world.browser().sign_in("adam", "wrong-password", at="/acme/AgentLogin")
    browser = world.signed_in("mona")
    root = page(browser, "/acme/configure/agents")
    assert "Locked" in text_of(root)
    (link,) = [link for link in root.xpath("//td/a") if text_of(link) == "adam"]
    root = page(browser, link.get("href"))
    labels = [text_of(label) for label in root.xpath("//label")]
    assert {"Logon ID", "Email / SIP Address", "Active Agent"} <= set(labels)
    form = {"login": "adam", "email": "sip:adam@pbx.acme.test", "active": "on"}
    browser.post(link.get("href"), form)
    assert "Locked" in browser.get("/acme/configure/agents").text
    browser.post(link.get("href"), {**form, "unlock": "on"})
    assert world.browser().sign_in("adam", at="/acme/AgentLogin").status_code == 303
    assert "SIP: no single sign-on" in browser.get("/acme/configure/agents").text


def test_an_account_of_another_kind_or_client_is_not_found(world: World) -> None:
    browser = world.signed_in("sam")
    assert browser.get("/acme/configure/users/999").status_code == 404
    adam = world.api().call("GET", "/api/configuration/agents/adam")["id"]
    assert browser.get(f"/acme/configure/users/{adam}").status_code == 404


def test_hostile_text_is_shown_as_text(licensed: World) -> None:
    hostile = '"><script>alert(1)</script>'
    browser = licensed.signed_in("sam")
    browser.post(SECURITY, {**fields(page(browser, SECURITY)), "saml.issuer_url": hostile})
    licensed.api().call("PUT", "/api/configuration/users/sam", {"first_name": hostile})
    licensed.browser().sign_in(hostile, "x")
    for path in (
        SECURITY,
        f"{SECURITY}/history",
        "/acme/configure/audit",
        "/acme/configure/users",
        "/acme/home",
    ):
        root = page(browser, path)
        scripts = [script.get("src", "").partition("?")[0] for script in root.xpath("//script")]
        assert scripts == (["/static/portal.js"] if path == SECURITY else []), path


def test_the_audit_page_shows_reasons_and_references(licensed: World) -> None:
    licensed.enable()
    refused = licensed.browser().get("/acme").text
    reference = html.fromstring(refused).xpath("//p[@class='reference']/code/text()")[0]
    licensed.enable(on=False)
    text = text_of(page(licensed.signed_in("ada"), "/acme/configure/audit"))
    assert reference in text and "sso-not-configured" in text
