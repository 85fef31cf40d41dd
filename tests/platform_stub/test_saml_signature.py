"""Signatures: what is accepted, and every shape in which a foreign word could ride on a genuine signature."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
from lxml import etree

from tests.platform_stub.sso_attacks import find, forge_before, remove, setting, text
from tests.platform_stub.sso_platform import Platform, refusal, running, saml_config, saml_login, who
from tests.platform_stub.sso_signer import DS, SAML, SAMLP, Edit, enveloped, signer


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with running() as started:
        yield started


def _outcome(
    platform: Platform,
    *,
    sign: str = "assertion",
    by: str = "idp",
    email: str = "alice@acme.test",
    before: Edit | None = None,
    after: Edit | None = None,
) -> tuple[str, str | None]:
    """Return the refusal's code ("" for none) and who is signed in."""
    browser = platform.browser()
    change = {"email": email, "id": f"id{len(platform.audit())}"}
    answer = saml_login(platform, browser, change=change, sign=sign, by=by, before=before, after=after)
    assert answer.status_code in {303, 403}
    return refusal(answer), who(browser)["user"]


@pytest.mark.parametrize("sign", ["assertion", "response", "both"])
def test_either_signature_is_enough(platform: Platform, sign: str) -> None:
    assert _outcome(platform, sign=sign) == ("", "alice@acme.test")


def test_inclusive_namespaces_as_okta_signs(platform: Platform) -> None:
    # Okta lists the prefix of xsi:type's values, which the exclusive canonical form would leave out.
    def typed(root: etree._Element) -> None:
        schema = "http://www.w3.org/2001/XMLSchema"
        statement = etree.fromstring(
            f'<a:AttributeStatement xmlns:a="{SAML}" xmlns:xs="{schema}" xmlns:xsi="{schema}-instance">'
            '<a:Attribute Name="email"><a:AttributeValue xsi:type="xs:string">alice@acme.test'
            "</a:AttributeValue></a:Attribute></a:AttributeStatement>"
        )
        find(root, "saml:Assertion").append(statement)

    def sign_with_prefixes(root: etree._Element) -> None:
        enveloped(find(root, "saml:Assertion"), signer("idp"), prefixes=["xs"])

    assert _outcome(platform, sign="none", before=typed, after=sign_with_prefixes) == ("", "alice@acme.test")


def test_one_bad_signature_beside_a_good_one_is_refused(platform: Platform) -> None:
    def response_by_stranger(root: etree._Element) -> None:
        enveloped(root, signer("evil"))

    assert _outcome(platform, after=response_by_stranger) == ("signature-invalid", None)


def test_sha1_is_refused(platform: Platform) -> None:
    def weak(root: etree._Element) -> None:
        enveloped(find(root, "saml:Assertion"), signer("idp"), hash_name="sha1")

    assert _outcome(platform, sign="none", after=weak) == ("signature-invalid", None)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (".//ds:SignatureMethod", "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
        (".//ds:SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
        (".//ds:SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
        (".//ds:CanonicalizationMethod", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        (".//ds:CanonicalizationMethod", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"),
        (".//ds:DigestMethod", f"{DS}sha1"),
        (".//ds:Transform", "http://www.w3.org/TR/1999/REC-xslt-19991116"),
        (".//ds:Transform", "http://www.w3.org/TR/1999/REC-xpath-19991116"),
    ],
)
def test_algorithms_outside_the_list_are_refused(platform: Platform, path: str, value: str) -> None:
    assert _outcome(platform, after=setting(path, "Algorithm", value)) == ("signature-invalid", None)


@pytest.mark.parametrize(
    ("after", "code"),
    [
        (text(".//ds:SignatureValue", ""), "signature-invalid"),
        (text(".//ds:SignatureValue", "%%%"), "signature-invalid"),
        (text(".//ds:DigestValue", "AAAA"), "signature-invalid"),
        (text(".//ds:DigestValue", ""), "signature-invalid"),
        (remove(".//ds:SignatureValue"), "malformed"),
        (remove(".//ds:SignedInfo"), "malformed"),
        (remove(".//ds:Reference"), "malformed"),
        (remove(".//ds:Transforms"), "signature-invalid"),
        (remove(".//ds:DigestMethod"), "signature-invalid"),
        (setting(".//ds:Reference", "URI", ""), "signature-invalid"),
        (setting(".//ds:Reference", "URI", "#elsewhere"), "signature-invalid"),
        (setting(".//ds:Reference", "URI", None), "signature-invalid"),
    ],
)
def test_broken_signatures_are_refused(platform: Platform, after: Edit, code: str) -> None:
    assert _outcome(platform, after=after) == (code, None)


def test_key_info_is_never_believed(platform: Platform) -> None:
    def hide(root: etree._Element) -> None:
        find(root, ".//ds:X509Certificate").text = signer("idp").base64_der

    assert _outcome(platform, by="evil", after=hide) == ("signature-invalid", None)
    assert _outcome(platform, after=remove(".//ds:KeyInfo")) == ("", "alice@acme.test")


def test_any_of_several_saved_certificates_is_accepted() -> None:
    both = saml_config(certificate_x509=signer("old").pem + signer("idp").pem)
    with running() as platform:
        platform.save(both)
        assert _outcome(platform) == ("", "alice@acme.test")
        assert _outcome(platform, by="old") == ("", "alice@acme.test")


# --- wrapping: signed for mallory, alice's forged copy somewhere else ---


def _forged(root: etree._Element) -> etree._Element:
    forged = copy.deepcopy(find(root, "saml:Assertion"))
    signature = forged.find(f"{{{DS}}}Signature")
    if signature is not None:
        forged.remove(signature)
    forged.set("ID", "id-forged")
    find(forged, ".//saml:NameID").text = "alice@acme.test"
    return forged


def forge_after(root: etree._Element) -> None:
    root.append(_forged(root))


def forge_around(root: etree._Element) -> None:
    """XSW4: the forged assertion is in the normal place and holds the signed one."""
    signed, forged = find(root, "saml:Assertion"), _forged(root)
    root.replace(signed, forged)
    forged.append(signed)


def forge_in_place(root: etree._Element) -> None:
    """XSW5: the signed element is edited and keeps its signature, a clean clone follows."""
    signed = find(root, "saml:Assertion")
    clean = copy.deepcopy(signed)
    clean.remove(find(clean, "ds:Signature"))
    signed.set("ID", "id-forged")
    find(signed, ".//saml:NameID").text = "alice@acme.test"
    root.append(clean)


def forge_in_signature(root: etree._Element) -> None:
    """XSW6 and XSW8: like XSW5, the clone inside the signature's Object."""
    forge_in_place(root)
    holder = etree.SubElement(find(root, ".//ds:Signature"), f"{{{DS}}}Object")
    holder.append(root[-1])


def _park(root: etree._Element, holder: etree._Element) -> None:
    signed, forged = find(root, "saml:Assertion"), _forged(root)
    root.replace(signed, forged)
    holder.append(signed)


def park_in_extensions(root: etree._Element) -> None:
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    _park(root, extensions)
    root.insert(1, extensions)


def park_in_status_detail(root: etree._Element) -> None:
    detail = etree.SubElement(find(root, "samlp:Status"), f"{{{SAMLP}}}StatusDetail")
    _park(root, detail)


def park_in_advice(root: etree._Element) -> None:
    advice = etree.Element(f"{{{SAML}}}Advice")
    _park(root, advice)
    forged = find(root, "saml:Assertion")
    forged.insert(3, advice)


def move_signature(root: etree._Element) -> None:
    """The signature moves into the forged copy, its Reference still names the genuine one."""
    signed, forged = find(root, "saml:Assertion"), _forged(root)
    forged.insert(1, find(signed, "ds:Signature"))
    root.insert(root.index(signed), forged)


def same_id(root: etree._Element) -> None:
    """XSW7: both have the same ID."""
    signed, forged = find(root, "saml:Assertion"), _forged(root)
    forged.set("ID", signed.get("ID", ""))
    extensions = etree.Element("Extensions")
    extensions.append(forged)
    root.insert(1, extensions)


def second_id_attribute(root: etree._Element) -> None:
    forge_before(root)
    forged, signed = root.findall(f"{{{SAML}}}Assertion")
    forged.set("Id", signed.get("ID", ""))


def first_child(root: etree._Element) -> None:
    """CVE-2021-21238: the signed assertion is the first child of the forged one, beside a junk signature."""
    forge_around(root)
    forged = find(root, "saml:Assertion")
    signed = find(forged, "saml:Assertion")
    forged.insert(0, signed)
    junk = copy.deepcopy(find(signed, "ds:Signature"))
    find(junk, ".//ds:Reference").set("URI", "#id-forged")
    forged.insert(1, junk)


def response_in_signature(root: etree._Element) -> None:
    """XSW1 for a signed response: the root becomes the forgery, the original goes into its signature."""
    original = copy.deepcopy(root)
    original.remove(find(original, "ds:Signature"))
    root.set("ID", "id-forged-response")
    find(root, ".//saml:NameID").text = "alice@acme.test"
    find(root, "ds:Signature").append(original)


def digest_after_comment(root: etree._Element) -> None:
    digest = find(root, ".//ds:DigestValue")
    genuine = digest.text
    digest.text, comment = None, etree.Comment("AAAA")
    comment.tail = genuine
    digest.append(comment)
    find(root, ".//saml:NameID").text = "alice@acme.test"


def two_signed_infos(root: etree._Element) -> None:
    signature = find(root, ".//ds:Signature")
    signature.insert(1, copy.deepcopy(find(signature, "ds:SignedInfo")))
    find(root, ".//saml:NameID").text = "alice@acme.test"


@pytest.mark.parametrize(
    "wrap",
    [
        forge_before,
        forge_after,
        forge_around,
        forge_in_place,
        forge_in_signature,
        park_in_extensions,
        park_in_status_detail,
        park_in_advice,
        move_signature,
        same_id,
        second_id_attribute,
        first_child,
        digest_after_comment,
        two_signed_infos,
    ],
    ids=lambda wrap: wrap.__name__,
)
def test_wrapped_assertions_never_open_the_victims_account(platform: Platform, wrap: Edit) -> None:
    code, user = _outcome(platform, email="mallory@acme.test", after=wrap)
    assert code
    assert user is None


def test_a_wrapped_response_never_opens_the_victims_account(platform: Platform) -> None:
    code, user = _outcome(platform, email="mallory@acme.test", sign="response", after=response_in_signature)
    assert code
    assert user is None


def test_a_comment_does_not_shorten_the_signed_address(platform: Platform) -> None:
    def comment(root: etree._Element) -> None:
        name_id = find(root, ".//saml:NameID")
        cut = etree.Comment("")
        name_id.text, cut.tail = "alice", "@acme.test"
        name_id.append(cut)

    # The signed value is whole: it is alice's own login, however it is written.
    assert _outcome(platform, after=comment) == ("", "alice@acme.test")


# --- what a person is told ---


def test_a_foreign_key_is_told_with_both_fingerprints(platform: Platform) -> None:
    answer = saml_login(platform, platform.browser(), by="evil")
    assert (
        "a key that does not match the certificate saved on the Security tab" in answer.get_json()["sentence"]
    )
    saved, sent = _fingerprint("idp"), _fingerprint("evil")
    assert saved[:23] in answer.get_json()["sentence"]
    assert sent[:23] in answer.get_json()["sentence"]
    detail = platform.audit()[-1]["detail"]
    assert detail["saved_certificates"] == [saved]
    assert detail["certificate_in_message"] == sent
    assert detail["received_issuer"]


def test_a_changed_message_is_told_apart_from_a_foreign_key(platform: Platform) -> None:
    answer = saml_login(platform, platform.browser(), after=text(".//saml:NameID", "mallory@acme.test"))
    assert "changed after" in answer.get_json()["sentence"]


def _fingerprint(name: str) -> str:
    from cryptography.hazmat.primitives.hashes import SHA256

    return signer(name).certificate.fingerprint(SHA256()).hex(":")
