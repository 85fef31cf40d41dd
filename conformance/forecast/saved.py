"""What the platform has saved, held against what the identity provider publishes, to find slips."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from conformance.forecast.discovery import ENDPOINTS, Discovery
from conformance.forecast.metadata import Metadata, fingerprint, load_certificate
from conformance.forecast.model import Fault
from conformance.forecast.problems import InputError

MAX_BYTES: Final = 1024 * 1024
_FIELDS: Final = {  # the platform's API name, and the label of the Security tab
    "issuer_url": "Issuer URL",
    "single_sign_on_url": "Single Sign On URL",
    "certificate_x509": "Certificate X.509",
}
_COPY: Final = "Copy it again from the identity provider, or press the green arrow, and save."
_END: Final = "-----END CERTIFICATE-----"
_SHOWN_DIGITS: Final = 16


def read_saved(document: bytes, file: str) -> Mapping[str, Any]:
    """Return the configuration as the platform's API gives it. Raises InputError."""
    try:
        content = json.loads(document)
    except (ValueError, RecursionError) as error:
        line, column = getattr(error, "lineno", 0), getattr(error, "colno", "")
        raise InputError(
            file,
            line=line,
            column=str(column),
            expected="JSON",
            found=getattr(error, "msg", "something else"),
            do="Save the answer of GET /api/configuration/sso.",
        ) from error
    if not isinstance(content, dict) or not ({"saml", "oidc"} | set(_FIELDS) | set(_FIELDS.values())) & set(
        content
    ):
        raise InputError(
            file,
            expected="an object with “saml” or “oidc”, or with “Issuer URL” and the labels beside it",
            found=", ".join(list(content)[:8]) if isinstance(content, dict) else type(content).__name__,
            do="Save the answer of GET /api/configuration/sso.",
        )
    return content


def compare_saml(saved: Mapping[str, Any], metadata: Metadata, file: str) -> list[Fault]:
    """Return how the saved SAML configuration differs from the metadata: issuer, URL, certificate."""
    part = saved["saml"] if isinstance(saved.get("saml"), dict) else saved
    values = {name: str(part.get(name) or part.get(label) or "") for name, label in _FIELDS.items()}
    faults = _standard(saved, "SAML", file)
    faults += _compare("Issuer URL", "issuer", values["issuer_url"], [metadata.issuer], file)
    faults += _compare(
        "Single Sign On URL", "sso-url", values["single_sign_on_url"], metadata.locations, file
    )
    return faults + _compare_certificate(values["certificate_x509"], metadata.fingerprints, file)


def compare_oidc(saved: Mapping[str, Any], discovery: Discovery, file: str) -> list[Fault]:
    """Return how the saved OpenID Connect configuration differs from the discovery document."""
    part = saved["oidc"] if isinstance(saved.get("oidc"), dict) else saved
    faults = _standard(saved, "OIDC", file)
    faults += _compare("issuer", "issuer", str(part.get("issuer") or ""), [discovery.issuer], file)
    for name in ENDPOINTS:
        code = name.replace("_", "-")
        faults += _compare(name, code, str(part.get(name) or ""), [discovery.endpoints.get(name, "")], file)
    if not part.get("authorization_id"):
        faults.append(_missing("Authorization ID", "authorization-id", file))
    if part.get("authorization_secret_set") is False:
        faults.append(_missing("Authorization Secret", "authorization-secret", file))
    return faults


def _standard(saved: Mapping[str, Any], wanted: str, file: str) -> list[Fault]:
    chosen = saved.get("authentication_standard", wanted)
    if chosen == wanted:
        return []
    found = f"Authentication Standard is {chosen}, but the file that it is held against is for {wanted}."
    return [Fault("saved-standard", False, found, "Give the file of the standard that will be used.", file)]


def _missing(label: str, code: str, file: str) -> Fault:
    return Fault(f"saved-{code}-missing", True, f"{label} is not saved.", _COPY, file)


def _compare(label: str, code: str, saved: str, published: list[str], file: str) -> list[Fault]:
    known = [value for value in published if value]
    if not saved:
        return [_missing(label, code, file)]
    if not known or saved in known:
        return []
    nearest = next((value for value in known if _slip(saved, value)), known[0])
    slip = _slip(saved, nearest) or "they are different"
    found = f"{label}: saved is “{saved}”, published is “{nearest}”: {slip}."
    return [Fault(f"saved-{code}-differs", True, found, _COPY, file)]


def _slip(saved: str, published: str) -> str:
    """Return what kind of slip makes the two differ, "" when it is more than a slip."""
    checks = (
        ("white space around it", saved.strip() == published.strip()),
        ("a slash at the end", saved.rstrip("/") == published.rstrip("/")),
        ("upper and lower case", saved.casefold() == published.casefold()),
        ("http instead of https, or the reverse", saved.partition("://")[2] == published.partition("://")[2]),
    )
    return next((name for name, same in checks if same), "")


def _compare_certificate(saved: str, published: list[str], file: str) -> list[Fault]:
    if not saved.strip():
        return [_missing("Certificate X.509", "certificate", file)]
    prints, unreadable = [], ""
    for block in saved.strip().removesuffix(_END).split(_END):
        try:
            prints.append(fingerprint(load_certificate(block)))
        except ValueError as error:
            unreadable = str(error)
    if unreadable:
        found = f"Certificate X.509 cannot be read: {unreadable}."
        return [Fault("saved-certificate-unreadable", not prints, found, _COPY, file)]
    if not published or set(prints) & set(published):
        missing = len(set(published) - set(prints))
        if missing and published:
            found = f"{missing} more signing certificate(s) are published than saved: a rollover may be near."
            return [Fault("saved-certificate-partial", False, found, _COPY, file)]
        return []
    found = (
        f"Certificate X.509: saved is SHA-256 {prints[0][:_SHOWN_DIGITS]}…, "
        f"published is {published[0][:_SHOWN_DIGITS]}…: no signature will be accepted."
    )
    return [Fault("saved-certificate-differs", True, found, _COPY, file)]
