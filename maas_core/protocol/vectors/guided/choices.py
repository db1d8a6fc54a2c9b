"""Where choices come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol, TypeVar

T = TypeVar("T")


class Source(Protocol):
    """A source of choices; the smaller the number, the simpler what is made of it."""

    def below(self, bound: int, /) -> int:
        """A number in [0, bound)."""


class SeededSource:
    """Choices from a seed, the same with every version of Python: `Random.random` is documented to be stable."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - reproducible is what it is for

    def below(self, bound: int, /) -> int:
        """A number in [0, bound)."""
        return int(self._random.random() * bound)


class Simplest:
    """Always the simplest choice."""

    def below(self, _bound: int, /) -> int:
        """Zero."""
        return 0


@dataclass(frozen=True)
class Choices:
    """What can be done with a source."""

    source: Source

    def below(self, bound: int) -> int:
        """A number in [0, bound)."""
        return self.source.below(bound)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options; the first is the simplest."""
        return options[self.source.below(len(options))] if len(options) > 1 else options[0]

    def chance(self, percent: int) -> bool:
        """True in that many of 100 cases; no is the simplest."""
        return self.source.below(100) >= 100 - percent

    def weighted(self, options: Sequence[tuple[int, T]]) -> T:
        """One of the options, each as often as its weight says."""
        rest = self.source.below(sum(weight for weight, _ in options))
        for weight, option in options:
            if rest < weight:
                return option
            rest -= weight
        raise AssertionError("weights are positive")
