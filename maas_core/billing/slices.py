"""Slices: the figures of a statement hour by hour, and the Merkle tree over them that two parties compare."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from maas_core.billing.exact import fraction, fraction_text, integer
from maas_core.errors import IntegrityError
from maas_core.proofs import canonical
from maas_core.proofs.merkle import Tree, leaf_hash
from maas_core.proofs.shallow import parsed

FORMAT = "maas-slices/1"
_HEAD = b'{"format":"%s","slices":[' % FORMAT.encode()


@dataclass(frozen=True, slots=True)
class Slice:
    """What one slice of time comes to. The sum of all charges of all slices is the sum of the statement's own lines."""

    index: int
    time_from: int
    time_to: int
    executed: int
    """Seconds."""
    quantities: Mapping[str, int]
    """By meter, in the meter's integers."""
    status: Mapping[str, int]
    """Seconds by OEE status; only what is not zero."""
    downtime: Mapping[str, tuple[int, int]]
    """By availability SLA: seconds that count, seconds that are left out; only what is not zero."""
    charges: Mapping[str, Fraction]
    """By name of tariff or SLA, minor units; only what is not zero. What is settled at the end of a calendar period
    stands in the last slice before it."""

    @property
    def amount(self) -> Fraction:
        """All charges."""
        return sum(self.charges.values(), Fraction(0))

    def leaf(self) -> bytes:
        """The canonical JSON that is hashed into the tree."""
        value = {
            "index": self.index,
            "from": self.time_from,
            "to": self.time_to,
            "executed": self.executed,
            "quantities": {name: str(one) for name, one in self.quantities.items()},
            "status": dict(self.status),
            "downtime": {name: list(one) for name, one in self.downtime.items()},
            "charges": {name: fraction_text(one) for name, one in self.charges.items()},
        }
        # Names are ASCII and numbers are whole, for which this is RFC 8785's spelling, and much faster to write.
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")

    @staticmethod
    def read(leaf: bytes) -> "Slice":
        """From its leaf. Raises `IntegrityError`."""
        return _slice(canonical.loads(leaf))


class SliceTree:
    """All slices of a statement and the tree over them (RFC 6962, section 2.1)."""

    __slots__ = ("_leaves", "_tree")

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._leaves = tuple(leaves)
        self._tree = Tree([leaf_hash(leaf) for leaf in self._leaves])

    @staticmethod
    def of(slices: Sequence[Slice]) -> "SliceTree":
        """From slices in their order."""
        return SliceTree([one.leaf() for one in slices])

    @staticmethod
    def loads(content: bytes) -> "SliceTree":
        """From the document. Raises `IntegrityError`."""
        try:
            value = parsed(content.decode())
        except ValueError as error:
            raise IntegrityError(f"not a document of the form {FORMAT}: {error}") from None
        slices = value.get("slices") if isinstance(value, dict) else None
        if not isinstance(slices, list):
            raise IntegrityError(f"not a document of the form {FORMAT}")
        tree = SliceTree.of([_slice(one) for one in slices])
        if tree.dumps() != content:  # another spelling, another format, a key too many or twice
            raise IntegrityError(f"not a canonical document of the form {FORMAT}")
        return tree

    def dumps(self) -> bytes:
        """The document that is kept beside the statement: canonical JSON of all slices."""
        return _HEAD + b",".join(self._leaves) + b"]}"

    @property
    def size(self) -> int:
        """How many slices there are."""
        return len(self._leaves)

    @property
    def root(self) -> bytes:
        """What the statement names."""
        return self._tree.root

    @property
    def height(self) -> int:
        """The root's level; a leaf is at level 0."""
        return self._tree.height

    def node(self, level: int, index: int) -> bytes:
        """The hash over slices [index * 2**level, (index + 1) * 2**level). Raises `IndexError` if there is none."""
        return self._tree.node(level, index)

    def leaf(self, index: int) -> bytes:
        """A slice's canonical JSON. Raises `IndexError`."""
        return self._leaves[index]

    def proof(self, index: int) -> tuple[bytes, ...]:
        """The audit path of a slice. Raises `IndexError`."""
        return self._tree.proof(index)

    def slices(self) -> tuple[Slice, ...]:
        """All of them."""
        return tuple(Slice.read(leaf) for leaf in self._leaves)


_KEYS = {"index", "from", "to", "executed", "quantities", "status", "downtime", "charges"}


def _slice(value: Any) -> Slice:
    if not isinstance(value, dict) or value.keys() != _KEYS:
        raise IntegrityError(f"not a slice; it has the keys {', '.join(sorted(_KEYS))}")
    return Slice(
        index=_whole(value["index"]),
        time_from=_whole(value["from"]),
        time_to=_whole(value["to"]),
        executed=_whole(value["executed"]),
        quantities={name: integer(one) for name, one in _table(value["quantities"]).items()},
        status={name: _whole(one) for name, one in _table(value["status"]).items()},
        downtime={name: _pair(one) for name, one in _table(value["downtime"]).items()},
        charges={name: fraction(one) for name, one in _table(value["charges"]).items()},
    )


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise IntegrityError("a slice's figures are an object")
    if not all(key.isascii() for key in value):
        raise IntegrityError("names in a slice are ASCII, as in terms")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= canonical.LARGEST_INTEGER:
        raise IntegrityError(f"{value!r} is no count of seconds or slices")
    return value


def _pair(value: Any) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise IntegrityError("downtime in a slice is a pair of seconds")
    return _whole(value[0]), _whole(value[1])
