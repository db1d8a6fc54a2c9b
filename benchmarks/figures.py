"""The one thing that benchmarks return."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value; `target` is the least (or, when `better` is lower, the most) that is good enough."""

    name: str
    value: float
    unit: str
    target: float | None = None
    better: Literal["higher", "lower"] = "higher"

    @property
    def met(self) -> bool:
        """Say if the target is reached; a figure without one is always good."""
        if self.target is None:
            return True
        return self.value >= self.target if self.better == "higher" else self.value <= self.target
