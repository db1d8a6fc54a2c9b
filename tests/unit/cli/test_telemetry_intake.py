"""`maasctl telemetry` preview, import, status, dropped and gaps."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from maas_core.cli.app import root, run

MACHINE = "ab" * 16
CONFIG = f"""
[telemetry.meter]
backend = "csv"

[telemetry.meter.settings]
path = "meter.csv"
machine = "{MACHINE}"
time = {{ columns = ["time"] }}

[telemetry.meter.settings.signals]
energy = {{ column = "energy", unit = "kW.h", decimals = 1, interval = 60 }}
state = {{ column = "state", states = {{ "0" = "idle", "1" = "running" }} }}
"""
ROWS = "time,energy,state\n2024-01-01 00:00,1.5,1\n2024-01-01 00:01,x,0\n2024-01-01 00:05,2,7\n"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = CliRunner().invoke(root, ["init", str(tmp_path)])
    assert made.exit_code == 0, made.output
    with (tmp_path / "maas.toml").open("a") as file:
        file.write(CONFIG)
    (tmp_path / "meter.csv").write_text(ROWS)
    return tmp_path


@pytest.fixture
def maasctl(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = run([*arguments, "--config", str(folder / "maas.toml")])
        out, err = capsys.readouterr()
        return status, out, err

    return call


def told(maasctl: Run, *arguments: str) -> Any:
    status, out, err = maasctl("telemetry", *arguments, "--json")
    assert status == 0, err
    return json.loads(out)


def test_a_preview_tells_what_the_source_would_bring_and_stores_nothing(maasctl: Run) -> None:
    seen = told(maasctl, "preview")

    assert seen["settings"]["time"]["zone"] == "UTC"
    assert (seen["preview"]["readings"], seen["preview"]["dropped"], seen["preview"]["complete"]) == (4, 2, True)
    assert [(one["signal"], one["readings"], one["gaps"], one["missing"]) for one in seen["preview"]["signals"]] == [
        ("energy", 2, 1, 4),
        ("state", 2, 0, 0),
    ]
    assert seen["preview"]["first"][0] == {
        "machine": MACHINE,
        "signal": "energy",
        "time": "2024-01-01T00:00:00Z",
        "value": "1.5",
        "unit": "kW.h",
    }
    assert seen["preview"]["reasons"] == [
        {"reason": "energy: is no number", "values": 1, "first": "meter.csv line 3: 'x'"},
        {"reason": "state: stands for no state", "values": 1, "first": "meter.csv line 4: '7'"},
    ]
    assert told(maasctl, "status") == {"machines": [], "imports": []}


def test_a_preview_for_people_has_all_of_it(maasctl: Run) -> None:
    status, out, _ = maasctl("telemetry", "preview", "meter")

    assert status == 0
    for text in (
        "time.zone",
        "kW.h",
        "idle, running",
        "energy: is no number",
        "4 readings, 2 values dropped (all of it)",
    ):
        assert text in out


def test_an_import_tells_what_became_of_the_input(maasctl: Run) -> None:
    [done] = told(maasctl, "import")

    assert {key: done[key] for key in ("source", "state", "done", "kept", "dropped")} == {
        "source": "meter",
        "state": "finished",
        "done": "100 %",
        "kept": 4,
        "dropped": 2,
    }
    [again] = told(maasctl, "import", "meter", "--again")
    assert (again["kept"], again["duplicates"], again["dropped"]) == (0, 6, 0)
    status = told(maasctl, "status")
    assert [(one["pending"], one["pending_from"]) for one in status["machines"]] == [(4, "2024-01-01T00:00:00Z")]
    assert [one["number"] for one in status["imports"]] == [1, 2]


def test_what_was_dropped_is_listed_with_its_line(maasctl: Run) -> None:
    told(maasctl, "import")

    listed = told(maasctl, "dropped")
    assert [(one["kind"], one["place"], one["reason"], one["readings"]) for one in listed] == [
        ("dropped", "meter.csv line 3", "'x': energy: is no number", 1),
        ("dropped", "meter.csv line 4", "'7': state: stands for no state", 1),
    ]
    assert told(maasctl, "dropped", "--import", "2") == []
    assert len(told(maasctl, "dropped", "--most", "1")) == 1


def test_gaps_are_listed_with_what_is_missing(maasctl: Run) -> None:
    told(maasctl, "import")

    inside = told(maasctl, "gaps", MACHINE)
    assert inside == [
        {"signal": "energy", "gap_from": "2024-01-01T00:01:00Z", "gap_to": "2024-01-01T00:05:00Z", "missing": 4}
    ]
    window = told(maasctl, "gaps", MACHINE, "--from", "2024-01-01", "--to", "2024-01-01T00:10Z")
    assert [one["missing"] for one in window] == [4, 4]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("preview", "scale"), "there is no source 'scale'"),
        (("import", "scale"), "there is no [telemetry.scale]"),
        (("gaps", MACHINE, "--from", "2024-01-01"), "a window has both --from and --to"),
        (("gaps", MACHINE, "--from", "soon", "--to", "later"), "'soon' is no time"),
        (("dropped", "--machine", "press"), "there is no machine 'press'"),
    ],
)
def test_what_makes_no_sense_is_told(maasctl: Run, arguments: tuple[str, ...], message: str) -> None:
    status, _, err = maasctl("telemetry", *arguments)

    assert status == 2
    assert message in err


def test_a_file_that_does_not_fit_is_told_and_leaves_nothing(maasctl: Run, folder: Path) -> None:
    (folder / "meter.csv").write_text("time,power\n")

    status, _, err = maasctl("telemetry", "import")

    assert status == 2
    assert "meter.csv: there is no column 'energy'; there are: 'time', 'power'" in err
    assert told(maasctl, "status")["machines"] == []


def test_a_changed_file_is_an_integrity_error(maasctl: Run, folder: Path) -> None:
    told(maasctl, "import")
    (folder / "meter.csv").write_text(ROWS.replace("1.5", "9.5"))

    status, _, err = maasctl("telemetry", "import")

    assert status == 30
    assert "--again" in err
