"""Readings of one machine, written shortly."""

from collections.abc import Sequence

import numpy as np

from maas_core.ports.readings import Readings
from maas_core.telemetry.rows import Rows

Entry = tuple[int, int, int, int]
"""Signal, time, value, quality."""


def rows(entries: Sequence[Entry]) -> Rows:
    """As the buffer takes them."""
    table = np.array(entries, np.int64).reshape(-1, 4)
    return Rows(table[:, 0].astype(np.int16), table[:, 1], table[:, 2], table[:, 3].astype(np.uint8))


def entries(found: Rows) -> list[Entry]:
    """What rows hold."""
    columns = (found.signal.tolist(), found.time.tolist(), found.value.tolist(), found.quality.tolist())
    return list(zip(*columns, strict=True))


def readings(machine: str, signals: Sequence[str], given: Sequence[Entry]) -> Readings:
    """As an application hands them over."""
    one = rows(given)
    signal = one.signal.astype(np.int32)
    return Readings((machine,), tuple(signals), np.zeros(len(one), np.int32), signal, one.time, one.value, one.quality)
