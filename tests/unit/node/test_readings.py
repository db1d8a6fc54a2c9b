"""Readings on their way into a node: from applications and from sources, resumed, mapped and counted."""

import signal as signals
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from maas_core.cli.app import root
from maas_core.config import load_config
from maas_core.errors import IntegrityError, UsageError
from maas_core.node import Node
from maas_core.node.readings import Late
from maas_core.plugins import build_plugin_manager
from maas_core.ports.readings import Readings
from maas_core.ports.telemetry_source import Signal
from maas_core.telemetry.book import Counts, Import
from tests.support.readings import readings

MACHINE = b"m" * 16
ENERGY = Signal("energy", "kW.h", 2, (), 10)
CONFIG = """
[telemetry.meter]
backend = "csv"
interval = 60

[telemetry.meter.settings]
path = "meter.csv"
machine_column = "machine"
time = { columns = ["time"], formats = ["unix"] }
signals = { energy = { column = "energy", unit = "kW.h", decimals = 2 } }

[telemetry.meter.machines]
A = "%s"
B = ""
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = CliRunner().invoke(root, ["init", str(tmp_path)])
    assert made.exit_code == 0, made.output
    with (tmp_path / "maas.toml").open("a") as file:
        file.write(CONFIG % MACHINE.hex())
    return tmp_path


def opened(folder: Path) -> Node:
    return Node.open(load_config(folder / "maas.toml", build_plugin_manager(), {}))


def given(*pairs: tuple[int, int]) -> Readings:
    return readings(MACHINE.hex(), ["energy"], [(0, time, value, 0) for time, value in pairs])


def meter(folder: Path, *rows: str) -> None:
    (folder / "meter.csv").write_text("".join(f"{row}\n" for row in ("machine,time,energy", *rows)))


def test_an_application_hands_readings_over(folder: Path) -> None:
    with opened(folder) as node:
        done = node.readings.add("app", given((20, 2), (10, 1), (20, 2), (20, 3)), [ENERGY])

        assert done.counts == Counts(kept=2, duplicates=1, quarantined=1)
        assert node.readings.pending(MACHINE)["energy"].time.tolist() == [10, 20]
        assert node.readings.signals(MACHINE) == {"energy": ENERGY}
        [refused] = node.readings.refused()
        assert (refused.machine, refused.quarantined) == (MACHINE, True)
        assert refused.reason == "0.02 is kept for this time, 0.03 came as well"
        assert refused.place == f"machine {MACHINE.hex()} energy at 1970-01-01T00:00:20Z"
        assert node.readings.counter(MACHINE) == 3


def test_readings_of_a_signal_that_nobody_described_leave_nothing_behind(folder: Path) -> None:
    with opened(folder) as node:
        with pytest.raises(UsageError, match="readings of signal 'energy', which machine 6d6d"):
            node.readings.add("app", given((10, 1)))

        assert node.readings.machines() == ()
        assert node.readings.imports() == ()


def test_readings_of_a_machine_that_nobody_knows_are_refused_with_what_to_do(folder: Path) -> None:
    with (
        opened(folder) as node,
        pytest.raises(UsageError, match=r"names a machine 'press'.*\[telemetry\.app\.machines\]"),
    ):
        node.readings.add("app", readings("press", ["energy"], [(0, 1, 1, 0)]), [ENERGY])


def test_a_quality_that_does_not_exist_is_refused(folder: Path) -> None:
    with opened(folder) as node, pytest.raises(UsageError, match="there is a quality 9; accepted: 0 to 3"):
        node.readings.add("app", readings(MACHINE.hex(), ["energy"], [(0, 1, 1, 9)]), [ENERGY])


@pytest.mark.parametrize(
    ("name", "column", "message"),
    [
        ("value", np.array([1.5]), "column value is not of 1 whole numbers"),
        ("time", np.array([1, 2]), "column machine is not of 2 whole numbers"),
        ("signal", np.array([-1]), "there is a signal -1; accepted: 0 to 0"),
        ("machine", np.array([1]), "there is a machine 1; accepted: 0 to 0"),
    ],
)
def test_columns_that_do_not_fit_are_refused(folder: Path, name: str, column: Any, message: str) -> None:
    with opened(folder) as node, pytest.raises(UsageError, match=message):
        node.readings.add("app", replace(given((10, 1)), **{name: column}), [ENERGY])


def test_an_import_is_not_confused_by_readings_under_the_same_name(folder: Path) -> None:
    meter(folder, "A,60,1")
    with opened(folder) as node:
        node.readings.take("meter")
        node.readings.add("meter", given((120, 5)))

        assert node.readings.take("meter").counts == Counts()


def test_a_time_that_cannot_be_is_quarantined(folder: Path) -> None:
    with opened(folder) as node:
        done = node.readings.add("app", given((-5, 1), (10, 1)), [ENERGY])

        assert done.counts == Counts(kept=1, quarantined=1)
        assert node.readings.refused()[0].place.endswith("energy at -5 s")


def test_a_page_may_hold_several_machines_under_several_names(folder: Path) -> None:
    other = b"o" * 16
    columns = [np.array(one) for one in ([0, 1, 2, 0], [0, 0, 0, 0], [1, 1, 2, 2], [5, 6, 7, 8], [0, 0, 0, 0])]
    page = Readings(
        (MACHINE.hex(), other.hex(), MACHINE.hex()),
        ("energy",),
        columns[0].astype(np.int32),
        columns[1].astype(np.int32),
        columns[2],
        columns[3],
        columns[4].astype(np.uint8),
    )
    with opened(folder) as node:
        done = node.readings.add("app", page, [ENERGY])

        assert done.counts == Counts(kept=3, quarantined=1)
        assert node.readings.pending(MACHINE)["energy"].value.tolist() == [5, 7]
        assert node.readings.pending(other)["energy"].value.tolist() == [6]


def test_a_source_brings_its_machines_as_the_config_maps_them(folder: Path) -> None:
    meter(folder, "A,60,1.25", "B,60,2", "A,120,x", "A,180,3")
    with opened(folder) as node:
        done = node.readings.take("meter")

        assert done.counts == Counts(kept=2, dropped=2)
        assert done.finished
        assert node.readings.pending(MACHINE)["energy"].value.tolist() == [125, 300]
        assert node.readings.signals(MACHINE)["energy"].interval == 60
        assert sorted((one.place, one.reason) for one in node.readings.refused()) == [
            ("machine B, times 60 to 60", "the config leaves this machine out"),
            ("meter.csv line 4", "'x': energy: is no number"),
        ]
        assert [(one.time_from, one.time_to, one.missing) for one in node.readings.gaps(MACHINE)] == [(120, 180, 1)]


def test_a_machine_without_a_mapping_stops_the_import_and_nothing_of_the_page_is_kept(folder: Path) -> None:
    meter(folder, "A,60,1", "C,60,2")
    with opened(folder) as node:
        with pytest.raises(UsageError, match="names a machine 'C'"):
            node.readings.take("meter")
        assert node.readings.machines() == ()

        meter(folder, "A,60,1", "B,60,2")
        assert node.readings.take("meter").counts.kept == 1


def test_an_import_goes_on_where_the_last_one_ended(folder: Path) -> None:
    meter(folder, "A,60,1")
    with opened(folder) as node:
        first = node.readings.take("meter")
        meter(folder, "A,60,1", "A,120,2")
        second = node.readings.take("meter")

        assert (first.id, second.id) == (1, 2)
        assert second.counts == Counts(kept=1)


def test_a_file_that_was_changed_can_be_read_again_from_its_beginning(folder: Path) -> None:
    meter(folder, "A,60,1")
    with opened(folder) as node:
        node.readings.take("meter")
        meter(folder, "A,60,1.5", "A,120,2")
        with pytest.raises(IntegrityError, match="was changed before line 3"):
            node.readings.take("meter")

        assert node.readings.take("meter", again=True).counts == Counts(kept=1, quarantined=1)
        again = node.readings.take("meter", again=True).counts
        assert again == Counts(duplicates=2)


def test_a_page_that_fails_leaves_the_import_where_it_was(folder: Path) -> None:
    rows = [f"A,{60 * number},1" for number in range(1, 3000)]
    meter(folder, *rows, "C,60,2")
    with opened(folder) as node:
        with pytest.raises(UsageError, match="names a machine 'C'"):
            node.readings.take("meter", page=400)
        [stopped] = node.readings.imports()
        assert not stopped.finished
        assert stopped.counts.kept == node.readings.standing(MACHINE).pending
        assert 0 < stopped.counts.kept < 2999

        with (folder / "maas.toml").open("a") as file:
            file.write('C = ""\n')
    with opened(folder) as node:
        done = node.readings.take("meter", page=400)
        assert (done.id, done.counts) == (stopped.id, Counts(kept=2999, dropped=1))


KILLED = """
import os, signal, sys
from pathlib import Path
from maas_core.config import load_config
from maas_core.node import Node
from maas_core.plugins import build_plugin_manager

def told(one):
    if one.done > int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

with Node.open(load_config(Path(sys.argv[1]), build_plugin_manager(), {})) as node:
    node.readings.take("meter", progress=told, page=300)
"""


def test_a_process_that_is_killed_again_and_again_loses_and_repeats_nothing(folder: Path) -> None:
    meter(folder, *(f"A,{60 * number},{number}.5" for number in range(1, 3000)), "A,60,bad")
    for stop in (0, 8_000, 20_000):
        command = [sys.executable, "-c", KILLED, str(folder / "maas.toml"), str(stop)]
        killed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert killed.returncode == -signals.SIGKILL, killed.stderr
    with opened(folder) as node:
        told: list[Import] = []
        done = node.readings.take("meter", progress=told.append, page=300)

        assert (done.id, done.counts) == (1, Counts(kept=2999, dropped=1))
        assert told[-1].done == told[-1].total == (folder / "meter.csv").stat().st_size
        assert node.readings.pending(MACHINE)["energy"].value.tolist() == [100 * n + 50 for n in range(1, 3000)]


def test_late_readings_are_told_by_the_batch_that_a_correction_names(folder: Path) -> None:
    with opened(folder) as node:
        node.readings.add("app", given((10, 1), (110, 2), (300, 3)), [ENERGY])
        for seq, window in ((1, (0, 100)), (2, (100, 200))):
            snapshot = node.readings.snapshot(MACHINE, *window)
            with node.database.writing() as connection:
                assert node.readings.mark_anchored(connection, MACHINE, seq, window, snapshot.through) == 1
        node.readings.add("app", given((20, 1), (30, 1), (199, 1), (250, 1)))

        assert node.readings.late(MACHINE) == (Late(1, 20, 31, 2), Late(2, 199, 200, 1))
        late = node.readings.snapshot(MACHINE, 0, 100, late=True)
        with node.database.writing() as connection:
            assert node.readings.mark_anchored(connection, MACHINE, 3, (0, 100), late.through, corrects=1) == 2
        assert node.readings.late(MACHINE) == (Late(2, 199, 200, 1),)
        standing = node.readings.standing(MACHINE)
        assert (standing.pending, standing.late, standing.batched_to) == (2, 1, 200)
        assert [one.corrects for one in node.readings.batched(MACHINE)] == [0, 0, 1]
        assert len(node.readings.all(MACHINE)["energy"]) == 7


def test_a_source_that_is_not_in_the_config_is_refused(folder: Path) -> None:
    with opened(folder) as node, pytest.raises(UsageError, match=r"there is no \[telemetry\.scale\].*there is: meter"):
        node.readings.take("scale")
