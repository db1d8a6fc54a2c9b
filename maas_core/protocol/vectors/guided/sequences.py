"""The generated vectors: sequences from fixed seeds, grouped by where they begin."""

from maas_core.protocol.vectors.features import Wanted, all_features
from maas_core.protocol.vectors.guided.choices import SeededSource
from maas_core.protocol.vectors.guided.generator import Generator
from maas_core.protocol.vectors.guided.setups import SETUPS
from maas_core.protocol.vectors.reach import is_near
from maas_core.protocol.vectors.story import Story

SEQUENCES: dict[str, tuple[int, int]] = {
    "nothing": (30, 20),
    "six": (70, 18),
    "board": (90, 16),
    "everybody": (60, 14),
    "work": (110, 18),
    "museum": (130, 16),
    "retired": (10, 16),
}
"""Where they begin -> how many sequences of how many steps."""
FIRST_SEED = 20_220_101


def sequences() -> dict[str, Story]:
    """A story for each beginning, the sequences as its children."""
    wanted = Wanted(filter(is_near, all_features()))
    seed = FIRST_SEED
    stories = {}
    for label, (count, steps) in SEQUENCES.items():
        root = SETUPS[label]()
        for index in range(count):
            _sequence(root, seed, steps, wanted, tries=8 if index < count * 9 // 10 else 80)
            seed += 1
        stories[label] = root
    return stories


def _sequence(root: Story, seed: int, steps: int, wanted: Wanted, tries: int) -> None:
    generator = Generator(root.then(f"sequence {seed}", seed=seed), SeededSource(seed), wanted, tries)
    for _ in range(steps):
        generator.step()
