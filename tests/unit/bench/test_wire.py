"""What happens to packets between regions, in time that only the test moves."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from maas_core.bench.topology import wire
from maas_core.bench.topology.wire import Wire

times = st.lists(st.floats(0, 10), min_size=1, max_size=60).map(sorted)
END = 1e6


def a_wire(delay: float = 0.05, jitter: float = 0.0, loss: float = 0.0, seed: int = 1) -> Wire:
    return Wire(delay, jitter, loss, Random(seed))  # noqa: S311


def numbered(number: int) -> bytes:
    return number.to_bytes(4, "big")


@given(times, st.floats(0, 1))
def test_without_jitter_every_packet_arrives_after_exactly_the_delay(sent: list[float], delay: float) -> None:
    way = a_wire(delay)
    for number, at in enumerate(sent):
        way.put(numbered(number), at)
    arrived = []
    while (due := way.due()) is not None:
        arrived += [(packet, due) for packet in way.take(due)]
    assert arrived == [(numbered(number), at + delay) for number, at in enumerate(sent)]


@given(times, st.floats(0, 0.5), st.integers(0, 100))
def test_jitter_overtakes_nobody_and_brings_nobody_back_in_time(sent: list[float], jitter: float, seed: int) -> None:
    way = a_wire(0.05, jitter, seed=seed)
    for number, at in enumerate(sent):
        way.put(numbered(number), at)
        due = way.due()
        assert due is not None
        assert due >= sent[0]
    assert way.take(END) == [numbered(number) for number in range(len(sent))]


@given(times, st.floats(0, 0.5), st.integers(0, 100))
def test_every_packet_arrives_or_is_counted_as_lost(sent: list[float], loss: float, seed: int) -> None:
    way = a_wire(loss=loss, seed=seed)
    for number, at in enumerate(sent):
        way.put(numbered(number), at)
    arrived = way.take(END)
    assert len(arrived) == way.carried
    assert way.carried + way.lost == len(sent)
    assert way.dropped == 0
    assert way.due() is None


def test_the_share_that_is_lost_is_the_tables() -> None:
    way = a_wire(loss=0.1)
    for number in range(10_000):
        way.put(numbered(number), 0.0)
    assert 850 <= way.lost <= 1150  # five standard deviations of 30


def test_jitter_has_the_tables_standard_deviation() -> None:
    arrivals = []
    for seed in range(2_000):
        way = a_wire(0.1, 0.01, seed=seed)
        way.put(b"", 0.0)
        due = way.due()
        assert due is not None
        arrivals.append(due)
    mean = sum(arrivals) / len(arrivals)
    deviation = (sum((one - mean) ** 2 for one in arrivals) / len(arrivals)) ** 0.5
    assert abs(mean - 0.1) < 0.0012
    assert 0.009 < deviation < 0.011


def test_what_is_more_than_the_memory_of_a_router_is_dropped() -> None:
    way = a_wire()
    for _ in range(wire.MOST_PACKETS + 3):
        way.put(b"", 0.0)
    assert way.dropped == 3
    assert len(way.take(END)) == wire.MOST_PACKETS
