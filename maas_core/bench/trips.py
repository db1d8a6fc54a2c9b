"""Round trips before and after runs, as the report shows them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from maas_core.bench.measured import Measured
from maas_core.bench.record import RoundTrips
from maas_core.bench.scenario import Scenario
from maas_core.bench.words import seconds

Pick = Callable[[RoundTrips], Sequence[float]]


@dataclass(frozen=True, slots=True)
class TripTable:
    """A line for each pairing."""

    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    """Cells: medians over runs, before / after."""


def trip_table(scenario: Scenario, measured: Sequence[Measured], places: Mapping[str, str]) -> TripTable:
    """From participants to their ledger, to the storage, and to all processes of the network.

    `places`: the regions that participants really were in, instead of the scenario's.
    """
    actors = list(dict.fromkeys(name for one in measured for name in one.run.before.ledger))
    picks: dict[str, Pick] = {_where(scenario, actor, places): _to_ledger(actor) for actor in actors}
    picks["customer to its storage"] = lambda trips: [trips.storage]
    if any(one.run.before.endpoints for one in measured):
        picks["connecting to the network's processes"] = lambda trips: [
            took for took in trips.endpoints.values() if took is not None
        ]
    names = dict.fromkeys(one.run.pairing for one in measured)
    runs = {name: [one.run for one in measured if one.run.pairing == name] for name in names}
    rows = [
        (name, [f"{_cell([one.before for one in own], pick)} / {_cell([one.after for one in own], pick)}"
                for pick in picks.values()])
        for name, own in runs.items()
    ]  # fmt: skip
    return TripTable(list(picks), rows)


def _to_ledger(actor: str) -> Pick:
    return lambda trips: [trips.ledger[actor]] if actor in trips.ledger else []


def _where(scenario: Scenario, actor: str, places: Mapping[str, str]) -> str:
    region = places.get(actor) or scenario.region(actor)
    link = scenario.link(region)
    added = f", {link.delay_ms:g} ms added one way" if link and not places else ""
    return f"{actor}{f' in {region}' if region else ''} to its ledger{added}"


def _cell(trips: Sequence[RoundTrips], pick: Pick) -> str:
    found = [took for one in trips for took in pick(one)]
    return seconds(float(np.median(found))) if found else "none"
