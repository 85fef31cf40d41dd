"""Redirects and pages that move on by themselves."""

from __future__ import annotations

from conformance.agents.protocol import UserAgent
from tests.conformance.agent_scenarios.base import facts, link, scenario, steps
from tests.conformance.tiny_site import Reply, TinySite, redirect


@scenario(
    (
        ("http://127.0.0.1/page", 200, "A page", "Hello world", [], []),
        ["GET http://localhost/jump 302", "GET http://127.0.0.1/page 200"],
    )
)
def redirect_to_another_site(agent: UserAgent, site: TinySite) -> object:
    page = agent.open(link(site.here, "/jump", to=f"{site.there}/page"))
    return facts(page, site), steps(agent.trace, site)


@scenario("http://localhost/deep/path/echo")
def relative_redirect(agent: UserAgent, site: TinySite) -> object:
    site.routes["/deep/start"] = redirect("path/x/../echo")
    return agent.open(f"{site.here}/deep/start").url.replace(f":{site.port}", "")


@scenario(("http://localhost/page#kept", "http://localhost/page#new"))
def fragments(agent: UserAgent, site: TinySite) -> object:
    kept = agent.open(link(site.here, "/jump", to="/page") + "#kept").url
    new = agent.open(link(site.here, "/jump", to="/page#new") + "#old").url
    return kept.replace(f":{site.port}", ""), new.replace(f":{site.port}", "")


@scenario(["301 GET {}", "302 GET {}", "303 GET {}", "307 POST {'a': '1'}", "308 POST {'a': '1'}"])
def method_after_a_redirected_post(agent: UserAgent, site: TinySite) -> object:
    seen = []
    for status in ("301", "302", "303", "307", "308"):
        page = agent.post(
            link(site.here, "/jump", to="/echo", status=status), {"a": "1"}, from_site=site.here
        )
        seen.append(f"{status} {page.text.split()[0]} {page.text.partition('form')[2].partition('}')[0]}}}")
    return seen


@scenario(
    [
        "GET http://127.0.0.1/auto 200",
        "POST http://localhost/jump 303",
        "GET http://localhost/page 200",
    ]
)
def self_submitting_page(agent: UserAgent, site: TinySite) -> object:
    agent.open(link(site.there, "/auto", to=link(site.here, "/jump", to="/page", status="303")))
    return steps(agent.trace, site)


def _moving(script: str, head: str = "", body: str = "") -> Reply:
    return Reply(
        f"<html><head>{head}</head><body {body}><form id='appForm' method='post' action='/echo'>"
        f"<input type='hidden' name='a' value='1'></form><script>{script}</script></body></html>"
    )


@scenario(["POST", "POST", "POST", "POST", "POST", "POST"])
def ways_to_submit_by_itself(agent: UserAgent, site: TinySite) -> object:
    pages = {
        "/m1": _moving("document.forms[0].submit()"),
        "/m2": _moving("document.getElementById('appForm').submit();"),
        "/m3": _moving("window.onload = function () { document.forms[0].submit() }"),
        "/m4": _moving("addEventListener('DOMContentLoaded', () => document.forms.appForm.submit())"),
        "/m5": _moving("function go() { document.forms[0].submit() }", body="onload='go()'"),
        "/m6": _moving("window.setTimeout('document.forms[0].submit()', 0);"),
    }
    site.routes.update(pages)
    return [agent.open(site.here + path).text.split()[0] for path in pages]


@scenario(["asks", "asks", "asks"])
def pages_that_wait_for_a_person(agent: UserAgent, site: TinySite) -> object:
    form = "<form id=f action='/echo' method=post>{}<button id=b>Go</button></form>asks"
    pages = {
        "/w1": form.format("") + "<script>function out() { document.forms[0].submit() }</script>",
        "/w2": form.format("")
        + "<script>b.addEventListener('click', function () { f.submit() }); "
        + "b.onmouseenter = function () { f.submit() }</script>",
        "/w3": form.format("<input name=user>") + "<noscript><script>f.submit()</script></noscript>",
    }
    site.routes.update({path: Reply(body) for path, body in pages.items()})
    return [agent.open(site.here + path).text.split()[-1] for path in pages]


@scenario(("http://localhost/page", "http://localhost/wait"))
def refresh(agent: UserAgent, site: TinySite) -> object:
    site.routes["/now"] = Reply('<meta http-equiv="Refresh" content="0; URL=\'/page\'">moving')
    site.routes["/wait"] = Reply('<meta http-equiv="refresh" content="30;url=/page">read me')
    now, wait = agent.open(site.here + "/now").url, agent.open(site.here + "/wait").url
    return now.replace(f":{site.port}", ""), wait.replace(f":{site.port}", "")
