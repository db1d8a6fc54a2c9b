"""What the report says of a summary."""

from dataclasses import replace

from maas_core.bench.fake import Behaviour
from maas_core.bench.glance import capacity_lines, pairing_lines
from maas_core.bench.record import RoundTrips
from maas_core.bench.scenario import Kind, Link, Participant, Threshold, Workload
from maas_core.bench.summary import summary_of
from maas_core.bench.trips import trip_table
from maas_core.bench.words import PAPER_GAS, answers, compared, headlines, paper_rows, warnings
from tests.unit.bench.conftest import SCENARIO, Bench

QUICK, SLOW = Behaviour(lambda _: 0.01, final_after=0.5), Behaviour(lambda _: 0.2, final_after=1.0)


def four_pairings(bench: Bench) -> None:
    for ledger, behaviour in (("quick", QUICK), ("slow", SLOW)):
        for storage in ("here", "there"):
            bench.run(behaviour, ledger=ledger, storage=storage, load_before=99.0)


def test_headlines_name_the_quickest_first_and_say_how_long_each_takes(bench: Bench) -> None:
    four_pairings(bench)
    included, final = headlines(summary_of(SCENARIO, bench.measured))
    assert included.startswith("Commands are in a block after (medians): quick 1")
    assert included.index("quick") < included.index("slow")
    assert "slow 1.2 s" in final


def test_one_pairing_alone_has_no_headlines(bench: Bench) -> None:
    bench.run(QUICK)
    assert headlines(summary_of(SCENARIO, bench.measured)) == []


def test_pairings_that_are_all_of_some_with_all_of_others_are_told_shortly(bench: Bench) -> None:
    four_pairings(bench)
    mixed = replace(SCENARIO, workload=Workload(Kind.MIXED, mix={"anchoring": 8.0, "invoicing": 2.0}))
    text = compared(mixed, summary_of(mixed, bench.measured))
    assert text.startswith(
        "mixed (8 anchoring, 2 invoicing) on each of quick and slow with each of here and there storage"
    )
    del bench.measured[0]
    assert "quick + there, slow + here, slow + there" in compared(mixed, summary_of(mixed, bench.measured))


def test_what_concerns_many_pairings_is_said_once(bench: Bench) -> None:
    four_pairings(bench)
    [few, busy] = warnings(summary_of(SCENARIO, bench.measured))
    assert "repetitions" in few
    assert busy == "4 of 4 pairings, 4 of 4 runs: the machine was busy before it began"


def test_the_lines_at_a_glance_say_which_pairing_is_invalid_and_leave_open_what_was_not_measured(bench: Bench) -> None:
    bench.run(QUICK, ledger="quick")
    bench.run(Behaviour(lambda _: 0.01, capacity=30.0), ledger="slow")
    summary = summary_of(SCENARIO, bench.measured)
    quick, slow = pairing_lines(SCENARIO, summary)
    assert (quick.valid, slow.valid) == (True, False)
    assert (quick.core_adds, quick.objects) == ("", "")
    assert capacity_lines(summary) == []
    assert quick.goodput.endswith("/s")


def test_capacity_is_one_line_for_each_ledger_and_one_threshold(bench: Bench) -> None:
    for storage in ("here", "there"):
        bench.run(QUICK, storage=storage)
    for mode in ("capacity", "burst", "share", "share-raw"):
        bench.run(QUICK, mode=mode, storage="here")
    scenario = replace(SCENARIO, thresholds=(Threshold("saturation_ratio", at_least=0.65),))
    summary = summary_of(scenario, bench.measured)
    [line] = capacity_lines(summary)
    assert line.ledger == "fake"
    assert line.share_in_time == "100.0%"
    [checked] = summary.thresholds
    assert (checked.pairing, checked.met) == ("fake", True)
    assert any(text.startswith("fake takes") for text in answers(summary))


def test_gas_beside_the_papers_is_told_where_all_of_its_table_was_measured(bench: Bench) -> None:
    bench.run(QUICK)
    summary = summary_of(SCENARIO, bench.measured)
    assert not any("Table 1" in line for line in answers(summary))
    [pairing] = summary.pairings
    core = pairing.modes["core"]
    costs = dict.fromkeys(PAPER_GAS, replace(core.operations["anchor_telemetry"]))
    core = replace(core, operations={**core.operations, **costs})
    [line] = [
        line
        for line in answers(replace(summary, pairings=[replace(pairing, modes={"core": core})]))
        if "Table 1" in line
    ]
    assert "10 of 10 operations" in line
    assert len(paper_rows([replace(pairing, modes={"core": core})])) == 10


def test_round_trips_are_told_by_pairing_before_and_after_runs(bench: Bench) -> None:
    far = replace(
        SCENARIO,
        network_region="here",
        participants={"customer": Participant("there")},
        links=(Link(("here", "there"), delay_ms=78),),
    )
    before = RoundTrips({"customer": 0.157}, 0.002, {"signer1": 0.0001, "signer2": 0.0003, "gone": None})
    bench.run(QUICK, before=before)
    table = trip_table(far, bench.measured, {})
    assert table.columns == [
        "customer in there to its ledger, 78 ms added one way",
        "customer to its storage",
        "connecting to the network's processes",
    ]
    assert table.rows == [("fake + fake", ["157 ms / 1 ms", "2 ms / 2 ms", "0.2 ms / none"])]
