"""Fresh sequences of commands as a Hypothesis strategy: the generator of the vectors, with Hypothesis choosing.

Every choice of the generator is an integer that Hypothesis draws, the smaller the simpler, so that a failing sequence
can be shrunk and is kept in the example database.
"""

from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st

from maas_core.protocol.vectors.guided.generator import Generator
from maas_core.protocol.vectors.guided.setups import SETUPS
from maas_core.protocol.vectors.story import Story

MAX_COMMANDS = 60
BEGINNINGS = tuple(name for name in SETUPS if name != "retired")


@dataclass(frozen=True)
class Drawn:
    """A source of the generator's choices."""

    draw: st.DrawFn

    def below(self, bound: int) -> int:
        return self.draw(st.integers(0, bound - 1))


@cache
def beginning(name: str) -> Story:
    """A setup; sequences that begin there do not change it."""
    return SETUPS[name]()


@st.composite
def stories(draw: st.DrawFn, max_commands: int = MAX_COMMANDS) -> Story:
    """A story of up to so many generated commands; `parent` is the setup in which it begins."""
    root = beginning(draw(st.sampled_from(BEGINNINGS)))
    story = root.branch("a fresh sequence")
    generator = Generator(story, Drawn(draw))
    for _ in range(draw(st.integers(1, max_commands))):
        generator.step()
    return story
