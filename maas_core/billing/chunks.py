"""Telemetry in any order and with repetitions, as the engine wants it: chunks that ascend, each reading once."""

from collections.abc import Iterable, Mapping

import numpy as np

from maas_core.billing.facts import Chunk
from maas_core.ports.readings import Series, joined


def united(parts: Iterable[Series]) -> Series:
    """Series of one signal in any order as one.

    Of readings of the same time the one of the best quality is kept, and of these the one of the lowest value, so that
    the order of arrival cannot matter.
    """
    found = joined(list(parts))
    order = np.lexsort((found.value, found.quality, found.time))
    time = found.time[order]
    kept = order[np.concatenate([[True], time[1:] != time[:-1]])] if len(time) else order
    return Series(found.time[kept], found.value[kept], found.quality[kept])


def ordered(chunks: Iterable[Chunk]) -> list[Chunk]:
    """Chunks in any order, repeated or overlapping, as ascending ones; those that overlap become one."""
    groups: list[list[Chunk]] = []
    reached = 0
    for chunk in sorted(chunks, key=lambda one: (one.time_from, one.time_to)):
        if groups and chunk.time_from < reached:
            groups[-1].append(chunk)
        else:
            groups.append([chunk])
        reached = max(reached, chunk.time_to)
    return [_one(group) for group in groups]


def _one(group: list[Chunk]) -> Chunk:
    decimals: dict[str, int] = {}
    for chunk in group:
        decimals.update(chunk.decimals)
    series = {name: united(_of(group, name)) for name in sorted({name for one in group for name in one.series})}
    return Chunk(group[0].time_from, max(one.time_to for one in group), series, decimals)


def _of(group: list[Chunk], signal: str) -> list[Series]:
    return [one.series[signal] for one in group if signal in one.series]


def chunk_of(series: Mapping[str, Series], time_from: int, time_to: int) -> Chunk:
    """Series that may be unordered as one chunk of a time."""
    return Chunk(time_from, time_to, {name: united([one]).between(time_from, time_to) for name, one in series.items()})
