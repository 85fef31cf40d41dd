"""Weaknesses of the configuration's life cycle: setting up, importing, turning on, locking out."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, setting, without

WEAKNESSES: Final = (
    Weakness(
        "calls-dropped-at-the-switch",
        "session",
        "Turning single sign-on on or off puts every agent to Not Ready, in the middle of calls too.",
        without("lifecycle_rules", "calls-kept"),
    ),
    Weakness(
        "call-keeps-session-for-good",
        "session",
        "A session that was spared for a call, when all were ended, stays open after the call.",
        without("lifecycle_rules", "session-ends-after-call"),
    ),
    Weakness(
        "expired-passwords-accepted",
        "identity",
        "A temporary or expired password goes on opening sessions.",
        setting(expired_password="accept"),  # noqa: S106 - a rule about passwords
    ),
    Weakness(
        "flag-not-required",
        "lifecycle",
        "Single sign-on can be set up by clients for which Customer Care has not set the flag.",
        without("lifecycle_rules", "flag-required"),
    ),
    Weakness(
        "withdrawn-flag-locks-out",
        "lifecycle",
        "Taking the flag away while single sign-on is on leaves the login pages at the identity provider.",
        without("lifecycle_rules", "withdrawal-ends-sso"),
    ),
    Weakness(
        "secret-shown",
        "lifecycle",
        "The API shows the Authorization Secret to whoever may read the configuration.",
        without("lifecycle_rules", "secret-write-only"),
    ),
    Weakness(
        "secret-in-audit",
        "lifecycle",
        "The audit trail shows the Authorization Secret as it was typed.",
        without("lifecycle_rules", "secret-hashed-in-audit"),
    ),
    Weakness(
        "save-enables",
        "lifecycle",
        "Saving the configuration turns the switch on.",
        without("lifecycle_rules", "save-leaves-switch"),
    ),
    Weakness(
        "switch-not-audited",
        "lifecycle",
        "Nothing in the audit trail tells who moved the switch.",
        without("lifecycle_rules", "switch-audited"),
    ),
    Weakness(
        "instructions-inexact",
        "lifecycle",
        "See Instructions shows sign-on URLs with a slash at the end, which the requests do not have.",
        without("lifecycle_rules", "instructions-exact"),
    ),
    Weakness(
        "reset-link-signs-in",
        "routing",
        "Setting a new password by a reset link opens a session, while single sign-on is on too.",
        without("lifecycle_rules", "reset-opens-nothing"),
    ),
    Weakness(
        "former-settings-answered",
        "closure",
        "An answer to settings of before a change, even of the other standard, still opens a session.",
        without("lifecycle_rules", "former-settings-refused"),
    ),
    Weakness(
        "sessions-at-enabling-the-wrong-way-round",
        "session",
        "Sessions stay open at enabling where the client wants them to end, and end where they are to stay.",
        without("lifecycle_rules", "sessions-knob-obeyed"),
    ),
    Weakness(
        "deep-link-forgotten",
        "session",
        "After a login by single sign-on everybody lands on the home page.",
        without("lifecycle_rules", "deep-link-kept"),
    ),
    Weakness(
        "refusal-tells-details",
        "lifecycle",
        "The page of a refused login shows what only the audit trail should tell.",
        without("lifecycle_rules", "refusal-is-generic"),
    ),
    Weakness(
        "import-saves",
        "lifecycle",
        "Reading the metadata saves the three fields at once, before anybody presses Save.",
        without("lifecycle_rules", "import-fills-only"),
    ),
    Weakness(
        "import-repeated",
        "lifecycle",
        "Metadata that was to be imported once is read again at every login.",
        without("lifecycle_rules", "import-once"),
    ),
    Weakness(
        "fields-not-checked",
        "lifecycle",
        "Anything can be saved as a certificate.",
        without("lifecycle_rules", "fields-checked"),
    ),
    Weakness(
        "metadata-from-anywhere",
        "lifecycle",
        "The metadata link may lead to addresses inside private networks.",
        without("metadata_rules", "public-addresses"),
    ),
    Weakness(
        "metadata-redirects-followed",
        "lifecycle",
        "The metadata link may send the platform on to another host.",
        without("metadata_rules", "no-redirects"),
    ),
    Weakness(
        "metadata-expired-accepted",
        "lifecycle",
        "Metadata that has expired is imported.",
        without("metadata_rules", "valid-until"),
    ),
    Weakness(
        "metadata-dtd-read",
        "lifecycle",
        "Metadata with a document type and entities of its own is read.",
        without("metadata_rules", "no-dtd"),
    ),
    Weakness(
        "metadata-any-sign-on-address",
        "lifecycle",
        "A Single Sign On URL that is no web address is taken from metadata.",
        without("metadata_rules", "web-addresses"),
    ),
    Weakness(
        "metadata-read-without-bounds",
        "lifecycle",
        "Metadata of any length, and at any pace, is read to its end.",
        without("metadata_rules", "bounded"),
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
        without("metadata_rules", "success-only"),
    ),
)
