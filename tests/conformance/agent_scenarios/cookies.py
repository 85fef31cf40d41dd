"""Cookies, SameSite and the headers that say where a request comes from."""

from __future__ import annotations

from conformance.agents.protocol import Page, UserAgent
from tests.conformance.agent_scenarios.base import (
    ORIGIN_HEADERS,
    ROUTES,
    cookies_of,
    link,
    scenario,
    set_here,
    told,
)
from tests.conformance.tiny_site import Reply, TinySite


@scenario(
    {
        "typed": "l=1; s=2; d=3",
        "get": "l=1; d=3",
        "post": "d=3",
        "after_303": "l=1; d=3",
        "own_post": "l=1; s=2; d=3",
    }
)
def same_site_attribute(agent: UserAgent, site: TinySite) -> object:
    set_here(agent, site, "l=1; SameSite=Lax", "s=2; SameSite=Strict", "d=3", "n=4; SameSite=None")
    site.routes["/link"] = Reply(f'<a id="go" href="{site.here}/echo">there</a>')
    agent_typed = agent.open(site.here + "/echo")
    agent.open(site.there + "/link")
    agent_get = agent.press("go")
    after = link(site.here, "/jump", to="/echo", status="303")
    return {
        "typed": cookies_of(agent_typed),
        "get": cookies_of(agent_get),
        "post": cookies_of(agent.post(site.here + "/echo", {}, from_site=site.there)),
        "after_303": cookies_of(agent.post(after, {}, from_site=site.there)),
        "own_post": cookies_of(agent.post(site.here + "/echo", {}, from_site=site.here)),
    }


@scenario({"there_and_back_typed": "s=2", "there_and_back_post": "s=2", "auto_post": "", "auto_post_303": ""})
def strict_cookie_through_redirects(agent: UserAgent, site: TinySite) -> object:
    set_here(agent, site, "s=2; SameSite=Strict")
    back = link(site.there, "/jump", to=site.here + "/echo")
    return {
        "there_and_back_typed": cookies_of(agent.open(link(site.here, "/jump", to=back))),
        "there_and_back_post": cookies_of(
            agent.post(link(site.here, "/jump", to=back, status="303"), {}, from_site=site.here)
        ),
        "auto_post": cookies_of(agent.open(link(site.there, "/auto", to=site.here + "/echo"))),
        "auto_post_303": cookies_of(
            agent.open(link(site.there, "/auto", to=link(site.here, "/jump", to="/echo", status="303")))
        ),
    }


@scenario("n=1; __Secure-s=2; __Host-h=3")
def secure_cookies_on_loopback(agent: UserAgent, site: TinySite) -> object:
    set_here(
        agent,
        site,
        "n=1; SameSite=None; Secure",
        "__Secure-s=2; Secure",
        "__Host-h=3; Secure; Path=/",
        "__Secure-x=4",
        "__Host-y=5; Secure; Path=/deep",
        "z=6; SameSite=None",
    )
    return cookies_of(agent.post(site.here + "/echo", {}, from_site=site.there)) or "none"


@scenario({"/echo": "root=1", "/deep/path/echo": "own=3; deep=2; root=1", "/deeper/echo": "root=1"})
def cookie_paths(agent: UserAgent, site: TinySite) -> object:
    set_here(agent, site, "root=1; Path=/", "deep=2; Path=/deep", "own=3", path="/deep/path/set")
    return {
        path: cookies_of(agent.open(site.here + path))
        for path in ("/echo", "/deep/path/echo", "/deeper/echo")
    }


@scenario({"other_host": "", "other_port": "a=1; c=3"})
def cookies_by_host_not_by_port(agent: UserAgent, site: TinySite) -> object:
    set_here(agent, site, "a=1", "b=2; Domain=example.com", "c=3; Domain=localhost")
    with TinySite(dict(ROUTES)) as other:
        return {
            "other_host": cookies_of(agent.open(site.there + "/echo")),
            "other_port": cookies_of(agent.open(other.here + "/echo")),
        }


@scenario(["a=1; b=2", "b=2; a=new", "b=2", "", "c=3"])
def cookie_replacement_and_expiry(agent: UserAgent, site: TinySite) -> object:
    seen = []
    for cookies in (
        ("a=1; Path=/", "b=2; Max-Age=60; Path=/"),
        ("a=gone; Path=/; Max-Age=0", "a=new; Path=/"),
        ("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/",),
        ("b=; Max-Age=-1; Path=/",),
        (
            "c=3; Expires=Fri, 01-Jan-2100 00:00:00 GMT",
            "d=; Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT",
        ),
    ):
        set_here(agent, site, *cookies)
        seen.append(cookies_of(agent.open(site.here + "/echo")))
    return seen


@scenario("strict=2")
def cookies_set_by_the_answer_to_a_cross_site_post(agent: UserAgent, site: TinySite) -> object:
    agent.post(link(site.here, "/set", one="strict=2; SameSite=Strict"), {}, from_site=site.there)
    return cookies_of(agent.open(site.here + "/echo"))


@scenario(["a=1", "", "a=1", ""])
def cookie_jar_is_saved_restored_cleared(agent: UserAgent, site: TinySite) -> object:
    set_here(agent, site, "a=1; HttpOnly")
    seen = [cookies_of(agent.open(site.here + "/echo"))]
    kept = agent.cookies()
    agent.clear_cookies(site.here)
    seen.append(cookies_of(agent.open(site.here + "/echo")))
    agent.restore_cookies(kept)
    agent.clear_cookies(site.there)
    seen.append(cookies_of(agent.open(site.here + "/echo")))
    agent.clear_cookies()
    seen.append(cookies_of(agent.open(site.here + "/echo")))
    return seen


@scenario(
    {
        "typed": ("-", "-", "none", "?1"),
        "link": ("http://127.0.0.1/", "-", "cross-site", "?1"),
        "cross_post": ("http://127.0.0.1/", "http://127.0.0.1", "cross-site", "-"),
        "own_post": ("http://localhost/", "http://localhost", "same-origin", "-"),
        "own_press": ("http://localhost/form", "http://localhost", "same-origin", "?1"),
        "bounced": ("http://localhost/", "-", "cross-site", "-"),
        "bounced_307": ("http://localhost/", "null", "cross-site", "-"),
        "private": ("-", "null", "same-origin", "?1"),
    }
)
def origin_headers(agent: UserAgent, site: TinySite) -> object:
    form = "<form method=post action=/echo><button id=go>Go</button></form>"
    site.routes["/form"] = Reply(form)
    site.routes["/private"] = Reply(form, headers=[("Referrer-Policy", "no-referrer")])
    site.routes["/link"] = Reply(f'<a id="go" href="{site.here}/echo">there</a>')
    bounce = link(site.there, "/jump", to=site.here + "/echo")
    bounce_307 = link(site.there, "/jump", to=site.here + "/echo", status="307")

    def press(url: str) -> Page:
        agent.open(url)
        return agent.press("go")

    pages = {
        "typed": agent.open(site.here + "/echo"),
        "link": press(site.there + "/link"),
        "cross_post": agent.post(site.here + "/echo", {}, from_site=site.there),
        "own_post": agent.post(site.here + "/echo", {}, from_site=site.here),
        "own_press": press(site.here + "/form"),
        "bounced": agent.post(link(site.here, "/jump", to=bounce, status="303"), {}, from_site=site.here),
        "bounced_307": agent.post(
            link(site.here, "/jump", to=bounce_307, status="307"), {}, from_site=site.here
        ),
        "private": press(site.here + "/private"),
    }
    return {
        name: tuple(told(page, header).replace(f":{site.port}", "") for header in ORIGIN_HEADERS)
        for name, page in pages.items()
    }
