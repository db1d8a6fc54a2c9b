"""Properties of the model on histories that are made up: whatever is sent, these hold.

For each accepted command (`tests/support/history.py`): its sender is one who may send it, the same command once more is
refused, an award is the same for the bids in another order, versions count up by one, time never goes back, and the end
of a record is an end. At any time: the quorum is reachable, identities and parties agree. For a history as a whole
(`tests/support/histories.py`): the events alone rebuild every record, PERIOD and FINAL invoices tile a machine's time,
anchors are gapless and REGULAR windows never overlap, a ticket has one assignee at most, and money is conserved.
"""

from collections import Counter
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from maas_core.protocol.events import EVENTS
from maas_core.protocol.vectors.cast import DAY
from tests.support.history import History
from tests.support.moves import ROOMS

PAUSES = [1, 60, 3_600, DAY, 8 * DAY]


class Histories(RuleBasedStateMachine):
    """Hypothesis looks for a history that breaks a property, and shrinks it."""

    def __init__(self) -> None:
        super().__init__()
        self.history = History()

    @rule(seconds=st.sampled_from(PAUSES))
    def time_passes(self, seconds: int) -> None:
        self.history.time += seconds

    @rule(seconds=st.integers(1, 600))
    def the_ledgers_clock_goes_back(self, seconds: int) -> None:
        self.history.time -= seconds

    @rule(room=st.sampled_from(sorted(ROOMS)), data=st.data())
    def somebody_sends_something(self, room: str, data: st.DataObject) -> None:
        self.history.send(room, lambda low, high: data.draw(st.integers(low, high)))

    @invariant()
    def what_holds_at_any_time_holds(self) -> None:
        self.history.check()

    def teardown(self) -> None:
        self.history.finish()


Histories.TestCase.settings = settings(stateful_step_count=60, deadline=None)
TestHistories = Histories.TestCase


def lived(seed: int, steps: int) -> History:
    """A long history from a seed."""
    random, history = Random(seed), History()  # noqa: S311
    for _ in range(steps):
        history.time += random.choice([0] * 15 + [*PAUSES, -60])
        history.send(random.choice([*sorted(ROOMS), "maintenance"]), random.randint)
        history.check()
    history.finish()
    return history


@pytest.mark.parametrize("seed", range(20))
def test_the_properties_hold_in_a_long_history(seed: int) -> None:
    history = lived(seed, 400)

    assert len(history.events) > 100


def test_long_histories_contain_every_kind_of_event() -> None:
    counts = Counter(type(event) for seed in range(20) for event in lived(seed, 400).events)
    never = {event.__name__ for event in EVENTS if not counts[event]}

    assert never == {"DeploymentRetired"}
