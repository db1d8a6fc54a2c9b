"""What the commands of a deployment cost in gas, by receipts of an Ethereum node."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from maas_ledger_eth.artifact import load_artifact
from maas_ledger_eth.codec import Codec

from maas_core.protocol import commands as c
from maas_core.protocol.commands import Command
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import ActionKind, AnchorKind, InvoiceKind, Role, SelectionPolicy, StopCause, TicketKind
from maas_core.protocol.types import ZERO_DIGEST
from tests.support.evm import Evm

START = 1_770_000_000
DAY = 86_400
MACHINE_CLASS = 7
LOCATOR_SIZE = 80
BOARD, OEM, CUSTOMER, MAINTAINER = 1, 2, 3, 4
FIRST_COME = c.Selection(SelectionPolicy.FCFS, 0, 0, 0, 0, 0, 0, 0, 0)

CYCLE: Final = (
    "register machine",
    "issue invoice",
    "accept machine",
    "accept ticket",
    "open ticket",
    "close ticket",
    "stop machine",
    "start machine",
    "reset machine",
    "complete ticket",
)
"""The commands that the paper measures too, in the order of its Table 1."""


class Unexpected(Exception):
    """A command of the measurement was refused."""


@dataclass
class Meter:
    """A deployment on a node of its own; time passes with every command."""

    evm: Evm
    time: int = START
    codec: Codec = field(default_factory=lambda: Codec(load_artifact()))
    address: str = ""

    def __post_init__(self) -> None:
        """Deploy the contract."""
        self.address = self.evm.deploy(load_artifact().bytecode, b"", sender(BOARD), self.time)

    def send(self, party: int, command: Command) -> int:
        """Submit a command that must be accepted; returns the gas of its receipt."""
        self.time += 60
        outcome = self.evm.call(self.address, self.codec.encode_command(command), sender(party), self.time)
        if not outcome.ok:
            raise Unexpected(f"{command}: {self.codec.decode_rejection(outcome.output)}")
        return outcome.gas_used


def digest(label: str) -> bytes:
    """A digest that is different for each label."""
    return sha256(label.encode()).digest()


def name(label: str) -> bytes:
    """An id that is different for each label."""
    return digest(label)[:16]


def identity(party: int) -> bytes:
    """A party's ledger identity: an address with as few zero bytes as any."""
    return bytes(12) + digest(f"party {party}")[:20]


def sender(party: int) -> str:
    """The same as an address."""
    return f"0x{identity(party)[12:].hex()}"


def propose(kind: ActionKind, party: int = 0, roles: int = 0, data: bytes = ZERO_DIGEST) -> c.Propose:
    """A proposal about a party."""
    its_identity = identity(party) if kind == ActionKind.INVITE else ZERO_DIGEST
    return c.Propose(name(f"{kind} {party}"), c.Action(kind, party, its_identity, roles, 0, 0, data))


def found(meter: Meter, maintainers: int) -> dict[str, int]:
    """A consortium of a board, an OEM, a customer and maintainers; what its last newcomer cost."""
    rules = Rules(1, DAY, 200, 300, DAY, 4)
    costs = {"found": meter.send(BOARD, c.Found(digest("deployment"), ZERO_DIGEST, digest("profile"), rules))}
    roles = {OEM: Role.OEM, CUSTOMER: Role.CUSTOMER} | {MAINTAINER + k: Role.MAINTAINER for k in range(maintainers)}
    for party, role in roles.items():
        costs["propose: invite (quorum 1, executes)"] = meter.send(BOARD, propose(ActionKind.INVITE, party, role))
        costs["join"] = meter.send(party, c.Join(digest(f"profile {party}")))
    for k in range(maintainers):
        accredit = c.Accredit(MAINTAINER + k, MACHINE_CLASS, k)
        costs.setdefault("accredit, the first of a class", meter.send(OEM, accredit))
    return costs


def provision(meter: Meter, machine: str) -> dict[str, int]:
    """Register and accept a machine."""
    terms = digest(f"terms of {machine}")
    register = c.RegisterMachine(
        name(machine), OEM, CUSTOMER, MACHINE_CLASS, digest(f"spec of {machine}"), terms, 60, 30 * DAY
    )
    return {
        "register machine": meter.send(OEM, register),
        "accept machine": meter.send(CUSTOMER, c.AcceptMachine(name(machine), 1, terms)),
    }


def work(meter: Meter, machine: str, turn: int) -> dict[str, int]:
    """The `turn`-th time, from 0, that a machine is started, fails, is repaired, reset and billed."""
    which, version = name(machine), 2 + 3 * turn
    ticket = (which, TicketKind.REACTIVE, turn + 1)
    since = meter.time
    deadline, cause = since + DAY, StopCause.FAILURE
    opened = c.OpenTicket(*ticket, FIRST_COME, digest(f"work {turn}"), deadline, OEM)
    return {
        "start machine": meter.send(CUSTOMER, c.StartMachine(which, version, since)),
        "stop machine": meter.send(
            CUSTOMER, c.StopMachine(which, version + 1, since + 60, cause, digest(f"evidence {turn}"))
        ),
        "open ticket": meter.send(CUSTOMER, opened),
        "accept ticket": meter.send(MAINTAINER, c.AcceptTicket(*ticket, 1)),
        "complete ticket": meter.send(MAINTAINER, c.CompleteTicket(*ticket, 2, digest(f"report {turn}"))),
        "close ticket": meter.send(CUSTOMER, c.CloseTicket(*ticket, 3, 5)),
        "reset machine": meter.send(CUSTOMER, c.ResetMachine(which, version + 2, since + 120)),
        "issue invoice": meter.send(OEM, _invoice(machine, turn, meter.time)),
    }


def _invoice(machine: str, turn: int, now: int) -> c.IssueInvoice:
    window = (START + turn * 60, START + (turn + 1) * 60)
    return c.IssueInvoice(
        invoice=name(f"invoice {machine} {turn}"),
        payer=CUSTOMER,
        machine=name(machine),
        kind=InvoiceKind.PERIOD,
        payout=0,
        window_from=window[0],
        window_to=window[1],
        seq_from=1,
        seq_to=1,
        amount=1_234_567,
        currency=978,
        statement=digest(f"statement {machine} {turn}"),
        respond_by=now + 30 * DAY,
    )


def anchor(meter: Meter, machines: list[str], turn: int) -> int:
    """Anchor one window of each machine in one command, the `turn`-th time from 0."""
    items = [_anchor_item(machine, turn, meter.time) for machine in machines]
    return meter.send(CUSTOMER, c.AnchorTelemetry(tuple(sorted(items, key=lambda item: item.machine))))


def _anchor_item(machine: str, turn: int, now: int) -> c.AnchorItem:
    locator = b"".join(digest(f"locator {part} {machine} {turn}") for part in range(3))[:LOCATOR_SIZE]
    manifest = digest(f"manifest {machine} {turn}")
    return c.AnchorItem(name(machine), turn + 1, AnchorKind.REGULAR, 0, now - 60, now, 3600, manifest, locator)


def scored(meter: Meter, kind: int, n: int, award_from: int) -> tuple[bytes, int, int]:
    """Open a ticket for bids on the first machine."""
    ticket = (name("machine 0"), kind, n)
    award_at = meter.time + DAY
    selection = c.Selection(SelectionPolicy.SCORED, award_at, award_from, 0, 0, 4000, 3000, 2000, 1000)
    meter.send(CUSTOMER, c.OpenTicket(*ticket, selection, digest("work"), award_at + DAY, OEM))
    return ticket


def award(meter: Meter, bids: int, n: int) -> dict[str, int]:
    """Bid and award a preventive ticket: with equal bids, so that every tie is decided by its digest."""
    ticket = scored(meter, TicketKind.PREVENTIVE, n, bids)
    one = c.Bid(*ticket, 250_000, 7200, 15_000, digest("offer"))
    placed = [meter.send(MAINTAINER + k, one) for k in range(bids)]
    costs = {"bid": placed[-1], "award": meter.send(CUSTOMER, c.AwardTicket(*ticket, 1))}
    winner = _assignee(meter, ticket)
    meter.send(winner, c.CompleteTicket(*ticket, 2, digest("report")))
    meter.send(CUSTOMER, c.CloseTicket(*ticket, 3, 5))
    return costs


def _assignee(meter: Meter, ticket: tuple[bytes, int, int]) -> int:
    key = ("ticket", ticket[0], ticket[1])
    outcome = meter.evm.view(meter.address, meter.codec.encode_read(key))
    record = meter.codec.decode_record(key, outcome.output)
    assignee: int = getattr(record, "assignee")  # noqa: B009 - a record of any kind
    return assignee


def govern(meter: Meter) -> Iterator[tuple[str, int]]:
    """Proposals with a quorum of two, and the end of the deployment."""
    second = 900
    meter.send(BOARD, propose(ActionKind.INVITE, second, Role.BOARD))
    meter.send(second, c.Join(digest("profile")))
    rule = c.Action(ActionKind.SET_RULE, 0, ZERO_DIGEST, 0, 1, 2, ZERO_DIGEST)
    yield "propose: set a rule (quorum 1, executes)", meter.send(BOARD, c.Propose(name("quorum"), rule))
    invite = propose(ActionKind.INVITE, second + 1, Role.OEM)
    yield "propose: invite (quorum 2)", meter.send(BOARD, invite)
    yield "approve, executes the invitation", meter.send(second, c.Approve(invite.proposal))
    retire = propose(ActionKind.RETIRE, data=digest("successor"))
    meter.send(BOARD, retire)
    yield "approve, executes the retirement of {parties} parties", meter.send(second, c.Approve(retire.proposal))
