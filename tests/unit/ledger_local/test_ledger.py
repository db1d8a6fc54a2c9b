"""The suite for ledgers, on the embedded one: with the machine's clock in blocks, and with a clock of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from maas_ledger_local.log import Settings, open_log

from maas_core.ledgerio.ordered import OrderedLedger
from maas_core.ports.backends import Context, OpenLedger
from maas_core.ports.clock import SystemClock
from maas_core.testing.ledger_suite import PARTICIPANTS, LedgerSuite, Network
from tests.support.keys import Ed25519Signer


class SettableClock(SystemClock):
    """The machine's clock, moved by so many seconds."""

    def __init__(self) -> None:
        self.ahead = 0

    def now(self) -> int:
        return super().now() + self.ahead

    def move(self, seconds: int) -> None:
        self.ahead += seconds


def opened(folder: Path, clock: SettableClock, interval: int) -> dict[str, OpenLedger]:
    ledgers = {}
    for name in PARTICIPANTS:
        log = open_log(Settings(block_interval_ms=interval), Context(clock, Ed25519Signer(), folder))
        ledger = OrderedLedger(log)
        ledgers[name] = OpenLedger(ledger, ledger)
    return ledgers


class TestLocalLedger(LedgerSuite):
    interval = 0

    @pytest.fixture(scope="class")
    @classmethod
    def network(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
        clock = SettableClock()
        ledgers = opened(tmp_path_factory.mktemp("ledger"), clock, cls.interval)
        yield Network(ledgers, clock, let_pass=clock.move)
        for ledger in ledgers.values():
            ledger.workflow.close()


class TestLocalLedgerInBlocks(TestLocalLedger):
    interval = 5
