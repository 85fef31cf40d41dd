"""The sign-in robot at pages shaped like the vendors', in both agents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from conformance.agents.browser import BrowserFactory
from conformance.agents.http import HttpFactory
from conformance.agents.protocol import Action, AgentFactory, UserAgent
from conformance.steps.idp_login import Ended, Person, SignIn, sign_in
from tests.conformance.agent_scenarios import ROUTES
from tests.conformance.tiny_site import Reply, Request, TinySite

LOGIN, PASSWORD = "alice@acme.test", "correct-horse-alice"
OKTA_1 = """<title>Sign In</title><h2>Sign In</h2><form method=post action=/okta/identify>
<label>Username <input name=identifier autocomplete=username></label><input type=checkbox name=rememberMe>
<input type=submit value=Next data-type=save></form>"""
OKTA_2 = """<title>Sign In</title><h2>Verify with your password</h2>{error}
<form method=post action=/okta/answer>
<input type=password name=credentials.passcode><input type=submit value=Verify data-type=save></form>"""
ENTRA_1 = """<title>Sign in to your account</title>{error}<form method=post action=/entra/login>
<input type=email name=loginfmt id=i0116>
<input name=passwd type=password id=i0118 aria-hidden=true tabindex=-1>
<input type=submit id=idSIButton9 value=Next></form>"""
ENTRA_2 = """<title>Sign in to your account</title>{error}<form method=post action=/entra/login>
<input type=hidden name=loginfmt value={login}><input type=button id=idBtn_Back value=Back>
<input name=passwd type=password id=i0118><input type=submit id=idSIButton9 value="Sign in"></form>"""
KMSI = """<title>Stay signed in?</title>{text}<form method=post action=/entra/{next}>
<input type=checkbox name=DontShowAgain id=KmsiCheckboxField><input type=submit id=idBtn_Back value=No>
<input type=submit id=idSIButton9 value=Yes></form>"""


def posted(site: TinySite) -> list[Mapping[str, str]]:
    return [request.form for request in site.requests if request.method == "POST"]


def okta_identify(request: Request) -> Reply:
    return Reply(OKTA_2.format(error="") if request.form["identifier"] else OKTA_1)


def okta_answer(request: Request) -> Reply:
    if request.form["credentials.passcode"] != PASSWORD:
        return Reply(OKTA_2.format(error="<p role=alert>Unable to sign in</p>"))
    return Reply(
        status=302,
        headers=[("Location", f"http://localhost:{request.headers['host'].rpartition(':')[2]}/page")],
    )


def entra_login(request: Request) -> Reply:
    if request.form["loginfmt"] != LOGIN:
        return Reply(ENTRA_1.format(error="<p id=usernameError>This username may be incorrect.</p>"))
    if "passwd" not in request.form or not request.form["passwd"]:
        return Reply(ENTRA_2.format(login=LOGIN, error=""))
    if request.form["passwd"] != PASSWORD:
        error = "<p id=passwordError>Your account or password is incorrect.</p>"
        return Reply(ENTRA_2.format(login=LOGIN, error=error))
    return Reply(KMSI.format(text="Stay signed in?", next="consent"))


def entra_done(request: Request) -> Reply:
    port = request.headers["host"].rpartition(":")[2]
    return Reply(
        f"<title>Working...</title><form method=POST name=hiddenform action=http://localhost:{port}/echo>"
        "<input type=hidden name=SAMLResponse value=eA==><noscript><p>Script is disabled.</p>"
        "<input type=submit value=Submit></noscript></form>"
        "<script language=javascript>window.setTimeout('document.forms[0].submit()', 0);</script>"
    )


@pytest.fixture(scope="module")
def factories() -> Iterator[dict[str, AgentFactory]]:
    made: dict[str, AgentFactory] = {"http": HttpFactory(), "chromium": BrowserFactory()}
    yield made
    for factory in made.values():
        factory.close()


@pytest.fixture(params=["http", "chromium"])
def agent(request: pytest.FixtureRequest, factories: dict[str, AgentFactory]) -> Iterator[UserAgent]:
    with factories[request.param].new() as made:
        yield made


@pytest.fixture
def site() -> Iterator[TinySite]:
    routes = {
        **ROUTES,
        "/okta": Reply(OKTA_1),
        "/okta/identify": okta_identify,
        "/okta/answer": okta_answer,
        "/entra": Reply(ENTRA_1.format(error="")),
        "/entra/login": entra_login,
        "/entra/consent": Reply(KMSI.format(text="Permissions requested", next="done")),
        "/entra/done": entra_done,
    }
    with TinySite(routes) as made:
        yield made


@pytest.mark.parametrize("personality", ["", "okta"])
def test_okta(agent: UserAgent, site: TinySite, personality: str) -> None:
    agent.open(site.there + "/okta")
    assert sign_in(agent, Person(LOGIN, PASSWORD), personality=personality) == SignIn(Ended.LEFT_IDP)
    assert agent.page.title == "A page"
    assert "rememberMe" not in posted(site)[0]


@pytest.mark.parametrize("personality", ["", "entra", "azure"])
def test_entra(agent: UserAgent, site: TinySite, personality: str) -> None:
    agent.open(site.there + "/entra")
    assert sign_in(agent, Person(LOGIN, PASSWORD), personality=personality) == SignIn(Ended.LEFT_IDP)
    assert agent.page.title == "echo"


def test_okta_with_both_fields_on_one_page(agent: UserAgent, site: TinySite) -> None:
    site.routes["/both"] = Reply(
        OKTA_2.format(error="<input name=identifier form=f>").replace("<form", "<form id=f")
    )
    agent.open(site.there + "/both")
    assert sign_in(agent, Person(LOGIN, PASSWORD)).ended is Ended.LEFT_IDP
    assert posted(site)[0]["identifier"] == LOGIN


def test_the_classic_okta_page(agent: UserAgent, site: TinySite) -> None:
    site.routes["/classic"] = Reply(
        "<form method=post action=/classic/in><input name=username id=okta-signin-username>"
        "<input type=password name=password><input type=submit id=okta-signin-submit value='Sign In'></form>"
    )
    site.routes["/classic/in"] = Reply(status=303, headers=[("Location", site.here + "/page")])
    agent.open(site.there + "/classic")
    assert sign_in(agent, Person(LOGIN, PASSWORD)).ended is Ended.LEFT_IDP
    assert posted(site)[0] == {"username": LOGIN, "password": PASSWORD}


@pytest.mark.parametrize(
    ("path", "person", "expected"),
    [
        ("/okta", (LOGIN, "wrong"), ("Unable to sign in", 2)),
        ("/okta", ("", PASSWORD), ("Sign In", 1)),
        ("/entra", ("bob@acme.test", PASSWORD), ("This username may be incorrect.", 1)),
        ("/entra", (LOGIN, "wrong"), ("Your account or password is incorrect.", 2)),
        ("/page", (LOGIN, PASSWORD), ("Hello world", 0)),
    ],
)
def test_refusals(
    agent: UserAgent, site: TinySite, path: str, person: tuple[str, str], expected: tuple[str, int]
) -> None:
    agent.open(site.there + path)
    seen = sign_in(agent, Person(*person))
    assert seen.ended is Ended.REFUSED_AT_IDP
    assert (expected[0] in seen.text, len(posted(site))) == (True, expected[1])


def test_the_answer_is_held(agent: UserAgent, site: TinySite) -> None:
    agent.watch(site.here, lambda _: Action.HOLD)
    agent.open(site.there + "/entra")
    assert sign_in(agent, Person(LOGIN, PASSWORD)) == SignIn(Ended.HELD)
    assert agent.held is not None
    assert agent.held.form == {"SAMLResponse": "eA=="}
    assert agent.deliver().title == "echo"


def test_a_step_of_another_vendor_is_not_taken(agent: UserAgent, site: TinySite) -> None:
    agent.open(site.there + "/entra")
    assert sign_in(agent, Person(LOGIN, PASSWORD), personality="okta").ended is Ended.REFUSED_AT_IDP
