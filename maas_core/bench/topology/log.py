"""What a run learns of its regions: how far they were meant to be from each other, and how far they were."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from maas_core.bench.network import Network, Pairing
from maas_core.bench.scenario import ACTORS
from maas_core.bench.topology.placed import REGIONS
from maas_core.bench.topology.regions import NOBODY, Regions
from maas_core.bench.topology.table import RegionTable

Trips = dict[str, dict[str, float | None]]


@dataclass
class RegionLog:
    """For provenance.json. Without regions there is nothing in it."""

    regions: Regions | None
    file: Path | None
    _measured: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def around(self, pairing: Pairing, repetition: int, network: Network) -> Iterator[None]:
        """Measure round trips before and after what is done with a network. Raises `UnavailableError`."""
        if self.regions is None:
            yield
            return
        processes = {one.name: one.address for one in network.ledger_processes() if one.address}
        before = _trips(self.regions, processes)
        yield
        after = _trips(self.regions, processes)
        self._measured.append(
            {
                "pairing": str(pairing),
                "repetition": repetition,
                "between_regions": _both(self.regions.table.regions, before, after),
                "to_processes": {
                    actor: {
                        name: {
                            "before": before[region][address],
                            "after": after[region][address],
                        }
                        for name, address in processes.items()
                    }
                    for actor in ACTORS
                    if (region := self.regions.table.region(actor))
                },
            }
        )

    def told(self) -> dict[str, Any]:
        """What is known by now; seconds."""
        if self.regions is None or self.file is None:
            return {}
        table = self.regions.table
        return {
            REGIONS: {
                "emulation": self.regions.emulation,
                "table_sha256": hashlib.sha256(self.file.read_bytes()).hexdigest(),
                "intended": _intended(table),
                "pairs": [asdict(one) for one in table.pairs],
                "participants": {name: table.region(name) for name in ACTORS},
                "home": table.home,
                "processes": {devnet: dict(told) for devnet, told in table.processes.items()},
                "measured": self._measured,
                "relay": None if self.regions.carried is None else asdict(self.regions.carried),
            }
        }


def _intended(table: RegionTable) -> dict[str, dict[str, float]]:
    return {
        one: {other: table.rtt_ms(one, other) / 1000 for other in table.regions if other != one}
        for one in table.regions
    }


def _trips(regions: Regions, processes: dict[str, str]) -> Trips:
    """From each region to the others, by name, and to processes, by address."""
    names = {f"{regions.space(name).address}:{NOBODY}": name for name in regions.table.regions}
    targets = {
        region: [address for address, name in names.items() if name != region] + list(processes.values())
        for region in regions.table.regions
    }
    found = regions.measure(targets)
    return {region: {names.get(key, key): value for key, value in row.items()} for region, row in found.items()}


def _both(regions: tuple[str, ...], before: Trips, after: Trips) -> dict[str, dict[str, dict[str, float | None]]]:
    return {
        one: {other: {"before": before[one][other], "after": after[one][other]} for other in regions if other != one}
        for one in regions
    }
