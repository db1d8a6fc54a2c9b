"""Merkle trees over leaf hashes, as in RFC 6962, section 2.1.

The RFC splits n leaves at the largest power of two below n. That is the same tree as joining neighbours level by level
and lifting a last node without a neighbour unchanged, which is how it is built here.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_SIZE = 32
_LEAF = b"\x00"
_NODE = b"\x01"


def leaf_hash(content: bytes) -> bytes:
    """The hash of one leaf's content."""
    return sha256(_LEAF + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(_NODE + left + right).digest()


class Tree:
    """All levels of a tree; immutable once made."""

    __slots__ = ("_levels",)

    def __init__(self, leaf_hashes: Iterable[bytes]) -> None:
        """From the leaves' hashes in their order. Raises `ValueError` for one that is not 32 bytes long."""
        leaves = tuple(leaf_hashes)
        if any(len(leaf) != HASH_SIZE for leaf in leaves):
            raise ValueError(f"a leaf hash has {HASH_SIZE} bytes")
        levels = [leaves]
        while len(levels[-1]) > 1:
            levels.append(_joined(levels[-1]))
        self._levels = tuple(levels)

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return len(self._levels[0])

    @property
    def root(self) -> bytes:
        """The root; of a tree without leaves the SHA-256 of nothing."""
        return self._levels[-1][0] if self.size else sha256(b"").digest()

    @property
    def height(self) -> int:
        """The root's level; a leaf is at level 0."""
        return len(self._levels) - 1

    def node(self, level: int, index: int) -> bytes:
        """The hash over the leaves [index * 2**level, (index + 1) * 2**level), as far as there are leaves.

        Raises `IndexError` if there is no such node.
        """
        if level < 0 or index < 0:
            raise IndexError(f"there is no node {index} at level {level}")
        return self._levels[level][index]

    def proof(self, index: int) -> tuple[bytes, ...]:
        """The audit path of a leaf (RFC 6962, section 2.1.1), from the leaf upwards. Raises `IndexError`."""
        if not 0 <= index < self.size:
            raise IndexError(f"there is no leaf {index}; the tree has {self.size}")
        path = []
        for level in self._levels[:-1]:
            if (neighbour := index ^ 1) < len(level):
                path.append(level[neighbour])
            index >>= 1
        return tuple(path)


def verify(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows that the leaf with hash `leaf` is number `index` of the `size` leaves under `root`.

    Compute `leaf` by `leaf_hash` from content, or a node could be passed off as a leaf. RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size or any(len(one) != HASH_SIZE for one in (leaf, root, *proof)):
        return False
    node, last, hashed = index, size - 1, leaf
    for neighbour in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            hashed = node_hash(neighbour, hashed)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            hashed = node_hash(hashed, neighbour)
        node, last = node >> 1, last >> 1
    return last == 0 and hashed == root


def _joined(level: Sequence[bytes]) -> tuple[bytes, ...]:
    pairs = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return (*pairs, level[-1]) if len(level) % 2 else tuple(pairs)
