"""What the parties of a simulation want to do: plausible commands from what each one sees."""

from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol.model.overlay import Overlay
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import (
    ActionKind,
    AnchorKind,
    InvoiceKind,
    InvoiceState,
    MachineState,
    Role,
    SelectionPolicy,
    StopCause,
    TicketKind,
    TicketState,
)
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.testing.sim_ledger import SimChain, SimTransaction

BOARD, OEM, CUSTOMER, MAINTAINER, RIVAL = 1, 2, 3, 4, 5
ROLES = {OEM: Role.OEM, CUSTOMER: Role.CUSTOMER, MAINTAINER: Role.MAINTAINER, RIVAL: Role.MAINTAINER}
IDENTITIES = {number: bytes([number]) * 32 for number in (BOARD, *ROLES)}
MACHINES = [number.to_bytes(16, "big") for number in range(1, 3)]
CLASS = 1
TERMS = b"t" * 32
ANY = b"a" * 32
DEPTH = 6
FIRST_COME = c.Selection(SelectionPolicy.FCFS, 0, 0, 0, 0, 0, 0, 0, 0)
FAR = 100_000
"""Seconds until deadlines that no schedule reaches."""


@cache
def _founding(time: int) -> SimChain:
    chain = SimChain(time)
    board = IDENTITIES[BOARD]
    rules = Rules(1, 86_400, 100, 86_400, 86_400, DEPTH)
    _put(chain, board, c.Found(b"d" * 32, ZERO_DIGEST, b"p" * 32, rules))
    for number, role in ROLES.items():
        action = c.Action(ActionKind.INVITE, number, IDENTITIES[number], role, 0, 0, ZERO_DIGEST)
        _put(chain, board, c.Propose(number.to_bytes(16, "big"), action))
        _put(chain, IDENTITIES[number], c.Join(b"p" * 32))
    for version, number in enumerate((MAINTAINER, RIVAL)):
        _put(chain, IDENTITIES[OEM], c.Accredit(number, CLASS, version))
    _put(chain, IDENTITIES[OEM], _registration(MACHINES[0]))
    _put(chain, IDENTITIES[CUSTOMER], c.AcceptMachine(MACHINES[0], 1, TERMS))
    _put(chain, IDENTITIES[CUSTOMER], _anchor(MACHINES[0], 1, 1))
    _put(chain, IDENTITIES[OEM], _open_ticket(MACHINES[0], 1, time))
    return chain


def _put(chain: SimChain, sender: bytes, command: c.Command) -> None:
    transaction = SimTransaction(b"setup %26d" % len(chain.pool), sender, command, None)
    chain.pool[transaction.id] = transaction
    chain.adopt(chain.mine(chain.head.ref.time + 1))


def founded(time: int) -> SimChain:
    """A chain on whose first blocks a deployment with five parties was founded."""
    chain, template = SimChain(time), _founding(time)
    chain.head = template.head
    chain.blocks.update(template.blocks)
    return chain


class Story:
    """One party's wishes."""

    def __init__(self, party: int) -> None:
        self._party = party
        self._ids = count(1)

    def next_id(self) -> bytes:
        """A new submission id."""
        return b"%2d%14d" % (self._party, next(self._ids))

    def next_commands(self, seen: Overlay, now: int) -> list[c.Command]:
        """What the party would do about each machine, by the state that it sees."""
        wishes = {OEM: self._oem, CUSTOMER: self._customer, MAINTAINER: self._maintainer, RIVAL: self._maintainer}
        if self._party not in wishes:
            return [c.UpdateProfile(seen["party", self._party].version, ANY)] if ("party", self._party) in seen else []
        return [command for machine in MACHINES for command in wishes[self._party](machine, seen, now)]

    def _oem(self, machine: bytes, seen: Overlay, now: int) -> Iterator[c.Command]:
        record = seen.get(("machine", machine))
        if record is None:
            yield _registration(machine)
            return
        head, billed = seen.get(("anchor_head", machine)), seen.get(("billing_head", machine))
        if head is not None and billed is not None and head.seq > billed.billed_seq:
            yield self._invoice(machine, head, billed, now)
        for invoice in _invoices(machine, seen):
            if invoice.state == InvoiceState.DISPUTED:
                yield c.ReviseInvoice(invoice.invoice, invoice.version, invoice.claim, ANY, now + FAR)
            elif invoice.state == InvoiceState.ACCEPTED:
                yield c.SettleInvoice(invoice.invoice, invoice.version, ANY)
        yield from self._ticket(machine, seen, now)

    @staticmethod
    def _invoice(machine: bytes, head: Any, billed: Any, now: int) -> c.IssueInvoice:
        begin = billed.billed_to or 1
        return c.IssueInvoice(
            _invoice_id(machine, billed.billed_seq + 1), CUSTOMER, machine, InvoiceKind.PERIOD, 0, begin,
            head.window_to, billed.billed_seq + 1, head.seq + 1, 1_000, 978, ANY, now + FAR,
        )  # fmt: skip

    @staticmethod
    def _ticket(machine: bytes, seen: Overlay, now: int) -> Iterator[c.Command]:
        ticket = seen.get(("ticket", machine, TicketKind.PREVENTIVE))
        n = 1 if ticket is None else ticket.n + 1
        if ticket is None or ticket.state in (TicketState.CLOSED, TicketState.CANCELLED):
            yield _open_ticket(machine, n, now)
        elif ticket.state == TicketState.OPEN and ticket.selection.policy == SelectionPolicy.SCORED:
            yield c.AwardTicket(machine, ticket.kind, ticket.n, ticket.version)
        elif ticket.state == TicketState.COMPLETED:
            yield c.CloseTicket(machine, ticket.kind, ticket.n, ticket.version, 5)

    def _customer(self, machine: bytes, seen: Overlay, now: int) -> Iterator[c.Command]:
        record = seen.get(("machine", machine))
        if record is None:
            return
        version, at = record.version, record.last_at
        match record.state:
            case MachineState.REGISTERED:
                yield c.AcceptMachine(machine, version, TERMS)
            case MachineState.ACCEPTED:
                yield c.StartMachine(machine, version, at + 1)
            case MachineState.EXECUTED:
                yield c.StopMachine(machine, version, at + 1, StopCause.OPERATOR, ZERO_DIGEST)
            case MachineState.STOPPED:
                yield c.ResetMachine(machine, version, at + 1)
        head = seen.get(("anchor_head", machine))
        if head is not None:
            yield _anchor(machine, head.seq + 1, head.window_to or 1)
        for invoice in _invoices(machine, seen):
            if invoice.state == InvoiceState.ISSUED and invoice.amount > 900:
                yield c.DisputeInvoice(invoice.invoice, invoice.version, 900, ANY, 0, ZERO_DIGEST)
            elif invoice.state == InvoiceState.ISSUED:
                yield c.AcceptInvoice(invoice.invoice, invoice.version)
        yield from self._ticket(machine, seen, now)

    def _maintainer(self, machine: bytes, seen: Overlay, now: int) -> Iterator[c.Command]:
        ticket = seen.get(("ticket", machine, TicketKind.PREVENTIVE))
        if ticket is None:
            return
        if ticket.state == TicketState.ASSIGNED and ticket.assignee == self._party:
            yield c.CompleteTicket(machine, ticket.kind, ticket.n, ticket.version, ANY)
        elif ticket.state == TicketState.OPEN and ticket.selection.policy == SelectionPolicy.SCORED:
            yield c.Bid(machine, ticket.kind, ticket.n, 100 + self._party, 60, 1_000, ZERO_DIGEST)
        elif ticket.state == TicketState.OPEN:
            yield c.AcceptTicket(machine, ticket.kind, ticket.n, ticket.version)


def _registration(machine: bytes) -> c.RegisterMachine:
    return c.RegisterMachine(machine, OEM, CUSTOMER, CLASS, b"s" * 32, TERMS, 60, 86_400)


def _anchor(machine: bytes, seq: int, begin: int) -> c.AnchorTelemetry:
    return c.AnchorTelemetry(
        (c.AnchorItem(machine, seq, AnchorKind.REGULAR, 0, begin, begin + 1, 5, ANY, b""),),
    )


def _open_ticket(machine: bytes, n: int, now: int) -> c.OpenTicket:
    """One of an even number goes to the best bid, the others to the first who comes."""
    scored = c.Selection(SelectionPolicy.SCORED, now + FAR, 1, 0, 0, 10_000, 0, 0, 0)
    selection = FIRST_COME if n % 2 else scored
    return c.OpenTicket(machine, TicketKind.PREVENTIVE, n, selection, ANY, now + 2 * FAR, OEM)


def _invoice_id(machine: bytes, seq: int) -> bytes:
    """The name of the invoice that begins with an anchor."""
    return machine[8:] + seq.to_bytes(8, "big")


def _invoices(machine: bytes, seen: Overlay) -> Iterator[Any]:
    billed = seen.get(("billing_head", machine))
    for seq in range(1, billed.billed_seq + 1 if billed else 1):
        invoice = seen.get(("invoice", _invoice_id(machine, seq)))
        if invoice is not None:
            yield invoice
