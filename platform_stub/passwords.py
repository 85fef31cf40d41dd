"""Password hashing with scrypt. The cost is chosen by the settings and travels with every hash."""

import base64
import hashlib
import hmac
import os

_BLOCK = 8
_MEMORY_FACTOR = 2  # scrypt needs 128 * N * r bytes; OpenSSL wants a little more than that


def hash_password(password: str, cost: int) -> str:
    """Return ``scrypt$COST$SALT$HASH``; ``cost`` is the exponent of N."""
    salt = os.urandom(16)
    return f"scrypt${cost}${_text(salt)}${_text(_derive(password, salt, cost))}"


def verify_password(password: str, stored: str) -> bool:
    """Return whether the password is the stored one; an empty hash fits no password."""
    if not stored:
        return False
    _, cost, salt, expected = stored.split("$")
    return hmac.compare_digest(
        _derive(password, base64.b64decode(salt), int(cost)), base64.b64decode(expected)
    )


def spend_the_same_time(password: str, cost: int) -> None:
    """Do the work of a verification, so that an unknown login is not told apart by its speed."""
    _derive(password, b"no such account.", cost)


def _derive(password: str, salt: bytes, cost: int) -> bytes:
    memory = 128 * 2**cost * _BLOCK * _MEMORY_FACTOR
    return hashlib.scrypt(
        password.encode(), salt=salt, n=2**cost, r=_BLOCK, p=1, maxmem=memory + 2**20, dklen=32
    )


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
