"""The process of fabric-sdk-py ends, hangs or is missing."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from maas_ledger_fabric.devnet.network import FabricDevnet
from maas_ledger_fabric.hfc.setup import make_environment

from maas_core.errors import ConfigError
from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.workflow import BlockRef, Unavailable
from tests.support.fabric import ledger_of, wait_until


def soon(seconds: float = 10) -> Deadline:
    return Deadline.after(SystemClock(), seconds)


@pytest.fixture
def ledger(devnet: FabricDevnet) -> Iterator[OpenLedger]:
    make_environment(lambda _: None)
    opened = ledger_of(devnet, "oem", client="hfc", observers=(), admin=None)
    assert isinstance(opened.finality.head(soon()), BlockRef)
    yield opened
    opened.workflow.close()


def workers() -> list[int]:
    """Process ids of workers that this process has started."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            words = (entry / "cmdline").read_bytes()
            parent = int((entry / "stat").read_text("utf-8").rpartition(")")[2].split()[1])
        except OSError:
            continue
        if b"hfc/worker.py" in words and parent == os.getpid():
            found.append(int(entry.name))
    return found


def test_a_worker_that_is_killed_is_started_again(ledger: OpenLedger) -> None:
    for pid in workers():
        os.kill(pid, signal.SIGKILL)
    assert ledger.workflow.read_record(("machine", bytes(16)), soon()) is None
    wait_until(lambda: isinstance(ledger.finality.head(soon()), BlockRef), 10, "blocks come again")


def test_a_worker_that_hangs_costs_no_more_than_the_deadline(ledger: OpenLedger) -> None:
    [pid] = workers()
    os.kill(pid, signal.SIGSTOP)
    try:
        assert isinstance(ledger.workflow.read_record(("machine", bytes(16)), soon(1)), Unavailable)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert ledger.workflow.read_record(("machine", bytes(16)), soon()) is None


def test_after_closing_no_worker_is_left(devnet: FabricDevnet) -> None:
    make_environment(lambda _: None)
    before = set(workers())
    opened = ledger_of(devnet, "oem", client="hfc", observers=(), admin=None)
    opened.finality.head(soon())
    assert set(workers()) - before
    opened.workflow.close()
    assert set(workers()) == before


def test_without_its_environment_the_command_that_makes_it_is_named(
    devnet: FabricDevnet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ConfigError, match="maasctl fabric hfc-setup"):
        ledger_of(devnet, "oem", client="hfc")


def test_a_python_that_is_none_is_named(devnet: FabricDevnet, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"hfc_python: .*absent is no executable"):
        ledger_of(devnet, "oem", client="hfc", hfc_python=tmp_path / "absent")
