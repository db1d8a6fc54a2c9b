"""What the report says of regions: medians over repetitions, beside what was intended."""

from typing import Any

import pytest

from maas_core.bench.scenario import Kind, Link, Load, LoadKind, Participant, Scenario, Workload
from maas_core.bench.topology.placed import as_placed, without_links
from maas_core.bench.topology.shown import Cell, shown


def run(trip: float | None, process: float) -> dict[str, Any]:
    both = {"before": trip, "after": process}
    return {
        "pairing": "eth + local",
        "repetition": 0,
        "between_regions": {"here": {"there": both}, "there": {"here": both}},
        "to_processes": {"oem": {"signer1": both, "signer2": both}},
    }


@pytest.fixture
def provenance() -> dict[str, Any]:
    return {
        "regions": {
            "emulation": "by hand",
            "intended": {"here": {"there": 0.1}, "there": {"here": 0.1}},
            "pairs": [],
            "participants": {"oem": "there"},
            "home": "here",
            "processes": {"eth": {"signer2": "there"}, "fabric": {"signer1": "there"}},
            "measured": [run(0.25, 0.2), run(0.5, 0.3), run(None, 0.4)],
            "relay": None,
        }
    }


def test_a_run_in_no_regions_has_no_such_section() -> None:
    assert shown({"command": "maasctl bench run"}) is None


def test_round_trips_between_regions_are_medians_of_what_was_answered(provenance: dict[str, Any]) -> None:
    found = shown(provenance)
    assert found is not None
    [here, there] = found.matrix
    assert here.cells == [None, Cell(0.1, 0.375, 0.3)]
    assert there.cells == [Cell(0.1, 0.375, 0.3), None]


def test_a_process_that_the_table_does_not_name_for_this_ledger_is_at_home(provenance: dict[str, Any]) -> None:
    found = shown(provenance)
    assert found is not None
    [reach] = found.reaches
    assert reach.processes == ["signer1", "signer2"]
    [row] = reach.rows
    assert [cell.intended for cell in row.cells if cell] == [0.1, 0.0]


def test_where_nobody_ever_answered_nothing_is_told(provenance: dict[str, Any]) -> None:
    provenance["regions"]["measured"] = [run(None, 0.2)]
    found = shown(provenance)
    assert found is not None
    assert found.matrix[0].cells[1] == Cell(0.1, None, 0.2)


def test_a_summary_tells_where_participants_were_and_not_where_the_scenario_has_them(
    provenance: dict[str, Any],
) -> None:
    link = Link(("moon", "earth"), 1_250.0)
    scenario = Scenario(
        "x", "?", Workload(Kind.MAINTENANCE), Load(LoadKind.BURST, sessions=1), network_region="earth",
        participants={"oem": Participant("moon")}, links=(link,),
    )  # fmt: skip
    provenance["regions"]["pairs"] = [{"between": ["there", "here"], "rtt_ms": 100.0, "jitter_ms": 0.0, "source": ""}]
    placed = as_placed(scenario, provenance)
    assert (placed.region("oem"), placed.region("board")) == ("there", "here")
    assert placed.link("there") == Link(("there", "here"), 50.0)
    assert as_placed(scenario, {}) is scenario
    assert without_links(scenario).region("oem") == ""
