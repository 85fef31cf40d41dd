"""The fields of the SSO configuration by name: how each is cleaned, checked and shown in the audit."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from platform_stub import audit
from platform_stub.certificates import CertificateError, parse_certificates, to_pem
from platform_stub.errors import RejectedError
from platform_stub.fetch import url_problem
from platform_stub.policy import Policy
from platform_stub.store import OidcConfig, SamlConfig, SsoConfig, Standard

_MAX_CHARACTERS = 2048


class _FieldError(ValueError):
    """One field's text is not acceptable; the message is its sentence."""


def _url(value: str) -> str:
    problem = url_problem(value)
    if problem:
        raise _FieldError(problem)
    return _text(value)


def _text(value: str) -> str:
    if len(value) > _MAX_CHARACTERS:
        raise _FieldError(f"The text is longer than {_MAX_CHARACTERS} characters.")
    if not value.isprintable():
        raise _FieldError("The text has a line break or another invisible character in it.")
    return value


def _certificate(value: str) -> str:
    try:
        return to_pem(parse_certificates(value))
    except CertificateError as error:
        raise _FieldError(str(error)) from error


Cleaner = Callable[[str], str]
SAML_FIELDS: dict[str, Cleaner] = {
    "metadata_url": _url,
    "single_sign_on_url": _url,
    "issuer_url": _text,
    "certificate_x509": _certificate,
    "single_logout_url": _url,
}
OIDC_FIELDS: dict[str, Cleaner] = {
    "authorization_id": _text,
    "authorization_secret": _text,
    "issuer": _text,
    "authorization_endpoint": _url,
    "token_endpoint": _url,
    "jwks_uri": _url,
    "discovery_url": _url,
}


def apply_changes(
    config: SsoConfig,
    *,
    standard: str | None = None,
    saml: Mapping[str, str] | None = None,
    oidc: Mapping[str, str] | None = None,
    policy: Policy,
) -> SsoConfig:
    """Return the configuration with the given fields changed; empty text empties a field.

    Raises RejectedError ``invalid-configuration`` with a sentence for each field that cannot be saved.
    """
    problems: dict[str, str] = {}
    new_saml = replace(config.saml, **_cleaned("saml", SAML_FIELDS, saml or {}, problems))
    new_oidc = replace(config.oidc, **_cleaned("oidc", OIDC_FIELDS, oidc or {}, problems))
    new_standard = config.authentication_standard
    if standard is not None:
        if standard in set(Standard):
            new_standard = Standard(standard)
        else:
            problems["authentication_standard"] = f"“{standard}” is not a standard; choose SAML or OIDC."
    if problems and "fields-checked" not in policy.lifecycle_rules:
        return replace(config, saml=replace(new_saml, **(saml or {})))
    if problems:
        raise RejectedError(
            "invalid-configuration", "Nothing was saved: " + " ".join(problems.values()), fields=problems
        )
    return replace(config, authentication_standard=new_standard, saml=new_saml, oidc=new_oidc)


def differences(old: SsoConfig, new: SsoConfig, policy: Policy) -> dict[str, dict[str, str]]:
    """Return what the audit shows: field → old and new value, secrets and certificates as a hash."""
    before, after = shown(old, policy), shown(new, policy)
    return {name: {"old": before[name], "new": after[name]} for name in after if before[name] != after[name]}


def shown(config: SsoConfig, policy: Policy) -> dict[str, str]:
    """Return every field as it may be shown to a person who reads the audit."""
    values = {"authentication_standard": config.authentication_standard.value}
    values.update(_named("saml", config.saml))
    values.update(_named("oidc", config.oidc))
    hashed = ["saml.certificate_x509"]
    if "secret-hashed-in-audit" in policy.lifecycle_rules:
        hashed.append("oidc.authorization_secret")
    for name in hashed:
        values[name] = audit.fingerprint(values[name])
    return values


def _named(prefix: str, part: SamlConfig | OidcConfig) -> dict[str, str]:
    return {f"{prefix}.{name}": value for name, value in asdict(part).items()}


def _cleaned(
    prefix: str, cleaners: Mapping[str, Cleaner], given: Mapping[str, str], problems: dict[str, str]
) -> dict[str, Any]:
    cleaned = {}
    for name, raw in given.items():
        value = raw.strip()
        try:
            cleaned[name] = cleaners[name](value) if value else ""
        except _FieldError as error:
            problems[f"{prefix}.{name}"] = str(error)
    return cleaned
