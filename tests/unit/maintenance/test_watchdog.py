"""Rules over series, against a slow reference that looks at every second."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.errors import UsageError
from maas_core.maintenance.rules import Above, Among, Below, Rule, Silent, above, among, below
from maas_core.maintenance.watchdog import Change, Side, Watch, advance, begin
from maas_core.ports.readings import Quality, Series

Reading = tuple[int, int, int]
"""Time, value, quality."""


def series(readings: list[Reading]) -> Series:
    times, values, qualities = zip(*readings, strict=True) if readings else ((), (), ())
    return Series(np.array(times, np.int64), np.array(values, np.int64), np.array(qualities, np.uint8))


def good(*pairs: tuple[int, int]) -> Series:
    return series([(time, value, Quality.GOOD) for time, value in pairs])


def changes_of(rule: Rule, readings: Series, to: int, start: int = 0) -> tuple[Change, ...]:
    return advance(rule, begin(rule, start), readings, to)[1]


@dataclass
class Reference:
    """The rule second by second, as its documentation reads."""

    rule: Rule
    start: int
    side: Side = Side.UNKNOWN
    latched: Side = Side.GOOD
    since: int = 0
    value: int | None = None
    raised: bool = False

    def decided(self, value: int) -> Side | None:
        match self.rule.test:
            case Above(limit, clear):
                return Side.BAD if value > limit else Side.GOOD if value <= clear else None
            case Below(limit, clear):
                return Side.BAD if value < limit else Side.GOOD if value >= clear else None
            case Among(values):
                return Side.BAD if value in values else Side.GOOD
            case Silent():
                return Side.GOOD

    def run(self, readings: list[Reading], to: int) -> list[Change]:
        by_time = {time: value for time, value, quality in readings if quality <= self.rule.worst}
        silent = isinstance(self.rule.test, Silent)
        expires = self.start + self.rule.valid if silent else -1
        self.since = self.start
        found = []
        for second in range(self.start, to):
            side, value = self.side, self.value
            if second in by_time:
                value = by_time[second]
                self.latched = self.decided(value) if self.decided(value) is not None else self.latched  # type: ignore[assignment]
                side, expires = self.latched, second + self.rule.valid
            elif second == expires:
                side, value = (Side.BAD if silent else Side.UNKNOWN), None
            if side != self.side:
                self.side, self.since, self.value = side, second, value
            found += self.judged(second + 1)
        return found

    def judged(self, end: int) -> list[Change]:
        wanted = {Side.BAD: self.rule.hold, Side.GOOD: self.rule.recover}.get(self.side)
        if wanted is None or end - self.since < wanted or (self.side == Side.BAD) == self.raised:
            return []
        self.raised = self.side == Side.BAD
        return [Change(self.raised, self.since, self.since + wanted, self.value)]


tests = st.one_of(
    st.tuples(st.integers(-3, 3), st.integers(0, 3)).map(lambda two: Above(two[0], two[0] - two[1])),
    st.tuples(st.integers(-3, 3), st.integers(0, 3)).map(lambda two: Below(two[0], two[0] + two[1])),
    st.sets(st.integers(-3, 3), max_size=3).map(lambda values: Among(tuple(sorted(values)))),
    st.just(Silent()),
)
rules = st.builds(
    Rule,
    name=st.just("rule"),
    signal=st.just("signal"),
    test=tests,
    hold=st.integers(0, 6),
    recover=st.integers(0, 6),
    valid=st.integers(1, 8),
)
readings_of = st.dictionaries(
    st.integers(0, 60), st.tuples(st.integers(-4, 4), st.sampled_from([0, 0, 0, 1, 2, 3])), max_size=40
).map(lambda found: [(time, *found[time]) for time in sorted(found)])


@given(rules, readings_of, st.integers(61, 75))
def test_changes_are_those_of_looking_at_every_second(rule: Rule, readings: list[Reading], to: int) -> None:
    assert list(changes_of(rule, series(readings), to)) == Reference(rule, 0).run(readings, to)


@given(rules, readings_of, st.sets(st.integers(0, 75)), st.integers(61, 75))
def test_any_split_of_the_input_gives_the_same_alarms(
    rule: Rule, readings: list[Reading], cuts: set[int], to: int
) -> None:
    whole = series(readings)
    watch, found = begin(rule, 0), list[Change]()
    for cut in sorted(cut for cut in cuts | {to} if cut <= to):
        watch, changes = advance(rule, Watch.from_json(watch.as_json()), whole.between(watch.seen_to, cut), cut)
        found += changes
    end, at_once = advance(rule, begin(rule, 0), whole, to)
    assert found == list(at_once)
    assert watch == end


@given(rules, readings_of)
def test_what_was_seen_is_not_looked_at_again(rule: Rule, readings: list[Reading]) -> None:
    watch, _ = advance(rule, begin(rule, 0), series(readings), 61)
    assert advance(rule, watch, series(readings), 61) == (watch, ())


def test_an_alarm_is_raised_when_the_limit_was_exceeded_for_the_hold_time() -> None:
    rule = Rule("hot", "temperature", Above(900, 850), hold=600, recover=900)
    readings = good((0, 800), (300, 910), (600, 880), (900, 905), (1200, 800), (2100, 800))
    assert changes_of(rule, readings, 2400) == (Change(True, 300, 900, 910), Change(False, 1200, 2100, 800))


def test_a_dip_below_the_clear_value_starts_the_hold_time_again() -> None:
    rule = Rule("hot", "temperature", Above(900, 850), hold=600)
    readings = good((0, 950), (500, 850), (550, 950), (1149, 950))
    assert changes_of(rule, readings, 1150) == (Change(True, 550, 1150, 950),)
    assert changes_of(rule, readings, 1149) == ()


def test_a_gap_neither_holds_nor_recovers() -> None:
    rule = Rule("hot", "temperature", Above(900, 900), hold=600, valid=300)
    assert changes_of(rule, good((0, 950), (1000, 950)), 1300) == ()


def test_a_status_alarms_in_the_states_named() -> None:
    rule = Rule("fault", "condition", Among((2,)), hold=0)
    assert changes_of(rule, good((0, 0), (60, 1), (120, 2)), 121) == (Change(True, 120, 120, 2),)


def test_silence_is_counted_from_the_last_usable_reading() -> None:
    rule = Rule("mute", "power", Silent(), valid=300, recover=60)
    readings = series([(0, 1, Quality.GOOD), (200, 0, Quality.UNAVAILABLE), (900, 1, Quality.GOOD)])
    assert changes_of(rule, readings, 961) == (Change(True, 300, 300, None), Change(False, 900, 960, 1))


def test_silence_from_the_beginning_counts() -> None:
    assert changes_of(Rule("mute", "power", Silent(), valid=300), good(), 2000, 1000) == (
        Change(True, 1300, 1300, None),
    )


@pytest.mark.parametrize(
    ("value", "decimals", "bad"),
    [(855, 1, False), (856, 1, True), (85, 0, False), (86, 0, True), (8555, 2, False), (8556, 2, True)],
)
def test_a_limit_finer_than_the_signal_is_compared_exactly(value: int, decimals: int, bad: bool) -> None:
    rule = Rule("hot", "temperature", above("85.55", "", decimals))
    assert bool(changes_of(rule, good((0, value)), 1)) is bad


@pytest.mark.parametrize(("value", "bad"), [(855, True), (856, False)])
def test_a_lower_limit_is_compared_exactly(value: int, bad: bool) -> None:
    assert bool(changes_of(Rule("cold", "temperature", below("85.55", "", 1)), good((0, value)), 1)) is bad


def test_limits_that_make_no_sense_are_refused() -> None:
    for wrong in ("", "hot", "1e400", "NaN", "Infinity", "9" * 30):
        with pytest.raises(UsageError, match="decimal number"):
            above(wrong, "", 1)
    with pytest.raises(UsageError, match="over before it begins"):
        above("80", "81", 0)
    with pytest.raises(UsageError, match="over before it begins"):
        below("80", "79", 0)


def test_states_are_named_by_word_or_number() -> None:
    assert among(("fault", "7"), ("normal", "warning", "fault")) == Among((2, 7))
    with pytest.raises(UsageError, match="accepted: normal, fault"):
        among(("broken",), ("normal", "fault"))


def test_a_rule_is_named_by_all_that_it_says() -> None:
    rule = Rule("hot", "temperature", Above(1, 1))
    assert rule.digest() == Rule("hot", "temperature", Above(1, 1)).digest()
    others = [
        Rule("hot", "temperature", Below(1, 1)),
        Rule("hot", "temperature", Above(1, 0)),
        Rule("hot", "temperature", Above(1, 1), hold=1),
    ]
    assert rule.digest() not in {other.digest() for other in others}
