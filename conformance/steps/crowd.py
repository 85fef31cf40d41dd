"""Made-up people in numbers: users and agents beside the roster, known to the platform and to the IdP."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from conformance.model import Account

if TYPE_CHECKING:
    from faker import Faker

CROWD: Final = "crowd-"
"""What the ids of made-up people start with."""
_NOT_IN_LOGINS: Final = re.compile(r"[^A-Za-z0-9.]")
_SEED: Final = 20240229
_ROLES: Final = ("Manager", "Manager", "Auditor", "Superuser", "Manager")


@lru_cache(maxsize=4)
def crowd(size: int) -> tuple[Account, ...]:
    """Return so many accounts, every other one an agent: the same ones at each call and in each run."""
    if size == 0:
        return ()
    from faker import Faker  # noqa: PLC0415 - few cases have a crowd, and each worker would import it

    faker = Faker(["en_US", "de_DE", "es_ES"])
    faker.seed_instance(_SEED)
    return tuple(_person(faker, number) for number in range(size))


def _person(faker: Faker, number: int) -> Account:
    login = f"{_NOT_IN_LOGINS.sub('', faker.user_name())[:12]}.{number}".lower()
    kind = "agent" if number % 2 else "user"
    return Account(
        id=f"{CROWD}{number}",
        kind=kind,
        login=login.upper() if kind == "agent" else login,
        password=faker.password(length=14),
        email=f"{login}@acme.test",
        role="" if kind == "agent" else _ROLES[number % len(_ROLES)],
    )


def at_idp(account: Account) -> dict[str, str]:
    """Return this person as the IdP's directory knows them."""
    return {"login": account.email, "email": account.email, "password": f"idp-{account.id}-Secret"}
