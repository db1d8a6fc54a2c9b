"""Facts of the ledger as a file quotes them: events, each with the transaction and block that it came by.

A file cannot prove them; it names them, so that anybody with a view of the ledger can look them up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from maas_core.errors import IntegrityError
from maas_core.maintenance.tickets import Entry
from maas_core.ports.workflow import BlockRef
from maas_core.protocol import events as e
from maas_core.protocol.events import Event
from maas_core.protocol.states import AnchorKind, ChangeKind
from maas_core.protocol.wire import event_from_json, event_to_json
from maas_core.telemetry.anchors import Anchor

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class LedgerFact:
    """A final event."""

    transaction: bytes
    height: int
    block: bytes
    """The block's digest."""
    time: int
    """The block's, seconds UTC."""
    event: Event

    def to_json(self) -> dict[str, Any]:
        """As it stands in a file."""
        return {
            "transaction": self.transaction.hex(),
            "height": self.height,
            "block": self.block.hex(),
            "time": self.time,
            "event": event_to_json(self.event),
        }

    @staticmethod
    def from_json(value: Any) -> "LedgerFact":
        """The inverse of `to_json`. Raises `IntegrityError`."""
        try:
            return LedgerFact(
                bytes.fromhex(value["transaction"]),
                int(value["height"]),
                bytes.fromhex(value["block"]),
                int(value["time"]),
                event_from_json(value["event"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise IntegrityError(f"a ledger fact in an evidence file is malformed: {error}") from None

    def __str__(self) -> str:
        name = type(self.event).__name__
        return f"{name} in transaction {self.transaction.hex()}, block {self.height}"


def of_type(facts: Iterable[LedgerFact], kind: type[E]) -> list[E]:
    """The events of a type, in the order of the file."""
    return [one.event for one in facts if isinstance(one.event, kind)]


def entries(facts: Sequence[LedgerFact]) -> list[Entry]:
    """The facts as the maintenance rules read them."""
    return [
        Entry(number, BlockRef(one.height, one.block, one.time), one.transaction, one.event)
        for number, one in enumerate(facts)
    ]


def anchors(facts: Iterable[LedgerFact], machine: bytes) -> list[Anchor]:
    """The anchors of a machine."""
    return [
        Anchor(
            machine=one.event.machine,
            seq=one.event.seq,
            kind=AnchorKind(one.event.kind),
            corrects=one.event.corrects,
            time_from=one.event.window_from,
            time_to=one.event.window_to,
            readings=one.event.readings,
            manifest=one.event.manifest,
            locator=one.event.locator,
            transaction=one.transaction,
            block=BlockRef(one.height, one.block, one.time),
        )
        for one in facts
        if isinstance(one.event, e.TelemetryAnchored) and one.event.machine == machine
    ]


def invoice_of(facts: Sequence[LedgerFact], invoice: bytes) -> tuple[e.InvoiceIssued, bytes, int]:
    """An invoice as it was issued, and the statement's digest and the amount that it names since its last revision.

    Raises `IntegrityError` if the facts do not tell.
    """
    issued = [one for one in of_type(facts, e.InvoiceIssued) if one.invoice == invoice]
    if len(issued) != 1:
        raise IntegrityError(
            f"the file does not say once, but {len(issued)} times, that invoice {invoice.hex()} was issued"
        )
    revised = [one for one in of_type(facts, e.InvoiceRevised) if one.invoice == invoice]
    statement, amount = issued[0].statement, issued[0].amount
    if revised:
        last = max(revised, key=lambda one: one.version)
        statement, amount = last.statement, last.amount
    return issued[0], statement, amount


def terms_in_force(facts: Sequence[LedgerFact], machine: bytes, window: tuple[int, int]) -> tuple[bytes, bool]:
    """The digest of the terms that hold in a window, and whether others begin at its end.

    Raises `IntegrityError` if the facts do not tell.
    """
    found: list[tuple[int, bytes]] = []
    for one in facts:
        match one.event:
            case e.MachineRegistered(terms=digest) as event if event.machine == machine:
                found = [(0, digest)]
            case e.ChangeAccepted(kind=ChangeKind.AMEND, terms=digest) as event if event.machine == machine:
                found = [*(each for each in found if each[0] < event.effective_from), (event.effective_from, digest)]
            case _:
                pass
    holding = [digest for since, digest in found if since <= window[0]]
    if not holding:
        raise IntegrityError(f"the file does not say which terms hold for machine {machine.hex()}")
    later = [since for since, _ in found if since > window[0]]
    return holding[-1], bool(later) and later[0] == window[1]


def spec_of(facts: Sequence[LedgerFact], machine: bytes) -> bytes:
    """The digest of the machine's specification. Raises `IntegrityError`."""
    registered = [one for one in of_type(facts, e.MachineRegistered) if one.machine == machine]
    if len(registered) != 1:
        raise IntegrityError(f"the file does not say how machine {machine.hex()} was registered")
    return registered[0].spec


def check_versions(facts: Sequence[LedgerFact], machine: bytes) -> None:
    """Whether the machine's changes are here without gap, as far as they go. Raises `IntegrityError`.

    Each change of a machine has the version after the one before it, so nothing can be left out but at the end.
    """
    kinds = (e.MachineAccepted, e.MachineStarted, e.MachineStopped, e.MachineReset, e.ChangeAccepted)
    expected = 2  # it is registered with version 1
    for one in facts:
        if isinstance(one.event, kinds) and one.event.machine == machine:
            if one.event.version != expected:
                raise IntegrityError(
                    f"the file leaves out change {expected} of machine {machine.hex()}, or repeats one"
                )
            expected += 1
