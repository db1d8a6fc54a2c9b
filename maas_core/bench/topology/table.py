"""The region table (TOML): which regions there are, what lies between them, and who is where."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from maas_core.bench.scenario import ACTORS
from maas_core.config.reading import read_table
from maas_core.config.sources import read_file

MOST_REGIONS = 12


def _help(text: str, **bounds: Any) -> dict[str, Any]:
    return {"help": text, **bounds}


@dataclass(frozen=True, slots=True)
class Pair:
    """What lies between two regions, the same in both directions."""

    between: tuple[str, ...] = field(metadata=_help("Two regions."))
    rtt_ms: float = field(metadata=_help("Round trip; half of it is added each way.", min=0, max=10_000))
    jitter_ms: float = field(
        default=0.0, metadata=_help("Standard deviation of the delay, each way; order is kept.", min=0, max=5_000)
    )
    loss: float = field(default=0.0, metadata=_help("Share of packets that are lost, each way.", min=0, max=0.5))
    mbit: float = field(default=100.0, metadata=_help("Megabits a second, each way.", min=0.1, max=1_000))
    source: str = field(default="", metadata=_help("Where the figures are from."))

    def __post_init__(self) -> None:
        if len(self.between) != 2 or self.between[0] == self.between[1]:
            raise ValueError(f"between: names {' and '.join(self.between) or 'none'}; accepted: two different regions")

    @property
    def one_way(self) -> float:
        """Seconds."""
        return self.rtt_ms / 2000


@dataclass(frozen=True, slots=True)
class RegionTable:
    """A whole table."""

    regions: tuple[str, ...] = field(metadata=_help("Names of all regions."))
    home: str = field(metadata=_help("Where everything is of which this table says nothing."))
    pairs: tuple[Pair, ...] = field(metadata=_help("One for each two regions."))
    participants: Mapping[str, str] = field(default_factory=dict, metadata=_help("Regions of participants."))
    processes: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict,
        metadata=_help("By devnet, regions of its processes as `maasctl devnet status` names them."),
    )
    seed: int = field(default=1, metadata=_help("Fixes which packets are lost or late.", min=0))

    def __post_init__(self) -> None:
        if len(set(self.regions)) < len(self.regions) or not 2 <= len(self.regions) <= MOST_REGIONS:
            raise ValueError(f"regions: accepted: from 2 to {MOST_REGIONS} names, each once")
        self._require_known("home", [self.home])
        for number, pair in enumerate(self.pairs):
            self._require_known(f"pairs.{number}", pair.between)
        wanted = {frozenset(two) for two in combinations(self.regions, 2)}
        given = [frozenset(one.between) for one in self.pairs]
        if len(set(given)) < len(given):
            raise ValueError("pairs: two are between the same regions; accepted: one for each two regions")
        for lacking in sorted(" and ".join(sorted(two)) for two in wanted - set(given)):
            raise ValueError(f"pairs: none is between {lacking}; accepted: one for each two regions")
        for name in self.participants.keys() - set(ACTORS):
            raise ValueError(f"participants: there is no {name!r}; accepted: {', '.join(ACTORS)}")
        self._require_known("participants", self.participants.values())
        for devnet, processes in self.processes.items():
            self._require_known(f"processes.{devnet}", processes.values())

    def _require_known(self, key: str, names: Any) -> None:
        for name in names:
            if name not in self.regions:
                raise ValueError(f"{key}: there is no region {name!r}; accepted: {', '.join(self.regions)}")

    def region(self, participant: str) -> str:
        """Where a participant is."""
        return self.participants.get(participant, self.home)

    def pair(self, first: str, second: str) -> Pair | None:
        """What lies between two regions; None: they are the same."""
        return next((one for one in self.pairs if set(one.between) == {first, second}), None)

    def rtt_ms(self, first: str, second: str) -> float:
        """The intended round trip."""
        pair = self.pair(first, second)
        return 0.0 if pair is None else pair.rtt_ms

    def directions(self) -> Iterator[tuple[str, str]]:
        """Every region with every other one."""
        return ((one, other) for one in self.regions for other in self.regions if one != other)


def load_table(file: Path) -> RegionTable:
    """The table in a file. Raises `ConfigError` with a line for each thing that is wrong."""
    return read_table(RegionTable, read_file(file), str(file), file.absolute().parent)
