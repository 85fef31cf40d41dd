"""What pages show and what their forms send."""

from __future__ import annotations

from conformance.agents.protocol import UserAgent
from tests.conformance.agent_scenarios.base import facts, scenario, set_here, steps
from tests.conformance.tiny_site import Reply, TinySite

_FORM = """<html><head><title> A
 form </title><base href="/deep/"></head><body>
<h1>Settings</h1><p>Text <i>in</i>line</p>
<div style="display: none">unseen</div><div hidden>unseen</div>
<form method="post" action="path/echo" id="f">
<input type="hidden" name="token" value="t&amp;1"><input name="user" value="old" required>
<input type="email" name="mail">
<input name="fixed" value="x" readonly><input name="off" value="x" disabled>
<input type="checkbox" name="c1" checked><input type="checkbox" name="c2" value="two">
<input type="checkbox" name="c3">
<input type="radio" name="r" value="1" checked><input type="radio" name="r" value="2">
<select name="s"><option value="a">First</option><option value="b" selected>Second</option>
<option>Third</option></select><textarea name="t">
one
two</textarea>
<button name="do" value="save" id="save">Save it</button><input type="submit" name="do" value="Drop">
<button type="button" id="nothing">Nothing</button></form>
<input name="outside" form="f" value="o"><noscript><input name="noscript"></noscript>
<input name="parked" aria-hidden="true" form="f"><script>var text = "<input name=script>"</script>
</body></html>"""


@scenario(
    (
        "http://localhost/form",
        200,
        "A form",
        "Settings Text inline Save it Nothing",
        ["c1", "c2", "c3", "mail", "outside", "r", "s", "t", "user"],
        ["Drop", "Nothing", "Save it", "do", "nothing", "save"],
    )
)
def what_a_page_shows(agent: UserAgent, site: TinySite) -> object:
    site.routes["/form"] = Reply(_FORM)
    return facts(agent.open(site.here + "/form"), site)


@scenario(
    [
        "token=t%261&user=al+ice%40x%7E*&mail=&fixed=x&c1=on&r=1&s=b&t=one%0D%0Atwo&do=save&outside=o&parked=",
        "token=t%261&user=old&mail=no+address&fixed=x&c2=two&r=2&s=Third&t=a%0D%0Ab&do=Drop&outside=o&parked=",
    ]
)
def what_a_form_sends(agent: UserAgent, site: TinySite) -> object:
    site.routes["/form"] = Reply(_FORM)
    agent.open(site.here + "/form")
    agent.submit({"user": "al ice@x~*"})
    agent.open(site.here + "/form")
    agent.submit(
        {"c1": "off", "c2": "on", "r": "2", "s": "Third", "t": "a\nb", "mail": "no address"}, button="Drop"
    )
    return [request.body.decode() for request in site.requests if request.method == "POST"]


@scenario(("http://localhost/echo?q=a+b&go=", ["multipart", "a", "1"], "POST form{'one': '1'}"))
def other_kinds_of_forms(agent: UserAgent, site: TinySite) -> object:
    site.routes["/search"] = Reply(
        "<form action='/echo?old=1'><input name=q><button name=go>Go</button></form>"
    )
    site.routes["/upload"] = Reply(
        "<form action=/echo method=post enctype=multipart/form-data><input name=a><input type=submit></form>"
    )
    site.routes["/enter"] = Reply("<form action=/echo method=post><input name=one></form>")
    agent.open(site.here + "/search")
    searched = agent.submit({"q": "a b"}).url.replace(f":{site.port}", "")
    agent.open(site.here + "/upload")
    agent.submit({"a": "1"})
    body = site.requests[-1].body.decode()
    kind = site.requests[-1].headers["content-type"].partition("/")[0]
    agent.open(site.here + "/enter")
    entered = agent.submit({"one": "1"}).text
    return (
        searched,
        [kind, body.partition('"')[2][0], body.split("\r\n")[3]],
        f"{entered.split()[0]} {entered[entered.index('form') :].partition('}')[0]}}}",
    )


@scenario([(200, '{"user": "ann"}'), (401, "plain text"), (500, ""), (404, ""), (503, "Sorry")])
def answers_that_are_no_html_or_errors(agent: UserAgent, site: TinySite) -> object:
    site.routes.update(
        {
            "/json": Reply('{"user":\n "ann"}', content_type="application/json"),
            "/plain": Reply("plain   text", 401, content_type="text/plain"),
            "/e500": Reply("", 500),
            "/e404": Reply("", 404),
            "/e503": Reply("<h1>Sorry</h1>", 503),
        }
    )
    pages = [agent.open(site.here + path) for path in ("/json", "/plain", "/e500", "/e404", "/e503")]
    return [(page.status, page.text) for page in pages]


@scenario(
    [
        "A page",
        "A page",
        ["GET http://localhost/page 200", "GET http://localhost/none 204", "GET http://localhost/file 200"],
    ]
)
def answers_without_a_document(agent: UserAgent, site: TinySite) -> object:
    site.routes["/none"] = Reply(status=204)
    site.routes["/file"] = Reply("data", headers=[("Content-Disposition", "attachment; filename=x.html")])
    agent.open(site.here + "/page")
    titles = [agent.open(site.here + path).title for path in ("/none", "/file")]
    return [*titles, steps(agent.trace, site)]


@scenario([(200, {"cookie": "a=1"}), (404, None), 1])
def fetching_json(agent: UserAgent, site: TinySite) -> object:
    site.routes["/who"] = lambda r: Reply(
        f'{{"cookie": "{r.headers.get("cookie")}"}}', content_type="application/json"
    )
    set_here(agent, site, "a=1; SameSite=Strict; HttpOnly")
    return [agent.get_json(site.here + "/who"), agent.get_json(site.here + "/nowhere"), len(agent.trace)]
