"""What the browsing scenarios share: their registry, the site's pages, and ways to read an echo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from conformance.agents.protocol import Exchange, Page, UserAgent
from tests.conformance.tiny_site import Reply, Request, Route, TinySite, redirect

Scenario = Callable[[UserAgent, TinySite], object]
SCENARIOS: dict[str, tuple[Scenario, object]] = {}
"""Scenario by name, with the facts that it must lead to in every agent."""


def scenario(expected: object) -> Callable[[Scenario], Scenario]:
    def register(function: Scenario) -> Scenario:
        assert function.__name__ not in SCENARIOS
        SCENARIOS[function.__name__] = (function, expected)
        return function

    return register


def echo(request: Request) -> Reply:
    """Show what arrived: method, cookies, form, and the headers that tell where a request came from."""
    shown = [request.method, f"cookies[{request.headers.get('cookie', '')}]", f"form{dict(request.form)}"]
    shown += [f"{name}[{request.headers[name]}]" for name in ORIGIN_HEADERS if name in request.headers]
    return Reply(f"<title>echo</title><p>{' '.join(shown)}</p>")


ORIGIN_HEADERS = ("referer", "origin", "sec-fetch-site", "sec-fetch-user")


def cookies_of(page: Page) -> str:
    return page.text.partition("cookies[")[2].partition("]")[0]


def told(page: Page, name: str) -> str:
    return page.text.partition(f"{name}[")[2].partition("]")[0] if f"{name}[" in page.text else "-"


def set_cookies(request: Request) -> Reply:
    """Set the cookies of the query's values."""
    return Reply("set", headers=[("Set-Cookie", value) for value in request.query.values()])


def jump(request: Request) -> Reply:
    """Redirect to `to` with `status`."""
    return redirect(request.query["to"], status=int(request.query.get("status", "302")))


def auto_post(request: Request) -> Reply:
    """A page that posts itself to `to`."""
    return Reply(
        f'<body onload="document.forms[0].submit()"><form method="post" action="{request.query["to"]}">'
        '<input type="hidden" name="SAMLResponse" value="PHNhbWw+"><noscript>'
        '<input type="submit" value="Continue"></noscript></form></body>'
    )


ROUTES: dict[str, Route] = {
    "/page": Reply("<title>A page</title><p>Hello <b>wo</b>rld</p>"),
    "/echo": echo,
    "/deep/path/echo": echo,
    "/deeper/echo": echo,
    "/set": set_cookies,
    "/deep/path/set": set_cookies,
    "/jump": jump,
    "/auto": auto_post,
}


def set_here(agent: UserAgent, site: TinySite, *cookies: str, path: str = "/set") -> None:
    query = urlencode({str(number): cookie for number, cookie in enumerate(cookies)})
    agent.open(f"{site.here}{path}?{query}")


def link(base: str, path: str, **query: str) -> str:
    return f"{base}{path}?{urlencode(query)}"


def facts(page: Page, site: TinySite) -> tuple[object, ...]:
    return (
        page.url.replace(f":{site.port}", ""),
        page.status,
        page.title,
        page.text,
        sorted(page.fields),
        sorted(page.buttons),
    )


def steps(trace: Sequence[Exchange], site: TinySite) -> list[str]:
    return [f"{e.method} {e.url.replace(f':{site.port}', '').partition('?')[0]} {e.status}" for e in trace]
