"""Readings of one machine as plain columns, and their form in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from maas_core.errors import StoreError
from maas_core.ports.readings import Integers, Qualities, Series

TIME_BITS = 40
LATEST = 2**34
"""Times are below this, as on the ledger (docs/adr/001)."""
MOST_SIGNALS = 2**15
"""Of one machine."""

SCHEMA = pa.schema(
    [("signal", pa.int16()), ("time", pa.int64()), ("value", pa.int64()), ("quality", pa.uint8())],
)
COMPRESSION = pa.ipc.IpcWriteOptions(compression="zstd")


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Readings of one machine; all columns have the same length. A signal is the number that the machine gave it."""

    signal: NDArray[np.int16]
    time: Integers
    value: Integers
    quality: Qualities

    def __len__(self) -> int:
        return len(self.time)

    def take(self, which: Any) -> "Rows":
        """The rows that a mask, a slice or indices select, in that order."""
        return Rows(self.signal[which], self.time[which], self.value[which], self.quality[which])

    def between(self, time_from: int, time_to: int) -> "Rows":
        """The rows of [time_from, time_to)."""
        return self.take((self.time >= time_from) & (self.time < time_to))

    def keys(self) -> Integers:
        """What names each reading, as one number: the order is by signal, then by time."""
        return (self.signal.astype(np.int64) << TIME_BITS) | self.time

    def span(self) -> tuple[int, int]:
        """The window that just holds all rows; there must be some."""
        return int(self.time.min()), int(self.time.max()) + 1


def no_rows() -> Rows:
    """Nothing."""
    return Rows(np.empty(0, np.int16), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8))


def together(parts: Sequence[Rows]) -> Rows:
    """All rows, one part after the other."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return no_rows()
    return Rows(
        np.concatenate([one.signal for one in parts]),
        np.concatenate([one.time for one in parts]),
        np.concatenate([one.value for one in parts]),
        np.concatenate([one.quality for one in parts]),
    )


def in_order(rows: Rows) -> Rows:
    """By signal, then by time."""
    keys = rows.keys()
    return rows if ascending(keys) else rows.take(np.argsort(keys, kind="stable"))


def ascending(keys: Integers) -> bool:
    """Whether each key is greater than the one before."""
    return bool(np.all(keys[1:] > keys[:-1]))


def as_series(rows: Rows, names: Sequence[str]) -> dict[str, Series]:
    """Each signal's readings by its name; `names[number]` is the signal's. Keys must differ."""
    ordered = in_order(rows)
    bounds = np.searchsorted(ordered.signal, np.arange(len(names) + 1))
    return {
        name: Series(ordered.time[low:high], ordered.value[low:high], ordered.quality[low:high])
        for name, low, high in zip(names, bounds[:-1], bounds[1:], strict=True)
        if low < high
    }


def packed(rows: Rows) -> bytes:
    """Rows as an Arrow stream, compressed."""
    batch = pa.record_batch([rows.signal, rows.time, rows.value, rows.quality], schema=SCHEMA)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA, options=COMPRESSION) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def unpacked(content: bytes) -> Rows:
    """The rows of `packed`. Raises `StoreError` if the content is damaged."""
    try:
        with pa.ipc.open_stream(content) as reader:
            table = reader.read_all().combine_chunks()
    except (pa.ArrowException, OSError) as error:
        raise StoreError(f"readings in the database are damaged ({error}): restore it from a copy") from error
    if table.schema != SCHEMA:
        raise StoreError(
            "readings in the database have another form than this version writes: run `maasctl node migrate`"
        )
    columns = [table.column(name).to_numpy() for name in SCHEMA.names]
    return Rows(*columns)
