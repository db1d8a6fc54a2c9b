"""Whether a pairing can do what a scenario needs: asked before anything starts, and again once all is known."""

from pathlib import Path
from typing import Any

from maas_core.bench.network import Pairing, Place
from maas_core.bench.scenario import FaultKind, Scenario
from maas_core.errors import UsageError
from maas_core.ledgerio.ordered import as_ledger
from maas_core.ports.backends import OrderedLogBackend
from maas_core.ports.storage import StorageProfile
from maas_core.ports.workflow import LedgerProfile

ANCHOR_BYTES = 700
"""The JSON of one anchor, or a little less."""


def refuse_before(scenario: Scenario, pairing: Pairing, place: Place) -> None:
    """As far as it can be told with nothing started. Raises `UsageError` naming what is lacking."""
    started = [kind for kind, name in (("ledger", pairing.ledger), ("storage", pairing.storage))
               if place.starts(kind, name)]  # fmt: skip
    for fault in scenario.faults:
        if fault.kind is not FaultKind.RESTART and not started:
            raise UsageError(
                f"{scenario.name}: fault {fault.kind} needs processes of a devnet, and {pairing} has none; "
                f"accepted there: {FaultKind.RESTART}"
            )
    known = {name for name in (pairing.ledger, pairing.storage) if name in place.plugins.devnets.names()}
    for name in scenario.settings.keys() - set(place.plugins.devnets.names()):
        raise UsageError(f"{scenario.name}: settings.{name}: there is no such devnet; accepted: {sorted(known)}")
    ledger = _profile(place.plugins.ledgers.get(pairing.ledger))
    storage = _profile(place.plugins.storages.get(pairing.storage))
    refuse(scenario, pairing, ledger, storage)


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


def _profile(backend: Any) -> Any:
    """The profile with the settings of an embedded backend, or defaults; None where they depend on the network."""
    known = as_ledger(backend) if isinstance(backend, OrderedLogBackend) else backend
    given = {} if backend.embedded is None else backend.embedded(Path())
    try:
        settings = backend.settings(**given)
    except (TypeError, ValueError):
        return None
    return known.profile(settings)
