"""Each careless reader has its one mistake alone: honest messages are read, plainly wrong ones refused."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import get_args

import pytest
from lxml import etree

from platform_stub.reader_names import SamlReader
from platform_stub.refusals import RefusalError
from platform_stub.saml import careless
from tests.platform_stub.sso_attacks import text
from tests.platform_stub.sso_signer import NS, SamlMessage, saml_response, signer

MESSAGE = SamlMessage(
    acs="https://sp.example/acs",
    audience="https://sp.example",
    request_id="id-1",
    now=datetime(2030, 1, 1, tzinfo=UTC),
)
NOT_BY_KEY = {"digest-only"}
"""Readers that do not verify whose key it was."""
each_reader = pytest.mark.parametrize("name", sorted(careless.READERS))


def read(name: SamlReader, field: str) -> str:
    habits = careless.READERS[name]
    document = careless.document(base64.b64decode(field), habits)
    found = careless.assertion(document, habits, [signer("idp").certificate])
    assert etree.QName(found).localname == "Assertion"
    return found.findtext("saml:Subject/saml:NameID", "", NS)


def test_every_name_of_the_policy_is_a_reader() -> None:
    assert set(careless.READERS) == set(get_args(SamlReader)) - {"strict"}


@each_reader
@pytest.mark.parametrize("sign", ["assertion", "response", "both"])
def test_an_honest_message_is_read(name: SamlReader, sign: str) -> None:
    assert read(name, saml_response(MESSAGE, sign=sign)) == "alice@acme.test"


@each_reader
def test_an_unsigned_message_is_refused(name: SamlReader) -> None:
    with pytest.raises(RefusalError, match="signature-missing"):
        read(name, saml_response(MESSAGE, sign="none"))


@each_reader
def test_a_message_that_was_changed_is_refused(name: SamlReader) -> None:
    with pytest.raises(RefusalError, match="signature-invalid"):
        read(name, saml_response(MESSAGE, after=text(".//saml:NameID", "mallory@acme.test")))


@each_reader
def test_a_stranger_s_signature_is_refused(name: SamlReader) -> None:
    field = saml_response(MESSAGE, by="evil")
    if name in NOT_BY_KEY:
        assert read(name, field) == "alice@acme.test"
        return
    with pytest.raises(RefusalError, match="signature-invalid"):
        read(name, field)


@each_reader
@pytest.mark.parametrize("xml", [b"", b"<a/>", b"not xml", b"<a><ds:Signature xmlns:ds='urn:x'/></a>"])
def test_what_is_no_message_is_refused(name: SamlReader, xml: bytes) -> None:
    with pytest.raises(RefusalError):
        read(name, base64.b64encode(xml).decode())
