"""A quick decoder for ABI data without arrays and tuples, which nearly all events are: a node reads each of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

WORD = 32
KIND = re.compile(r"(uint|bytes)(\d*)")


class Malformed(ValueError):
    """The data does not have the form that the types ask for."""


@dataclass(frozen=True, slots=True)
class Flat:
    """How to read each word: ("uint", bits), ("bytes", size), or ("bytes", 0) for bytes of any length."""

    kinds: tuple[tuple[str, int], ...]

    def decode(self, data: bytes) -> tuple[int | bytes, ...]:
        """The values. Raises `Malformed` for missing words, values too large, and padding that is not zero."""
        if len(data) < WORD * len(self.kinds):
            raise Malformed("it is too short")
        return tuple(self._value(kind, size, data, WORD * place) for place, (kind, size) in enumerate(self.kinds))

    @staticmethod
    def _value(kind: str, size: int, data: bytes, start: int) -> int | bytes:
        word = data[start : start + WORD]
        if kind == "bytes" and size:
            if word[size:].strip(b"\0"):
                raise Malformed("its padding is not zero")
            return word[:size]
        number = int.from_bytes(word, "big")
        if kind == "uint":
            if number >> size:
                raise Malformed(f"{number} does not fit {size} bits")
            return number
        return _any_length(data, number)


def flat(types: Sequence[str]) -> Flat | None:
    """The decoder for these types; None if one of them is an array or a tuple."""
    found = [KIND.fullmatch(one) for one in types]
    if any(one is None for one in found):
        return None
    return Flat(tuple((one[1], int(one[2] or 0)) for one in found if one is not None))


def _any_length(data: bytes, offset: int) -> bytes:
    size = int.from_bytes(data[offset : offset + WORD], "big")
    begin = offset + WORD
    padded = begin + (size + WORD - 1) // WORD * WORD
    if padded > len(data):
        raise Malformed("it is too short")
    if data[begin + size : padded].strip(b"\0"):
        raise Malformed("its padding is not zero")
    return data[begin : begin + size]
