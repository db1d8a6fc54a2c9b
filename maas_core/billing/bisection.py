"""Where two parties' slices differ first: they compare the roots of halves, from the top of the tree down."""

from dataclasses import dataclass
from typing import Protocol

from maas_core.billing.slices import SliceTree
from maas_core.errors import IntegrityError, UsageError
from maas_core.proofs.merkle import node_hash


class Other(Protocol):
    """The other party's tree, asked node by node; each call is an exchange."""

    def children(self, level: int, index: int) -> tuple[bytes, bytes]:
        """The hashes of the two nodes below the node `index` at `level`."""
        ...


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first slice that differs."""

    index: int
    exchanges: int
    """How often the other party was asked: at most the height of the tree, 14 for a year of hours."""
    theirs: bytes
    """The hash of their leaf, shown to be part of their tree."""


def first_difference(ours: SliceTree, root: bytes, size: int, theirs: Other) -> Divergence | None:
    """Compare our slices with those whose tree has `root` and `size`; None when they are the same.

    Every answer is checked against the hash above it, so the other party cannot lead astray. Raises `IntegrityError`
    for an answer that does not hash to what was answered before, and `UsageError` when the numbers of slices differ.
    """
    if size != ours.size:
        raise UsageError(f"the trees have {ours.size} and {size} slices; the windows or the slice length differ")
    if root == ours.root:
        return None
    level, index, hashed, exchanges = ours.height, 0, root, 0
    while level:
        if 2 * index + 1 >= _width(size, level - 1):
            level, index = level - 1, 2 * index  # a node without neighbour is lifted unchanged
            continue
        left, right = theirs.children(level, index)
        exchanges += 1
        if node_hash(left, right) != hashed:
            raise IntegrityError(f"the nodes below {index} at level {level} do not hash to the node above them")
        differs_left = left != ours.node(level - 1, 2 * index)
        level, index = level - 1, 2 * index + (not differs_left)
        hashed = left if differs_left else right
    return Divergence(index, exchanges, hashed)


class Local:
    """A tree that is at hand, as the other party's."""

    __slots__ = ("_tree",)

    def __init__(self, tree: SliceTree) -> None:
        self._tree = tree

    def children(self, level: int, index: int) -> tuple[bytes, bytes]:
        """Two nodes of the tree. Raises `IndexError` if there are none."""
        return self._tree.node(level - 1, 2 * index), self._tree.node(level - 1, 2 * index + 1)


def _width(size: int, level: int) -> int:
    """How many nodes a level has."""
    return -(-size >> level) if size else 0
