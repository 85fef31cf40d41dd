"""Finding the identity provider's people by what they send, by what looks like it, and by what comes near."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final

from conformance.forecast.addresses import guest_home, is_guest_name, name_key, skeleton
from conformance.forecast.model import Person, Rules

_Index = dict[str, list[Person]]
_MOST_MISSES: Final = 20_000
_SHORTEST_NAME: Final = 4  # of shorter names too many are one letter apart


class Directory:
    """The people of the identity provider under one set of rules. Indexes are made when first needed."""

    def __init__(self, people: Sequence[Person], rules: Rules, taken: Collection[str]) -> None:
        """`taken` holds what the platform's accounts have: whoever sends that is nobody's near miss."""
        self._people = people
        self._rules = rules
        self._taken = taken
        self._senders = _index(people, lambda person: rules.key(person.sent(rules)))

    def senders(self, address: str) -> Sequence[Person]:
        """Return those whose login would carry this address."""
        return self._senders.get(self._rules.key(address), ())

    def alike(self, address: str) -> Sequence[Person]:
        """Return those who send an address that only looks like this one."""
        return self._alike.get(skeleton(address), ())

    def keepers(self, address: str) -> Sequence[Person]:
        """Return those who have this address, but send another or none."""
        return self._kept.get(address.strip().casefold(), ())

    def guests(self, address: str) -> Sequence[Person]:
        """Return the guests whose own address this is."""
        return self._guests.get(address.strip().casefold(), ())

    def namesake(self, address: str) -> str:
        """Return an address with the same name in another domain, or with other dots or +tag; "" for none."""
        people = self._namesakes.get(name_key(address), ())
        return min((person.sent(self._rules) for person in people), default="")

    def near_misses(self, addresses: Collection[str]) -> dict[str, str]:
        """Return address → an address that is sent and one letter away; absent where there is none.

        One pass over the people for all addresses together. For more than 20,000 nothing is looked for: then
        the file is the wrong one, and a nearest address is no help.
        """
        if len(addresses) > _MOST_MISSES:
            return {}
        wanted: dict[str, list[str]] = {}
        for address in addresses:
            for shorter in _with_one_less(address):
                wanted.setdefault(shorter, []).append(address)
        found: dict[str, str] = {}
        for person in self.strangers if wanted else ():
            sent = person.sent(self._rules)
            for shorter in _with_one_less(sent):
                for address in wanted.get(shorter, ()):
                    found.setdefault(address, sent)
        return found

    @cached_property
    def strangers(self) -> Sequence[Person]:
        """Those who send an address that no account has."""
        return [
            person for key, people in self._senders.items() if key not in self._taken for person in people
        ]

    @cached_property
    def _alike(self) -> _Index:
        return _index(self._people, lambda person: skeleton(person.sent(self._rules)))

    @cached_property
    def _kept(self) -> _Index:
        return _index(self._people, lambda person: person.kept(self._rules).strip().casefold())

    @cached_property
    def _guests(self) -> _Index:
        guests = [person for person in self._people if is_guest_name(person.login)]
        return _index(guests, lambda person: guest_home(person.login).casefold())

    @cached_property
    def _namesakes(self) -> _Index:
        return _index(self.strangers, lambda person: name_key(person.sent(self._rules)))


def _index(people: Iterable[Person], key: Callable[[Person], str]) -> _Index:
    found: _Index = {}
    for person in people:
        name = key(person)
        if name:
            found.setdefault(name, []).append(person)
    return found


def _with_one_less(address: str) -> Iterator[str]:
    """Yield the address and it without each letter of its name; two that are one change apart share one."""
    text = address.strip().casefold()
    yield text
    local = text.find("@")
    for position in range(local if local >= _SHORTEST_NAME else 0):
        yield text[:position] + text[position + 1 :]
