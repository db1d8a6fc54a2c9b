"""What a set of vectors reaches: outcomes, checks, bounds and cells of every command."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from maas_core.protocol.commands import COMMANDS
from maas_core.protocol.model import EMPTY, State
from maas_core.protocol.rejections import Rejection
from maas_core.protocol.vectors.cast import identity
from maas_core.protocol.vectors.features import Feature, all_features, features_of
from maas_core.protocol.vectors.reach import UNREACHABLE, is_near
from maas_core.protocol.vectors.story import Overwrite, Records, Step, Vector, apply_to
from maas_core.protocol.wire import command_name


@dataclass
class Coverage:
    """Counts over the steps of vectors."""

    accepted: Counter[str] = field(default_factory=Counter)
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    features: Counter[Feature] = field(default_factory=Counter)
    steps: int = 0

    def add_step(self, state: State, step: Step) -> None:
        """Count a step that is taken in `state`."""
        name = command_name(type(step.command))
        self.steps += 1
        self.features.update(features_of(state, step.command, identity(step.sender), step.time))
        if isinstance(step.outcome, Rejection):
            self.codes[name, step.outcome.code.name] += 1
        else:
            self.accepted[name] += 1

    def __add__(self, other: "Coverage") -> "Coverage":
        return Coverage(
            self.accepted + other.accepted,
            self.codes + other.codes,
            self.features + other.features,
            self.steps + other.steps,
        )

    def refused(self, name: str) -> int:
        """How many commands of this name were refused."""
        return sum(count for (command, _), count in self.codes.items() if command == name)

    def share(self) -> float:
        """The part of all steps that is accepted."""
        return sum(self.accepted.values()) / max(self.steps, 1)

    def unreached(self) -> list[str]:
        """Of what generated sequences can be expected to reach, what none does."""
        reached = {str(one) for one in self.features}
        return sorted({str(one) for one in all_features() if is_near(one)} - reached)

    def missing(self) -> list[str]:
        """What exists and no vector reaches, and what was said to be unreachable and is not."""
        reached = {str(one) for one in self.features}
        wanted = {str(one) for one in all_features()}
        return [
            *(f"no {command_name(one)} is accepted" for one in COMMANDS if not self.accepted[command_name(one)]),
            *(f"never reached: {one}" for one in sorted(wanted - reached - UNREACHABLE.keys())),
            *(f"said to be unreachable, but reached: {one}" for one in sorted(reached & UNREACHABLE.keys())),
            *(
                f"said to be unreachable, but there is no such check: {one}"
                for one in sorted(UNREACHABLE.keys() - wanted)
            ),
        ]


def coverage_of(files: Iterable[Sequence[Vector]], *, counts_setups: bool = True) -> Coverage:
    """What the vectors of these files reach together; setups are the vectors without a seed."""
    coverage = Coverage()
    for vectors in files:
        ends: dict[str | None, Records] = {None: EMPTY}
        for vector in vectors:
            state = ends[vector.after]
            for step in vector.steps:
                if isinstance(step, Step) and (counts_setups or vector.seed is not None):
                    coverage.add_step(state, step)
                state = _after(state, step)
            ends[vector.name] = state
    return coverage


def _after(state: Records, step: Step | Overwrite) -> Records:
    if isinstance(step, Overwrite):
        return state.set(step.key, replace(state[step.key], **{step.field: step.value}))
    return state if isinstance(step.outcome, Rejection) else apply_to(state, step.outcome)
