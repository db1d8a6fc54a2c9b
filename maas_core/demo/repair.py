"""Third scene: a machine fails, a watchdog sees it, maintainers bid under seal and repair, telemetry tells recovery."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from maas_core.demo.cast import CAST, Name
from maas_core.demo.consortium import Consortium
from maas_core.demo.result import Stop
from maas_core.maintenance.documents import Report
from maas_core.node import Node
from maas_core.node.maintenance.watching import NEW
from maas_core.ports.downtime import Attribution
from maas_core.protocol.events import MachineStarted, MachineStopped
from maas_core.protocol.records import Invoice, Ticket
from maas_core.protocol.states import InvoiceKind, InvoiceState, MachineState, StopCause, TicketKind, TicketState

MAINTAINERS = (Name.NORTH, Name.SOUTH)
AGENTS = (Name.OEM, Name.CUSTOMER, *MAINTAINERS)
COLD = 45
"""Degrees Fahrenheit below which the furnace counts as failed."""
MINUTES = 60

BIDS = {
    Name.NORTH: {"price": 240_000, "eta": 7200, "distance": 12_000},
    Name.SOUTH: {"price": 310_000, "eta": 3600, "distance": 3_000},
}
"""The cheaper one is farther away."""

REPORTS = (
    (Attribution.CUSTOMER, "The shutdown was the plant's own; checked and started again."),
    (Attribution.OEM, "Burner control replaced."),
)
"""What the maintainers find out, ticket by ticket."""

SERVICE = {
    "version": 1,
    "currency": "EUR",
    "price": 250_000,
    "response": [{"within": 60 * MINUTES, "bonus": 500}, {"penalty": 1000}],
    "repeat": {"days": 90, "penalty": 5000},
}
"""What a maintainer is paid: see `maasctl maintenance` in docs/maintenance.md."""


def config(name: Name, service: str, patience: int) -> dict[str, Any]:
    """The table [maintenance] of a participant; bids are taken for `patience` seconds and opened for as many."""
    if name is Name.CUSTOMER:
        rule = {
            "signal": "temperature", "kind": "threshold", "machines": ["furnace"], "below": str(COLD), "clear": "60",
            "hold": 30 * MINUTES, "recover": 60 * MINUTES, "valid": 60 * MINUTES,
        }  # fmt: skip
        tickets = {
            "selection": "sealed", "commit_seconds": patience, "reveal_seconds": patience,
            "deadline_seconds": 86_400, "payer": "oem", "service": service,
        }  # fmt: skip
        return {"margin": 1, "rules": {"cold": rule}, "tickets": tickets, "owner": {"on_recovery": "start"}}
    if name is Name.OEM:
        return {"owner": {"accept_bills": True, "claim_repeats": True}}
    return {
        "margin": 1, "strategy": "fixed-price", "settings": BIDS[name],
        "maintainer": {"bill": True, "accept_claims": True},
    }  # fmt: skip


def repair(consortium: Consortium, furnace: bytes, say: Callable[[str], None]) -> tuple[Stop, ...]:
    """Let watchdog and agents work until every failure is repaired; returns the machine's stops."""
    customer = consortium[Name.CUSTOMER]
    customer.maintenance.watch()

    def work() -> bool:
        told = [f"{name}: {line}" for name in AGENTS for line in consortium[name].maintenance.step()]
        for line in told:
            say(line)
        for name in MAINTAINERS:
            _complete_jobs(consortium[name], furnace)
        return not told and _all_repaired(customer, furnace) and _all_billed(consortium, furnace)

    consortium.until(work, "the furnace's repair")
    return stops(customer, furnace)


def service_bills(node: Node) -> list[Invoice]:
    """The invoices for repairs, and claims for repeated failures."""
    return [seen.record for seen in node.invoices.all() if seen.record.kind == InvoiceKind.SERVICE]


def _all_billed(consortium: Consortium, furnace: bytes) -> bool:
    """Every repair is billed, every bill accepted, and nobody has anything on its way."""
    bills = service_bills(consortium[Name.OEM])
    repairs = [one for one in bills if one.issuer != CAST[Name.OEM].party]
    return (
        len(repairs) == len(stops(consortium[Name.OEM], furnace))
        and all(one.state == InvoiceState.ACCEPTED for one in bills)
        and all(consortium[name].maintenance.settled() for name in AGENTS)
    )


def _complete_jobs(maintainer: Node, furnace: bytes) -> None:
    """What is ours is done; the first stop was the plant's own doing, the second one the machine's."""
    for job in maintainer.maintenance.jobs():
        stopped_at = maintainer.machines.get(furnace).record.last_at
        own, done = REPORTS[min(job.subject.n, len(REPORTS)) - 1]
        maintainer.maintenance.complete(furnace, TicketKind.REACTIVE, Report(own, done, stopped_at + 60 * MINUTES))


def _all_repaired(customer: Node, furnace: bytes) -> bool:
    alarms = customer.maintenance.watchdog.alarms(furnace)
    ticket = customer.records.find(Ticket, ("ticket", furnace, TicketKind.REACTIVE))
    return (
        ticket is not None
        and ticket.record.state == TicketState.CLOSED
        and all(one.outcome != NEW for one in alarms)
        and customer.machines.get(furnace).record.state == MachineState.EXECUTED
        and customer.maintenance.settled()
    )


def stops(node: Node, machine: bytes) -> tuple[Stop, ...]:
    """A machine's stops from the ledger's events."""
    found: list[Stop] = []
    for entry in node.machines.history(machine):
        if isinstance(entry.event, MachineStopped):
            found.append(Stop(node.aliases.name_of("machine", machine), cause(entry.event), entry.event.at, None))
        elif isinstance(entry.event, MachineStarted) and found and found[-1].until is None:
            found[-1] = replace(found[-1], until=entry.event.at)
    return tuple(found)


def cause(event: MachineStopped) -> str:
    """Why a machine was stopped, for people."""
    return StopCause(event.cause).name.lower()
