"""The suites that plugin authors run: they pass on the logs in memory, and leave nothing of the protocol out."""

from collections.abc import Callable

import pytest

from maas_core.ledgerio.ordered import OrderedLedger
from maas_core.ports.backends import OpenLedger
from maas_core.ports.ordered_log import OrderedLog
from maas_core.protocol.commands import COMMANDS
from maas_core.testing.ledger_cast import cast_of
from maas_core.testing.ledger_network import PARTICIPANTS, Network
from maas_core.testing.ledger_story import LedgerStory
from maas_core.testing.memory_log import MemoryLog, SharedEntries
from maas_core.testing.ordered_log_suite import OrderedLogSuite


class TestMemoryLog(OrderedLogSuite):
    @pytest.fixture
    def open_log(self) -> Callable[[], OrderedLog]:
        shared = SharedEntries()
        senders = iter(range(1, 100))
        return lambda: MemoryLog(shared, bytes([next(senders)]) * 32)


class SettableClock:
    def __init__(self) -> None:
        self.seconds = 1_770_000_000

    def now(self) -> int:
        return self.seconds

    def monotonic(self) -> float:
        return float(self.seconds)

    def move(self, seconds: int) -> None:
        self.seconds += seconds


def memory_network() -> Network:
    clock = SettableClock()
    shared = SharedEntries(clock)
    ledgers = {name: OrderedLedger(MemoryLog(shared, name.encode().ljust(32, b"."))) for name in PARTICIPANTS}
    return Network({name: OpenLedger(one, one) for name, one in ledgers.items()}, clock, let_pass=clock.move)


def test_the_story_brings_every_command_into_effect() -> None:
    cast = cast_of(memory_network())
    story = LedgerStory()
    for name in dir(story):
        if name.startswith("test_"):
            getattr(story, name)(cast)
    assert {type(done.command) for done in cast.network.done} == set(COMMANDS)


def test_a_network_that_is_in_use_already_can_be_used_again() -> None:
    network = memory_network()
    cast_of(network)
    again = Network(network.ledgers, network.clock)
    cast_of(again).started()
    assert len(again.done) == 5
