"""What only Chromium can do: scripts, style sheets, pictures, and staying on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.agents.browser import BrowserFactory, ChromiumAgent
from conformance.agents.limits import Limits
from conformance.agents.protocol import Action, Exchange, NotOnPageError
from tests.conformance.agent_scenarios import ROUTES
from tests.conformance.tiny_site import Reply, TinySite

_NO_FORMS = "<meta http-equiv=Content-Security-Policy content=\"form-action 'none'\">"


@pytest.fixture(scope="module")
def factory() -> Iterator[BrowserFactory]:
    made = BrowserFactory(limits=Limits(seconds=5.0))
    yield made
    made.close()


@pytest.fixture
def site() -> Iterator[TinySite]:
    with TinySite(dict(ROUTES)) as made:
        yield made


@pytest.fixture
def agent(factory: BrowserFactory) -> Iterator[ChromiumAgent]:
    with factory.new() as made:
        yield made


def test_pages_that_scripts_build_are_waited_for(agent: ChromiumAgent, site: TinySite) -> None:
    site.routes["/app"] = Reply(
        "<button id=next>Next</button><p id=p></p><script>next.onclick = () => fetch('/page')"
        ".then(r => r.text()).then(t => { p.innerHTML = '<input name=passcode>' + t })</script>"
    )
    agent.open(site.here + "/app")
    page = agent.press("Next")
    assert page.fields == {"passcode"}
    assert "Hello world" in page.text


def test_a_script_that_goes_elsewhere_is_followed(agent: ChromiumAgent, site: TinySite) -> None:
    site.routes["/js"] = Reply("<script>location.replace('/page')</script>")
    assert agent.open(site.here + "/js").title == "A page"


def test_what_style_sheets_hide_is_not_shown(agent: ChromiumAgent, site: TinySite) -> None:
    site.routes["/css"] = Reply(
        "<style>.gone { display: none } .dim { visibility: hidden }</style><input name=seen>"
        "<input name=one class=gone><div class=dim>unseen<input name=two></div><p>seen</p>"
    )
    page = agent.open(site.here + "/css")
    assert (set(page.fields), page.text) == ({"seen"}, "seen")
    with pytest.raises(NotOnPageError, match="shows the field\\(s\\) one; the fields shown are: seen"):
        agent.submit({"one": "1"})


def test_frames_are_no_part_of_the_trace(agent: ChromiumAgent, site: TinySite) -> None:
    site.routes["/frame"] = Reply(
        f"<iframe src='{site.there}/page'></iframe><iframe src='/page'></iframe>outer"
    )
    page = agent.open(site.here + "/frame")
    assert page.text == "outer"
    assert len(agent.trace) == 1


def test_nothing_outside_this_machine_is_asked(agent: ChromiumAgent, site: TinySite) -> None:
    site.routes["/out"] = Reply(
        "<title>waiting</title><img src='http://elsewhere.example/x.png'><script>"
        "fetch('http://elsewhere.example/').catch(e => { document.title = 'refused ' + e.name })</script>"
    )
    assert agent.open(site.here + "/out").title == "refused TypeError"


def test_a_page_that_looks_self_submitting_but_is_not(factory: BrowserFactory, site: TinySite) -> None:
    site.routes["/csp"] = Reply(
        "<form action=/echo method=post><input type=submit value=Continue></form>"
        "<script>document.forms[0].submit()</script>",
        headers=[("Content-Security-Policy", "script-src 'none'")],
    )
    with factory.new() as agent:
        assert agent.open(site.here + "/csp").buttons == {"Continue"}
        assert agent.press("Continue").title == "echo"


def test_a_screenshot(agent: ChromiumAgent, site: TinySite, tmp_path: Path) -> None:
    agent.open(site.here + "/page")
    assert agent.screenshot(tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
    agent.watch(site.here + "/echo", lambda _: Action.HOLD)
    agent.open(site.here + "/echo")
    assert not agent.screenshot(tmp_path / "held.png")


def test_a_watcher_may_use_another_agent_of_the_same_browser(
    agent: ChromiumAgent, factory: BrowserFactory, site: TinySite
) -> None:
    titles = []

    def look_elsewhere(_: Exchange) -> Action:
        with factory.new() as other:
            titles.append((other.open(site.there + "/page").title, threading.current_thread().name))
        return Action.SEND

    agent.watch(site.here + "/echo", look_elsewhere)
    assert agent.open(site.here + "/echo").title == "echo"
    assert titles[0][0] == "A page"
    assert titles[0][1] != threading.main_thread().name


def test_two_agents_share_nothing(factory: BrowserFactory, site: TinySite) -> None:
    site.routes["/cookie"] = Reply("x", headers=[("Set-Cookie", "a=1")])
    with factory.new() as one, factory.new() as other:
        one.open(site.here + "/cookie")
        assert "a=1" in one.open(site.here + "/echo").text
        assert "a=1" not in other.open(site.here + "/echo").text


def test_the_agent_is_usable_after_a_hang(agent: ChromiumAgent, site: TinySite) -> None:
    site.routes["/hang"] = Reply(hang=True)
    with pytest.raises(Exception, match="did not come to rest within 5 s"):
        agent.open(site.here + "/hang")
    assert agent.open(site.here + "/page").title == "A page"


@pytest.mark.parametrize(
    "body",
    [
        "<a id=go href='#there'>x</a>",
        "<a id=go href='javascript:void(0)'>x</a>",
        "<a id=go href='mailto:a@acme.test'>x</a>",
        "<a id=go href='/file'>x</a>",
        "<button id=go onclick=\"history.pushState({}, '', '/pushed')\">x</button>",
        "<button id=go onclick=\"location.hash = 'y'\">x</button>",
        "<form action=/echo onsubmit='return false'><button id=go>x</button></form>",
        _NO_FORMS + "<form action=/echo method=post><button id=go>x</button></form>",
        "<form action=/echo method=post target=_blank><button id=go>x</button></form>",
    ],
)
def test_a_press_that_leads_nowhere_comes_to_rest(agent: ChromiumAgent, site: TinySite, body: str) -> None:
    site.routes["/file"] = Reply("data", headers=[("Content-Disposition", "attachment; filename=x.html")])
    site.routes["/start"] = Reply(f"<title>start</title>{body}")
    agent.open(site.here + "/start")
    assert agent.press("go").title == "start"


def test_a_covered_button_cannot_be_pressed(agent: ChromiumAgent, site: TinySite) -> None:
    site.routes["/covered"] = Reply("<button>Go</button><div id=veil style='position:fixed;inset:0'></div>")
    agent.open(site.here + "/covered")
    with pytest.raises(NotOnPageError, match="'Go': it is covered by"):
        agent.press("Go")


def test_frameworks_hear_what_is_typed(agent: ChromiumAgent, site: TinySite) -> None:
    site.routes["/app"] = Reply(
        "<form action=/echo method=post><input name=a><input type=checkbox name=c>"
        "<select name=s><option>1<option>2</select><input name=heard readonly>"
        "<button>Go</button></form><script>const f = document.forms[0];"
        "f.addEventListener('change', e => { f.heard.value += e.target.name })</script>"
    )
    agent.open(site.here + "/app")
    assert "'heard': 'acs'" in agent.submit({"a": "1", "c": "on", "s": "2"}).text
