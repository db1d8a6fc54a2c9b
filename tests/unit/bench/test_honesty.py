"""The whole way from the driver to the figures, against a fake whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from maas_core.bench.cost import slopes
from maas_core.bench.fake import Behaviour
from maas_core.bench.measured import latency
from maas_core.bench.scenario import Threshold
from maas_core.bench.statistics import Interval
from maas_core.bench.summary import summary_of
from maas_core.bench.validity import achieved_share, behind_share
from tests.unit.bench.conftest import SCENARIO, Bench

SHAPE, SCALE = 4.0, 0.05
GAMMA = Behaviour(lambda random: float(random.gamma(SHAPE, SCALE)), final_after=1.5, failures=0.1)
TRUTH = np.random.default_rng(0).gamma(SHAPE, SCALE, 2_000_000)


def holds(interval: Interval | None, truth: float) -> bool:
    assert interval is not None
    return interval.low <= truth <= interval.high


def test_figures_agree_with_a_known_distribution_within_their_own_intervals(bench: Bench) -> None:
    for repetition in range(6):
        bench.run(GAMMA, repetition)
    [pairing] = summary_of(SCENARIO, bench.measured).pairings
    core = pairing.modes["core"]
    figures = core.operations["anchor_telemetry"].figures
    assert not pairing.invalid
    assert holds(figures["included_p50"], float(np.percentile(TRUTH, 50)))
    assert holds(figures["included_p95"], float(np.percentile(TRUTH, 95)))
    assert holds(figures["included_p99"], float(np.percentile(TRUTH, 99)))
    assert holds(figures["final_p50"], float(np.percentile(TRUTH, 50)) + 1.5)
    assert holds(core.figures["failure_share"], 0.1)
    assert holds(core.figures["goodput"], 0.9 * 50)
    assert figures["cost_mean"] == Interval(100, 100, 100)


def test_goodput_counts_what_took_effect_and_nothing_else(bench: Bench) -> None:
    run = bench.run(Behaviour(lambda _: 0.01, failures=0.5))
    [pairing] = summary_of(SCENARIO, bench.measured).pairings
    goodput = pairing.modes["core"].figures["goodput"]
    assert goodput is not None
    assert goodput.value == pytest.approx(run.rows.ok.sum() / 20)
    assert goodput.value < 0.6 * pairing.modes["core"].offered


def test_a_stall_of_five_seconds_appears_in_the_tail(bench: Bench) -> None:
    run = bench.run(Behaviour(lambda _: 0.01, stall=(8.0, 13.0)))
    took = latency(run.rows, "included")
    assert took.max() == pytest.approx(5, abs=0.2)
    assert np.percentile(took, 95) > 3.5
    assert (took > 1).mean() == pytest.approx(4 / 20, abs=0.05)
    assert run.verdict.invalid == ()


def test_a_starved_driver_marks_the_run_invalid(bench: Bench) -> None:
    run = bench.run(Behaviour(lambda _: 0.01, busy=0.05))
    assert behind_share(run.run, run.rows) > 0.5
    assert any("the driver was starved" in reason for reason in run.verdict.invalid)
    assert not summary_of(SCENARIO, bench.measured).valid


def test_in_a_burst_the_driver_may_take_half_of_the_time_to_hand_all_over(bench: Bench) -> None:
    busy = Behaviour(lambda _: 0.01, busy=0.05)
    first = bench.run(busy, begin=0.0, is_open=False)
    late = float((first.rows.begun - first.rows.intended).max())
    shorter, longer = (bench.run(busy, begin=0.0, is_open=False, seconds=part * late).verdict for part in (1.5, 2.1))
    assert any("the driver was starved" in reason for reason in shorter.invalid)
    assert longer.invalid == ()


def test_latency_holds_what_a_starved_driver_was_late(bench: Bench) -> None:
    run = bench.run(Behaviour(lambda _: 0.01, busy=0.05))
    late = run.rows.begun - run.rows.intended
    assert np.median(late) > 1.0
    assert (latency(run.rows, "included") >= late[run.rows.ok]).all()


def test_a_pairing_that_cannot_keep_up_is_invalid_though_all_ends_at_last(bench: Bench) -> None:
    run = bench.run(Behaviour(lambda _: 0.01, capacity=40.0))
    assert run.rows.ok.all()
    assert achieved_share(run.run, run.rows) == pytest.approx(40 / 50, abs=0.08)
    assert any("of the intended rate" in reason for reason in run.verdict.invalid)


@pytest.mark.parametrize("took", [0.01, 2.0, 6.0])
def test_a_pairing_that_keeps_up_is_valid_however_long_each_operation_takes(bench: Bench, took: float) -> None:
    run = bench.run(Behaviour(lambda random: took * float(random.uniform(0.9, 1.1))))
    assert run.verdict.invalid == ()


def test_sessions_that_never_began_count_against_the_rate(bench: Bench) -> None:
    run = bench.run(Behaviour(lambda _: 0.01), planned=2000)
    assert any("of the intended rate" in reason for reason in run.verdict.invalid)


def test_nothing_that_took_effect_is_invalid(bench: Bench) -> None:
    assert "nothing took effect" in bench.run(Behaviour(lambda _: 0.01, failures=1.0)).verdict.invalid


def test_no_99th_percentile_of_few_samples(bench: Bench) -> None:
    bench.run(Behaviour(lambda _: 0.01), rate=20)
    figures = summary_of(SCENARIO, bench.measured).pairings[0].modes["core"].operations["commands"].figures
    assert figures["included_p95"] is not None
    assert figures["included_p99"] is None


def test_two_pairings_alike_are_not_told_apart_and_others_are(bench: Bench) -> None:
    for repetition in range(4):
        bench.run(GAMMA, repetition, ledger="a")
        bench.run(GAMMA, repetition + 10, ledger="b")
        slow = Behaviour(lambda random: 1.5 * float(random.gamma(SHAPE, SCALE)))
        bench.run(slow, repetition + 20, ledger="c")
    told = {(one.first, one.second): one for one in summary_of(SCENARIO, bench.measured).comparisons}
    assert not told["a + fake", "b + fake"].told_apart
    assert told["a + fake", "c + fake"].told_apart
    assert holds(told["a + fake", "c + fake"].difference.ratio, 1 / 1.5)


def test_the_core_is_held_against_the_bare_client_of_the_same_repetition(bench: Bench) -> None:
    for repetition in range(3):
        bench.run(Behaviour(lambda _: 0.15), repetition)
        bench.run(Behaviour(lambda _: 0.05), repetition, mode="raw")
    [pairing] = summary_of(SCENARIO, bench.measured).pairings
    assert pairing.overhead["added_p50"] is not None
    assert pairing.overhead["added_p50"].value == pytest.approx(0.1, abs=0.003)
    assert pairing.overhead["goodput_ratio"] is not None
    assert pairing.overhead["goodput_ratio"].value == pytest.approx(1.0, abs=0.01)


def value_of(interval: Interval | None) -> float:
    assert interval is not None
    return interval.value


def test_what_the_core_adds_to_final_is_beyond_what_the_policy_makes_unavoidable(bench: Bench) -> None:
    for repetition in range(3):
        bench.run(Behaviour(lambda _: 0.15, final_after=2.2), repetition)
        bench.run(Behaviour(lambda _: 0.05, final_after=2.0), repetition, mode="raw")
    [pairing] = summary_of(SCENARIO, bench.measured).pairings
    assert value_of(pairing.overhead["final_added_p50"]) == pytest.approx(0.3, abs=0.003)
    assert pairing.overhead["objects_ratio"] is None
    assert pairing.overhead["capacity"] is None


def test_the_ratio_at_saturation_is_that_of_the_two_bursts_and_holds_for_all_storages_of_a_ledger(bench: Bench) -> None:
    slow, fast = (Behaviour(lambda _: 0.0, capacity=rate) for rate in (60.0, 80.0))
    for repetition in range(3):
        bench.run(fast, repetition, rate=20.0)
        bench.run(fast, repetition, rate=20.0, storage="other")
        bench.run(fast, repetition, mode="capacity", is_open=False, rate=200.0, begin=0.0)
        bench.run(slow, repetition, mode="burst", is_open=False, rate=200.0, begin=0.0, cpu=2.0)
    summary = summary_of(SCENARIO, bench.measured)
    first, second = summary.pairings
    assert value_of(first.overhead["capacity"]) == pytest.approx(80, rel=0.02)
    assert value_of(first.overhead["saturation_ratio"]) == pytest.approx(60 / 80, rel=0.02)
    assert value_of(first.overhead["saturation_cpu_ms"]) == pytest.approx(
        2 * value_of(first.overhead["saturation_raw_cpu_ms"]), rel=0.02
    )
    assert slopes(SCENARIO, summary)[0].goodput == pytest.approx(60, rel=0.02)
    assert second.storage == "other"
    assert value_of(second.overhead["saturation_ratio"]) == pytest.approx(60 / 80, rel=0.02)


def test_at_a_share_of_capacity_what_comes_late_is_no_goodput(bench: Bench) -> None:
    for repetition in range(3):
        bench.run(Behaviour(lambda _: 0.01), repetition)
        bench.run(Behaviour(lambda _: 0.01, capacity=40.0), repetition, mode="share")
        bench.run(Behaviour(lambda _: 0.01), repetition, mode="share-raw")
    [pairing] = summary_of(SCENARIO, bench.measured).pairings
    assert value_of(pairing.overhead["share_goodput"]) == pytest.approx(40 / 50, abs=0.1)
    assert value_of(pairing.overhead["share_added_p50"]) > 0.5
    assert "share" not in pairing.modes
    assert pairing.invalid == ()


def test_a_single_late_block_at_the_end_of_a_window_is_no_queue(bench: Bench) -> None:
    run = bench.run(Behaviour(lambda _: 0.01, stall=(21.0, 22.5)))
    assert (latency(run.rows, "included") > 1).any()
    assert run.verdict.invalid == ()


@pytest.mark.parametrize(
    ("threshold", "met"),
    [
        (Threshold("included_p50", at_most=0.02, operation="commands"), True),
        (Threshold("included_p50", at_most=0.005, operation="commands"), False),
        (Threshold("goodput", at_least=40.0), True),
        (Threshold("goodput", at_least=60.0), False),
        (Threshold("included_p50", at_most=9.0, operation="get"), False),
        (Threshold("added_p50", at_most=9.0), False),
    ],
)
def test_thresholds_are_met_missed_and_missed_where_nothing_was_measured(
    bench: Bench, threshold: Threshold, met: bool
) -> None:
    bench.run(Behaviour(lambda _: 0.01))
    summary = summary_of(replace(SCENARIO, thresholds=(threshold,)), bench.measured)
    assert summary.met is met
    assert len(summary.thresholds) == 1


def test_a_summary_is_the_same_for_the_same_rows(bench: Bench) -> None:
    bench.run(GAMMA)
    assert summary_of(SCENARIO, bench.measured) == summary_of(SCENARIO, bench.measured)
