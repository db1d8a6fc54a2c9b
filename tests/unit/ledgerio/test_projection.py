"""The records as events give them, and what is set aside."""

from typing import Any

import pytest

from maas_core.errors import StoreError
from maas_core.ledgerio.journal import Quarantined
from maas_core.ledgerio.projection import CachedReader, Folding
from maas_core.ports.workflow import EventBlock, LedgerEvent, Undecodable
from maas_core.protocol import events as e
from maas_core.protocol.model.overlay import ABSENT, Overlay
from maas_core.protocol.records import Key
from tests.support.ledgerio import block, entry

GOOD, BAD = b"g" * 16, b"b" * 16


def registered(machine: bytes) -> e.MachineRegistered:
    return e.MachineRegistered(machine, 2, 3, 2, 1, b"s" * 32, b"t" * 32, 60, 86_400)


def started(machine: bytes, version: int = 2) -> e.MachineStarted:
    return e.MachineStarted(machine, version, 7)


def folding(*waiting: str) -> Folding:
    return Folding(Overlay(lambda _: None), frozenset(waiting))


def test_events_are_folded_in_their_order() -> None:
    one = folding()

    one.fold(entry(block(1), registered(GOOD), started(GOOD)))

    assert (one.state["machine", GOOD].version, one.aside, one.subjects) == (2, [], frozenset())


def test_an_event_that_cannot_be_folded_stops_no_other() -> None:
    one = folding()

    one.fold(entry(block(1), registered(GOOD), started(BAD), started(GOOD)))

    [aside] = one.aside
    assert one.state["machine", GOOD].version == 2
    assert (aside.block, aside.entry.event, aside.subject) == (block(1), started(BAD), f"machine:{BAD.hex()}")
    assert aside.reason.startswith("KeyError: ")
    assert aside.position == 0


def test_what_comes_after_it_on_the_same_subject_waits_in_order() -> None:
    one = folding()

    one.fold(entry(block(1), started(BAD)))
    one.fold(entry(block(2), registered(BAD), started(BAD, 3)))

    assert [(aside.entry.event, aside.reason) for aside in one.aside[1:]] == [
        (registered(BAD), "waits for an earlier event"),
        (started(BAD, 3), "waits for an earlier event"),
    ]
    assert ("machine", BAD) not in one.state
    assert one.subjects == {f"machine:{BAD.hex()}"}


def test_a_subject_in_quarantine_stays_there() -> None:
    one = folding(f"machine:{BAD.hex()}")

    one.fold(entry(block(1), registered(BAD), registered(GOOD)))

    assert [aside.entry.event for aside in one.aside] == [registered(BAD)]
    assert ("machine", GOOD) in one.state


def test_what_cannot_be_read_is_set_aside_and_holds_nothing_up() -> None:
    one, unreadable = folding(), LedgerEvent(b"t" * 32, Undecodable("0x00", "unknown topic"))

    one.fold(EventBlock(block(1), (unreadable, LedgerEvent(b"t" * 32, registered(GOOD)))))

    assert one.aside == [Quarantined(0, block(1), unreadable, "unknown topic", "undecodable")]
    assert ("machine", GOOD) in one.state
    assert one.subjects == frozenset()


def test_when_the_database_fails_no_event_is_blamed() -> None:
    def fails(_: Key) -> Any:
        raise StoreError("no space left")

    one = Folding(Overlay(fails), frozenset())

    with pytest.raises(StoreError, match="no space left"):
        one.fold(entry(block(1), started(GOOD)))
    assert one.aside == []


class Records:
    """What is stored, and what was asked for."""

    def __init__(self) -> None:
        self.asked: list[Key] = []

    def __call__(self, key: Key) -> Any:
        self.asked.append(key)
        return "stored" if key == ("machine", GOOD) else None


def test_a_record_is_read_once_whether_it_is_there_or_not() -> None:
    stored = Records()
    reader = CachedReader(stored)

    answers = [reader(key) for key in [("machine", GOOD), ("machine", BAD)] * 2]

    assert answers == ["stored", None, "stored", None]
    assert stored.asked == [("machine", GOOD), ("machine", BAD)]


def test_what_was_stored_is_known_without_reading() -> None:
    stored = Records()
    reader = CachedReader(stored)

    reader.update([(("machine", GOOD), ABSENT), (("machine", BAD), "new")])

    assert [reader(("machine", GOOD)), reader(("machine", BAD))] == [None, "new"]
    assert stored.asked == []


def test_a_full_cache_begins_anew() -> None:
    stored = Records()
    reader = CachedReader(stored, most=2)

    for number in (1, 2, 3, 3, 1):
        reader(("machine", number))

    assert stored.asked == [("machine", number) for number in (1, 2, 3, 1)]
