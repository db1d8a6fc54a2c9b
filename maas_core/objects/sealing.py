"""Where encryption comes in: what happens to each object between the caller's bytes and the storage's."""

from typing import Protocol


class Sealing(Protocol):
    """Turns plain bytes into those that are stored, and back. Called from several threads at once."""

    @property
    def overhead(self) -> int:
        """How many bytes `seal` adds at most: parts are cut that much smaller."""

    def seal(self, plain: bytes) -> bytes:
        """The bytes to store, whose SHA-256 becomes the address."""

    def open(self, sealed: bytes) -> bytes:
        """The plain bytes. Raises `IntegrityError` if they were not sealed with the same key."""


class Unsealed:
    """Stores bytes as they are: for what is public, or sealed by the caller."""

    overhead = 0

    def seal(self, plain: bytes) -> bytes:
        """The same bytes."""
        return plain

    def open(self, sealed: bytes) -> bytes:
        """The same bytes."""
        return sealed


UNSEALED = Unsealed()
