"""The spoilt copies of metadata: each is served, and differs from the good one in what its name says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from lxml import etree

from conformance.steps.crowd import at_idp, crowd
from conformance.steps.metadata_site import MetadataSite

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
GOOD = (
    b'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="http://idp"><md:IDPSSODescriptor>'
    b'<md:KeyDescriptor use="signing"/><md:SingleSignOnService Location="http://idp/sso"/></md:IDPSSODescriptor>'
    b"</md:EntityDescriptor>"
)


class Idp(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(GOOD)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def site() -> Iterator[MetadataSite]:
    with HTTPServer(("127.0.0.1", 0), Idp) as idp:
        thread = threading.Thread(target=idp.serve_forever, args=(0.02,))
        thread.start()
        made = MetadataSite(f"http://127.0.0.1:{idp.server_port}/metadata")
        try:
            yield made
        finally:
            made.close()
            idp.shutdown()
            thread.join()


def served(site: MetadataSite, document: str) -> httpx.Response:
    return httpx.get(site.url(document), trust_env=False)


def test_the_site_tells_where_else_a_reader_went(site: MetadataSite) -> None:
    entity = served(site, "canary-entity").text
    assert site.beyond("canary-entity") == []
    httpx.get(entity.partition('SYSTEM "')[2].partition('"')[0], trust_env=False)
    assert site.beyond("canary-entity") == ["canary"]
    assert httpx.get(site.url("redirect"), follow_redirects=True, trust_env=False).status_code == 200
    assert site.beyond("redirect") == ["good"]
    assert site.beyond("redirect") == [], "told once"


def test_a_key_without_use_is_still_a_key(site: MetadataSite) -> None:
    root = etree.fromstring(served(site, "key-without-use").content)
    assert [dict(key.attrib) for key in root.iter(f"{MD}KeyDescriptor")] == [{}]


def test_the_good_copy_is_the_idps_own(site: MetadataSite) -> None:
    answer = served(site, "good")
    assert etree.canonicalize(answer.text) == etree.canonicalize(GOOD.decode())


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ("no-idp-role", "IDPSSODescriptor"),
        ("no-sign-on-address", "IDPSSODescriptor/{}SingleSignOnService"),
        ("no-key", "IDPSSODescriptor/{}KeyDescriptor"),
    ],
)
def test_a_part_is_gone(site: MetadataSite, document: str, path: str) -> None:
    path = MD + path.format(MD)
    assert etree.fromstring(GOOD).find(path) is not None
    assert etree.fromstring(served(site, document).content).find(path) is None


def test_every_document_but_the_endless_ones_is_not_the_good_one(site: MetadataSite) -> None:
    good = served(site, "good")
    for document in set(site.names()) - {"good", "slow", "huge"}:
        answer = served(site, document)
        assert (answer.status_code, answer.content) != (200, good.content), document


def test_entities_are_declared_and_used(site: MetadataSite) -> None:
    for document in ("entity-bomb", "external-entity"):
        text = served(site, document).text
        assert text.startswith("<!DOCTYPE")
        assert "&c;" in text


def test_the_huge_document_begins_like_a_good_one(site: MetadataSite) -> None:
    with httpx.stream("GET", site.url("huge"), trust_env=False) as answer:
        assert next(answer.iter_bytes()).startswith(b"<md:EntityDescriptor")


def test_an_unknown_document_is_told(site: MetadataSite) -> None:
    with pytest.raises(LookupError, match="no metadata document `expierd`; there are good"):
        site.url("expierd")


def test_the_crowd_is_the_same_each_time_and_nobody_twice() -> None:
    people = crowd(200)
    assert people == crowd(200)
    assert people[:50] == crowd(50)
    for values in ({p.login.casefold() for p in people}, {p.email for p in people}, {p.id for p in people}):
        assert len(values) == 200
    assert [sum(p.kind == kind for p in people) for kind in ("user", "agent")] == [100, 100]
    assert all(at_idp(person)["email"] == person.email for person in people)
