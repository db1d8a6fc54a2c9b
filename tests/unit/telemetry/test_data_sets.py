"""The three data sets in examples/data, imported in full; the figures were counted by hand from the files."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from click.testing import CliRunner

from maas_core.cli.app import root
from maas_core.config import load_config
from maas_core.node import Node
from maas_core.node.readings import look_at
from maas_core.plugins import build_plugin_manager
from maas_core.ports.readings import Quality
from maas_core.telemetry.book import Counts

DATA = Path(__file__).resolve().parents[3] / "examples" / "data"
STEEL, NAB, OKUMA = b"s" * 16, b"n" * 16, b"o" * 16
YEAR_2018 = 1_514_764_800
QUARTER = 900


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that has all three."""
    folder = tmp_path_factory.mktemp("data")
    made = CliRunner().invoke(root, ["init", str(folder)])
    assert made.exit_code == 0, made.output
    copytree(DATA, folder, dirs_exist_ok=True)
    tables = (DATA / "telemetry.toml").read_text()
    for name, machine in (("steel-plant", STEEL), ("furnace", NAB), ("lathe", OKUMA)):
        tables = tables.replace(f'"{name}"', f'"{machine.hex()}"')
    with (folder / "maas.toml").open("a") as file:
        file.write(f"\n{tables}")
    with Node.open(load_config(folder / "maas.toml", build_plugin_manager(), {})) as opened:
        for name in ("steel", "nab", "okuma"):
            opened.readings.take(name, page=50_000)
        yield opened


def counts(node: Node, source: str) -> Counts:
    [found] = [one for one in node.readings.imports() if one.source == source]
    assert found.finished
    return found.counts


def test_every_row_of_the_steel_year_is_seven_readings(node: Node) -> None:
    assert counts(node, "steel") == Counts(kept=35_040 * 7)
    assert node.readings.refused(machine=STEEL) == []


def test_the_steel_year_has_a_reading_every_quarter_of_an_hour_from_its_first_to_its_last(node: Node) -> None:
    energy = node.readings.pending(STEEL)["energy"]

    assert np.array_equal(energy.time, YEAR_2018 + QUARTER * np.arange(35_040))
    assert node.readings.gaps(STEEL) == []


def test_the_last_reading_of_a_steel_day_is_the_one_that_the_file_writes_at_its_midnight(node: Node) -> None:
    lines = (DATA / "steel" / "Steel_industry_data.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[95].startswith("01/01/2018 23:45,3.67,")
    assert lines[96].startswith("01/01/2018 00:00,3.42,")
    energy = node.readings.pending(STEEL)["energy"].between(YEAR_2018, YEAR_2018 + 86_400)

    assert len(energy) == 96
    assert energy.value[-2:].tolist() == [367, 342]
    assert energy.time[-1] + QUARTER == YEAR_2018 + 86_400


def test_the_energy_of_the_steel_year_is_the_sum_of_its_column(node: Node) -> None:
    rows = (DATA / "steel" / "Steel_industry_data.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    hundredths = sum(int(f"{whole}{part:0<2}") for whole, _, part in (row.split(",")[1].partition(".") for row in rows))

    assert node.readings.pending(STEEL)["energy"].value.sum() == hundredths == 95_963_671


def test_the_loads_of_the_steel_year_are_its_words(node: Node) -> None:
    states = node.readings.signals(STEEL)["load"].states
    found = Counter(node.readings.pending(STEEL)["load"].value.tolist())

    assert {states[value]: count for value, count in found.items()} == {
        "light": 18_072,
        "medium": 9_696,
        "maximum": 7_272,
    }


def test_of_the_hour_that_the_temperatures_have_twice_the_first_is_kept(node: Node) -> None:
    assert counts(node, "nab") == Counts(kept=22_683, quarantined=12)
    refused = node.readings.refused(machine=NAB)
    places = [f"machine {NAB.hex()} temperature at 2014-01-07T02:{minute:02}:00Z" for minute in range(0, 60, 5)]
    assert [one.place for one in refused] == places
    assert refused[0].reason == "94.423406 is kept for this time, 94.139723 came as well"


def test_between_the_first_and_the_last_temperature_none_is_missing(node: Node) -> None:
    series = node.readings.pending(NAB)["temperature"]

    assert set(np.diff(series.time).tolist()) == {300}
    assert node.readings.gaps(NAB) == []


def test_every_field_of_the_lathe_became_a_reading_or_is_listed(node: Node) -> None:
    found = counts(node, "okuma")

    assert found == Counts(kept=14_107, dropped=18_484)
    assert found.kept + found.dropped == fields_of_the_lathe() == 32_591
    assert sum(one.readings for one in node.readings.refused(limit=100_000, machine=OKUMA)) == 18_484


def fields_of_the_lathe() -> int:
    """Counted without the source: one for each pair, condition or asset, three for a position in space."""
    count = 0
    for line in (DATA / "mtconnect" / "okuma.txt").read_text().split("\n"):
        stamp, *parts = line.split("|")
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", stamp):
            continue
        if parts[0].startswith("@") or parts[0] == "system" or parts[0].endswith("_cond"):
            count += 1
            continue
        count += sum(3 if name == "p1LPathPos" else 1 for name in parts[::2])
    return count


def test_the_lathe_says_what_it_did_and_what_it_did_not_know(node: Node) -> None:
    series, signals = node.readings.pending(OKUMA), node.readings.signals(OKUMA)

    execution = [signals["pexecution"].states[value] for value in series["pexecution"].value.tolist()]
    assert set(execution) == {"READY", "ACTIVE", "PROGRAM_COMPLETED"}
    assert set(series["p1linenumber"].quality.tolist()) == {Quality.UNAVAILABLE}
    assert (signals["X1actm"].unit, signals["X1actm"].decimals, signals["system"].states[0]) == ("mm", 4, "NORMAL")
    first = series["X1actm"].between(1_659_966_694, 1_659_966_695)
    assert first.value.tolist() == [57_428_560]


@pytest.mark.parametrize("source", ["steel", "nab", "okuma"])
def test_a_preview_tells_what_the_import_brings(node: Node, source: str) -> None:
    found = counts(node, source)
    seen = look_at(node.config, source, rows=5, most=10**6)

    assert seen.complete
    assert seen.readings == found.kept + found.quarantined
    assert seen.dropped == found.dropped == sum(one.values for one in seen.reasons)
    assert sum(one.repeated for one in seen.signals) == found.quarantined
    assert len(seen.first) == 5


@pytest.mark.parametrize(("source", "machine"), [("steel", STEEL), ("nab", NAB), ("okuma", OKUMA)])
def test_the_same_file_once_more_changes_nothing(node: Node, source: str, machine: bytes) -> None:
    before, standing = counts(node, source), node.readings.standing(machine)

    again = node.readings.take(source, again=True).counts

    assert again == Counts(duplicates=before.kept + before.quarantined + before.dropped)
    assert node.readings.standing(machine).pending == standing.pending
    assert node.readings.counter(machine) == before.kept + before.quarantined + before.dropped
