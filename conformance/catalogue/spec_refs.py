"""The prefixes that a reference in a case may have, and where each document stands."""

from __future__ import annotations

SOURCES: dict[str, str] = {
    "SAMLCORE": "https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf",
    "SAMLPROF": "https://docs.oasis-open.org/security/saml/v2.0/saml-profiles-2.0-os.pdf",
    "SAMLBIND": "https://docs.oasis-open.org/security/saml/v2.0/saml-bindings-2.0-os.pdf",
    "SAMLMETA": "https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf",
    "SAML2INT": "https://kantarainitiative.github.io/SAMLprofiles/saml2int.html",
    "SAMLIIP": "https://kantarainitiative.github.io/SAMLprofiles/fedinterop.html",
    "XMLDSIG": "https://www.w3.org/TR/xmldsig-core1/",
    "XMLENC": "https://www.w3.org/TR/xmlenc-core1/",
    "XMLEXCC14N": "https://www.w3.org/TR/xml-exc-c14n/",
    "XMLNAMES": "https://www.w3.org/TR/xml-names/",
    "OIDCCORE": "https://openid.net/specs/openid-connect-core-1_0.html",
    "OIDCDISC": "https://openid.net/specs/openid-connect-discovery-1_0.html",
    "OIDCBCL": "https://openid.net/specs/openid-connect-backchannel-1_0.html",
    "RFC5891": "https://www.rfc-editor.org/rfc/rfc5891",
    "RFC6749": "https://www.rfc-editor.org/rfc/rfc6749",
    "RFC6750": "https://www.rfc-editor.org/rfc/rfc6750",
    "RFC6819": "https://www.rfc-editor.org/rfc/rfc6819",
    "RFC7515": "https://www.rfc-editor.org/rfc/rfc7515",
    "RFC7517": "https://www.rfc-editor.org/rfc/rfc7517",
    "RFC7519": "https://www.rfc-editor.org/rfc/rfc7519",
    "RFC7636": "https://www.rfc-editor.org/rfc/rfc7636",
    "RFC8725": "https://www.rfc-editor.org/rfc/rfc8725",
    "RFC9207": "https://www.rfc-editor.org/rfc/rfc9207",
    "RFC9700": "https://www.rfc-editor.org/rfc/rfc9700",
    "ASVS": "https://github.com/OWASP/ASVS/tree/v5.0.0/5.0/en",
    "GITHUB": "https://github.com/",
    "LIVEVOX-SSO": "",
    "LIVEVOX-SECURITY": "",
    "LIVEVOX-OKTA-SAML": "",
    "LIVEVOX-OKTA-OIDC": "",
    "LIVEVOX-AZURE-OIDC": "",
    "LIVEVOX-AGENTS": "",
    "LIVEVOX-PORTAL": "",
    "LIVEVOX-API": "",
}
"""Prefix of a reference (`PREFIX-section`) to the address of the document; empty where it has none."""


def prefix_of(reference: str) -> str | None:
    """Return the known prefix of a reference such as `SAMLCORE-2.5.1.4`, or None."""
    return next((p for p in SOURCES if reference == p or reference.startswith(p + "-")), None)
