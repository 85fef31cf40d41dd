"""Answers that are none."""

from __future__ import annotations

from conformance.agents.protocol import UserAgent
from tests.conformance.agent_scenarios.base import scenario, steps
from tests.conformance.tiny_site import Reply, TinySite, redirect


def failure(agent: UserAgent, url: str) -> str:
    try:
        page = agent.open(url)
    except Exception as error:  # noqa: BLE001 - the kind of error is what the scenario is about
        return type(error).__name__
    return f"{page.status} {page.text}"


@scenario(
    {
        "/closed": "CrashedError",
        "/garbage": "CrashedError",
        "/short": "CrashedError",
        "/loop": "NoAnswerError",
        "/hang": "NoAnswerError",
        "/huge": "NoAnswerError",
        "/again": "NoAnswerError",
        "/scheme": "CrashedError",
        "/page": "200 Hello world",
    }
)
def answers_that_are_none(agent: UserAgent, site: TinySite) -> object:
    site.routes.update(
        {
            "/closed": Reply(raw=b""),
            "/garbage": Reply(raw=b"this is not HTTP\r\n\r\n"),
            "/short": Reply(
                raw=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99\r\n\r\n<p>x"
            ),
            "/loop": redirect("/loop"),
            "/hang": Reply(hang=True),
            "/huge": Reply("<p>much</p>" * 40_000),
            "/again": Reply("<form action=/again></form><script>document.forms[0].submit()</script>"),
            "/scheme": redirect("data:text/html,x"),
        }
    )
    paths = ("/closed", "/garbage", "/short", "/loop", "/hang", "/huge", "/again", "/scheme", "/page")
    return {path: failure(agent, site.here + path) for path in paths}


@scenario("CrashedError")
def nobody_listens(agent: UserAgent, site: TinySite) -> object:
    with TinySite() as gone:
        url = gone.here
    return failure(agent, url + "/page")


@scenario(
    ("http://elsewhere.example/x", 0, ["GET http://localhost/out 302", "GET http://elsewhere.example/x None"])
)
def other_hosts_are_out_of_reach(agent: UserAgent, site: TinySite) -> object:
    site.routes["/out"] = redirect("http://elsewhere.example/x")
    page = agent.open(site.here + "/out")
    return page.url, page.status, steps(agent.trace, site)
