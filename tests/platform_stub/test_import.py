"""The green arrow: what good metadata fills in, and every way in which a metadata URL can be bad."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from lxml import html

from platform_stub.fetch import FetchError, fetch, url_problem
from platform_stub.saml_metadata import MetadataError, parse_idp_metadata
from tests.platform_stub.certs import base64_only, pem
from tests.platform_stub.conftest import World

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SECURITY = "/acme/configure/client/security"
BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-"


def key(name: str, use: str = 'use="signing"') -> str:
    return (
        f'<md:KeyDescriptor {use}><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
        f"<ds:X509Certificate>\n{base64_only(pem(name))}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        "</md:KeyDescriptor>"
    )


def metadata(
    *,
    keys: str = "",
    services: str = "",
    attributes: str = "",
    entity: str = 'entityID="https://idp.test/entity"',
    protocol: str = "urn:oasis:names:tc:SAML:2.0:protocol",
) -> str:
    keys = keys or key("idp.acme.test")
    services = services or (
        f'<md:SingleSignOnService Binding="{BINDING}POST" Location="https://idp.test/post"/>'
        f'<md:SingleSignOnService Binding="{BINDING}Redirect" Location="https://idp.test/redirect"/>'
    )
    return (
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" {entity} {attributes}>'
        f'<md:IDPSSODescriptor protocolSupportEnumeration="{protocol}">{keys}{services}</md:IDPSSODescriptor>'
        "</md:EntityDescriptor>"
    )


def test_three_fields_come_out() -> None:
    found = parse_idp_metadata(metadata().encode(), NOW)
    assert found.single_sign_on_url == "https://idp.test/redirect"
    assert found.issuer_url == "https://idp.test/entity"
    assert found.certificate_x509 == pem("idp.acme.test")
    assert found.warnings == ()


def test_only_signing_keys_count_each_once_and_one_without_use_signs() -> None:
    keys = key("first") + key("secret", 'use="encryption"') + key("second", "") + key("first")
    found = parse_idp_metadata(metadata(keys=keys).encode(), NOW)
    assert found.certificate_x509 == pem("first") + pem("second")


def test_the_post_binding_serves_when_there_is_no_redirect() -> None:
    services = (
        f'<md:SingleSignOnService Binding="{BINDING}Artifact" Location="https://idp.test/a"/>'
        f'<md:SingleSignOnService Binding="{BINDING}POST" Location="https://idp.test/post"/>'
    )
    assert (
        parse_idp_metadata(metadata(services=services).encode(), NOW).single_sign_on_url
        == "https://idp.test/post"
    )


def test_one_identity_provider_in_a_federation_is_found() -> None:
    name = "md:EntitiesDescriptor"
    both = f'<{name} xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">{metadata()}%s</{name}>'
    assert parse_idp_metadata((both % "").encode(), NOW).issuer_url == "https://idp.test/entity"
    with pytest.raises(MetadataError, match="2 identity providers"):
        parse_idp_metadata((both % metadata()).encode(), NOW)


def test_an_expired_certificate_is_warned_about() -> None:
    keys = key("old").replace(base64_only(pem("old")), base64_only(pem("old", last_year=2025)))
    assert "expired on 2025-01-01" in parse_idp_metadata(metadata(keys=keys).encode(), NOW).warnings[0]


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
SP = (
    '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"><md:SPSSODescriptor '
    'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/></md:EntityDescriptor>'
)
BAD_DOCUMENTS = {
    "is not XML": "hello",
    "is not XML:": "",
    "line break or another character": '\n<?xml version="1.0" encoding="UTF-8"?>' + metadata(),
    "it starts with <html>": "<html><body>Sign in</body></html>",
    "service provider": SP,
    "no IDPSSODescriptor": metadata(protocol="urn:oasis:names:tc:SAML:1.1:protocol"),
    "no entityID": metadata(entity=""),
    "no SingleSignOnService": metadata(services="<md:Other/>"),
    "no signing certificate": metadata(keys=key("x", 'use="encryption"')),
    "is not usable": metadata(keys=key("idp.acme.test").replace("MII", "XXX", 1)),
    "valid until 2026-02-28": metadata(attributes='validUntil="2026-02-28T00:00:00Z"'),
    "is not a time": metadata(attributes='validUntil="soon"'),
    "has a DTD": BOMB + metadata(),
    "has a DTD,": EXTERNAL + metadata(entity='entityID="&a;"').replace('"&a;"', '"x"'),
}


@pytest.mark.parametrize("sentence", BAD_DOCUMENTS)
def test_a_bad_document_is_refused_with_its_reason(sentence: str) -> None:
    with pytest.raises(MetadataError, match=sentence):
        parse_idp_metadata(BAD_DOCUMENTS[sentence].encode(), NOW)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://idp.test/x",
        "idp.test/metadata",
        "https://",
        "http://idp.test/metadata",
        "http://169.254.169.254/latest/meta-data",
        "https://idp.test/a b",
        "https://user:pw@idp.test/",
        "https://[::1",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_may_not_be_used(url: str) -> None:
    assert url_problem(url)
    with pytest.raises(FetchError):
        fetch(url, timeout_seconds=1, max_bytes=10)


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "192.168.1.1", "[fd00::1]", "127.1"])
def test_https_into_a_private_network_is_refused(host: str) -> None:
    with pytest.raises(FetchError, match="not a public address"):
        fetch(f"https://{host}/metadata", timeout_seconds=2, max_bytes=10)


@dataclass
class Site:
    """What the next request to the little web site gets."""

    url: str
    status: int = 200
    body: bytes = b""
    content_type: str = "application/samlmetadata+xml"
    location: str = ""
    requests: int = 0


@contextmanager
def web_site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requests += 1
            self.send_response(site.status)
            self.send_header("Content-Type", site.content_type)
            if site.location:
                self.send_header("Location", site.location)
            self.end_headers()
            self.wfile.write(site.body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(f"http://127.0.0.1:{server.server_port}/metadata")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_arrow_fills_three_fields_and_saves_nothing(licensed: World) -> None:
    browser = licensed.signed_in("sam")
    browser.get(SECURITY)
    with web_site() as site:
        site.body = metadata().encode()
        form = {"saml.metadata_url": site.url, "saml.issuer_url": "typed", "authentication_standard": "SAML"}
        answer = browser.post(f"{SECURITY}/import", {**form, "revision": "0"})
        api = licensed.api().call("POST", "/api/configuration/sso/import", {"metadata_url": site.url})
    root = html.fromstring(answer.text)
    assert answer.status_code == 200 and "They count once you save them" in answer.text
    (form_shown,) = [found for found in root.forms if found.get("id") == "sso-form"]
    shown = {name: value for name, value in form_shown.form_values() if value}
    assert shown["saml.metadata_url"] == site.url
    assert shown["saml.issuer_url"] == api["issuer_url"] == "https://idp.test/entity"
    assert shown["saml.single_sign_on_url"] == api["single_sign_on_url"] == "https://idp.test/redirect"
    assert (
        shown["saml.certificate_x509"].strip()
        == api["certificate_x509"].strip()
        == pem("idp.acme.test").strip()
    )
    assert licensed.config().revision == 0
    browser.post(SECURITY, shown)
    assert licensed.config().saml.issuer_url == "https://idp.test/entity"


def test_an_import_happens_once(licensed: World) -> None:
    api = licensed.api()
    with web_site() as site:
        site.body = metadata().encode()
        found = api.call("POST", "/api/configuration/sso/import", {"metadata_url": site.url})
        del found["warnings"]
        api.call("PUT", "/api/configuration/sso", {"saml": {**found, "metadata_url": site.url}})
        site.body = metadata(keys=key("next")).encode()
        api.call("PUT", "/api/configuration/sso/enabled", {"enabled": True})
        licensed.browser().get("/acme")
        assert site.requests == 1
    assert licensed.config().saml.certificate_x509 == pem("idp.acme.test")


def test_a_refused_import_keeps_what_was_typed_and_is_audited(licensed: World) -> None:
    browser = licensed.signed_in("sam")
    browser.get(SECURITY)
    with web_site() as site:
        site.status, site.body, site.content_type = 200, b"<html>Sign in</html>", "text/html; charset=utf-8"
        form = {"saml.metadata_url": site.url, "saml.issuer_url": "typed"}
        answer = browser.post(f"{SECURITY}/import", form)
    assert answer.status_code == 422 and "is a web page, perhaps a sign-in page" in answer.text
    assert 'value="typed"' in answer.text
    entry = licensed.audit("sso.imported")[-1]
    assert (entry["result"], entry["reason"]) == ("refused", "metadata-refused")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"status": 500}, "HTTP status 500"),
        ({"status": 302, "location": "http://169.254.169.254/"}, "redirects to"),
        ({"status": 301}, "redirects to “nowhere”"),
        ({"body": b"x" * 2_000_000}, "larger than 1,048,576 bytes"),
    ],
)
def test_a_bad_answer_is_refused_with_its_reason(
    licensed: World, change: dict[str, object], sentence: str
) -> None:
    with web_site() as site:
        for name, value in change.items():
            setattr(site, name, value)
        answer = licensed.api().call("POST", "/api/configuration/sso/import", {"metadata_url": site.url}, 422)
    assert answer["error"] == "metadata-refused" and sentence in answer["message"]


def test_no_address_and_no_answer_are_told(licensed: World) -> None:
    api = licensed.api()
    answer = api.call("POST", "/api/configuration/sso/import", {"metadata_url": " "}, 422)
    assert "Enter the address of the metadata first" in answer["message"]
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        answer = api.call("POST", "/api/configuration/sso/import", {"metadata_url": url}, 422)
    assert "cannot be reached" in answer["message"]


@pytest.mark.parametrize("drip", [b"", b"H", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_site_that_answers_slowly_costs_no_more_than_the_deadline(drip: bytes) -> None:
    """A byte at a time would keep a limit for each read alive for ever; the deadline is for the whole."""
    done = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(drip)
            while not done.wait(0.05):
                if drip:
                    try:
                        connection.sendall(b"x")
                    except OSError:  # the fetch has given up, which is the point
                        return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        started = time.monotonic()
        with pytest.raises(FetchError):
            fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout_seconds=0.5, max_bytes=10_000)
        assert time.monotonic() - started < 5
        done.set()
        thread.join()


def test_metadata_may_be_pasted(licensed: World) -> None:
    api, document = licensed.api(), metadata()
    found = api.call("POST", "/api/configuration/sso/import", {"metadata": document})
    assert found["issuer_url"] == "https://idp.test/entity"
    both = {"metadata": document, "metadata_url": "https://idp.test/"}
    assert api.call("POST", "/api/configuration/sso/import", both, 422)["error"] == "invalid-request"
    assert "not XML" in api.call("POST", "/api/configuration/sso/import", {"metadata": "x"}, 422)["message"]
    browser = licensed.signed_in("sam")
    browser.get(SECURITY)
    page = browser.post(f"{SECURITY}/import", {"metadata": document, "saml.metadata_url": ""})
    assert 'value="https://idp.test/entity"' in page.text
