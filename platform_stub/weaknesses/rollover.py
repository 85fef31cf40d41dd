"""Weaknesses when keys, certificates and secrets end."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, setting

WEAKNESSES: Final = (
    Weakness(
        "metadata-never-read-again",
        "rollover",
        "A client whose metadata is to be refreshed keeps the certificates of the first import.",
        setting(metadata_refresh="never"),
    ),
    Weakness(
        "metadata-refresh-keeps-dropped-certificates",
        "rollover",
        "A certificate that the metadata no longer lists stays trusted for ever.",
        setting(metadata_refresh="adds"),
    ),
    Weakness(
        "metadata-refresh-failure-stops-logins",
        "rollover",
        "While the metadata cannot be read again, the certificates of the last reading count no more.",
        setting(metadata_refresh="forgets"),
    ),
    Weakness(
        "metadata-first-certificate-only",
        "rollover",
        "Only the first signing certificate of the metadata is taken, so no overlap ever helps.",
        setting(metadata_certificates="first"),
    ),
    Weakness(
        "expired-certificate-refused",
        "rollover",
        "Messages are refused on the day on which the identity provider's certificate ends.",
        setting(saml_certificate_dates="enforced"),
    ),
    Weakness(
        "jwks-cached-for-ever",
        "rollover",
        "The identity provider's token keys are fetched once and never again.",
        setting(jwks_refresh="never"),
    ),
    Weakness(
        "jwks-keeps-dropped-keys",
        "rollover",
        "A token key that the identity provider no longer publishes stays trusted for ever.",
        setting(jwks_refresh="adds"),
    ),
    Weakness(
        "secret-cannot-be-replaced",
        "rollover",
        "Saving a new Authorization Secret reports success and keeps the old one.",
        setting(secret_replaceable=False),
    ),
)
