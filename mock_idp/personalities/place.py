"""Where a tenant lives, which is all that a vendor's URL and identifier rules need to know of it."""

from __future__ import annotations

import hashlib
import string
import uuid
from dataclasses import dataclass
from functools import lru_cache

MOST_REMEMBERED = 4096
ALPHANUMERIC = string.digits + string.ascii_letters


@dataclass(frozen=True)
class Place:
    """A tenant's name, its base URL (no trailing slash) and the vendor's ID of its directory."""

    tenant: str
    base_url: str
    directory_id: str


@lru_cache(MOST_REMEMBERED)
def stable_alphanumeric(length: int, *parts: str) -> str:
    """`length` alphanumeric characters that are always the same for the same `parts`."""
    number = int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest(), "big")
    characters = []
    for _ in range(length):
        number, index = divmod(number, len(ALPHANUMERIC))
        characters.append(ALPHANUMERIC[index])
    return "".join(characters)


@lru_cache(MOST_REMEMBERED)
def stable_guid(*parts: str) -> str:
    """A GUID that is always the same for the same `parts`."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "\0".join(parts)))
