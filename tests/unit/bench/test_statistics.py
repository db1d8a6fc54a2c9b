import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.bench.schedule import Arrivals, open_loop, think_times
from maas_core.bench.statistics import (
    Interval,
    Share,
    cliffs_delta,
    difference,
    mean_interval,
    percentile,
    percentile_interval,
    steady_from,
)


def values(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=np.float64)


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(7)


def test_a_median_of_known_values() -> None:
    assert percentile(values(1, 2, 3, 10), 50) == 2.5


@pytest.mark.parametrize(("rank", "count"), [(50, 1), (95, 19), (99, 999)])
def test_a_percentile_of_too_few_samples_is_not_told(rank: int, count: int) -> None:
    assert percentile(np.arange(count, dtype=float), rank) is None
    assert percentile(np.arange(count + 1, dtype=float), rank) is not None


def test_intervals_hold_the_true_median_as_often_as_they_say() -> None:
    held = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        runs = [random.exponential(1.0, 80) for _ in range(6)]
        interval = percentile_interval(runs, 50, random)
        assert interval is not None
        held += interval.low <= np.log(2) <= interval.high
    assert held >= 54


def test_repetitions_that_differ_widen_the_interval(random: np.random.Generator) -> None:
    alike = [random.normal(10, 1, 100) for _ in range(5)]
    apart = [random.normal(centre, 1, 100) for centre in (6, 8, 10, 12, 14)]
    narrow, wide = (percentile_interval(runs, 50, random) for runs in (alike, apart))
    assert narrow is not None
    assert wide is not None
    assert wide.high - wide.low > 5 * (narrow.high - narrow.low)


def test_no_values_have_no_percentile(random: np.random.Generator) -> None:
    assert percentile_interval([values()], 50, random) is None
    assert difference([values(1, 2)], [values()], random) is None


def test_a_mean_lies_in_its_interval(random: np.random.Generator) -> None:
    interval = mean_interval(values(1, 2, 3), random)
    assert interval.value == 2
    assert 1 <= interval.low < 2 < interval.high <= 3


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (values(3, 4), values(1, 2), 1.0),
        (values(1, 2), values(3, 4), -1.0),
        (values(1, 2), values(1, 2), 0.0),
        (values(1, 3), values(2, 2), 0.0),
        (values(2, 3), values(2, 1), 0.75),
    ],
)
def test_cliffs_delta_of_cases_counted_by_hand(ours: np.ndarray, theirs: np.ndarray, expected: float) -> None:
    assert cliffs_delta(ours, theirs) == expected


def test_twice_as_slow_is_told_as_a_ratio_of_two(random: np.random.Generator) -> None:
    fast = [random.gamma(20, 0.05, 200) for _ in range(4)]
    slow = [2 * random.gamma(20, 0.05, 200) for _ in range(4)]
    told = difference(slow, fast, random)
    assert told is not None
    assert told.ratio.low < 2 < told.ratio.high
    assert told.told_apart


def test_two_samples_of_the_same_are_not_told_apart(random: np.random.Generator) -> None:
    ours, theirs = ([random.gamma(20, 0.05, 100) for _ in range(4)] for _ in range(2))
    told = difference(ours, theirs, random)
    assert told is not None
    assert not told.told_apart


def test_a_ramp_before_a_plateau_is_cut_off(random: np.random.Generator) -> None:
    run = np.concatenate([np.linspace(30, 10, 60), np.full(400, 10.0)]) + random.normal(0, 0.3, 460)
    cut = steady_from(run)
    assert cut is not None
    assert 40 <= cut <= 80


def test_a_run_that_only_grows_is_never_steady() -> None:
    assert steady_from(np.linspace(0, 100, 200) ** 2) is None
    assert steady_from(np.ones(20)) is None


def test_a_share_of_nothing_may_be_anything() -> None:
    assert Share(0, 0).interval == Interval(0.0, 0.0, 1.0)


@pytest.mark.parametrize(("won", "possible", "p"), [(8, 10, 0.109375), (2, 10, 0.109375), (5, 10, 1.0), (0, 6, 1 / 32)])
def test_how_likely_a_share_is_if_both_are_alike_counted_by_hand(won: int, possible: int, p: float) -> None:
    assert Share(won, possible).p_even == pytest.approx(p)


@given(st.integers(1, 300).flatmap(lambda possible: st.tuples(st.integers(0, possible), st.just(possible))))
def test_the_test_of_evenness_does_not_care_who_is_called_first_and_a_larger_gap_is_less_likely(
    counts: tuple[int, int],
) -> None:
    won, possible = counts
    assert Share(won, possible).p_even == pytest.approx(Share(possible - won, possible).p_even)
    if won and 2 * won < possible:
        assert Share(won - 1, possible).p_even <= Share(won, possible).p_even


@pytest.mark.parametrize("arrivals", Arrivals)
def test_a_schedule_offers_its_rate_and_is_fixed_by_its_seed(arrivals: Arrivals) -> None:
    times = open_loop(50, 40, arrivals, 3)
    assert len(times) == pytest.approx(2000, rel=0.1)
    assert (np.diff(times) >= 0).all()
    assert 0 <= times.min() < times.max() < 40.02
    assert np.array_equal(times, open_loop(50, 40, arrivals, 3))
    assert not np.array_equal(times, open_loop(50, 40, arrivals, 4))


def test_think_times_have_their_mean() -> None:
    assert think_times(0.5, 4000, 1).mean() == pytest.approx(0.5, rel=0.1)
