"""A participant's client, opened by its config, and how far it is from the network."""

import time
from statistics import median
from typing import Any

from maas_core.config.sections import NodeConfig
from maas_core.ports.backends import Context, LedgerBackend, OpenLedger
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.protocol.model.state import DEPLOYMENT

PROBES = 9
PROBE_SECONDS = 5.0
CLOCK = SystemClock()


def open_ledger(config: NodeConfig) -> OpenLedger:
    """A connection of its own."""
    backend: LedgerBackend = config.ledger.backend
    signer = None if config.signer is None else config.signer.backend.open(config.signer.settings, config.directory)
    return backend.open(config.ledger.settings, Context(CLOCK, signer, config.directory))


def read_seconds(opened: OpenLedger) -> float:
    """Median seconds of reading the deployment's record; closes the ledger.

    Not of asking for the newest block: some backends are told of blocks and answer that by themselves.
    """
    try:
        return median_seconds(lambda: opened.workflow.read_record(DEPLOYMENT, soon()))
    finally:
        opened.workflow.close()


def median_seconds(call: Any) -> float:
    """Of several calls, after one that makes connections."""
    call()
    took = []
    for _ in range(PROBES):
        begun = time.perf_counter()
        call()
        took.append(time.perf_counter() - begun)
    return median(took)


def soon() -> Deadline:
    """What one call may take."""
    return Deadline.after(CLOCK, PROBE_SECONDS)
