"""A small consortium on the model, with clock and senders in the hands of a test."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol.events import Event
from maas_core.protocol.model import EMPTY, apply, decide
from maas_core.protocol.records import Key, Machine, Ticket
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import ActionKind, InvoiceKind, Role, SelectionPolicy, StopCause, TicketKind
from maas_core.protocol.types import ZERO_DIGEST, ZERO_ID
from maas_core.protocol.vectors.cast import DAY, START, digest, identity, name

RULES = Rules(1, DAY, 100, 600, 7 * DAY, 12)
PARTIES = {
    "board": (1, Role.BOARD),
    "oem": (2, Role.OEM),
    "customer": (3, Role.CUSTOMER),
    "maintainer": (4, Role.MAINTAINER),
    "rival": (5, Role.MAINTAINER),
    "auditor": (6, Role.AUDITOR),
}
NUMBER = {label: number for label, (number, _) in PARTIES.items()}
CLASS = 9
PRESS = name("press")
FCFS = c.Selection(SelectionPolicy.FCFS, 0, 0, 0, 0, 0, 0, 0, 0)


def found(**changes: Any) -> c.Found:
    """The founding command, changed."""
    usual = c.Found(digest("deployment"), ZERO_DIGEST, digest("board"), RULES)
    return replace(usual, **changes)


def action(kind: ActionKind, **fields: Any) -> c.Action:
    """An action with only the fields given."""
    return replace(c.Action(kind, 0, ZERO_DIGEST, 0, 0, 0, ZERO_DIGEST), **fields)


@dataclass
class World:
    """A state that grows command by command."""

    state: Any = EMPTY
    time: int = START
    events: list[Event] = field(default_factory=list)
    _proposals: Iterator[int] = field(default_factory=count)

    def decide(self, sender: str, command: c.Command) -> tuple[Event, ...] | Rejection:
        """What the ledger would answer now."""
        return decide(self.state, command, identity(sender), self.time)

    def does(self, sender: str, command: c.Command) -> tuple[Event, ...]:
        """Submit a command that must be accepted."""
        outcome = self.decide(sender, command)
        assert not isinstance(outcome, Rejection), (sender, command, outcome)
        self.state = apply(self.state, outcome)
        self.events += outcome
        return outcome

    def refuses(self, sender: str, command: c.Command) -> Code:
        """The code with which a command is refused."""
        outcome = self.decide(sender, command)
        assert isinstance(outcome, Rejection), (sender, command, outcome)
        return outcome.code

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.time += seconds

    def put(self, key: Key, **fields: Any) -> None:
        """Set fields of a record directly, to stand where no test would get by commands."""
        self.state = self.state.set(key, replace(self.state[key], **fields))

    def governs(self, kind: ActionKind, **fields: Any) -> tuple[Event, ...]:
        """The board does something at once, with quorum 1."""
        return self.does("board", self.proposal(kind, **fields))

    def proposal(self, kind: ActionKind, **fields: Any) -> c.Propose:
        """A proposal that was not made yet."""
        return c.Propose(name(f"proposal {next(self._proposals)}"), action(kind, **fields))

    def invites(self, label: str, number: int, roles: int) -> None:
        """The board invites a party, and it joins."""
        self.governs(ActionKind.INVITE, party=number, identity=identity(label), roles=roles)
        self.does(label, c.Join(digest(label)))

    def machine(self, machine: bytes = PRESS) -> Machine:
        """A machine's record."""
        found: Machine = self.state["machine", machine]
        return found

    def ticket(self, kind: TicketKind = TicketKind.PREVENTIVE) -> Ticket:
        """The machine's last ticket of a kind."""
        found: Ticket = self.state["ticket", PRESS, kind]
        return found


def consortium(rules: Rules = RULES) -> World:
    """Everybody of `PARTIES` is active; both maintainers are accredited."""
    world = World()
    world.does("board", found(rules=rules))
    for label, (number, roles) in list(PARTIES.items())[1:]:
        world.invites(label, number, roles)
    world.does("oem", c.Accredit(NUMBER["maintainer"], CLASS, 0))
    world.does("oem", c.Accredit(NUMBER["rival"], CLASS, 1))
    return world


def register(machine: bytes = PRESS) -> c.RegisterMachine:
    """The usual registration."""
    return c.RegisterMachine(
        machine, NUMBER["oem"], NUMBER["customer"], CLASS, digest("spec"), digest("terms"), 60, DAY
    )


def rented() -> World:
    """The consortium and a machine that is ACCEPTED, version 2."""
    world = consortium()
    world.does("oem", register())
    world.does("customer", c.AcceptMachine(PRESS, 1, digest("terms")))
    return world


def stopped() -> World:
    """The consortium and a machine that is STOPPED, version 4."""
    world = rented()
    world.does("customer", c.StartMachine(PRESS, 2, world.time))
    world.does("customer", stop(3, world.time))
    return world


def stop(version: int, at: int) -> c.StopMachine:
    """The usual stop."""
    return c.StopMachine(PRESS, version, at, StopCause.FAILURE, ZERO_DIGEST)


def open_ticket(world: World, selection: c.Selection = FCFS, **changes: Any) -> c.OpenTicket:
    """The customer's usual ticket, PREVENTIVE, due in ten days."""
    usual = c.OpenTicket(
        PRESS, TicketKind.PREVENTIVE, 1, selection, digest("work"), world.time + 10 * DAY, NUMBER["oem"]
    )
    return replace(usual, **changes)


def scored(world: World, **changes: Any) -> c.Selection:
    """Open bidding for a day, all that counts is the price."""
    usual = c.Selection(SelectionPolicy.SCORED, world.time + DAY, 0, 0, 0, 10_000, 0, 0, 0)
    return replace(usual, **changes)


def sealed(world: World, **changes: Any) -> c.Selection:
    """Sealed bidding: a day to commit, another to reveal."""
    usual = c.Selection(SelectionPolicy.SEALED, 0, 0, world.time + DAY, world.time + 2 * DAY, 10_000, 0, 0, 0)
    return replace(usual, **changes)


def service(world: World, **changes: Any) -> c.IssueInvoice:
    """The maintainer's usual claim on the OEM, to be answered within a day."""
    usual = c.IssueInvoice(
        name("service"), NUMBER["oem"], ZERO_ID, InvoiceKind.SERVICE, 0, 0, 0, 0, 0, 1_000, 978,
        digest("statement"), world.time + DAY,
    )  # fmt: skip
    return replace(usual, **changes)


def period(world: World, **changes: Any) -> c.IssueInvoice:
    """The OEM's usual invoice for the last hour, without anchors."""
    usual = c.IssueInvoice(
        name("period"), NUMBER["customer"], PRESS, InvoiceKind.PERIOD, 0, world.time - 3_600, world.time, 1, 1, 5_000,
        978, digest("statement"), world.time + DAY,
    )  # fmt: skip
    return replace(usual, **changes)
