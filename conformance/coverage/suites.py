"""Whose suites, profiles, tools and library tests the catalogue's anchors stand for."""

from __future__ import annotations

import re
from typing import Final

SUITES: Final = {
    "O": "OpenID Foundation, oidcc-client test plan",
    "F1": "OpenID Foundation, FAPI 1 Advanced RP plan",
    "F2": "OpenID Foundation, FAPI 2 RP plan",
    "FC": "OpenID Foundation, FAPI-CIBA RP plan",
    "FF": "OpenID Foundation, Federation RP plan",
    "T": "oidctest",
    "P": "PrOfESSOS",
    "G": "AgID spid-oidc-check-rp",
    "S": "spid-sp-test",
    "V": "spid-saml-check",
    "M": "saml2test",
    "K": "Kantara, SAML2int and eGov profiles",
    "L": "Liberty test procedure (from its contents page)",
    "SR": "SAML Raider",
    "J": "jwt_tool",
    "Lk": "oidc-loki",
    "Kw": "keyway threat list",
    "Rk": "Ory checklist",
    "C": "tests of crewjam/saml",
    "Py": "tests of python3-saml",
    "R": "tests of ruby-saml",
    "N": "tests of node-saml",
    "X": "tests of xml-crypto",
    "H": "tests of SimpleSAMLphp and saml2",
    "W": "tests of pysaml2",
    "D": "tests of Sustainsys.Saml2",
    "Sp": "tests of Spring Security",
    "Kc": "tests of Keycloak",
    "Ma": "tests of mod_auth_openidc",
    "Po": "tests of pyoidc",
    "OIO": "tests of OIOSAML.Java",
    "Ws": "tests of passport-wsfed-saml2",
    "Sm": "tests of samlify",
    "Gs": "tests of gosaml2",
    "Pa": "tests of pac4j-saml",
    "goxmldsig": "tests of goxmldsig",
    "scim2-tester": "scim2-tester",
    "AzureAD": "Microsoft identity libraries (not mapped case by case)",
    "issues": "public issue threads",
    "lv": "LiveVox, the platform's own documentation",
    "own": "this project alone",
}
"""By the code that an anchor begins with."""

_ANCHOR = re.compile(r"(?P<code>[A-Za-z][A-Za-z0-9-]*?)(?::(?P<name>\S+)|(?P<number>\d+))?")


def suite_of(anchor: str) -> str:
    """Return the code of an anchor: `S` for `S26`, `M` for `M:FL03`, `F2` for `F2`. Raises LookupError."""
    if anchor in SUITES:
        return anchor
    found = _ANCHOR.fullmatch(anchor)
    if found is None or found["code"] not in SUITES:
        raise LookupError(f"the anchor {anchor!r} begins with no known code: {', '.join(SUITES)}")
    return found["code"]
