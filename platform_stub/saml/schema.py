"""The SAML schemas that pysaml2 brings along, read by libxml2 instead of its xmlschema, which is pure Python.

A message takes a tenth of a millisecond instead of three to ten. libxml2 is stricter about addresses
(xs:anyURI), and overlooks letters that are not base64, in values where whoever verifies or decrypts does not.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Final

import saml2.data.schemas
import saml2.sigver
from lxml import etree
from saml2.xml.schema import XMLSchemaError

from platform_stub.saml.document import parse_safely

_XS: Final = "http://www.w3.org/2001/XMLSchema"
_SCHEMAS: Final = {  # each behind those that it imports, so that none is looked for anywhere else
    "http://www.w3.org/XML/1998/namespace": "xml.xsd",
    "http://www.w3.org/2000/09/xmldsig#": "xmldsig-core-schema.xsd",
    "http://www.w3.org/2001/04/xmlenc#": "xenc-schema.xsd",
    "urn:oasis:names:tc:SAML:2.0:assertion": "saml-schema-assertion-2.0.xsd",
    "urn:oasis:names:tc:SAML:2.0:protocol": "saml-schema-protocol-2.0.xsd",
}
_LOCK: Final = threading.Lock()
"""The errors of a validation are kept in the schema."""


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    """Return one schema of all namespaces."""
    root = etree.Element(f"{{{_XS}}}schema")
    with as_file(files(saml2.data.schemas)) as folder:
        for namespace, name in _SCHEMAS.items():
            place = str(folder / name)
            etree.SubElement(root, f"{{{_XS}}}import", namespace=namespace, schemaLocation=place)
        return etree.XMLSchema(root)


def validate(text: str) -> None:
    """Raise pysaml2's XMLSchemaError unless the text follows the schemas of SAML 2.0."""
    message = parse_safely(text.encode())
    schema = _schema()
    with _LOCK:
        if not schema.validate(message):
            raise XMLSchemaError({"doc": text, "error": schema.error_log[0].message})


def use_libxml2() -> None:
    """Let pysaml2 validate this way; it has no parameter for it."""
    saml2.sigver.validate_doc_with_schema = validate
