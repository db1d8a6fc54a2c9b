"""The setting of the directed vectors: a consortium with parties in every state, and commands with usual arguments."""

from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import ActionKind, InvoiceKind, Role, SelectionPolicy, TicketKind
from maas_core.protocol.types import ZERO_DIGEST, ZERO_ID
from maas_core.protocol.vectors.cast import DAY, START, digest, identity, name
from maas_core.protocol.vectors.probes import BOARD, propose
from maas_core.protocol.vectors.story import Story

ALL_ROLES = 31
TRADER = Role.OEM | Role.CUSTOMER | Role.AUDITOR
PARTIES: dict[str, tuple[int, int]] = {
    "oem": (2, Role.OEM),
    "customer": (3, Role.CUSTOMER),
    "maintainer": (4, Role.MAINTAINER),
    "rival": (5, Role.MAINTAINER),
    "auditor": (6, Role.AUDITOR),
    "trader": (7, TRADER),
    "invited": (8, Role.OEM | Role.CUSTOMER | Role.MAINTAINER | Role.AUDITOR),
    "suspended": (9, Role.OEM | Role.CUSTOMER | Role.MAINTAINER | Role.AUDITOR),
    "removed": (10, Role.OEM | Role.CUSTOMER | Role.MAINTAINER | Role.AUDITOR),
}
NUMBER = {BOARD: 1, **{label: number for label, (number, _) in PARTIES.items()}}
CLASS = 7
LATER = START + 30 * DAY
"""After everything that the directed vectors do in ordinary time."""
MACHINE = name("machine")
RULES = Rules(
    quorum=1, proposal_lifetime=7 * DAY, anchor_items=100, clock_bound=900, close_after=14 * DAY, finality_depth=12
)


def found(**changes: Any) -> c.Found:
    """The founding command."""
    usual: dict[str, Any] = {
        "deployment": digest("deployment"),
        "predecessor": ZERO_DIGEST,
        "profile": digest("profile of board"),
        "rules": RULES,
    }
    return c.Found(**usual | changes)


def invite(label: str, number: int, roles: int) -> c.Propose:
    """The proposal that invites a party."""
    return propose(f"invite {label}", ActionKind.INVITE, party=number, identity=identity(label), roles=roles)


def join(label: str) -> c.Join:
    """What an invited party sends."""
    return c.Join(digest(f"profile of {label}"))


def consortium() -> Story:
    """Board, OEM, customer, two maintainers accredited for a class, auditor, trader, and three that may do little."""
    story = Story("a consortium").did(BOARD, found())
    for label, (number, roles) in PARTIES.items():
        story.did(BOARD, invite(label, number, roles))
        if label != "invited":
            story.did(label, join(label))
    story.did(BOARD, propose("suspend", ActionKind.SUSPEND, party=NUMBER["suspended"]))
    story.did("oem", accredit("maintainer", 0)).did("oem", accredit("rival", 1))
    return story.did(BOARD, propose("remove", ActionKind.REMOVE, party=NUMBER["removed"]))


def accredit(label: str, version: int, machine_class: int = CLASS) -> c.Accredit:
    """The OEM's accreditation of a maintainer."""
    return c.Accredit(NUMBER[label], machine_class, version)


def register(label: str = "machine", **changes: Any) -> c.RegisterMachine:
    """The OEM's registration of a machine for the customer."""
    usual: dict[str, Any] = {
        "machine": name(label),
        "oem": NUMBER["oem"],
        "customer": NUMBER["customer"],
        "machine_class": CLASS,
        "spec": digest("spec"),
        "terms": digest("terms"),
        "telemetry_interval": 60,
        "invoice_period": 30 * DAY,
    }
    return c.RegisterMachine(**usual | changes)


def accept(label: str = "machine", version: int = 1) -> c.AcceptMachine:
    """The other side's acceptance."""
    return c.AcceptMachine(name(label), version, digest("terms"))


def start(version: int, at: int, label: str = "machine") -> c.StartMachine:
    """A start of the machine."""
    return c.StartMachine(name(label), version, at)


def stop(version: int, at: int, label: str = "machine", **changes: Any) -> c.StopMachine:
    """A stop of the machine."""
    usual: dict[str, Any] = {
        "machine": name(label),
        "version": version,
        "at": at,
        "cause": 1,
        "evidence": digest("evidence"),
    }
    return c.StopMachine(**usual | changes)


def item(seq: int, start_at: int, end_at: int, label: str = "machine", **changes: Any) -> c.AnchorItem:
    """One anchor."""
    usual: dict[str, Any] = {
        "machine": name(label),
        "seq": seq,
        "kind": 1,
        "corrects": 0,
        "window_from": start_at,
        "window_to": end_at,
        "readings": 60,
        "manifest": digest(f"manifest {seq}"),
        "locator": b"sealed",
    }
    return c.AnchorItem(**usual | changes)


def anchors(*items: c.AnchorItem) -> c.AnchorTelemetry:
    """Several anchors, in the order that the protocol wants."""
    return c.AnchorTelemetry(tuple(sorted(items, key=lambda one: one.machine)))


def invoice(label: str, **changes: Any) -> c.IssueInvoice:
    """The OEM's first invoice for a period that ended at the start of the vectors."""
    usual: dict[str, Any] = {
        "invoice": name(label),
        "payer": NUMBER["customer"],
        "machine": MACHINE,
        "kind": InvoiceKind.PERIOD,
        "payout": 0,
        "window_from": START - 30 * DAY,
        "window_to": START,
        "seq_from": 1,
        "seq_to": 1,
        "amount": 125_000,
        "currency": 978,
        "statement": digest(f"statement {label}"),
        "respond_by": LATER,
    }
    return c.IssueInvoice(**usual | changes)


def service(label: str, payer: str = "customer", **changes: Any) -> c.IssueInvoice:
    """A claim beside the machine's periods."""
    unused: dict[str, Any] = {"machine": ZERO_ID, "window_from": 0, "window_to": 0, "seq_from": 0, "seq_to": 0}
    return invoice(label, **{"kind": InvoiceKind.SERVICE, "payer": NUMBER[payer], **unused, **changes})


FIRST_COME = c.Selection(SelectionPolicy.FCFS, 0, 0, 0, 0, 0, 0, 0, 0)
OPEN_BIDS = c.Selection(SelectionPolicy.SCORED, LATER, 2, 0, 0, 4_000, 3_000, 2_000, 1_000)
SEALED_BIDS = c.Selection(SelectionPolicy.SEALED, 0, 0, LATER, LATER + DAY, 4_000, 3_000, 2_000, 1_000)


def ticket(selection: c.Selection = FIRST_COME, n: int = 1, **changes: Any) -> c.OpenTicket:
    """A preventive ticket on the machine."""
    usual: dict[str, Any] = {
        "machine": MACHINE,
        "kind": TicketKind.PREVENTIVE,
        "n": n,
        "selection": selection,
        "work": digest("work"),
        "deadline": LATER + 10 * DAY,
        "payer": NUMBER["customer"],
    }
    return c.OpenTicket(**usual | changes)


def agreed(before: Story) -> Story:
    """A machine on which both sides agree."""
    return before.then("an accepted machine").did("oem", register()).did("customer", accept())


def running(ready: Story) -> Story:
    """The accepted machine in use since the start of the vectors."""
    return ready.then("a running machine").did("customer", start(2, START))


def stopped(ready: Story) -> Story:
    """The accepted machine, stopped a minute later."""
    return running(ready).then("a stopped machine").did("customer", stop(3, START + 60))
