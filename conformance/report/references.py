"""Where the cited specifications can be read. What a case may cite is the catalogue's business."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OASIS = "https://docs.oasis-open.org/security/saml/v2.0"
_OPENID = "https://openid.net/specs"

_DOCUMENTS = {
    "SAMLCORE": f"{_OASIS}/saml-core-2.0-os.pdf",
    "SAMLPROF": f"{_OASIS}/saml-profiles-2.0-os.pdf",
    "SAMLBIND": f"{_OASIS}/saml-bindings-2.0-os.pdf",
    "SAMLMETA": f"{_OASIS}/saml-metadata-2.0-os.pdf",
    "SAMLCONF": f"{_OASIS}/saml-conformance-2.0-os.pdf",
    "SAMLSEC": f"{_OASIS}/saml-sec-consider-2.0-os.pdf",
    "XMLDSIG": "https://www.w3.org/TR/xmldsig-core1/",
    "XMLENC": "https://www.w3.org/TR/xmlenc-core1/",
}
_OPENID_DOCUMENTS = {
    "OIDC": f"{_OPENID}/openid-connect-core-1_0.html",
    "OIDCC": f"{_OPENID}/openid-connect-core-1_0.html",
    "OIDCCORE": f"{_OPENID}/openid-connect-core-1_0.html",
    "OIDCDISC": f"{_OPENID}/openid-connect-discovery-1_0.html",
    "OIDCDISCOVERY": f"{_OPENID}/openid-connect-discovery-1_0.html",
    "OIDCRPI": f"{_OPENID}/openid-connect-rpinitiated-1_0.html",
    "OIDCRPLOGOUT": f"{_OPENID}/openid-connect-rpinitiated-1_0.html",
    "OIDCBCL": f"{_OPENID}/openid-connect-backchannel-1_0.html",
    "OIDCFCL": f"{_OPENID}/openid-connect-frontchannel-1_0.html",
}
_REFERENCE = re.compile(r"(?P<document>[A-Za-z]+(?:-[A-Za-z]+)*)-?(?P<section>\d[\w.]*)?")
_THREAD = re.compile(r"GITHUB-(?P<repository>[\w.-]+/[\w.-]+)#(?P<number>\d+)")
_RFC = re.compile(r"RFC-?(?P<number>\d{3,5})(?:-(?P<section>[\w.]+))?")


@dataclass(frozen=True, slots=True)
class Link:
    """A cited reference; `url` is empty when no public page is known."""

    ref: str
    url: str


def link(ref: str) -> Link:
    """Return where `ref` (`SAMLCORE-2.5.1.4`, `RFC9700-4.7`, `GITHUB-owner/name#12`) can be read.

    PDFs are linked whole; openid.net and the RFC editor name their sections in the page.
    """
    rfc = _RFC.fullmatch(ref)
    if rfc is not None:
        section = f"#section-{rfc['section']}" if rfc["section"] else ""
        return Link(ref, f"https://www.rfc-editor.org/rfc/rfc{rfc['number']}{section}")
    thread = _THREAD.fullmatch(ref)
    if thread is not None:
        return Link(ref, f"https://github.com/{thread['repository']}/issues/{thread['number']}")
    match = _REFERENCE.fullmatch(ref)
    if match is None:
        return Link(ref, "")
    document = match["document"].replace("-", "").upper()
    openid = _OPENID_DOCUMENTS.get(document)
    if openid is not None:
        return Link(ref, openid + (f"#rfc.section.{match['section']}" if match["section"] else ""))
    return Link(ref, _DOCUMENTS.get(document, ""))
