"""Whole measurements on the embedded ledger and storage: real nodes, real files, a few seconds."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from maas_core.bench.record import read_json, read_runs
from maas_core.bench.scenario import ACTORS
from maas_core.cli.app import run as maasctl
from maas_core.config.writing import as_toml
from maas_core.plugins import build_plugin_manager

SCENARIO = """
name = "small"
question = "Does the whole way work?"
repetitions = 2
warm_up = 0
duration = 2
drain = 30
[workload]
kind = "cycles"
object_bytes = 500
[load]
kind = "closed"
clients = 2
sessions = 3
think_seconds = 0.02
"""


def written(folder: Path, text: str = SCENARIO) -> str:
    file = folder / "scenario.toml"
    file.write_text(text)
    return str(file)


def test_one_command_measures_with_and_without_the_core_and_writes_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    status = maasctl(["bench", "run", written(tmp_path), "--out", str(out)])
    assert status in (0, 4), capsys.readouterr().err
    runs = read_runs(out)
    assert sorted((one.mode, one.repetition) for one in runs) == [("core", 0), ("core", 1), ("raw", 0), ("raw", 1)]
    for one in runs:
        rows = pq.read_table(out / one.file).to_pylist()
        assert len(rows) == 3 * 12
        assert {row["outcome"] for row in rows} == {"ok"}
        assert all(row["intended"] <= row["begun"] <= row["included"] <= row["final"] == row["ended"] for row in rows)
    trips = read_json(out / "provenance.json")["round_trips"]
    assert {one["mode"] for one in trips} == {"core", "raw"}
    for side in (one[side] for one in trips for side in ("before", "after")):
        assert side["ledger"].keys() == {"oem", "customer", "maintainer"}
        assert all(0 < seconds < 5 for seconds in (*side["ledger"].values(), side["storage"]))
        assert side["endpoints"] == {}
    summary = read_json(out / "summary.json")
    [pairing] = summary["pairings"]
    assert pairing["modes"]["core"]["operations"]["register_machine"]["count"] == 6
    page = (out / "report.html").read_text()
    assert "Does the whole way work?" in page
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    )
    assert maasctl(["bench", "compare", str(out), str(out)]) == status
    told = capsys.readouterr().out
    assert "register_machine" in told
    assert maasctl(["bench", "estimate", str(out), "--machines", "5000", "--json"]) == 0
    assert '"machines": 5000' in capsys.readouterr().out


def test_a_share_of_raw_capacity_is_measured_first(tmp_path: Path) -> None:
    text = SCENARIO.replace('"cycles"\nobject_bytes = 500', '"anchoring"\nmachines = 40').replace(
        'kind = "closed"\nclients = 2\nsessions = 3\nthink_seconds = 0.02',
        'kind = "open"\nshare_of_raw = 0.2\nsessions = 40',
    )
    out = tmp_path / "out"
    maasctl(["bench", "run", written(tmp_path, text), "--repetitions", "1", "--out", str(out)])
    runs = {one.mode: one for one in read_runs(out)}
    assert runs.keys() == {"capacity", "core", "raw"}
    assert runs["core"].rate == runs["raw"].rate > 0


def test_capacity_is_measured_once_for_each_ledger_in_each_repetition_and_told_at_a_glance(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        SCENARIO.replace('"cycles"', '"anchoring"\nmachines = 10')
        + "[capacity]\nmachines = 40\nseconds = 0.2\nwarm_up = 0\nduration = 1\n"
    )
    out = tmp_path / "out"
    assert maasctl(["bench", "run", written(tmp_path, text), "--out", str(out), "--json"]) in (0, 4)
    told = json.loads(capsys.readouterr().out)
    runs = read_runs(out)
    [trial, *bursts] = runs[9:12]
    assert (trial.mode, trial.begun) == ("trial", 40)
    assert {one.mode for one in bursts} == {"capacity", "burst"}
    assert bursts[0].begun == bursts[1].begun > 40
    assert sorted(one.mode for one in runs) == sorted(
        ["core", "raw", "trial", "capacity", "burst", "share", "share-raw"] * 2
    )
    shares = [one.rate for one in runs if one.mode.startswith("share")]
    assert len(set(shares)) == 2
    assert min(shares) > 0
    [pairing], [capacity] = told["pairings"], told["capacities"]
    assert pairing["pairing"] == "local + local"
    assert pairing["core_adds_to_final"]
    assert pairing["objects_by_client"]
    assert capacity["ledger"] == "local"
    page = (out / "report.html").read_text()
    assert capacity["bare_client"] in page
    assert pairing["million_readings"] in page


def test_a_participants_node_that_ends_loses_nothing(tmp_path: Path) -> None:
    text = (
        SCENARIO.replace('"cycles"\nobject_bytes = 500', '"anchoring"\nmachines = 60')
        .replace('kind = "closed"\nclients = 2\nsessions = 3\nthink_seconds = 0.02', 'kind = "open"\nrate = 20.0')
        .replace("duration = 2", "duration = 4\nbaseline = false")
    )
    text += '[[faults]]\nkind = "restart"\ntarget = "customer"\nat = 1\nseconds = 1\n'
    out = tmp_path / "out"
    maasctl(["bench", "run", written(tmp_path, text), "--repetitions", "1", "--out", str(out)])
    [run] = read_runs(out)
    rows = pq.read_table(out / run.file).to_pylist()
    assert {row["outcome"] for row in rows} == {"ok"}
    assert max(row["included"] - row["intended"] for row in rows) > 0.9
    assert [(one.kind, one.target) for one in run.faults] == [("restart", "customer")]
    assert "What a fault does" in (out / "report.html").read_text()


def test_a_far_maintainer_loses_races_and_the_report_says_so(tmp_path: Path) -> None:
    text = SCENARIO.replace('"cycles"\nobject_bytes = 500', '"bidding"').replace("repetitions = 2", "repetitions = 1")
    text = (
        text.replace("sessions = 3", "sessions = 12")
        .replace("duration = 2", "duration = 40")
        .replace("drain", 'network_region = "here"\nbaseline = false\ndrain')
    )
    text += '[participants.rival]\nregion = "far"\n[[links]]\nbetween = ["here", "far"]\ndelay_ms = 60\n'
    out = tmp_path / "out"
    maasctl(["bench", "run", written(tmp_path, text), "--out", str(out)])
    [pairing] = read_json(out / "summary.json")["pairings"]
    assert pairing["fairness"]["share"]["high"] < 0.5
    assert pairing["fairness"]["contested"] == 12
    assert pairing["fairness"]["p_even"] < 0.05
    assert pairing["modes"]["core"]["operations"]["accept_ticket"]["outcomes"] == {"lost": 12, "ok": 12}
    page = (out / "report.html").read_text()
    assert "the rival in far won" in page
    assert "they do not win alike" in page


def test_exit_3_says_that_a_threshold_was_missed(tmp_path: Path) -> None:
    text = SCENARIO + '[[thresholds]]\nfigure = "failure_share"\nat_least = 0.5\n'
    status = maasctl(["bench", "run", written(tmp_path, text), "--repetitions", "1", "--out", str(tmp_path / "out")])
    assert status in (3, 4)
    assert "thresholds MISSED" in (tmp_path / "out" / "report.html").read_text()


def test_a_network_that_exists_serves_one_run_after_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugins = build_plugin_manager()
    tables: dict[str, Any] = {
        "ledger": {"backend": "local", "settings": {"path": str(tmp_path / "ledger.db")}},
        "storage": {"main": {"backend": "local", "settings": {"directory": str(tmp_path / "objects")}}},
        "participants": {},
    }
    signer = plugins.signers.get("file")
    assert signer.embedded is not None
    assert signer.create is not None
    for actor in ACTORS:
        (tmp_path / actor).mkdir()
        settings = signer.embedded(tmp_path / actor)
        signer.create(signer.settings(**{name: Path(value) for name, value in settings.items()}), tmp_path)
        tables["participants"][actor] = {"signer": {"backend": "file", "settings": settings}}
    nodes = tmp_path / "nodes.toml"
    nodes.write_text(as_toml(tables, {}))
    text = SCENARIO.replace("object_bytes = 500", "").replace("warm_up = 0", "warm_up = 0\nbaseline = false")
    existing = ["--network", "existing", "--nodes", str(nodes), "--repetitions", "1"]
    for name in ("first", "second"):
        status = maasctl(["bench", "run", written(tmp_path, text), *existing, "--out", str(tmp_path / name)])
        assert status in (0, 4), capsys.readouterr().err
        [run] = read_runs(tmp_path / name)
        rows = pq.read_table(tmp_path / name / run.file).to_pylist()
        assert {row["outcome"] for row in rows} == {"ok"}
