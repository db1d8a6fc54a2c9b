"""Several processes on one file, and processes that die."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from maas_ledger_local.log import LocalLog, Settings, open_log

from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.ordered_log import LogEntry

ROOT = Path(__file__).resolve().parents[3]
CLOCK = SystemClock()


def appender(folder: Path, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.support.appender", str(folder), str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def accepted(process: "subprocess.Popen[str]") -> list[bytes]:
    """What the process has told until its end; a line that it could not finish does not count."""
    told, _ = process.communicate()
    return [bytes.fromhex(line) for line in told.splitlines(keepends=True) if line.endswith("\n")]


def entries_of(log: LocalLog) -> Sequence[LogEntry]:
    entries = log.read(0, 1_000_000, Deadline.after(CLOCK, 10))
    assert isinstance(entries, list)
    return entries


def opened(folder: Path) -> LocalLog:
    return open_log(Settings(), Context(CLOCK, None, folder))


@pytest.mark.parametrize("lines", [1, 40, 301])
def test_what_a_killed_process_was_told_is_accepted_is_there(tmp_path: Path, lines: int) -> None:
    process = appender(tmp_path, 1_000_000)
    assert process.stdout
    before = [bytes.fromhex(process.stdout.readline()) for _ in range(lines)]
    process.kill()
    told = before + accepted(process)
    process.wait()
    log = opened(tmp_path)
    names = [entry.transaction for entry in entries_of(log)]
    assert names[: len(told)] == told
    assert len(names) % 3 == 0
    assert list(log.audit()) == entries_of(log)
    log.close()


def test_a_process_goes_on_where_a_killed_one_stopped(tmp_path: Path) -> None:
    process = appender(tmp_path, 1_000_000)
    assert process.stdout
    process.stdout.readline()
    process.kill()
    told = accepted(process)
    process.wait()
    later = accepted(appender(tmp_path, 5))
    log = opened(tmp_path)
    assert [entry.transaction for entry in entries_of(log)][-15:] == later
    assert len(list(log.audit())) >= len(told) + 15
    log.close()


def test_two_processes_append_at_once_and_nothing_is_lost_or_torn_apart(tmp_path: Path) -> None:
    processes = [appender(tmp_path, 60), appender(tmp_path, 60)]
    told = [accepted(process) for process in processes]
    assert [process.wait() for process in processes] == [0, 0]
    log = opened(tmp_path)
    names = [entry.transaction for entry in log.audit()]
    assert [len(one) for one in told] == [180, 180]
    assert sorted(names) == sorted(told[0] + told[1])
    for mine in told:
        assert [name for name in names if name in set(mine)] == mine
    log.close()


def test_two_processes_that_begin_a_log_at_once_begin_one_log(tmp_path: Path) -> None:
    processes = [appender(tmp_path, 1) for _ in range(4)]
    assert [len(accepted(process)) for process in processes] == [3, 3, 3, 3]
    assert [process.wait() for process in processes] == [0, 0, 0, 0]
    log = opened(tmp_path)
    assert len(entries_of(log)) == 12
    log.close()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
