"""Logins by encrypted assertions: believed for a signature in or around them; no answer helps to read one."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from werkzeug.test import TestResponse

from platform_stub.policy import STRICT
from platform_stub.saml.platform_key import platform_key, private_key
from platform_stub.store import KeyUse
from platform_stub.weaknesses import apply
from tests.platform_stub.sso_platform import BASE, Platform, post_acs, refusal, running, start_saml, who
from tests.platform_stub.sso_sealing import CBC, GCM, ciphertext, sealed
from tests.platform_stub.sso_signer import NS, encode, enveloped, saml_response, signer

Seal = Callable[[rsa.RSAPublicKey, bytes], etree._Element]


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with running() as started:
        yield started


def log_in(
    platform: Platform,
    sign: str,
    seal: Seal = sealed,
    *,
    email: str = "alice@acme.test",
    beside: bool = False,
) -> tuple[TestResponse, str]:
    """Log in by an assertion that is encrypted between both signatures; return the answer and who is in."""
    browser = platform.browser()
    message = platform.message(start_saml(platform, browser), email=email, id=f"id{secrets.token_hex(8)}")
    inner = "assertion" if sign in {"assertion", "both"} else "none"
    root = etree.fromstring(base64.b64decode(saml_response(message, sign=inner)))
    assertion = root.find("saml:Assertion", NS)
    assert assertion is not None
    public = private_key(platform_key(platform.ctx, KeyUse.ENCRYPTION).private_key).public_key()
    assertion.addnext(seal(public, etree.tostring(assertion, with_tail=False)))
    if not beside:
        root.remove(assertion)
    if sign in {"response", "both"}:
        enveloped(root, signer("idp"))
    answer = post_acs(browser, encode(root))
    return answer, who(browser)["user"] or ""


@pytest.mark.parametrize("cipher", [GCM, CBC])
@pytest.mark.parametrize("sign", ["assertion", "response", "both"])
def test_a_signature_in_or_around_is_enough(platform: Platform, sign: str, cipher: str) -> None:
    _, inside = log_in(platform, sign, lambda public, plain: sealed(public, plain, cipher=cipher))
    assert inside == "alice@acme.test"


def test_encryption_is_no_signature(platform: Platform) -> None:
    answer, inside = log_in(platform, "none")
    assert (refusal(answer), inside) == ("encrypted-assertion", "")


def test_a_second_assertion_in_clear_is_refused(platform: Platform) -> None:
    answer, inside = log_in(platform, "assertion", beside=True)
    assert (refusal(answer), inside) == ("assertion-count", "")


def test_a_response_changed_after_signing_is_refused(platform: Platform) -> None:
    browser = platform.browser()
    message = platform.message(start_saml(platform, browser), id="id8001")
    root = etree.fromstring(base64.b64decode(saml_response(message, sign="none")))
    assertion = root.find("saml:Assertion", NS)
    assert assertion is not None
    plain = etree.tostring(assertion, with_tail=False)
    public = private_key(platform_key(platform.ctx, KeyUse.ENCRYPTION).private_key).public_key()
    assertion.addnext(sealed(public, plain))
    root.remove(assertion)
    enveloped(root, signer("idp"))
    honest = root.find("saml:EncryptedAssertion", NS)
    assert honest is not None
    root.replace(honest, sealed(public, plain.replace(b"alice@acme.test", b"adam@acme.test")))
    assert refusal(post_acs(browser, encode(root))) == "signature-invalid"


def test_no_answer_tells_what_is_wrong_with_a_ciphertext(platform: Platform) -> None:
    """Each block changed in turn: padding, well-formedness, content or signature breaks, by one refusal."""
    secret = secrets.token_bytes(32)
    told = set()

    def changed(place: int) -> Seal:
        def seal(public: rsa.RSAPublicKey, plain: bytes) -> etree._Element:
            data = bytearray(ciphertext(CBC, secret, plain))
            data[min(place, len(data) - 1)] ^= 0x01
            return sealed(public, plain, cipher=CBC, secret=secret, data=bytes(data))

        return seal

    for place in (0, 20, 200, 800, 1500, 10**6):
        answer, inside = log_in(platform, "assertion", changed(place))
        reference = answer.get_json()
        told.add((reference["code"], reference.get("sentence", "")))
        assert not inside
    assert {code for code, _ in told} == {"encrypted-assertion"}
    assert len(told) == 1


@pytest.mark.parametrize(
    ("weakness", "sign", "beside"),
    [
        ("saml-encryption-taken-for-signature", "none", False),
        ("saml-encrypted-assertion-preferred", "assertion", True),
    ],
)
def test_a_weakness_lets_the_forgery_in(weakness: str, sign: str, beside: bool) -> None:
    def forged(public: rsa.RSAPublicKey, plain: bytes) -> etree._Element:
        assertion = etree.fromstring(plain.replace(b"mallory@acme.test", b"alice@acme.test"))
        for signature in assertion.findall("ds:Signature", NS):
            assertion.remove(signature)
        assertion.set("ID", f"id{secrets.token_hex(8)}")
        return sealed(public, etree.tostring(assertion))

    with running(apply([weakness])) as weak:
        assert log_in(weak, sign, forged, email="mallory@acme.test", beside=beside)[1] == "alice@acme.test"
    with running() as strict:
        assert log_in(strict, sign, forged, email="mallory@acme.test", beside=beside)[1] == ""


def test_metadata_shows_what_to_encrypt_for(platform: Platform) -> None:
    answer = platform.browser().get("/ACME/sso/saml/metadata", base_url=BASE)
    root = etree.fromstring(answer.data)
    key = root.find(".//{*}KeyDescriptor[@use='encryption']")
    assert key is not None
    shown = "".join((key.findtext(".//{*}X509Certificate") or "").split())
    kept = platform_key(platform.ctx, KeyUse.ENCRYPTION).certificate
    assert shown in kept.replace("\n", "")
    methods = [method.get("Algorithm", "") for method in key.iter("{*}EncryptionMethod")]
    assert GCM in methods
    assert not any("rsa-1_5" in method for method in methods)
    role = root.find("{*}SPSSODescriptor")
    assert role is not None
    assert role.get("WantAssertionsSigned") == "false", "a signature over the Response is enough"


def test_a_knob_refuses_what_notices_no_change() -> None:
    with running(replace(STRICT, saml_cbc="refuse")) as careful:
        answer, inside = log_in(careful, "both", lambda public, plain: sealed(public, plain, cipher=CBC))
        assert (refusal(answer), inside) == ("encrypted-assertion", "")
        assert log_in(careful, "both")[1] == "alice@acme.test"
        shown = careful.browser().get("/ACME/sso/saml/metadata", base_url=BASE).data
        assert (b"-gcm" in shown, b"-cbc" in shown) == (True, False)
