r"""Time slices: the leaves of a batch's Merkle tree.

Slices are `seconds` long and aligned to the epoch; the first and the last are clipped to the batch's window. Every
slice of the window is a leaf, whether it has readings or not. A leaf's content is, little-endian and without padding:

    13 bytes "maas/1 slice\0"
    i64      from, i64 to: seconds UTC
    for each signal of the manifest, in its order:
        u16  size of the name, and the name (UTF-8)
        u32  number of readings, then their times (i64 each), values (i64 each) and qualities (u8 each), by time
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from maas_core.errors import IntegrityError
from maas_core.ports.readings import Integers, Series
from maas_core.proofs.merkle import Tree

SLICE_SECONDS = 3600
_TAG = b"maas/1 slice\x00"
_SPAN = struct.Struct("<qq")
_COUNT = struct.Struct("<I")
_NAME = struct.Struct("<H")
_LEAF = b"\x00"
"""RFC 6962 hashes a leaf behind this byte."""
_ROW = 17


@dataclass(frozen=True, slots=True)
class Slicing:
    """How a window is cut."""

    time_from: int
    time_to: int
    seconds: int

    @property
    def count(self) -> int:
        """How many slices there are."""
        return (self.time_to - 1) // self.seconds - self.time_from // self.seconds + 1

    def span(self, index: int) -> tuple[int, int]:
        """[from, to) of a slice."""
        start = (self.time_from // self.seconds + index) * self.seconds
        return max(start, self.time_from), min(start + self.seconds, self.time_to)

    def index_of(self, time: int) -> int:
        """The slice that a time lies in. Raises `IndexError` outside the window."""
        if not self.time_from <= time < self.time_to:
            raise IndexError(f"{time} is outside [{self.time_from}, {self.time_to})")
        return time // self.seconds - self.time_from // self.seconds

    def edges(self) -> Integers:
        """The ends of all slices, with the beginning of the first."""
        first = self.time_from // self.seconds
        edges = (first + np.arange(self.count + 1, dtype=np.int64)) * self.seconds
        edges[0], edges[-1] = self.time_from, self.time_to
        return edges


def tree_of(slicing: Slicing, series: Mapping[str, Series]) -> Tree:
    """The tree over all slices; signals in the order of the mapping, all readings within the window."""
    edges = slicing.edges()
    columns = [_Column(name, one, edges) for name, one in series.items()]
    return Tree(_leaf(slicing.span(index), columns, index) for index in range(slicing.count))


def slice_content(slicing: Slicing, series: Mapping[str, Series], index: int) -> bytes:
    """One leaf's content, as it goes into a proof."""
    span = slicing.span(index)
    parts = [_TAG, _SPAN.pack(*span)]
    for name, one in series.items():
        inside = one.between(*span)
        encoded = name.encode()
        parts += [_NAME.pack(len(encoded)), encoded, _COUNT.pack(len(inside))]
        parts += [_bytes(inside.time), _bytes(inside.value), inside.quality.tobytes()]
    return b"".join(parts)


def read_slice(content: bytes) -> tuple[tuple[int, int], dict[str, Series]]:
    """The inverse of `slice_content`: its time span and its readings. Raises `IntegrityError`."""
    try:
        return _read_slice(content)
    except (struct.error, ValueError):
        raise IntegrityError("a slice of readings is malformed or cut short") from None


def _read_slice(content: bytes) -> tuple[tuple[int, int], dict[str, Series]]:
    if not content.startswith(_TAG):
        raise ValueError
    span = _SPAN.unpack_from(content, len(_TAG))
    at, found = len(_TAG) + _SPAN.size, {}
    while at < len(content):
        (size,) = _NAME.unpack_from(content, at)
        name = content[at + 2 : at + 2 + size].decode()
        (count,) = _COUNT.unpack_from(content, at + 2 + size)
        at += 2 + size + 4
        if at + count * _ROW > len(content) or name in found:
            raise ValueError
        time, value = (np.frombuffer(content, "<i8", count, at + part * 8 * count).astype(np.int64) for part in (0, 1))
        found[name] = Series(time, value, np.frombuffer(content, np.uint8, count, at + 16 * count))
        at += count * _ROW
    return span, found


class _Column:
    """One signal's readings as bytes, and where each slice begins in them."""

    def __init__(self, name: str, series: Series, edges: Integers) -> None:
        encoded = name.encode()
        self.head = _NAME.pack(len(encoded)) + encoded
        self.bounds: Sequence[int] = np.searchsorted(series.time, edges).tolist()
        self.time = np.ascontiguousarray(series.time, "<i8").view(np.uint8)
        self.value = np.ascontiguousarray(series.value, "<i8").view(np.uint8)
        self.quality = np.ascontiguousarray(series.quality)


def _leaf(span: tuple[int, int], columns: Sequence[_Column], index: int) -> bytes:
    """`merkle.leaf_hash(slice_content(...))` without copying the readings."""
    hashed = sha256(_LEAF + _TAG + _SPAN.pack(*span))
    for one in columns:
        low, high = one.bounds[index], one.bounds[index + 1]
        hashed.update(one.head + _COUNT.pack(high - low))
        hashed.update(one.time[8 * low : 8 * high].data)
        hashed.update(one.value[8 * low : 8 * high].data)
        hashed.update(one.quality[low:high].data)
    return hashed.digest()


def _bytes(column: Integers) -> bytes:
    return np.ascontiguousarray(column, "<i8").tobytes()
