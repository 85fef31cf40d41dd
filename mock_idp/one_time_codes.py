"""The codes of people's authenticator apps (RFC 6238: SHA-1, six digits, 30 seconds)."""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from mock_idp.personas import Persona

SECONDS = 30


def code_of(persona: Persona, at: int) -> str:
    """The code that the person's app shows at an instant, in seconds since the epoch."""
    key = base64.b32decode(persona.totp_key)
    totp = TOTP(key, 6, SHA1(), SECONDS, enforce_key_length=False)  # noqa: S303 - what apps use
    return totp.generate(at).decode()


def is_code_of(persona: Persona, code: str, at: int, *, good_for: int) -> bool:
    """Whether the app shows the code at that instant, or 30 seconds later, or up to `good_for` earlier."""
    typed = code.replace(" ", "").encode()
    times = range(at - good_for, at + SECONDS + 1, SECONDS)
    return any(secrets.compare_digest(typed, code_of(persona, time).encode()) for time in times)
