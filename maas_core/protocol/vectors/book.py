"""All vector files and the document about them, as texts by path."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from maas_core.protocol.vectors.coverage import coverage_of
from maas_core.protocol.vectors.directed import (
    bidding,
    consortium,
    governance,
    invoices,
    limits,
    machines,
    telemetry,
    tickets,
    timeless,
    times,
    votes,
)
from maas_core.protocol.vectors.files import FOLDER, render
from maas_core.protocol.vectors.guided.sequences import sequences
from maas_core.protocol.vectors.report import report
from maas_core.protocol.vectors.story import Story, StoryError, Vector

ROOMS: dict[str, Callable[[], list[Story]]] = {
    "consortium": consortium.stories,
    "governance": governance.stories,
    "votes": votes.stories,
    "machines": machines.stories,
    "telemetry": telemetry.stories,
    "invoices": invoices.stories,
    "tickets": tickets.stories,
    "bidding": bidding.stories,
    "limits": limits.stories,
    "time_steps_back": times.stories,
    "timeless": timeless.stories,
}


DOCUMENT = Path("docs/protocol-coverage.md")
LEAST_SHARE = 0.4
"""The part of the steps of generated sequences that is accepted."""


@dataclass(frozen=True, slots=True)
class Book:
    """Texts by path, and what keeps the book from being good."""

    texts: dict[Path, str]
    faults: list[str]
    summary: str


def make_book() -> Book:
    """Play all vectors on the model and write them down."""
    directed = {name: _flat(stories()) for name, stories in ROOMS.items()}
    generated = {f"sequences_{name}": _flat([story]) for name, story in sequences().items()}
    by_hand = coverage_of(directed.values())
    made_up = coverage_of(generated.values(), counts_setups=False)
    count = sum(vector.seed is not None for vectors in generated.values() for vector in vectors)
    document = report(by_hand, made_up, count)
    texts = {FOLDER / f"{name}.json": render(vectors) for name, vectors in (directed | generated).items()}
    faults = (by_hand + made_up).missing() + [f"no generated sequence reaches: {one}" for one in made_up.unreached()]
    if made_up.share() < LEAST_SHARE:
        faults.append(f"only {made_up.share():.1%} of the generated steps are accepted")
    return Book(texts | {DOCUMENT: document}, faults, document[: document.index("## Checks")])


def _flat(stories: list[Story]) -> list[Vector]:
    vectors = [vector for story in stories for vector in story.vectors()]
    counts = Counter(vector.name for vector in vectors)
    if twice := [name for name, count in counts.items() if count > 1]:
        raise StoryError(f"names used twice: {', '.join(twice)}")
    return vectors
