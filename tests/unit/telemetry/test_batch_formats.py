"""What batches are made of: slices, columns, manifests, exports; each is read as it was written."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.errors import IntegrityError, UsageError
from maas_core.ports.readings import Series, empty_series
from maas_core.ports.telemetry_source import Signal
from maas_core.proofs.merkle import Tree, leaf_hash
from maas_core.telemetry.columns import from_parquet, table_of, to_parquet
from maas_core.telemetry.export import Part, export_to
from maas_core.telemetry.manifest import decode, encode, signature_fits
from maas_core.telemetry.slices import Slicing, read_slice, slice_content, tree_of
from tests.unit.telemetry.batch_world import BEGIN, DAY, HOUR, SIGNALS, BatchWorld, some_series

times = st.lists(st.integers(BEGIN, BEGIN + DAY - 1), max_size=60, unique=True).map(sorted)
whole = st.integers(-(2**63), 2**63 - 1)


@st.composite
def some_columns(draw: st.DrawFn) -> dict[str, Series]:
    found = {}
    for name in sorted(draw(st.sets(st.sampled_from(["a", "power", "Temperatur °C", "z"]), min_size=1))):
        at = draw(times)
        values = draw(st.lists(whole, min_size=len(at), max_size=len(at)))
        quality = draw(st.lists(st.integers(0, 3), min_size=len(at), max_size=len(at)))
        found[name] = Series(np.array(at, np.int64), np.array(values, np.int64), np.array(quality, np.uint8))
    return found


def same(one: dict[str, Series], other: dict[str, Series]) -> bool:
    return list(one) == list(other) and all(
        np.array_equal(getattr(one[name], part), getattr(other[name], part))
        for name in one
        for part in ("time", "value", "quality")
    )


@given(some_columns(), st.integers(0, 3 * HOUR), st.integers(60, 2 * HOUR))
def test_slices_hold_every_reading_once_and_make_the_tree(columns: dict[str, Series], early: int, length: int) -> None:
    slicing = Slicing(BEGIN - early, BEGIN + DAY, length)
    contents = [slice_content(slicing, columns, index) for index in range(slicing.count)]
    assert tree_of(slicing, columns).root == Tree(leaf_hash(one) for one in contents).root
    read = [read_slice(one) for one in contents]
    assert [span for span, _ in read] == [slicing.span(index) for index in range(slicing.count)]
    for name, series in columns.items():
        assert np.array_equal(np.concatenate([part[name].time for _, part in read]), series.time)
        assert np.array_equal(np.concatenate([part[name].value for _, part in read]), series.value)


@given(st.integers(0, 2**34), st.integers(1, 10**6), st.integers(1, 10**5))
def test_slices_tile_the_window_and_are_aligned_to_the_epoch(begin: int, length: int, seconds: int) -> None:
    slicing = Slicing(begin, begin + length, max(seconds, length // 1000 + 1))
    spans = [slicing.span(index) for index in range(slicing.count)]
    assert spans[0][0] == begin
    assert spans[-1][1] == begin + length
    assert all(one[1] == two[0] and one[1] % slicing.seconds == 0 for one, two in pairwise(spans))
    assert slicing.edges().tolist() == [begin, *(end for _, end in spans)]
    for index in (0, slicing.count - 1):
        assert slicing.index_of(spans[index][0]) == slicing.index_of(spans[index][1] - 1) == index


def test_a_time_outside_the_window_has_no_slice() -> None:
    with pytest.raises(IndexError, match="outside"):
        Slicing(BEGIN, BEGIN + DAY, HOUR).index_of(BEGIN + DAY)


def test_the_spelling_of_a_slice_is_fixed() -> None:
    series = {"p": Series(np.array([7201]), np.array([-2]), np.array([1], np.uint8)), "q": empty_series()}
    assert slice_content(Slicing(7200, 10800, 3600), series, 0).hex() == (
        "6d6161732f3120736c69636500" + "201c000000000000" + "302a000000000000"
        "0100" + "70" + "01000000" + "211c000000000000" + "feffffffffffffff" + "01"
        "0100" + "71" + "00000000"
    )  # fmt: skip


def test_a_malformed_slice_is_refused() -> None:
    content = slice_content(Slicing(BEGIN, BEGIN + DAY, HOUR), some_series(), 3)
    for wrong in (content[:-1], b"x" + content[1:], content + b"\xff\xff", content * 2):
        with pytest.raises(IntegrityError, match="slice of readings is malformed"):
            read_slice(wrong)


@given(some_columns())
def test_parquet_gives_back_what_was_written(columns: dict[str, Series]) -> None:
    signals = [Signal(name, "", 0) for name in columns]
    content = to_parquet(signals, columns)
    assert same(from_parquet(content, {name: len(one) for name, one in columns.items()}), columns)


def test_the_file_explains_itself(tmp_path: Path) -> None:
    file = tmp_path / "batch.parquet"
    file.write_bytes(to_parquet(list(SIGNALS.values()), some_series()))
    table = pq.read_table(file)
    assert table.schema.names == ["signal", "time", "value", "quality"]
    assert b'"states":["idle","running"]' in table.schema.metadata[b"maas.signals"]


def test_a_file_with_other_columns_is_refused(tmp_path: Path) -> None:
    series = some_series()
    counts = {name: len(one) for name, one in series.items()}
    table = table_of(list(SIGNALS.values()), series)
    floats = table.set_column(2, "value", table.column("value").cast("float64"))
    for number, other in enumerate((table.drop(["quality"]), floats)):
        file = tmp_path / f"{number}.parquet"
        pq.write_table(other, file)
        with pytest.raises(IntegrityError, match="other columns than documented"):
            from_parquet(file.read_bytes(), counts)


def test_a_manifest_is_read_as_it_was_written_and_names_its_signer() -> None:
    world = BatchWorld()
    world.add()
    [manifest] = world.manifests
    assert decode(encode(manifest)) == manifest
    assert signature_fits(manifest)
    assert not signature_fits(replace(manifest, dropped=1))
    assert manifest.counter_to == manifest.readings + manifest.dropped


def test_an_export_has_decimal_numbers_words_and_times(tmp_path: Path) -> None:
    time = np.array([BEGIN, BEGIN + 1])
    series = {
        "power": Series(time, np.array([-105, 7]), np.array([0, 2], np.uint8)),
        "state": Series(time[:1], np.array([1]), np.array([0], np.uint8)),
    }
    file = tmp_path / "out.csv"
    assert export_to(file, [(list(SIGNALS.values()), series)] * 2) == 6
    with file.open(encoding="utf-8", newline="") as source:
        rows = list(csv.reader(source))
    assert rows[:4] == [
        ["signal", "time", "value", "unit", "quality"],
        ["power", "2025-06-16T00:00:00Z", "-10.5", "W", "good"],
        ["power", "2025-06-16T00:00:01Z", "0.7", "W", "bad"],
        ["state", "2025-06-16T00:00:00Z", "running", "", "good"],
    ]


def test_an_export_to_parquet_joins_the_batches(tmp_path: Path) -> None:
    parts = [(list(SIGNALS.values()), some_series(BEGIN + n * DAY, BEGIN + (n + 1) * DAY)) for n in range(3)]
    file = tmp_path / "out.parquet"
    count = export_to(file, parts)
    assert pq.read_table(file).num_rows == count == 3 * 1455


def test_an_export_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def failing() -> Iterator[Part]:
        yield list(SIGNALS.values()), some_series()
        raise IntegrityError("a later batch is damaged")

    with pytest.raises(IntegrityError, match="damaged"):
        export_to(tmp_path / "out.csv", failing())
    with pytest.raises(UsageError, match=r"accepted: \.parquet, \.csv"):
        export_to(tmp_path / "out.xlsx", [])
    with pytest.raises(UsageError, match="cannot be written"):
        export_to(tmp_path / "nowhere" / "out.csv", [])
    assert list(tmp_path.iterdir()) == []
