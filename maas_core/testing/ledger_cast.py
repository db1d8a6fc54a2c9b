"""The cast of the ledger suite: a consortium, machines in the states that tests begin with, usual commands."""

from dataclasses import dataclass, field
from functools import cached_property
from secrets import randbelow, token_bytes

from maas_core.protocol import commands as c
from maas_core.protocol.records import Deployment, Party
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import ActionKind, AnchorKind, InvoiceKind, Role, SelectionPolicy, TicketKind
from maas_core.protocol.types import ZERO_DIGEST, ZERO_ID
from maas_core.testing.ledger_network import PARTICIPANTS, Actor, Network

ROLES = {
    "oem": Role.OEM,
    "customer": Role.CUSTOMER,
    "maintainer": Role.MAINTAINER,
    "rival": Role.MAINTAINER,
    "auditor": Role.AUDITOR | Role.BOARD,
}
NUMBER = {name: number for number, name in enumerate(PARTICIPANTS, start=1)}
"""Each participant's PartyId; the board founds, so it is 1."""

RULES = Rules(
    quorum=1, proposal_lifetime=86_400, anchor_items=20, clock_bound=3_600, close_after=86_400, finality_depth=3
)
HOUR = 3_600
DAY = 86_400
EURO = 978
FIRST_COME = c.Selection(SelectionPolicy.FCFS, 0, 0, 0, 0, 0, 0, 0, 0)


def fresh_id() -> bytes:
    """A name that no other test uses."""
    return token_bytes(16)


def fresh_digest() -> bytes:
    """A digest of something."""
    return token_bytes(32)


@dataclass
class Cast:
    """Everybody in their roles; made once for each network by `cast_of`."""

    network: Network
    terms: bytes = field(default_factory=fresh_digest)
    machine_class: int = field(default_factory=lambda: 1 + randbelow(60_000))
    """The maintainer and the rival are accredited for it, and nobody for the next one."""

    def __post_init__(self) -> None:
        for name in PARTICIPANTS:
            setattr(self, name, self.network.actor(name))

    board: Actor = field(init=False)
    oem: Actor = field(init=False)
    customer: Actor = field(init=False)
    maintainer: Actor = field(init=False)
    rival: Actor = field(init=False)
    auditor: Actor = field(init=False)
    stranger: Actor = field(init=False)

    def gather(self) -> None:
        """Found the deployment and let everybody join, unless that was done before."""
        if self.board.reads("deployment") is None:
            self.board.does(c.Found(fresh_digest(), ZERO_DIGEST, fresh_digest(), RULES))
        for name, roles in ROLES.items():
            actor = self.network.actor(name)
            known = self.board.reads("party", NUMBER[name])
            if known is None:
                self.board.does(self.proposal(ActionKind.INVITE, name, identity=actor.identity, roles=roles))
                actor.does(c.Join(fresh_digest()))
            else:
                assert isinstance(known, Party)
                assert known.identity == actor.identity, f"party {known.party} is not this suite's {name}"
        self.oem.does(c.Accredit(NUMBER["maintainer"], self.machine_class, 0))
        self.oem.does(c.Accredit(NUMBER["rival"], self.machine_class, 1))

    @property
    def deployment(self) -> bytes:
        """The deployment's id."""
        record = self.board.reads("deployment")
        assert isinstance(record, Deployment)
        return record.deployment

    def proposal(
        self,
        kind: ActionKind,
        name: str = "",
        *,
        identity: bytes = bytes(32),
        roles: int = 0,
        rule: int = 0,
        value: int = 0,
    ) -> c.Propose:
        """A proposal of an action, about a participant or about nobody."""
        action = c.Action(kind, NUMBER.get(name, 0), identity, roles, rule, value, ZERO_DIGEST)
        return c.Propose(fresh_id(), action)

    # Machines

    def registration(self, machine: bytes, machine_class: int | None = None) -> c.RegisterMachine:
        """What the OEM registers."""
        wanted = self.machine_class if machine_class is None else machine_class
        sides = (NUMBER["oem"], NUMBER["customer"])
        return c.RegisterMachine(machine, *sides, wanted, fresh_digest(), self.terms, 60, 30 * DAY)

    def registered(self, machine_class: int | None = None) -> bytes:
        """A machine that waits for the customer."""
        machine = fresh_id()
        self.oem.does(self.registration(machine, machine_class))
        return machine

    def accepted(self, machine_class: int | None = None) -> bytes:
        """A machine that both sides agree on, at version 2."""
        machine = self.registered(machine_class)
        self.customer.does(c.AcceptMachine(machine, 1, self.terms))
        return machine

    def started(self) -> bytes:
        """A machine that has run for an hour, at version 3."""
        machine = self.accepted()
        self.customer.does(c.StartMachine(machine, 2, self.hour_ago))
        return machine

    @cached_property
    def hour_ago(self) -> int:
        """A business time that is past for every test."""
        return self.network.now() - HOUR

    # For refusals, which change nothing: these are shared

    @cached_property
    def some_registered(self) -> bytes:
        """REGISTERED, version 1."""
        return self.registered()

    @cached_property
    def some_accepted(self) -> tuple[bytes, bytes]:
        """Two machines, ACCEPTED, version 2, ascending."""
        first, second = sorted([self.accepted(), self.accepted()])
        return first, second

    @cached_property
    def some_started(self) -> bytes:
        """EXECUTED, version 3."""
        return self.started()

    @cached_property
    def some_unserved(self) -> bytes:
        """A machine with a first-come ticket for whose class nobody is accredited."""
        machine = self.accepted(self.machine_class + 1)
        self.oem.does(self.ticket(machine, FIRST_COME))
        return machine

    @cached_property
    def some_tendered(self) -> bytes:
        """A machine with a ticket that takes open bids for a day."""
        machine = self.accepted()
        self.oem.does(self.ticket(machine, self.open_bids(self.network.now() + DAY, award_from=0)))
        return machine

    # Usual commands

    def anchor(self, machine: bytes, seq: int, hour: int, corrects: int = 0) -> c.AnchorItem:
        """An anchor of the so manieth hour since yesterday."""
        kind = AnchorKind.CORRECTION if corrects else AnchorKind.REGULAR
        begin = self.hour_ago - DAY + hour * HOUR
        return c.AnchorItem(machine, seq, kind, corrects, begin, begin + HOUR, 60, fresh_digest(), token_bytes(40))

    def invoice(
        self, machine: bytes, kind: InvoiceKind, hours: tuple[int, int], seqs: tuple[int, int]
    ) -> c.IssueInvoice:
        """The OEM's invoice for hours since yesterday."""
        begin, end = (self.hour_ago - DAY + hour * HOUR for hour in hours)
        respond_by = self.network.now() + 7 * DAY
        place = (fresh_id(), NUMBER["customer"], machine, kind, 0)
        return c.IssueInvoice(*place, begin, end, *seqs, 125_000, EURO, fresh_digest(), respond_by)

    def service(self) -> c.IssueInvoice:
        """A maintainer's claim on the OEM."""
        respond_by = self.network.now() + 7 * DAY
        place = (fresh_id(), NUMBER["oem"], ZERO_ID, InvoiceKind.SERVICE, 0)
        return c.IssueInvoice(*place, 0, 0, 0, 0, 9_900, EURO, fresh_digest(), respond_by)

    def ticket(
        self, machine: bytes, selection: c.Selection, kind: TicketKind = TicketKind.PREVENTIVE, n: int = 1
    ) -> c.OpenTicket:
        """A ticket to be done within a month."""
        deadline = self.network.now() + 30 * DAY
        return c.OpenTicket(machine, kind, n, selection, fresh_digest(), deadline, NUMBER["customer"])

    @staticmethod
    def open_bids(award_at: int, award_from: int) -> c.Selection:
        """Open bidding."""
        return c.Selection(SelectionPolicy.SCORED, award_at, award_from, 0, 0, 4_000, 3_000, 2_000, 1_000)

    @staticmethod
    def sealed_bids(commit_until: int, reveal_until: int) -> c.Selection:
        """Sealed bidding."""
        return c.Selection(SelectionPolicy.SEALED, 0, 0, commit_until, reveal_until, 4_000, 3_000, 2_000, 1_000)


def cast_of(network: Network) -> Cast:
    """The one cast of a network."""
    if not isinstance(network.cast, Cast):
        network.cast = Cast(network)
        network.cast.gather()
    return network.cast
