"""Watching and holding requests."""

from __future__ import annotations

from conformance.agents.protocol import Action, Exchange, UserAgent
from tests.conformance.agent_scenarios.base import cookies_of, facts, link, scenario, steps
from tests.conformance.tiny_site import Reply, TinySite


@scenario(
    (["GET http://127.0.0.1/auto None", "POST http://localhost/echo None"], {"SAMLResponse": "PHNhbWw+"}, 200)
)
def watching(agent: UserAgent, site: TinySite) -> object:
    seen: list[Exchange] = []

    def note(request: Exchange) -> Action:
        seen.append(request)
        return Action.SEND

    def never(request: Exchange) -> Action:
        raise AssertionError(f"an older watcher was asked about {request.url}")

    agent.watch(site.here, never)
    agent.watch(site.here + "/e", note)
    agent.watch(site.there, note)
    page = agent.open(link(site.there, "/auto", to=site.here + "/echo"))
    return steps(seen, site), dict(seen[1].form), page.status


@scenario(
    (
        ("POST", "PHNhbWw+", "about:blank"),
        ["GET http://127.0.0.1/auto 200"],
        ("http://localhost/echo", "late=1"),
        None,
        ["GET http://127.0.0.1/auto 200", "POST http://localhost/echo 200"],
    )
)
def holding_a_post(agent: UserAgent, site: TinySite) -> object:
    agent.watch(site.here + "/echo", lambda _: Action.HOLD)
    page = agent.open(link(site.there, "/auto", to=site.here + "/echo"))
    held = agent.held
    assert held is not None
    first = (held.method, held.form["SAMLResponse"], page.url.partition("?")[0].replace(f":{site.port}", ""))
    before = steps(agent.trace, site)
    site.routes["/late"] = Reply(
        '{"a": 1}', headers=[("Set-Cookie", "late=1; SameSite=None; Secure")], content_type="application/json"
    )
    assert agent.get_json(site.here + "/late") == (200, {"a": 1})
    delivered = agent.deliver()
    return (
        first,
        before,
        (delivered.url.replace(f":{site.port}", ""), cookies_of(delivered)),
        agent.held,
        steps(agent.trace, site),
    )


@scenario(
    (
        ("about:blank", 0, "", "", [], []),
        "http://localhost/echo",
        ("http://localhost/echo", 200),
        ["GET http://127.0.0.1/jump 302", "GET http://localhost/echo 200"],
    )
)
def holding_a_redirected_request(agent: UserAgent, site: TinySite) -> object:
    agent.watch(site.here, lambda _: Action.HOLD)
    page = agent.open(link(site.there, "/jump", to=site.here + "/echo"))
    held = agent.held
    assert held is not None
    arrived_before = any(request.path == "/echo" for request in site.requests)
    assert not arrived_before
    delivered = agent.deliver()
    return (
        facts(page, site),
        held.url.replace(f":{site.port}", ""),
        (delivered.url.replace(f":{site.port}", ""), delivered.status),
        steps(agent.trace, site),
    )


@scenario(
    (None, "A page", ["GET http://127.0.0.1/jump 302", "GET http://127.0.0.1/page 200"], "RuntimeError")
)
def going_elsewhere_drops_the_held_request(agent: UserAgent, site: TinySite) -> object:
    agent.watch(site.here, lambda _: Action.HOLD)
    agent.open(link(site.there, "/jump", to=site.here + "/echo"))
    page = agent.open(site.there + "/page")
    try:
        agent.deliver()
        late = "delivered"
    except RuntimeError as error:
        late = type(error).__name__
    assert all(request.path != "/echo" for request in site.requests)
    return agent.held, page.title, steps(agent.trace, site), late


@scenario("ValueError: from the watcher")
def errors_of_a_watcher_come_through(agent: UserAgent, site: TinySite) -> object:
    def fail(_: Exchange) -> Action:
        raise ValueError("from the watcher")

    agent.watch(site.here, fail)
    try:
        agent.open(site.here + "/page")
    except ValueError as error:
        return f"{type(error).__name__}: {error}"
    return "nothing was raised"
