"""What cannot be placed in regions is refused before anything starts, with what can."""

from pathlib import Path

import pytest

from maas_core.bench.topology import needs
from maas_core.bench.topology.placing import refuse_processes
from maas_core.bench.topology.table import Pair, RegionTable
from maas_core.cli.app import run as maasctl
from maas_core.errors import UsageError
from maas_core.plugins import build_plugin_manager
from maas_core.ports.devnet import ON_LOOPBACK, DevnetProcess, Placement, Site

SCENARIO = """
name = "small"
question = "?"
[workload]
kind = "maintenance"
[load]
kind = "burst"
sessions = 1
"""
TABLE = """
regions = ["here", "there"]
home = "here"
[[pairs]]
between = ["there", "here"]
rtt_ms = 100
"""


def regions(folder: Path, *more: str, table: str = TABLE) -> list[str]:
    (folder / "scenario.toml").write_text(SCENARIO)
    (folder / "table.toml").write_text(table)
    files = [str(folder / "scenario.toml"), "--table", str(folder / "table.toml"), "--out", str(folder / "out")]
    return ["bench", "regions", *files, *more]


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "lacking", lambda: "")


@pytest.mark.parametrize(("user", "device", "told"), [(1000, "/dev/null", "root"), (0, "/nowhere/tun", "/nowhere/tun")])
def test_a_machine_that_cannot_do_it_is_told_what_it_lacks_and_nothing_is_written(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    user: int,
    device: str,
    told: str,
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setattr(needs, "TUN", Path(device))
    assert maasctl(regions(tmp_path)) == 2
    assert f"regions need {told}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_without_iproute2_the_missing_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name: None if name == "tc" else name)
    with pytest.raises(UsageError, match="regions need the command tc, from iproute2"):
        needs.require()


@pytest.mark.usefixtures("able")
def test_a_ledger_in_a_file_is_in_no_region(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert maasctl(regions(tmp_path, "--ledger", "local")) == 2
    assert "ledger 'local' is a file on this machine and in no region; accepted: eth, fabric" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("able")
def test_a_devnet_that_there_is_not_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = TABLE.replace("[[pairs]]", '[processes.bitcoin]\nminer = "there"\n[[pairs]]')
    assert maasctl(regions(tmp_path, table=table)) == 2
    assert "processes.bitcoin: there is no such devnet; accepted: eth, fabric" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_process_that_there_is_not_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    pair = Pair(("here", "there"), 1.0)
    table = RegionTable(("here", "there"), "here", (pair,), processes={"eth": {"signer9": "there"}})
    known = [DevnetProcess(name, 1, "", tmp_path) for name in ("signer1", "signer2")]
    with pytest.raises(UsageError, match=r"processes\.eth\.signer9: there is no such process; accepted: signer1, sig"):
        refuse_processes(table, "eth", known)


def test_the_built_in_ledgers_with_a_network_can_be_placed() -> None:
    devnets = build_plugin_manager().devnets
    assert [name for name in devnets.names() if devnets.get(name).open_placed is not None] == ["eth", "fabric"]


def test_a_process_is_where_it_was_put_and_all_others_are_at_home() -> None:
    there = Site("198.18.0.2", ("ip", "netns", "exec", "x"))
    placement = Placement({"signer2": there}, Site("198.18.0.1"))
    assert placement.site("signer2") == there
    assert placement.site("signer1").address == "198.18.0.1"
    assert ON_LOOPBACK.site("anything") == Site("127.0.0.1", ())
