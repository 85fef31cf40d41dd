"""Both storages keep the same promises."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from mock_idp.armoury import Armoury
from mock_idp.faults.model import Fault
from mock_idp.faults.registry import all_faults
from mock_idp.keys import KeyPool, SigningKey
from mock_idp.personalities import PERSONALITIES
from mock_idp.shared_tenants import SharedTenantStore
from mock_idp.storage.memory import Memory
from mock_idp.storage.model import Limits, Storage
from mock_idp.storage.sqlite import PRUNED_EVERY, SharedFile, Sqlite
from mock_idp.tenants import TenantExistsError

FAULTS = [next(f for f in all_faults().values() if f.name.startswith(p)) for p in ("saml.", "oidc.")]
LOGIN = {"persona": ("alice",)}


@pytest.fixture
def file() -> Iterator[Path]:
    """A file as a server makes it."""
    shared = SharedFile(None)
    yield shared.path
    shared.remove()
    assert not shared.path.parent.exists()


@pytest.fixture(params=["memory", "sqlite"])
def storage(request: pytest.FixtureRequest, file: Path) -> Iterator[Storage]:
    """Each storage."""
    if request.param == "memory":
        yield Memory()
        return
    with closing(Sqlite(file)) as found:
        yield found


def test_a_shelf_forgets_the_oldest_and_gives_once(storage: Storage) -> None:
    most = 10
    shelf = storage.shelf("a", "s", most)
    for number in range(most + 2 * PRUNED_EVERY):
        shelf.put(str(number), number)
    shelf.put(str(number - 1), "newest")
    kept = shelf.items()
    assert kept[-2:] == [(str(number), number), (str(number - 1), "newest")]
    assert most <= len(kept) <= most + PRUNED_EVERY
    assert (shelf.get("0"), shelf.get(str(number))) == (None, number)
    assert (shelf.pop(str(number)), shelf.pop(str(number)), shelf.get(str(number))) == (number, None, None)


def test_a_log_numbers_on_and_forgets_the_oldest(storage: Storage) -> None:
    log = storage.log("a", "l", Limits(5, 40, len))
    assert (log.last, log.after(0)) == (0, [])
    for _ in range(2 * PRUNED_EVERY):
        log.append(lambda number: f"{number:<20}")
    assert log.last == 2 * PRUNED_EVERY
    assert [value.strip() for value in log.after(log.last - 2)] == [str(log.last - 1), str(log.last)]
    assert len(log.after(0)) == 2, "two weigh as much as all may"


def test_one_that_is_too_heavy_does_not_make_the_numbers_start_again(storage: Storage) -> None:
    log = storage.log("a", "l", Limits(5, 1, len))
    for _ in range(PRUNED_EVERY + 1):
        log.append(lambda _: "heavy")
    assert log.last == PRUNED_EVERY + 1


def test_owners_and_names_are_apart_and_one_is_forgotten_alone(storage: Storage) -> None:
    for owner, name in (("a", "s"), ("a", "t"), ("b", "s")):
        storage.shelf(owner, name, 9).put("key", owner + name)
        text = owner + name
        storage.log(owner, name, Limits(9)).append(partial(_said, text))
    assert storage.shelf("a", "t", 9).get("key") == "at"
    assert storage.log("b", "s", Limits(9)).after(0) == ["bs"]
    storage.forget("a")
    assert storage.shelf("a", "s", 9).get("key") is storage.shelf("a", "t", 9).get("key") is None
    assert storage.log("a", "s", Limits(9)).last == 0
    assert storage.shelf("b", "s", 9).get("key") == "bs"


def test_what_is_read_and_written_in_one_piece_is_not_lost(storage: Storage) -> None:
    shelf, start = storage.shelf("a", "s", 9), threading.Barrier(4)

    def count(_: int) -> None:
        start.wait()
        for _ in range(50):
            with storage.atomic(), storage.atomic():
                shelf.put("n", (shelf.get("n") or 0) + 1)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count, range(4)))
    assert shelf.get("n") == 200


def test_half_a_change_is_undone(file: Path) -> None:
    with closing(Sqlite(file)) as storage:
        shelf = storage.shelf("a", "s", 9)

        def break_off() -> None:
            with storage.atomic():
                shelf.put("key", 1)
                raise KeyError

        with pytest.raises(KeyError):
            break_off()
        assert shelf.get("key") is None


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_oldest_order_that_fits_is_carried_out_and_counted(storage: Storage, fault: Fault) -> None:
    armoury = Armoury(storage, "tenant")
    protocol = fault.protocol
    first = armoury.order({"persona": "alice"}, fault, {}, 2)
    second = armoury.order({}, fault, {}, None)
    carried = [armoury.enlist(f"attempt-{number}", protocol, LOGIN) for number in range(4)]
    assert [armed and armed.id for armed in carried] == [first.id, first.id, second.id, second.id]
    again = armoury.for_attempt("attempt-0", protocol)
    assert again is not None
    assert (again.id, again.fault.name) == (first.id, fault.name)
    assert [kept.as_json().get("left") for kept in armoury.all()] == [0, None]
    assert armoury.disarm(second.id)
    assert not armoury.disarm(second.id)
    assert armoury.enlist("later", protocol, LOGIN) is None


def test_every_fault_can_be_kept_for_another_process() -> None:
    kept = pickle.loads(pickle.dumps(dict(all_faults())))  # noqa: S301 - made in this line
    assert {name: fault.apply for name, fault in kept.items()} == {
        name: fault.apply for name, fault in all_faults().items()
    }


def test_a_key_is_parsed_once_by_each_process() -> None:
    key = PERSONALITIES[0].dress_key(KeyPool(1).take(), "acme", datetime.now(UTC))
    copies: list[SigningKey] = [pickle.loads(pickle.dumps(key)) for _ in range(2)]  # noqa: S301 - made in this line
    assert copies[0] is copies[1] is not key
    assert copies[0].sign(b"text") == key.sign(b"text")
    assert (copies[0].kid, copies[0].saml_certificate.pem) == (key.kid, key.saml_certificate.pem)


def _said(text: str, _: int) -> str:
    return text


def _stores(file: Path) -> tuple[SharedTenantStore, SharedTenantStore]:
    """Two processes' views of the same tenants."""
    pool = KeyPool(2)
    first, second = (SharedTenantStore("http://idp.test", Sqlite(file), pool) for _ in range(2))
    return first, second


def test_what_one_process_changes_the_other_knows(file: Path) -> None:
    here, there = _stores(file)
    made = here.create(PERSONALITIES[0], "acme")
    with pytest.raises(TenantExistsError):
        there.create(PERSONALITIES[0], "acme")
    seen = there.get("acme")
    assert seen is not None
    key = seen.keys.active  # made there, when it was needed there
    with made.changing():
        made.clock.shift(60)
        del made.personas["alice"]
    assert here.get("acme") is made
    assert there.get("acme") is seen
    assert made.keys.active.kid == key.kid
    assert ("alice" in seen.personas, seen.clock.set) == (False, made.clock.set)
    assert there.delete("acme")
    assert (here.get("acme"), here.names(), here.delete("acme")) == (None, [], False)


def test_a_change_that_breaks_off_is_forgotten_here_and_there(file: Path) -> None:
    here, there = _stores(file)
    made = here.create(PERSONALITIES[0], "acme")

    def break_off() -> None:
        with made.changing():
            made.personas.clear()
            raise KeyError

    with pytest.raises(KeyError):
        break_off()
    for store in (here, there):
        found = store.get("acme")
        assert found is not None
        assert "alice" in found.personas


def test_a_tenant_that_is_deleted_while_it_changes_stays_deleted(file: Path) -> None:
    here, there = _stores(file)
    made = here.create(PERSONALITIES[0], "acme")
    with made.changing():
        here.delete("acme")
    assert there.get("acme") is None
