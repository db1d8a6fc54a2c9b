"""The reference model on one core: commands decided and folded a second, over the life cycle of machines."""

from collections.abc import Iterator
from time import process_time

from benchmarks.figures import Figure
from maas_core.protocol import commands as c
from maas_core.protocol.commands import Command
from maas_core.protocol.model import EMPTY, State, apply, decide
from maas_core.protocol.rejections import Rejection
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import ActionKind, InvoiceKind, Role, SelectionPolicy
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.protocol.vectors.cast import DAY, START, digest, identity, name
from maas_core.protocol.vectors.probes import propose

MACHINES = 40
ROUNDS = 25
REPEATS = 5
TARGET = 50_000.0
RULES = Rules(1, 7 * DAY, 200, 900, 14 * DAY, 12)
PARTIES = {
    "oem": (2, Role.OEM),
    "customer": (3, Role.CUSTOMER),
    "maintainer": (4, Role.MAINTAINER),
    "rival": (5, Role.MAINTAINER),
}
FIRST_COME = c.Selection(SelectionPolicy.FCFS, 0, 0, 0, 0, 0, 0, 0, 0)
SCORED = c.Selection(SelectionPolicy.SCORED, START + 90 * DAY, 2, 0, 0, 4_000, 3_000, 2_000, 1_000)
TERMS, DOCUMENT = digest("terms"), digest("document")
Sent = tuple[Command, bytes]


def run() -> list[Figure]:
    """Measure the model."""
    return [Figure("model: commands decided and folded", max(_rate() for _ in range(REPEATS)), "commands/s", TARGET)]


def _rate() -> float:
    """Commands a second of processor time over a workload, which is made before the clock starts."""
    state = _play(EMPTY, list(_consortium()))
    machines = list(_machines())
    begun = process_time()
    _play(state, machines)
    return len(machines) / (process_time() - begun)


def _play(state: State, sent: list[Sent]) -> State:
    """Decide and fold; every command of the workload is accepted."""
    for command, sender in sent:
        events = decide(state, command, sender, START)
        if isinstance(events, Rejection):
            raise AssertionError(f"{command} is refused: {events}")  # noqa: TRY004 - a fault of the workload
        state = apply(state, events)
    return state


def _consortium() -> Iterator[Sent]:
    board = identity("board")
    yield c.Found(digest("deployment"), ZERO_DIGEST, DOCUMENT, RULES), board
    for label, (number, roles) in PARTIES.items():
        fields = {"party": number, "identity": identity(label), "roles": roles}
        yield propose(label, ActionKind.INVITE, **fields), board
        yield c.Join(DOCUMENT), identity(label)
    for version, label in enumerate(("maintainer", "rival")):
        yield c.Accredit(PARTIES[label][0], 1, version), identity("oem")


def _machines() -> Iterator[Sent]:
    """All machines through their rounds side by side, so that the state is as large as it gets."""
    ids = [name(f"machine {index}") for index in range(MACHINES)]
    for machine in ids:
        yield c.RegisterMachine(machine, 2, 3, 1, DOCUMENT, TERMS, 60, DAY), identity("oem")
        yield c.AcceptMachine(machine, 1, TERMS), identity("customer")
    for turn in range(ROUNDS):
        for machine in ids:
            yield from _use(machine, turn)
            yield from _repair(machine, turn)
            yield from _bidding(machine, turn)
            yield from _billing(machine, turn)


def _use(machine: bytes, turn: int) -> Iterator[Sent]:
    version, customer = 2 + 3 * turn, identity("customer")
    begin = START - DAY + turn * 60
    yield c.StartMachine(machine, version, begin), customer
    for part in range(4):
        window = begin + part * 10, begin + part * 10 + 10
        item = c.AnchorItem(machine, 4 * turn + part + 1, 1, 0, *window, 60, DOCUMENT, b"sealed locator")
        yield c.AnchorTelemetry((item,)), customer
    yield c.StopMachine(machine, version + 1, begin + 50, 1, DOCUMENT), customer


def _repair(machine: bytes, turn: int) -> Iterator[Sent]:
    n, customer, maintainer = turn + 1, identity("customer"), identity("maintainer")
    yield c.OpenTicket(machine, 1, n, FIRST_COME, DOCUMENT, START + DAY, 3), customer
    yield c.AcceptTicket(machine, 1, n, 1), maintainer
    yield c.CompleteTicket(machine, 1, n, 2, DOCUMENT), maintainer
    yield c.CloseTicket(machine, 1, n, 3, 4), customer
    yield c.ResetMachine(machine, 4 + 3 * turn, START - DAY + turn * 60 + 55), customer


def _bidding(machine: bytes, turn: int) -> Iterator[Sent]:
    """The second bidder is better by all that counts, and wins."""
    n, oem, winner = turn + 1, identity("oem"), identity("rival")
    yield c.OpenTicket(machine, 2, n, SCORED, DOCUMENT, START + 99 * DAY, 2), oem
    yield c.Bid(machine, 2, n, 9_000, 6_000, 500, DOCUMENT), identity("maintainer")
    yield c.Bid(machine, 2, n, 900, 60, 5, DOCUMENT), winner
    yield c.AwardTicket(machine, 2, n, 1), oem
    yield c.CompleteTicket(machine, 2, n, 2, DOCUMENT), winner
    yield c.CloseTicket(machine, 2, n, 3, 5), oem


def _billing(machine: bytes, turn: int) -> Iterator[Sent]:
    begin, invoice = START - DAY + turn * 60, name(f"{machine.hex()} {turn}")
    seqs = 4 * turn + 1, 4 * turn + 5
    yield (
        c.IssueInvoice(
            invoice, 3, machine, InvoiceKind.PERIOD, 0, begin, begin + 60, *seqs, 125_000, 978, DOCUMENT, START + DAY
        ),
        identity("oem"),
    )
    yield c.AcceptInvoice(invoice, 1), identity("customer")
    yield c.SettleInvoice(invoice, 2, DOCUMENT), identity("oem")
