"""`maasctl bench` on real networks: one that is disturbed, and what devnets declare before they are started."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from maas_core.bench.leftovers import clear_leftovers
from maas_core.bench.network import Network, Pairing, Place
from maas_core.bench.record import read_json, read_runs
from maas_core.cli.app import run as maasctl
from maas_core.plugins import build_plugin_manager

PAIRINGS = [("eth", "s3", "signer"), ("fabric", "ipfs", "peer")]
SCENARIO = """
name = "disturbed"
question = "What does it cost when a member is killed?"
repetitions = 1
warm_up = 1
duration = 14
drain = 60
baseline = false
[workload]
kind = "anchoring"
machines = 40
items = 2
object_bytes = 500
[load]
kind = "open"
rate = 4.0
[[faults]]
kind = "kill"
ledger = "eth"
target = "signer"
at = 4
seconds = 3
[[faults]]
kind = "kill"
ledger = "fabric"
target = "peer"
at = 4
seconds = 3
[[thresholds]]
figure = "failure_share"
at_most = 0
"""


@pytest.mark.parametrize(("ledger", "storage", "target"), PAIRINGS)
def test_a_member_that_is_killed_comes_back_and_nothing_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ledger: str, storage: str, target: str
) -> None:
    file, out = tmp_path / "scenario.toml", tmp_path / "out"
    file.write_text(SCENARIO)
    status = maasctl(["bench", "run", str(file), "--ledger", ledger, "--storage", storage, "--out", str(out)])
    assert status in (0, 4), capsys.readouterr().err  # 4: it could not keep up while it was disturbed
    [run] = read_runs(out)
    [fault] = run.faults
    assert fault.kind == "kill"
    assert fault.target.startswith(target)
    rows = pq.read_table(out / run.file).to_pylist()
    assert {row["outcome"] for row in rows} == {"ok"}
    assert all(row["final"] >= row["included"] for row in rows)
    assert {row["operation"] for row in rows} == {"store_batch", "anchor_telemetry"}
    endpoints = read_json(out / "provenance.json")["round_trips"][0]["after"]["endpoints"]
    assert any(name.startswith(target) for name in endpoints)
    assert all(seconds is not None for seconds in endpoints.values())
    assert "What a fault does" in (out / "report.html").read_text()


@pytest.mark.parametrize(("ledger", "storage"), [one[:2] for one in PAIRINGS])
def test_what_a_devnet_declares_beforehand_is_what_its_participants_have(
    tmp_path: Path, ledger: str, storage: str
) -> None:
    place = Place(build_plugin_manager())
    beforehand = [place.plugins.devnets.get(name) for name in (ledger, storage)]
    with Network(Pairing(ledger, storage), place, tmp_path / "network", lambda _: None) as network:
        config = network.config("customer", tmp_path / "customer")
    [section] = config.storages.values()
    found = [config.ledger.profile, section.backend.profile(section.settings)]
    declared = [one.profile(one.settings()) for one in beforehand if one.profile is not None]
    assert declared == found


def processes_in(folder: Path) -> list[str]:
    """Command lines of processes that were started with a folder's files, or within it."""
    found = []
    for one in Path("/proc").iterdir():
        if not one.name.isdecimal() or int(one.name) == os.getpid():
            continue
        with suppress(OSError):
            told = (one / "cmdline").read_bytes() + (one / "environ").read_bytes()
            if os.fsencode(folder) in told:
                found.append((one / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found


@contextmanager
def running(folder: Path, ledger: str, storage: str, until: str) -> Iterator["subprocess.Popen[str]"]:
    """`maasctl bench run`, with its temporary files in a folder, as soon as it has said something."""
    place = folder / "temporary"
    place.mkdir()
    (folder / "scenario.toml").write_text(SCENARIO)
    words = ["bench", "run", str(folder / "scenario.toml"), "--ledger", ledger, "--storage", storage]
    with subprocess.Popen(
        [sys.executable, "-m", "maas_core.cli", *words, "--out", str(folder / "out")],
        env={**os.environ, "TMPDIR": str(place)}, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        assert any(until in line for line in process.stderr)
        assert len(processes_in(place)) > 3
        yield process


@pytest.mark.parametrize(
    ("ledger", "storage", "number"), [("eth", "s3", signal.SIGINT), ("fabric", "ipfs", signal.SIGTERM)]
)
def test_a_run_that_is_told_to_end_leaves_no_process_and_no_folder(
    tmp_path: Path, ledger: str, storage: str, number: signal.Signals
) -> None:
    with running(tmp_path, ledger, storage, "repetition 1") as process:
        process.send_signal(number)
        assert process.stderr is not None
        process.stderr.read()
        assert process.wait(60) != 0
    assert processes_in(tmp_path / "temporary") == []
    assert list((tmp_path / "temporary").iterdir()) == []


def test_what_a_run_that_was_killed_has_left_is_ended_by_the_next_and_what_is_in_use_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    network = Place(build_plugin_manager())
    with running(tmp_path, "eth", "ipfs", "up: ") as process:
        left = processes_in(place)
        clear_leftovers(network, lambda _: None)
        assert len(processes_in(place)) >= len(left)
        process.kill()
        process.wait(10)
    assert len(processes_in(place)) > 3
    told: list[str] = []
    clear_leftovers(network, told.append)
    assert processes_in(place) == []
    assert list(place.iterdir()) == []
    assert len(told) == 1
