"""Batches as Parquet.

| column | type | meaning |
| --- | --- | --- |
| signal | dictionary of string | the signal's name |
| time | int64 | seconds UTC |
| value | int64 | in units of 10 to the power of minus the signal's decimals; a status: the index of its word |
| quality | uint8 | 0 good, 1 uncertain, 2 bad, 3 unavailable |

Rows are ordered by signal, in the order of the manifest, then by time. The key `maas.signals` of the file's metadata
holds names, units, decimals, words and intervals as canonical JSON, so that the file explains itself.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from maas_core.errors import IntegrityError
from maas_core.ports.readings import Series, joined
from maas_core.ports.telemetry_source import Signal
from maas_core.proofs import canonical

SIGNALS_KEY = b"maas.signals"
SCHEMA = pa.schema([
    ("signal", pa.dictionary(pa.int32(), pa.string())),
    ("time", pa.int64()),
    ("value", pa.int64()),
    ("quality", pa.uint8()),
])  # fmt: skip
_DELTAS = {"time": "DELTA_BINARY_PACKED", "value": "DELTA_BINARY_PACKED"}


def described(signal: Signal) -> dict[str, object]:
    """A signal as documents describe it."""
    return {
        "decimals": signal.decimals,
        "interval": signal.interval,
        "name": signal.name,
        "states": list(signal.states),
        "unit": signal.unit,
    }


def table_of(signals: Sequence[Signal], series: Mapping[str, Series]) -> pa.Table:
    """All readings as one table; `series` has every signal, in the same order."""
    names = [one.name for one in signals]
    whole = joined([series[name] for name in names])
    codes = np.repeat(np.arange(len(names), dtype=np.int32), [len(series[name]) for name in names])
    signal = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names, pa.string()))
    metadata = {SIGNALS_KEY: canonical.dumps([described(one) for one in signals])}
    columns = [signal, pa.array(whole.time), pa.array(whole.value), pa.array(whole.quality)]
    return pa.Table.from_arrays(columns, schema=SCHEMA.with_metadata(metadata))


def to_parquet(signals: Sequence[Signal], series: Mapping[str, Series]) -> bytes:
    """The file."""
    sink = pa.BufferOutputStream()
    pq.write_table(
        table_of(signals, series),
        sink,
        compression="zstd",
        compression_level=1,
        use_dictionary=["signal"],
        column_encoding=_DELTAS,
        write_statistics=False,
    )
    return bytes(sink.getvalue())


def from_parquet(content: bytes, counts: Mapping[str, int]) -> dict[str, Series]:
    """The readings of a file that must hold exactly these numbers of readings. Raises `IntegrityError`."""
    table = _read(content, sum(counts.values()))
    _check_signals(table, counts)
    time, value, quality = (table.column(name).to_numpy() for name in ("time", "value", "quality"))
    found, at = {}, 0
    for name, count in counts.items():
        part = slice(at, at + count)
        found[name] = Series(time[part], value[part], quality[part])
        at += count
    return found


def _read(content: bytes, count: int) -> pa.Table:
    """The table; how many rows it has is known before they are unpacked."""
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        if not file.schema_arrow.equals(SCHEMA):
            raise IntegrityError("a batch has other columns than documented")
        if file.metadata.num_rows != count:
            raise IntegrityError(f"a batch has {file.metadata.num_rows} readings, its manifest says {count}")
        table = file.read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise IntegrityError(f"a batch is no Parquet file as documented: {error}") from None
    if any(column.null_count for column in table.columns):
        raise IntegrityError("a batch has readings without a value")
    return table


def _check_signals(table: pa.Table, counts: Mapping[str, int]) -> None:
    column = table.column("signal").unify_dictionaries()
    names = column.chunk(0).dictionary.to_pylist() if column.num_chunks else []
    place = {name: code for code, name in enumerate(names)}
    expected = np.repeat([place.get(name, -1) for name in counts], list(counts.values()))
    codes = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in column.chunks]
    if not np.array_equal(np.concatenate(codes) if codes else np.empty(0), expected):
        raise IntegrityError("the signals of a batch are not those of its manifest, or in another order")
