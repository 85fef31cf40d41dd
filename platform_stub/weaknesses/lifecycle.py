"""Weaknesses of the configuration's life cycle: setting up, importing, turning on, locking out."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from platform_stub.policy import LifecycleRule, MetadataRule
from platform_stub.weaknesses.model import Change, Weakness, setting


def _without(rule: LifecycleRule) -> Change:
    return lambda policy: replace(policy, lifecycle_rules=policy.lifecycle_rules - {rule})


def _reading(rule: MetadataRule) -> Change:
    return lambda policy: replace(policy, metadata_rules=policy.metadata_rules - {rule})


WEAKNESSES: Final = (
    Weakness(
        "flag-not-required",
        "lifecycle",
        "Single sign-on can be set up by clients for which Customer Care has not set the flag.",
        _without("flag-required"),
    ),
    Weakness(
        "withdrawn-flag-locks-out",
        "lifecycle",
        "Taking the flag away while single sign-on is on leaves the login pages at the identity provider.",
        _without("withdrawal-ends-sso"),
    ),
    Weakness(
        "secret-shown",
        "lifecycle",
        "The API shows the Authorization Secret to whoever may read the configuration.",
        _without("secret-write-only"),
    ),
    Weakness(
        "secret-in-audit",
        "lifecycle",
        "The audit trail shows the Authorization Secret as it was typed.",
        _without("secret-hashed-in-audit"),
    ),
    Weakness(
        "save-enables",
        "lifecycle",
        "Saving the configuration turns the switch on.",
        _without("save-leaves-switch"),
    ),
    Weakness(
        "switch-not-audited",
        "lifecycle",
        "Nothing in the audit trail tells who moved the switch.",
        _without("switch-audited"),
    ),
    Weakness(
        "instructions-inexact",
        "lifecycle",
        "See Instructions shows sign-on URLs with a slash at the end, which the requests do not have.",
        _without("instructions-exact"),
    ),
    Weakness(
        "reset-link-signs-in",
        "routing",
        "Setting a new password by a reset link opens a session, while single sign-on is on too.",
        _without("reset-opens-nothing"),
    ),
    Weakness(
        "former-settings-answered",
        "closure",
        "An answer to settings of before a change, even of the other standard, still opens a session.",
        _without("former-settings-refused"),
    ),
    Weakness(
        "sessions-at-enabling-the-wrong-way-round",
        "session",
        "Sessions stay open at enabling where the client wants them to end, and end where they are to stay.",
        _without("sessions-knob-obeyed"),
    ),
    Weakness(
        "deep-link-forgotten",
        "session",
        "After a login by single sign-on everybody lands on the home page.",
        _without("deep-link-kept"),
    ),
    Weakness(
        "refusal-tells-details",
        "lifecycle",
        "The page of a refused login shows what only the audit trail should tell.",
        _without("refusal-is-generic"),
    ),
    Weakness(
        "import-saves",
        "lifecycle",
        "Reading the metadata saves the three fields at once, before anybody presses Save.",
        _without("import-fills-only"),
    ),
    Weakness(
        "import-repeated",
        "lifecycle",
        "Metadata that was to be imported once is read again at every login.",
        _without("import-once"),
    ),
    Weakness(
        "fields-not-checked",
        "lifecycle",
        "Anything can be saved as a certificate.",
        _without("fields-checked"),
    ),
    Weakness(
        "metadata-from-anywhere",
        "lifecycle",
        "The metadata link may lead to addresses inside private networks.",
        _reading("public-addresses"),
    ),
    Weakness(
        "metadata-redirects-followed",
        "lifecycle",
        "The metadata link may send the platform on to another host.",
        _reading("no-redirects"),
    ),
    Weakness(
        "metadata-expired-accepted",
        "lifecycle",
        "Metadata that has expired is imported.",
        _reading("valid-until"),
    ),
    Weakness(
        "metadata-dtd-read",
        "lifecycle",
        "Metadata with a document type and entities of its own is read.",
        _reading("no-dtd"),
    ),
    Weakness(
        "metadata-any-sign-on-address",
        "lifecycle",
        "A Single Sign On URL that is no web address is taken from metadata.",
        _reading("web-addresses"),
    ),
    Weakness(
        "metadata-read-without-bounds",
        "lifecycle",
        "Metadata of any length, and at any pace, is read to its end.",
        _reading("bounded"),
    ),
    Weakness(
        "metadata-key-without-use-skipped",
        "lifecycle",
        "A key of the metadata that does not say that it is for signing is not taken.",
        setting(metadata_certificates="for-signing"),
    ),
    Weakness(
        "metadata-of-error-page",
        "lifecycle",
        "Metadata is read from an answer that reports an error.",
        _reading("success-only"),
    ),
)
