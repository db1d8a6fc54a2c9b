"""A state over a reader behaves as a map, and knows what was changed on top."""

from collections.abc import Callable
from typing import Any

import pytest

from maas_core.protocol.model import EMPTY, State
from maas_core.protocol.model.overlay import ABSENT, Overlay
from maas_core.protocol.records import Key

BASE: dict[Key, Any] = {("party", 1): "one", ("party", 2): "two"}
ONE, TWO, THREE = [("party", number) for number in (1, 2, 3)]


def over_a_reader() -> State:
    """An overlay that reads from a dictionary."""
    return Overlay(BASE.get)


def over_a_map() -> State:
    """The same in memory."""
    return EMPTY.update(BASE)


each_kind = pytest.mark.parametrize("make", [over_a_reader, over_a_map])


@each_kind
def test_what_is_there_is_found(make: Callable[[], State]) -> None:
    state = make()

    assert (state[ONE], state.get(ONE), state.get(ONE, "none"), ONE in state) == ("one", "one", "one", True)


@each_kind
def test_what_is_not_there_is_missing(make: Callable[[], State]) -> None:
    state = make()

    assert (state.get(THREE), state.get(THREE, "none"), THREE in state) == (None, "none", False)
    with pytest.raises(KeyError, match="3"):
        state[THREE]


@each_kind
def test_a_change_makes_a_copy(make: Callable[[], State]) -> None:
    before = make()
    after = before.set(ONE, "changed").set(THREE, "new")

    assert (after[ONE], after[TWO], after[THREE]) == ("changed", "two", "new")
    assert (before[ONE], THREE in before) == ("one", False)


@each_kind
def test_a_deletion_makes_a_copy(make: Callable[[], State]) -> None:
    before = make()
    after = before.delete(ONE)

    assert (after.get(ONE), after.get(ONE, "none"), ONE in after, TWO in after) == (None, "none", False, True)
    assert before[ONE] == "one"
    with pytest.raises(KeyError):
        after[ONE]
    assert after.set(ONE, "again")[ONE] == "again"


def test_an_overlay_lists_its_changes_and_leaves_the_base() -> None:
    overlay = Overlay(BASE.get).set(THREE, "new").delete(ONE)

    assert dict(overlay.changes) == {THREE: "new", ONE: ABSENT}
    assert dict(Overlay(BASE.get).changes) == {}
    assert BASE[ONE] == "one"
