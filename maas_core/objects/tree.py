"""The pure part of keeping bytes of any size: cut into parts, listed by manifests, found again from one reference.

Bytes that fit one object are that object, unchanged. Others are cut into parts of `part_size` (the last may be
shorter). A manifest lists the SHA-256 of each part; where that takes several manifests, manifests of the next height
list those. The shape follows from `size` and `part_size` alone: all parts lie at the same height, and every manifest
but the last of each height is full. A manifest is, big-endian and without padding:

    8 bytes  "MaaSpart"
    u8       version, 1
    u8       height: 1 lists parts, h + 1 lists manifests of height h
    u32      part_size
    u64      size: bytes of all parts below
    32 bytes for each child: SHA-256 of its object as stored, in the order of the bytes

A reference says by its height whether an object is a manifest, so bytes that look like one are never taken for one.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from maas_core.errors import IntegrityError, UsageError

DIGEST_SIZE = 32
_HEADER = struct.Struct(">8sBBIQ")
_MAGIC = b"MaaSpart"
_VERSION = 1
_REFERENCE = struct.Struct(">32sQB")
MIN_PART = _HEADER.size + 2 * DIGEST_SIZE
"""A part must have room for a manifest that lists two children."""


@dataclass(frozen=True, slots=True)
class Reference:
    """All that is needed to find bytes again."""

    digest: bytes
    """SHA-256 of the object as stored: the bytes themselves (height 0) or their topmost manifest."""
    size: int
    height: int = 0

    def encode(self) -> bytes:
        """41 bytes: digest, u64 size, u8 height."""
        return _REFERENCE.pack(self.digest, self.size, self.height)

    @classmethod
    def decode(cls, encoded: bytes) -> "Reference":
        """The inverse of `encode`. Raises `UsageError`."""
        if len(encoded) != _REFERENCE.size:
            raise UsageError(f"a reference has {_REFERENCE.size} bytes, not {len(encoded)}")
        return cls(*_REFERENCE.unpack(encoded))


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object that lists others."""

    height: int
    part_size: int
    size: int
    digests: bytes
    """Those of the children, one after another."""

    def encode(self) -> bytes:
        """The bytes to store."""
        return _HEADER.pack(_MAGIC, _VERSION, self.height, self.part_size, self.size) + self.digests

    @classmethod
    def decode(cls, encoded: bytes) -> "Manifest":
        """The inverse of `encode`. Raises `IntegrityError` for all that `encode` would not have made."""
        if len(encoded) < _HEADER.size:
            raise IntegrityError(f"not a manifest of parts: {len(encoded)} bytes")
        magic, version, height, part_size, size = _HEADER.unpack_from(encoded)
        if (magic, version) != (_MAGIC, _VERSION):
            raise IntegrityError("not a manifest of parts, or of a version that is not known here")
        manifest = cls(height, part_size, size, encoded[_HEADER.size :])
        manifest._check()
        return manifest

    def children(self) -> "Iterator[Node]":
        """What it lists, in order."""
        span = capacity(self.height - 1, self.part_size)
        for index in range(len(self.digests) // DIGEST_SIZE):
            digest = self.digests[index * DIGEST_SIZE : (index + 1) * DIGEST_SIZE]
            yield Node(digest, min(span, self.size - index * span), self.height - 1)

    def _check(self) -> None:
        if self.part_size < MIN_PART or not 1 <= self.height <= _HIGHEST:
            raise IntegrityError(f"a manifest of height {self.height} over parts of {self.part_size} bytes cannot be")
        if not 0 < self.size <= capacity(self.height, self.part_size):
            raise IntegrityError(f"a manifest of height {self.height} cannot list {self.size} bytes")
        children = -(-self.size // capacity(self.height - 1, self.part_size))
        if len(self.digests) != children * DIGEST_SIZE:
            raise IntegrityError(f"a manifest of {self.size} bytes must list {children} children")


_HIGHEST = 64
"""No u64 size needs more: a manifest has room for at least two children."""


@dataclass(frozen=True, slots=True)
class Node:
    """One stored object of a tree: a part (height 0) or a manifest."""

    digest: bytes
    size: int
    """Bytes of all parts below."""
    height: int


def fanout(part_size: int) -> int:
    """How many children a manifest has room for; a manifest is at most as large as a part."""
    return (part_size - _HEADER.size) // DIGEST_SIZE


def capacity(height: int, part_size: int) -> int:
    """How many bytes a node of this height can hold."""
    return part_size * int(fanout(part_size) ** height)


class TreeBuilder:
    """Makes the manifests for parts that come one after another; keeps 32 bytes for each child not yet listed."""

    def __init__(self, part_size: int, keep: Callable[[bytes], bytes]) -> None:
        """`keep` stores a manifest and returns the SHA-256 of the object that it became."""
        if part_size < MIN_PART:
            raise UsageError(f"parts have at least {MIN_PART} bytes, not {part_size}")
        self._part_size = part_size
        self._keep = keep
        self._unlisted: list[list[Node]] = [[]]

    def add(self, digest: bytes, size: int) -> None:
        """The next part; all but the last are `part_size` long."""
        self._add(Node(digest, size, 0))

    def finish(self) -> Reference:
        """List what is not listed yet; at least one part was added."""
        height = 0
        while height < len(self._unlisted) - 1 or len(self._unlisted[height]) > 1:
            if self._unlisted[height]:
                self._list(height)
            height += 1
        root = self._unlisted[height][0]
        return Reference(root.digest, root.size, root.height)

    def _add(self, node: Node) -> None:
        if node.height == len(self._unlisted):
            self._unlisted.append([])
        nodes = self._unlisted[node.height]
        nodes.append(node)
        if len(nodes) == fanout(self._part_size):
            self._list(node.height)

    def _list(self, height: int) -> None:
        nodes, self._unlisted[height] = self._unlisted[height], []
        size = sum(node.size for node in nodes)
        manifest = Manifest(height + 1, self._part_size, size, b"".join(node.digest for node in nodes))
        self._add(Node(self._keep(manifest.encode()), size, height + 1))


def walk(reference: Reference, load: Callable[[bytes], bytes | None]) -> Iterator[Node]:
    """Every object of a tree, parts in the order of their bytes, a manifest after what it lists.

    `load` returns a manifest's bytes, or None to leave out what it lists. Raises `IntegrityError` where a manifest
    says other than the reference or the manifest above it.
    """
    root = Node(reference.digest, reference.size, reference.height)
    manifest = _load(root, load) if root.height else None
    if manifest and manifest.size <= capacity(manifest.height - 1, manifest.part_size):
        raise IntegrityError("a manifest lies higher than its size asks for")
    yield from _below(manifest, load)
    yield root


def _below(manifest: Manifest | None, load: Callable[[bytes], bytes | None]) -> Iterator[Node]:
    if manifest is None:
        return
    for node in manifest.children():
        if node.height:
            child = _load(node, load)
            if child and child.part_size != manifest.part_size:
                raise IntegrityError("manifests of one tree differ in the size of parts")
            yield from _below(child, load)
        yield node


def _load(node: Node, load: Callable[[bytes], bytes | None]) -> Manifest | None:
    encoded = load(node.digest)
    if encoded is None:
        return None
    manifest = Manifest.decode(encoded)
    if (manifest.height, manifest.size) != (node.height, node.size):
        raise IntegrityError(
            f"a manifest says height {manifest.height} and {manifest.size} bytes where "
            f"height {node.height} and {node.size} bytes must be"
        )
    return manifest
