"""What a SAML message says about itself, for the audit: nothing here is verified or decided."""

from __future__ import annotations

from typing import Final

from lxml import etree

from platform_stub.saml.document import SAML, SAMLP, SIGNATURE, Document

_NS: Final = {"saml": SAML, "samlp": SAMLP}
_ENCRYPTION_METHOD: Final = "{http://www.w3.org/2001/04/xmlenc#}EncryptionMethod"
_LONGEST: Final = 300


def describe(document: Document) -> dict[str, str]:
    """Return the values an administrator compares when a login fails; absent ones are left out."""
    root = document.root
    data = root.find(".//saml:SubjectConfirmationData", _NS)
    status = root.find("samlp:Status/samlp:StatusCode", _NS)
    name_id = root.find(".//saml:NameID", _NS)
    conditions = root.find(".//saml:Conditions", _NS)
    signed = [etree.QName(p).localname for s in root.iter(SIGNATURE) if (p := s.getparent()) is not None]
    found = {
        "issuer": root.findtext(".//saml:Assertion/saml:Issuer", "", _NS)
        or root.findtext("saml:Issuer", "", _NS),
        "audience": root.findtext(".//saml:Audience", "", _NS),
        "destination": root.get("Destination", ""),
        "recipient": "" if data is None else data.get("Recipient", ""),
        "in_response_to": root.get("InResponseTo", ""),
        "status": "" if status is None else status.get("Value", ""),
        "name_id": "" if name_id is None else name_id.text or "",
        "name_id_format": "" if name_id is None else name_id.get("Format", ""),
        "attributes": ", ".join(a.get("Name", "") for a in root.iterfind(".//saml:Attribute", _NS)),
        "not_on_or_after": "" if conditions is None else conditions.get("NotOnOrAfter", ""),
        "signed": ", ".join(signed),
        "encrypted": ", ".join(method.get("Algorithm", "") for method in root.iter(_ENCRYPTION_METHOD)),
    }
    return {f"received_{name}": value[:_LONGEST] for name, value in found.items() if value}
