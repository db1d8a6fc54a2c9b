"""Whether a pairing can do what a scenario needs: asked before anything starts, and again once all is known."""

from pathlib import Path
from typing import Any

from maas_core.bench.network import Pairing, Place
from maas_core.bench.scenario import FaultKind, Scenario
from maas_core.bench.topology.placing import refuse_devnets, refuse_ledger
from maas_core.errors import UsageError
from maas_core.ledgerio.ordered import as_ledger
from maas_core.ports.backends import OrderedLogBackend
from maas_core.ports.storage import StorageProfile
from maas_core.ports.workflow import LedgerProfile

ANCHOR_BYTES = 700
"""The JSON of one anchor, or a little less."""


def refuse_before(scenario: Scenario, pairing: Pairing, place: Place) -> None:
    """As far as it can be told with nothing started. Raises `UsageError` naming what is lacking."""
    if place.regions is not None:
        refuse_ledger(place.plugins, pairing.ledger)
        refuse_devnets(place.plugins, place.regions.table)
    _refuse_faults(scenario, pairing, place)
    known = {name for name in (pairing.ledger, pairing.storage) if name in place.plugins.devnets.names()}
    for name in scenario.settings.keys() - set(place.plugins.devnets.names()):
        raise UsageError(f"{scenario.name}: settings.{name}: there is no such devnet; accepted: {sorted(known)}")
    refuse(scenario, pairing, _known(place, "ledger", pairing.ledger), _known(place, "storage", pairing.storage))


def _refuse_faults(scenario: Scenario, pairing: Pairing, place: Place) -> None:
    meant = [one for one in scenario.faults if one.ledger in ("", pairing.ledger)]
    if scenario.faults and not meant:
        told = ", ".join(sorted({one.ledger for one in scenario.faults}))
        raise UsageError(f"{scenario.name}: no fault is meant for ledger {pairing.ledger!r}; accepted: {told}")
    started = [place.starts("ledger", pairing.ledger), place.starts("storage", pairing.storage)]
    for fault in meant:
        if fault.kind is not FaultKind.RESTART and not any(started):
            raise UsageError(
                f"{scenario.name}: fault {fault.kind} needs processes of a devnet, and {pairing} has none; "
                f"accepted there: {FaultKind.RESTART}"
            )


def refuse(scenario: Scenario, pairing: Pairing, ledger: LedgerProfile | None, storage: StorageProfile | None) -> None:
    """By what both declare; None: not known yet. Raises `UsageError`."""
    if ledger is not None:
        lacking = scenario.needs.ledger - ledger.abilities
        if lacking:
            raise UsageError(f"{scenario.name} needs what ledger {pairing.ledger!r} does not declare: {_told(lacking)}")
        fits = ledger.max_command_bytes // ANCHOR_BYTES
        if scenario.workload.items > max(fits, 1):
            raise UsageError(
                f"{scenario.name} anchors {scenario.workload.items} machines in one command; "
                f"ledger {pairing.ledger!r} takes about {fits}"
            )
    if storage is not None:
        missing = scenario.needs.storage - storage.abilities
        if missing:
            raise UsageError(
                f"{scenario.name} needs what storage {pairing.storage!r} does not declare: {_told(missing)}"
            )
        if scenario.workload.object_bytes > storage.max_object:
            raise UsageError(
                f"{scenario.name} stores objects of {scenario.workload.object_bytes} bytes; "
                f"storage {pairing.storage!r} takes up to {storage.max_object}"
            )


def _told(abilities: frozenset[Any]) -> str:
    return ", ".join(sorted(str(one) for one in abilities))


def _known(place: Place, kind: str, name: str) -> Any:
    """The profile that a ledger or storage will have; None where only the running network can tell."""
    if place.existing is not None:
        return None
    if not place.starts(kind, name):
        catalogue: Any = place.plugins.ledgers if kind == "ledger" else place.plugins.storages
        return _profile(catalogue.get(name))
    devnet = place.plugins.devnets.get(name)
    settings = place.devnet_settings(name)
    return None if devnet.profile is None else devnet.profile(settings)


def _profile(backend: Any) -> Any:
    """The profile of an embedded backend."""
    known = as_ledger(backend) if isinstance(backend, OrderedLogBackend) else backend
    return known.profile(backend.settings(**backend.embedded(Path())))
