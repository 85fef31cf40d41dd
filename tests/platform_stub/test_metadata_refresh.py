"""A client whose metadata link is read again: when, what counts afterwards, and what a bad answer does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from platform_stub import metadata_link
from platform_stub.fetch import Fetched, FetchError
from platform_stub.store import MetadataMode
from tests.platform_stub.sso_platform import Platform, refusal, running, saml_config, saml_login
from tests.platform_stub.sso_signer import ISSUER, signer
from tests.platform_stub.test_import import metadata

LINK = "https://idp.acme.test/metadata"


@dataclass
class Link:
    """What the metadata link answers: the certificates of these signers, or nothing at all."""

    signers: list[str] = field(default_factory=lambda: ["idp"])
    issuer: str = ISSUER
    down: bool = False
    readings: int = 0

    def fetch(self, url: str, *, timeout_seconds: float, max_bytes: int, **_: object) -> Fetched:
        assert (url, timeout_seconds > 0, max_bytes > 0) == (LINK, True, True)
        self.readings += 1
        if self.down:
            raise FetchError("down")
        keys = "".join(_key(name) for name in self.signers)
        body = metadata(keys=keys, entity=f'entityID="{self.issuer}"')
        return Fetched(200, body.encode(), "application/samlmetadata+xml")


def _key(name: str) -> str:
    body = "".join(signer(name).pem.splitlines()[1:-1])
    return (
        '<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
        f"<ds:X509Data><ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        "</md:KeyDescriptor>"
    )


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> Link:
    made = Link()
    monkeypatch.setattr(metadata_link, "fetch", made.fetch)
    return made


@pytest.fixture
def platform() -> Iterator[Platform]:
    with running() as started:
        started.save(saml_config(metadata_url=LINK))
        yield started


def refresh(platform: Platform) -> None:
    with platform.ctx.store.write() as tx:
        tx.clients.set_metadata_mode(platform.client.id, MetadataMode.REFRESH)


def login(platform: Platform, by: str, name: str) -> str:
    """Return the refusal's code, "" for a login that was admitted."""
    return refusal(saml_login(platform, platform.browser(), by=by, change={"id": name}))


def test_imported_once_the_link_is_never_read(platform: Platform, link: Link) -> None:
    link.signers = ["next"]
    platform.clock.advance(days=90)
    assert (login(platform, "idp", "a"), login(platform, "next", "b")) == ("", "signature-invalid")
    assert link.readings == 0


def test_the_overlap_counts_and_what_is_dropped_does_not(platform: Platform, link: Link) -> None:
    refresh(platform)
    link.signers = ["idp", "next"]
    assert (login(platform, "idp", "a"), login(platform, "next", "b")) == ("", "")
    assert link.readings == 1, "the second login is within the bound"
    link.signers = ["next"]
    assert login(platform, "idp", "c") == ""
    platform.clock.advance(seconds=metadata_link.REFRESH_AFTER.total_seconds())
    assert (login(platform, "idp", "d"), login(platform, "next", "e")) == ("signature-invalid", "")
    assert link.readings == 2
    assert [entry["result"] for entry in platform.audit() if entry["action"] == "sso.refreshed"] == ["ok"] * 2


@pytest.mark.parametrize("trouble", ["down", "other-issuer"])
def test_a_bad_answer_keeps_the_last_good_certificates(platform: Platform, link: Link, trouble: str) -> None:
    refresh(platform)
    link.signers = ["next"]
    assert login(platform, "next", "a") == ""
    link.down, link.issuer = trouble == "down", ISSUER if trouble == "down" else "https://evil.test"
    link.signers = ["evil"]
    platform.clock.advance(days=1)
    assert [login(platform, by, by) for by in ("next", "idp", "evil")] == [
        "",
        "signature-invalid",
        "signature-invalid",
    ]
    assert link.readings == 2, "a link that failed is left alone for a while"
    platform.clock.advance(seconds=metadata_link.RETRY_AFTER.total_seconds())
    link.down, link.issuer, link.signers = False, ISSUER, ["idp"]
    assert (login(platform, "idp", "c"), link.readings) == ("", 3)
