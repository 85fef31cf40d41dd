"""The SAML situations: a Response, an Assertion that was decrypted, metadata."""

from __future__ import annotations

import base64
import binascii
import zlib
from urllib.parse import urlencode
from xml.sax.saxutils import quoteattr

from mock_idp.keys import KeyRing
from mock_idp.saml_app import Encryption, GroupsAttribute, NameFormat, SamlApp, StatedAttribute
from mock_idp.shape.decrypting import Recipient, decrypted, new_recipient
from mock_idp.shape.node import Kind
from mock_idp.shape.reading import Message, read
from mock_idp.shape.scene import NoSituationError, Produced, Scene, Setting
from mock_idp.shape.world import APPLICATION, ProductionError, World, posted, said
from mock_idp.shape.xml_shape import Document, Element

MOST_KEYS = 12
"""Keys that a tenant is brought to; the pool of keys holds some more."""
ACS = f"{APPLICATION}/acs"
AUDIENCE = f"{APPLICATION}/metadata"
SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
PERSON_CLAIMS = {
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname": "given_name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname": "family_name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": "email",
}
GROUPS = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"
METHODS = "http://schemas.microsoft.com/claims/authnmethodsreferences"
CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
NAME_FORMATS: dict[str, NameFormat] = {"basic": "basic", "uri": "uri"}


def produce(scene: Scene, message: Message) -> Produced:
    """The personality's message of the same situation. Raises ProductionError, NoSituationError."""
    document = message.xml
    if document is None or message.kind in (Kind.SAML_REQUEST, Kind.SAML_OTHER):
        root = document.root.local if document else "nothing"
        raise NoSituationError(
            f"Expected a SAML Response, an Assertion or metadata, which an IdP sends; the root element "
            f"is {root}. Without --against its shape is printed."
        )
    if message.kind is Kind.SAML_METADATA:
        return _metadata(scene, document)
    return _login(scene, message.kind, document)


def _login(scene: Scene, kind: Kind, document: Document) -> Produced:
    root = document.root
    status = root.first("StatusCode")
    if status is not None and not (status.get("Value") or "").endswith(":Success"):
        raise NoSituationError("An error Response depends on the request, which the file does not show.")
    recipient = _signing(scene, kind, root)
    assertion = root.first("Assertion")
    if assertion is not None:
        _naming(scene, assertion)
        _statements(scene, assertion)
    world = World(scene.personality, scene.person, scene.tenant)
    app = SamlApp(name="portal", acs_urls=(ACS,), audience=AUDIENCE, assigned="everyone", **scene.app)
    world.register(app)
    asked = next(
        (element.get("InResponseTo") for element in root.walk() if element.get("InResponseTo")), None
    )
    if asked is None:
        scene.used.append(Setting.step("the login is started at the IdP", "there is no InResponseTo"))
    answer = world.visit(start_url(world, app, asked))
    xml = base64.b64decode(posted(answer)["SAMLResponse"])
    if kind is Kind.SAML_ASSERTION:
        xml = _inner(xml, recipient, world)
    return Produced(xml, world.bases, tuple(scene.used))


def _inner(xml: bytes, recipient: Recipient | None, world: World) -> bytes:
    document = read(xml, world.bases).xml
    if document is None or recipient is None:
        raise ProductionError("The personality's answer is not XML.")
    try:
        return decrypted(document, recipient).encode("utf-8")
    except ValueError as error:
        raise ProductionError(f"The Assertion cannot be decrypted: {error}.") from error


def _signing(scene: Scene, kind: Kind, root: Element) -> Recipient | None:
    """What is signed and how; and for whom the Assertion is encrypted, if it is."""
    signed = {
        element.local
        for element in root.walk()
        if any(child.local == "Signature" for child in element.children)
    }
    hidden = root.first("EncryptedAssertion") is not None
    recipient = None
    if hidden or kind is Kind.SAML_ASSERTION:
        recipient = new_recipient()
        why = (
            "it holds an EncryptedAssertion" if hidden else "an Assertion alone was decrypted from a Response"
        )
        scene.set(
            "app",
            "encrypt",
            Encryption(recipient.certificate),
            why,
            shown="the service provider's certificate",
        )
    if kind is Kind.SAML_ASSERTION:
        parts = "assertion" if "Assertion" in signed else "response"
    elif hidden:
        parts = "both" if "Response" in signed else "assertion"
    else:
        parts = {frozenset({"Response"}): "response", frozenset({"Assertion"}): "assertion"}.get(
            frozenset(signed), "both"
        )
    scene.set("app", "sign", parts, f"signed: {' and '.join(sorted(signed)) or 'nothing visible'}")
    method = root.first("SignatureMethod")
    if method is not None and method.get("Algorithm") == SHA1:
        scene.set("app", "signature_algorithm", "rsa-sha1", "SignatureMethod is rsa-sha1")
    return recipient


def _naming(scene: Scene, assertion: Element) -> None:
    name_id = assertion.first("NameID")
    if name_id is not None and name_id.get("Format"):
        scene.set("app", "name_id_format", name_id.get("Format"), "the Format of NameID")
    audience = assertion.first("Audience")
    if audience is not None and audience.text.startswith("spn:"):
        scene.set("app", "audience_mode", "spn", "Audience begins with spn:")
    context = assertion.first("AuthnContextClassRef")
    usual = "Password" if not scene.is_okta else "PasswordProtectedTransport"
    if context is not None and context.text.strip() != CLASSES + usual:
        scene.set("app", "authn_context", context.text.strip(), "AuthnContextClassRef")


def _statements(scene: Scene, assertion: Element) -> None:
    found = [element for element in assertion.walk() if element.local == "Attribute"]
    if scene.is_okta:
        _okta_attributes(scene, found)
        return
    named = {element.get("Name") or "": element for element in found}
    for claim, member in PERSON_CLAIMS.items():
        if claim not in named:
            scene.set("person", member, None, f"there is no Attribute {claim.rpartition('/')[2]}")
    if GROUPS in named:
        scene.set(
            "person", "groups", tuple("group" for _ in named[GROUPS].children), "there is an Attribute groups"
        )
    methods = [value.text.rpartition("/")[2] for value in named[METHODS].children] if METHODS in named else []
    if methods and methods != ["password"]:
        scene.set("app", "authn_methods", tuple(methods), "the Attribute authnmethodsreferences")


def _okta_attributes(scene: Scene, found: list[Element]) -> None:
    stated = []
    for element in found:
        last = (element.get("NameFormat") or "").rpartition(":")[2]
        name_format = NAME_FORMATS.get(last, "unspecified")
        name = element.get("Name") or ""
        if len(element.children) > 1:
            scene.set(
                "app",
                "groups_attribute",
                GroupsAttribute(name),
                "an Attribute with several values",
                shown=name,
            )
            scene.person["groups"] = tuple(f"group {number}" for number in range(len(element.children)))
            continue
        value = element.children[0].text if element.children else ""
        stated.append(StatedAttribute(name, value, name_format))
    names = ", ".join(attribute.name for attribute in stated) or "none"
    scene.set("app", "attributes", tuple(stated), "the AttributeStatement", shown=names)


def start_url(world: World, app: SamlApp, asked: str | None) -> str:
    """Where a login begins: with a request whose ID is `asked`, or without one at the IdP."""
    endpoints = world.tenant.personality.saml.endpoints(world.tenant.place, app.name)
    if asked is None:
        return endpoints.start_url or endpoints.sso_url
    identifier = asked if not asked[:1].isdigit() else f"id-{asked}"
    xml = (
        '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Version="2.0"'
        f' ID={quoteattr(identifier)} IssueInstant="{world.tenant.clock.now():%Y-%m-%dT%H:%M:%SZ}"'
        f' AssertionConsumerServiceURL="{ACS}">'
        f'<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{AUDIENCE}</saml:Issuer>'
        "</samlp:AuthnRequest>"
    )
    deflater = zlib.compressobj(wbits=-15)
    packed = base64.b64encode(deflater.compress(xml.encode()) + deflater.flush()).decode("ascii")
    return f"{endpoints.sso_url}?{urlencode({'SAMLRequest': packed})}"


def _metadata(scene: Scene, document: Document) -> Produced:
    root = document.root
    formats = [element.text.strip() for element in root.walk() if element.local == "NameIDFormat"]
    if formats:
        scene.set("app", "name_id_format", formats[-1], "NameIDFormat")
    if document.bom and scene.is_okta:
        scene.set("tenant", "metadata_declaration", "bom", "it begins with a byte order mark")
    if document.declaration.startswith("blank"):
        scene.set("tenant", "metadata_declaration", "newline", "there is a blank before the XML declaration")
    world = World(scene.personality, scene.person, scene.tenant)
    app = SamlApp(name="portal", acs_urls=(ACS,), audience=AUDIENCE, assigned="everyone", **scene.app)
    world.register(app)
    role = root.first("IDPSSODescriptor")
    certificates = [child for child in role.children if child.local == "KeyDescriptor"] if role else []
    roll_keys(scene, world.tenant.keys, len(certificates), "KeyDescriptor")
    url = world.tenant.personality.saml.endpoints(world.tenant.place, app.name).metadata_url
    entity = root.get("entityID") or ""
    if "{tenantid}" in entity:
        url = url.partition("?")[0].replace(f"/{world.tenant.place.directory_id}/", "/common/")
        scene.used.append(Setting.step("metadata of common", "the entity ID holds {tenantid}"))
    elif _token_service(certificates):
        url = url.partition("?")[0]
        scene.used.append(
            Setting.step("metadata of the tenant, without appid", "the certificates are the token service's")
        )
    answer = world.browser.get(url)
    if answer.status_code != 200:
        raise ProductionError(f"{url} answers {answer.status_code}: {said(answer)}")
    return Produced(answer.get_data(), world.bases, tuple(scene.used))


def roll_keys(scene: Scene, ring: KeyRing, wanted: int, what: str) -> None:
    """Bring the ring to `wanted` published keys, as rollovers without retiring do."""
    if wanted <= 1:
        return
    for _ in range(min(wanted, MOST_KEYS) - 2):
        ring.publish_next()
        ring.activate_next()
    ring.publish_next()
    scene.used.append(Setting.step("keys: publish_next, activate_next", f"{what} is there {wanted} times"))


def _token_service(certificates: list[Element]) -> bool:
    """Whether the certificates are those of Entra's token service, by their subject's bytes."""
    texts = ["".join(element.text.split()) for entry in certificates for element in entry.walk()]
    return any(b"accounts.accesscontrol" in _decoded(text) for text in texts)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""  # not base64, which the shape of the certificate says
