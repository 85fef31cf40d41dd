"""Another program's request in the place of the platform's: the same ID or state, other wishes.

The platform that comes with the suite asks for little, so problems of those who ask for more are played by
changing its unsigned request on the way. The answer still belongs to the login that the platform started.
"""

from __future__ import annotations

import base64
import zlib
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml import etree

from conformance.agents.protocol import Exchange
from conformance.catalogue.verbs import Asks

_SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
_SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
_MAX_REQUEST = 100_000


def asking(request: Exchange, asks: Asks) -> str:
    """Return the address that carries the changed request. Raises LookupError where it cannot."""
    parts = urlsplit(request.url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if request.method != "GET":
        raise LookupError(
            f"`asks` changes requests that travel by redirect; this one came by {request.method}"
        )
    if "Signature" in query:
        raise LookupError("`asks` cannot change a signed request: the platform would have to sign it anew")
    if "SAMLRequest" in query:
        query["SAMLRequest"] = _changed(query["SAMLRequest"], asks)
    changed = {**query, **asks.parameters}
    kept = {name: value for name, value in changed.items() if value is not None}
    return urlunsplit(parts._replace(query=urlencode(kept)))


def _changed(message: str, asks: Asks) -> str:
    raw = zlib.decompressobj(-15).decompress(base64.b64decode(message), _MAX_REQUEST)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(raw, parser)
    if asks.name_id_format:
        policy = _fresh(root, "NameIDPolicy")
        policy.set("Format", asks.name_id_format)
        policy.set("AllowCreate", "true")
    if asks.authn_contexts:
        wanted = _fresh(root, "RequestedAuthnContext")
        wanted.set("Comparison", "exact")
        for context in asks.authn_contexts:
            etree.SubElement(wanted, f"{{{_SAML}}}AuthnContextClassRef").text = context
    deflater = zlib.compressobj(wbits=-15)
    deflated = deflater.compress(etree.tostring(root)) + deflater.flush()
    return base64.b64encode(deflated).decode("ascii")


def _fresh(root: etree._Element, name: str) -> etree._Element:
    """Return an empty child of that name, alone; added last, it keeps the schema's order of these two."""
    for old in root.findall(f"{{{_SAMLP}}}{name}"):
        root.remove(old)
    return etree.SubElement(root, f"{{{_SAMLP}}}{name}")
