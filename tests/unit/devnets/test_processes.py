import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from maas_core.devnets.ports import free_ports, is_listening
from maas_core.devnets.processes import Supervised, all_or_none, stop_all
from maas_core.errors import UnavailableError, UsageError

SLEEPS = (sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)")
IGNORES = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('here', flush=True); time.sleep(60)",
)


def _started(process: Supervised, command: tuple[str, ...] = SLEEPS) -> int:
    pid = process.start(command, "127.0.0.1:1")
    process.wait_ready(lambda: "here" in process.log.read_text(), 20)
    return pid


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_is_found_and_ended_from_its_folder_alone(tmp_path: Path) -> None:
    pid = _started(Supervised(tmp_path, "one"))
    again = Supervised(tmp_path, "one")
    assert again.pid() == pid
    assert again.describe().pid == pid
    assert again.describe().address == "127.0.0.1:1"
    again.stop()
    assert not _lives(pid)
    assert again.pid() is None
    assert again.describe().pid is None


def test_starting_what_runs_starts_nothing(tmp_path: Path) -> None:
    process = Supervised(tmp_path, "one")
    pid = _started(process)
    try:
        assert process.start(SLEEPS) == pid
    finally:
        process.stop()


def test_another_process_that_got_the_id_is_never_touched(tmp_path: Path) -> None:
    process = Supervised(tmp_path, "one")
    with subprocess.Popen(SLEEPS, stdout=subprocess.DEVNULL, start_new_session=True) as stranger:
        process.pid_file.write_text(json.dumps({"pid": stranger.pid, "started": "1", "address": ""}))
        assert process.pid() is None
        process.stop()
        assert stranger.poll() is None
        stranger.kill()


def test_who_does_not_listen_is_ended_by_force(tmp_path: Path) -> None:
    process = Supervised(tmp_path, "one")
    pid = _started(process, IGNORES)
    process.stop(patience=0.2)
    assert not _lives(pid)


def test_several_are_ended_together(tmp_path: Path) -> None:
    processes = [Supervised(tmp_path, name) for name in ("one", "two")]
    pids = [_started(process) for process in processes]
    stop_all(processes)
    assert not any(map(_lives, pids))


def test_one_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    process = Supervised(tmp_path, "one")
    process.start((sys.executable, "-c", "print('no such option')"))
    with pytest.raises(UnavailableError, match="no such option"):
        process.wait_ready(lambda: False, 20)


def test_one_that_never_answers_is_told(tmp_path: Path) -> None:
    process = Supervised(tmp_path, "one")
    process.start(SLEEPS)
    with pytest.raises(UnavailableError, match="does not answer"):
        process.wait_ready(lambda: False, 0.1)
    process.stop()


def test_a_command_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be run"):
        Supervised(tmp_path, "one").start((tmp_path / "missing",))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_interrupted_while_it_comes_up_is_taken_down(tmp_path: Path, number: signal.Signals) -> None:
    process = Supervised(tmp_path, "one")
    pids = []

    def come_up() -> None:
        with all_or_none(process.stop):
            pids.append(_started(process))
            os.kill(os.getpid(), number)
            time.sleep(20)

    with pytest.raises(KeyboardInterrupt):
        come_up()
    assert pids
    assert not any(map(_lives, pids))


def test_what_is_up_stays_up_and_signals_are_as_before(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    process = Supervised(tmp_path, "one")
    with all_or_none(process.stop):
        pid = _started(process)
    assert process.pid() == pid
    assert signal.getsignal(signal.SIGTERM) is before
    process.stop()


def test_free_ports_are_free_and_different() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert not any(map(is_listening, ports))
