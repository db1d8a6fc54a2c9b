"""A scenario whose participants are where a region table says, not where the scenario does."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from maas_core.bench.scenario import Link, Participant, Scenario

REGIONS = "regions"
"""The key in provenance.json under which a run's regions are."""


def without_links(scenario: Scenario) -> Scenario:
    """For the run: nothing is delayed in clients, since the network delays it."""
    return replace(scenario, links=(), participants={}, network_region="")


def as_placed(scenario: Scenario, provenance: Mapping[str, Any]) -> Scenario:
    """For whoever tells of the run: with regions and distances as they were; without regions, the scenario's own."""
    told = provenance.get(REGIONS)
    if told is None:
        return scenario
    links = tuple(
        Link(tuple(one["between"]), one["rtt_ms"] / 2, one["jitter_ms"], one["source"]) for one in told["pairs"]
    )
    participants = {name: Participant(region) for name, region in told["participants"].items()}
    return replace(scenario, links=links, participants=participants, network_region=told["home"])
