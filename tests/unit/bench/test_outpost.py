"""Participants as processes of their own do what threads of `bench run` do. No regions are needed for that."""

import os
import signal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from maas_core.bench.members import Members
from maas_core.bench.network import Network, Pairing, Place
from maas_core.bench.record import read_runs
from maas_core.bench.scenario import Kind, Load, LoadKind, Scenario, Workload
from maas_core.bench.topology.outpost import Outpost
from maas_core.cli.app import run as maasctl
from maas_core.errors import UnavailableError
from maas_core.plugins import build_plugin_manager

SCENARIO = """
name = "small"
question = "Do processes do what threads do?"
repetitions = 1
warm_up = 0
duration = 2
drain = 30
[workload]
kind = "provisioning"
[load]
kind = "closed"
clients = 1
sessions = 2
think_seconds = 0.02
"""


def outpost_here(network: Network, actor: str) -> Outpost:
    """In no region, and known to the network."""
    if actor not in network._outposts:
        network._outposts[actor] = Outpost(actor, (), network._folder / f"{actor}.log")
        network._stack.callback(network._outposts[actor].close)
    return network._outposts[actor]


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Network, "outpost", outpost_here)


@pytest.mark.usefixtures("apart")
def test_a_run_of_processes_has_the_same_operations_and_its_times_are_the_runs(tmp_path: Path) -> None:
    (tmp_path / "scenario.toml").write_text(SCENARIO)
    out = tmp_path / "out"
    assert maasctl(["bench", "run", str(tmp_path / "scenario.toml"), "--out", str(out)]) in (0, 4)
    runs = read_runs(out)
    assert sorted(one.mode for one in runs) == ["core", "raw"]
    for one in runs:
        rows = pq.read_table(out / one.file).to_pylist()
        assert {row["outcome"] for row in rows} == {"ok"}
        assert all(row["intended"] <= row["begun"] <= row["included"] <= one.seconds for row in rows)
        assert one.cpu > 0
        assert set(one.before.ledger) == {"oem", "customer"}


@pytest.fixture
def members(tmp_path: Path) -> Members:
    load = Load(LoadKind.BURST, sessions=1)
    scenario = Scenario("x", "?", Workload(Kind.PROVISIONING), load)
    network = Network(Pairing("local", "local"), Place(build_plugin_manager()), tmp_path, lambda _: None)
    with network:
        return Members(network, tmp_path, scenario)


def test_a_participant_whose_process_was_killed_is_named_with_what_it_said(members: Members, tmp_path: Path) -> None:
    outpost = Outpost("oem", (), tmp_path / "oem.log")
    try:
        assert outpost.ask_trip(members.configs["oem"].file) > 0
        os.kill(outpost.pid, signal.SIGKILL)
        with pytest.raises(UnavailableError, match="the process of participant oem ended; it said"):
            outpost.ask_trip(members.configs["oem"].file)
    finally:
        outpost.close()


def test_what_goes_wrong_there_is_told_here_and_it_goes_on(members: Members, tmp_path: Path) -> None:
    outpost = Outpost("oem", (), tmp_path / "oem.log")
    try:
        with pytest.raises(UnavailableError, match=r"participant oem: .*nothing\.toml"):
            outpost.ask_trip(tmp_path / "nothing.toml")
        assert outpost.ask_trip(members.configs["oem"].file) > 0
    finally:
        outpost.close()


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    outpost = Outpost("oem", (), tmp_path / "oem.log")
    outpost._connection.close()  # as if this process had been killed
    assert outpost._process.wait(60) == 0
