"""Region tables: what is accepted, and what is said of those that are not."""

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.bench.scenario import ACTORS
from maas_core.bench.topology.table import Pair, RegionTable, load_table
from maas_core.errors import ConfigError

PAPER = Path(__file__).parents[3] / "examples" / "regions" / "paper.toml"
SMALL = """
regions = ["here", "there"]
home = "here"
[participants]
oem = "there"
[processes.eth]
signer1 = "there"
[[pairs]]
between = ["there", "here"]
rtt_ms = 100
"""

names = st.lists(st.text("abcxyz", min_size=1, max_size=4), min_size=2, max_size=6, unique=True)


@st.composite
def tables(draw: st.DrawFn) -> RegionTable:
    regions = tuple(draw(names))
    pairs = [
        Pair(draw(st.permutations(two).map(tuple)), draw(st.floats(0, 10_000))) for two in combinations(regions, 2)
    ]
    places = draw(st.dictionaries(st.sampled_from(ACTORS), st.sampled_from(regions)))
    return RegionTable(regions, draw(st.sampled_from(regions)), tuple(draw(st.permutations(pairs))), places)


@given(tables())
def test_round_trips_are_the_same_in_both_directions_and_none_within_a_region(table: RegionTable) -> None:
    for one, other in table.directions():
        assert table.rtt_ms(one, other) == table.rtt_ms(other, one)
        pair = table.pair(one, other)
        assert pair is not None
        assert 2 * pair.one_way == pytest.approx(pair.rtt_ms / 1000)
    assert all(table.rtt_ms(one, one) == 0 for one in table.regions)


@given(tables())
def test_everybody_is_somewhere(table: RegionTable) -> None:
    for actor in ACTORS:
        assert table.region(actor) == table.participants.get(actor, table.home)
        assert table.region(actor) in table.regions


@given(tables(), st.data())
def test_a_table_with_a_pair_too_few_or_too_many_is_refused(table: RegionTable, data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(table.pairs))
    with pytest.raises(ValueError, match="pairs: none is between"):
        RegionTable(table.regions, table.home, tuple(pair for pair in table.pairs if pair is not one))
    turned = Pair(one.between[::-1], 1.0)
    with pytest.raises(ValueError, match="pairs: two are between the same regions"):
        RegionTable(table.regions, table.home, (*table.pairs, turned))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('home = "here"', 'home = "nowhere"', "home: there is no region 'nowhere'; accepted: here, there"),
        ('oem = "there"', 'oem = "x"', "participants: there is no region 'x'; accepted: here, there"),
        ('oem = "there"', 'cat = "there"', "participants: there is no 'cat'; accepted: board, oem"),
        ('signer1 = "there"', 'signer1 = "x"', "processes.eth: there is no region 'x'; accepted: here, there"),
        ('"there"]\nhome', '"here"]\nhome', "regions: accepted: from 2 to 12 names, each once"),
        ('["there", "here"]\nrtt', '["here", "here"]\nrtt', "between: names here and here; accepted: two different"),
        ("rtt_ms = 100", "rtt_ms = -1", "rtt_ms: -1 is not accepted; accepted: a number from 0 to 10000"),
        ("rtt_ms = 100", "rtt_ms = 1\nloss = 0.9", "loss: 0.9 is not accepted; accepted: a number from 0 to 0.5"),
        ("rtt_ms = 100", "rtt_ms = 1\nmbit = 0", "mbit: 0 is not accepted; accepted: a number from 0.1 to 1000"),
        ("rtt_ms = 100", "delay = 1", "rtt_ms: is missing; accepted: a number from 0 to 10000"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_accepted(tmp_path: Path, before: str, after: str, told: str) -> None:
    assert before in SMALL
    file = tmp_path / "table.toml"
    file.write_text(SMALL.replace(before, after, 1))
    with pytest.raises(ConfigError) as caught:
        load_table(file)
    assert told in str(caught.value)
    assert "table.toml" in str(caught.value)


def test_the_papers_placement_names_a_source_for_every_round_trip() -> None:
    table = load_table(PAPER)
    assert table.region("customer") == table.region("board") == "eastus"
    assert table.region("maintainer") == "japaneast"
    assert table.rtt_ms("eastus", "japaneast") == 165
    assert all(pair.source for pair in table.pairs)
