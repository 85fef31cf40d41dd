"""Headers of the pages: no foreign scripts or frames, and what a browser may keep."""

from lxml import html

from tests.platform_stub.conftest import World

SECURITY = "/acme/configure/client/security"


def test_every_page_forbids_foreign_scripts_and_frames(licensed: World) -> None:
    browser = licensed.signed_in("sam")
    for path in ("/", "/acme", SECURITY, "/nope"):
        headers = browser.get(path).headers
        assert "default-src 'self'; frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"


def test_static_files_are_kept_by_the_browser_under_the_name_of_their_content(licensed: World) -> None:
    browser = licensed.signed_in("sam")
    (script,) = html.fromstring(browser.get(SECURITY).text).xpath("//script/@src")
    with browser.get(script) as named, browser.get(script.partition("?")[0]) as bare:
        assert "immutable" in named.headers["Cache-Control"]
        assert bare.headers["Cache-Control"] == "no-cache"
