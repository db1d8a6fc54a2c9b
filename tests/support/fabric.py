"""Ledgers of a devnet's participants."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from maas_ledger_fabric.devnet.access import access_of, config_of
from maas_ledger_fabric.devnet.network import FabricDevnet
from maas_ledger_fabric.devnet.plan import Plan
from maas_ledger_fabric.opening import open_ledger
from maas_ledger_fabric.pem_signer import read_signer
from maas_ledger_fabric.settings import Settings

from maas_core.config.problems import Problems
from maas_core.config.reading import Reader
from maas_core.ports.backends import Context, OpenLedger
from maas_core.ports.clock import Clock, SystemClock
from maas_core.testing.ledger_network import PARTICIPANTS, Network


def settings_of(tables: dict[str, Any], **changes: Any) -> Settings:
    """The settings that a participant's tables say."""
    problems = Problems("access")
    read = Reader(Path.cwd(), {}, problems).table(Settings, tables["ledger"]["settings"], ())
    assert isinstance(read, Settings), problems.lines
    return replace(read, **changes)


def tables_of(plan: Plan, participant: str) -> dict[str, Any]:
    """What the devnet tells a participant to write into its config."""
    return next(one.config for one in access_of(plan) if one.participant == participant)


def ledger_of(devnet: FabricDevnet, participant: str, clock: Clock | None = None, **changes: Any) -> OpenLedger:
    """A participant's open ledger."""
    return opened(tables_of(devnet.plan, participant), clock, **changes)


def user_ledger(devnet: FabricDevnet, org: str, user: str, **changes: Any) -> OpenLedger:
    """The open ledger of any user of an organisation."""
    return opened(config_of(devnet.plan, devnet.plan.org(org), user), None, **changes)


def opened(tables: dict[str, Any], clock: Clock | None = None, **changes: Any) -> OpenLedger:
    """The ledger that tables describe."""
    signer = read_signer(Path(tables["signer"]["settings"]["key"]))
    return open_ledger(settings_of(tables, **changes), Context(clock or SystemClock(), signer, Path.cwd()))


@contextmanager
def playing(devnet: FabricDevnet, names: Sequence[str] = PARTICIPANTS, **changes: Any) -> Iterator[Network]:
    """The suite's participants, each through its own organisation's peer."""
    ledgers = {name: ledger_of(devnet, name, **changes) for name in names}
    try:
        yield Network(ledgers, patience=30, moment=6)
    finally:
        for ledger in ledgers.values():
            ledger.workflow.close()


def wait_until(condition: Callable[[], Any], seconds: float, what: str) -> None:
    """Wait for a condition of the network. Raises `TimeoutError`."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"after {seconds:g} s: {what}")
        time.sleep(0.05)
