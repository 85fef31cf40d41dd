"""What happens to a message on its way into a file, done to ours as well, so that copies are compared."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

TAG = re.compile(r"<(/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+=(?:\"[^\"]*\"|'[^']*'))*)(\s*/?>)")
ATTRIBUTE = re.compile(r"\s+[\w.:-]+=(?:\"[^\"]*\"|'[^']*')")
CERTIFICATE = re.compile(r"(<(?:\w+:)?X509Certificate>)([^<]*)(</)")
JWT_SIGNATURE = re.compile(r"(eyJ[\w-]+\.eyJ[\w-]+)\.[\w-]+")
DROPPED_BY_VCR = ("set-cookie", "x-ms-request-id")
SMALL_SIGNATURE = "A" * 86  # base64url of 64 bytes


def _indented(text: str) -> str:
    if text.lstrip("\ufeff \r\n").startswith("<"):
        return re.sub(r">[ \t\r\n]*<", ">\n<", text)
    return json.dumps(json.loads(text), indent=2)


def _spaced(text: str) -> str:
    return json.dumps(json.loads(text))


def _without_mark(text: str) -> str:
    return text.removeprefix("\ufeff")


def _without_declaration(text: str) -> str:
    return re.sub(r"^\ufeff?\s*<\?xml[^>]*\?>\s*", "", text)


def _namespaces_first(text: str) -> str:
    """Declarations that are not in force already are written before the attributes, as libraries do."""
    in_force: list[frozenset[str]] = [frozenset()]

    def sorted_tag(tag: re.Match[str]) -> str:
        if tag[1]:
            in_force.pop()
            return tag[0]
        attributes = ATTRIBUTE.findall(tag[3])
        declared = {attribute.strip() for attribute in attributes if attribute.strip().startswith("xmlns")}
        new = declared - in_force[-1]
        if not tag[4].strip().startswith("/"):
            in_force.append(in_force[-1] | declared)
        ordered = sorted(attributes, key=lambda attribute: attribute.strip() not in new)
        return f"<{tag[2]}{''.join(ordered)}{tag[4]}"

    return TAG.sub(sorted_tag, text)


def _certificates_joined(text: str) -> str:
    return CERTIFICATE.sub(lambda found: f"{found[1]}\n{''.join(found[2].split())}\n{found[3]}", text)


def _signed_anew(text: str) -> str:
    return JWT_SIGNATURE.sub(rf"\1.{SMALL_SIGNATURE}", text)


def _without_last_stop(text: str) -> str:
    return re.sub(r"\.(?=\"?\}?$)", "", text)


def _by_vcr(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.lower().startswith(DROPPED_BY_VCR))


def _by_yakbak(text: str) -> str:
    return f"x-yakbak-tape: 45db\n{text}"


def _capitals(text: str) -> str:
    return text.replace("Bad Request", "BAD REQUEST")


COPIERS: Mapping[str, Callable[[str], str]] = {
    "indented": _indented,
    "written anew with blanks": _spaced,
    "byte order mark lost": _without_mark,
    "XML declaration lost": _without_declaration,
    "namespaces written first": _namespaces_first,
    "certificates joined to one line": _certificates_joined,
    "tokens signed anew with a small key": _signed_anew,
    "last full stop cut off": _without_last_stop,
    "headers dropped by the recorder go-vcr": _by_vcr,
    "header added by the recorder yakbak": _by_yakbak,
    "heading in the style sheet's capitals": _capitals,
}
"""What copying does, by the name that the explanation gives it."""


def copied(data: bytes, ways: tuple[str, ...]) -> bytes:
    """`data` after it was copied in those ways."""
    text = data.decode("utf-8")
    for name, copier in COPIERS.items():
        if name in ways:
            text = copier(text)
    return text.encode("utf-8")
