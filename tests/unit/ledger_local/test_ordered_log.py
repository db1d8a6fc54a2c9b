"""The suite for ordered logs, on the embedded one: at once, and in blocks."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from maas_ledger_local.log import LocalLog, Settings, open_log

from maas_core.ports.backends import Context
from maas_core.ports.clock import SystemClock
from maas_core.ports.ordered_log import OrderedLog
from maas_core.testing.ordered_log_suite import AuditSuite
from tests.support.keys import Ed25519Signer


class TestLocalLog(AuditSuite):
    interval = 0

    @pytest.fixture
    def open_log(self, tmp_path: Path) -> Iterator[Callable[[], OrderedLog]]:
        opened: list[LocalLog] = []

        def open_one() -> OrderedLog:
            settings = Settings(block_interval_ms=self.interval)
            opened.append(open_log(settings, Context(SystemClock(), Ed25519Signer(), tmp_path)))
            return opened[-1]

        self.path = tmp_path / "ledger.db"
        yield open_one
        for log in opened:
            log.close()

    def tamper(self, log: OrderedLog, position: int) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE entry SET payload = x'00' WHERE position = ?", (position,))


class TestLocalLogInBlocks(TestLocalLog):
    interval = 20
