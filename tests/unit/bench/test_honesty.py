"""The whole way from the driver to the figures, against a fake whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from maas_core.bench.fake import Behaviour
from maas_core.bench.scenario import Threshold
from maas_core.bench.statistics import Interval
from maas_core.bench.summary import latency, summary_of
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
    assert behind_share(run.rows) > 0.5
    assert any("the driver was starved" in reason for reason in run.verdict.invalid)
    assert not summary_of(SCENARIO, bench.measured).valid


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
