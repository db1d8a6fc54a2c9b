"""Readings for other programs: Parquet as batches have it, or CSV with decimal numbers, words and ISO times."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from maas_core.errors import UsageError
from maas_core.objects.atomic_file import new_file
from maas_core.ports.readings import Quality, Series
from maas_core.ports.telemetry_source import Signal
from maas_core.telemetry.columns import SCHEMA, table_of

CSV_SCHEMA = pa.schema([(name, pa.string()) for name in ("signal", "time", "value", "unit", "quality")])
_WIDEST = 38
"""Digits of a decimal128."""

Part = tuple[Sequence[Signal], Mapping[str, Series]]


def export_to(file: Path, parts: Iterable[Part]) -> int:
    """Write parts one after another to a file, by its ending; returns how many readings. It appears when it is whole.

    Raises `UsageError` for another ending or a file that cannot be written, and what `parts` raises.
    """
    writers: dict[str, tuple[Callable[[Any], Any], Callable[[Part], pa.Table]]] = {
        ".parquet": (_parquet_writer, _parquet_table),
        ".csv": (_csv_writer, csv_table),
    }
    if file.suffix not in writers:
        raise UsageError(f"{file}: this ending is not accepted; accepted: {', '.join(writers)}")
    make_writer, make_table = writers[file.suffix]
    count = 0
    try:
        with new_file(file.parent, file, durable=False) as target, make_writer(target) as writer:
            for one in parts:
                table = make_table(one)
                writer.write_table(table)
                count += table.num_rows
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror or error}") from None
    return count


def csv_table(part: Part) -> pa.Table:
    """A part as the columns of the CSV file: signal, time, value, unit, quality."""
    signals, series = part
    tables = [_csv_rows(one, series[one.name]) for one in signals if len(series[one.name])]
    return pa.concat_tables(tables) if tables else CSV_SCHEMA.empty_table()


def _csv_rows(signal: Signal, series: Series) -> pa.Table:
    count = len(series)
    times = np.datetime_as_string(series.time.astype("datetime64[s]"), timezone="UTC")
    names = np.array([one.name.lower() for one in Quality])
    columns = [
        pa.array([signal.name] * count, pa.string()),
        pa.array(times, pa.string()),
        _values(signal, series),
        pa.array([signal.unit] * count, pa.string()),
        pa.array(names[series.quality], pa.string()),
    ]
    return pa.Table.from_arrays(columns, schema=CSV_SCHEMA)


def _values(signal: Signal, series: Series) -> pa.Array:
    if signal.states and int(series.value.max()) < len(signal.states) and int(series.value.min()) >= 0:
        return pa.array(np.array(signal.states)[series.value], pa.string())
    whole = pa.array(series.value).cast(pa.decimal128(_WIDEST, 0))
    scaled = pa.Array.from_buffers(pa.decimal128(_WIDEST, signal.decimals), len(series), whole.buffers())
    return scaled.cast(pa.string())


def _parquet_table(part: Part) -> pa.Table:
    return table_of(*part).replace_schema_metadata(None)


def _parquet_writer(target: BinaryIO) -> Any:
    return pq.ParquetWriter(target, SCHEMA, compression="zstd")


def _csv_writer(target: BinaryIO) -> Any:
    return pc.CSVWriter(target, CSV_SCHEMA)
