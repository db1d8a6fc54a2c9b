"""The story of each ticket, folded from the ledger's final events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from maas_core.ports.workflow import BlockRef
from maas_core.protocol import events as e
from maas_core.protocol.commands import Selection
from maas_core.protocol.states import Misbehaviour, TicketKind, TicketState

Key = tuple[bytes, TicketKind, int]
"""Machine, kind, number."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A final event and where it stands on the ledger."""

    position: int
    """Grows along the ledger."""
    block: BlockRef
    transaction: bytes
    event: object


@dataclass(frozen=True, slots=True)
class Offered:
    """A bid that everybody can see."""

    maintainer: int
    price: int
    """Minor units."""
    eta: int
    """Seconds from the award to the arrival."""
    distance: int
    offer: bytes


@dataclass(frozen=True, slots=True)
class Assignment:
    """One maintainer's time with a ticket."""

    maintainer: int
    open_since: int
    """When the ticket was opened or released the last time, seconds UTC."""
    at: int
    awarded: bool
    """By the ledger's choice among bids, not as the first who came."""
    block: BlockRef
    """In which it was decided."""
    ended: int | None = None
    """When the ticket was released."""


@dataclass(frozen=True, slots=True)
class Story:
    """All that happened to one ticket. Times are the ledger's, seconds UTC."""

    machine: bytes
    kind: TicketKind
    n: int
    position: int
    """Of the event that opened it."""
    opener: int
    payer: int
    selection: Selection
    work: bytes
    deadline: int
    opened_at: int
    state: TicketState = TicketState.OPEN
    bids: Mapping[int, Offered] = field(default_factory=dict)
    """Placed or revealed, by maintainer."""
    committed: tuple[int, ...] = ()
    """Who sent a sealed bid."""
    assignments: tuple[Assignment, ...] = ()
    completed_at: tuple[int, ...] = ()
    """Once for each time that the work was reported as done."""
    report: bytes | None = None
    """The last report."""
    reopened_at: tuple[int, ...] = ()
    closed_at: int | None = None
    closed_in: BlockRef | None = None
    rating: int = 0
    response: int | None = None
    """Seconds from open to assigned, as the ledger counts them."""
    resolution: int | None = None
    """Seconds from open to completed."""
    cancelled_at: int | None = None
    blamed: tuple[tuple[int, Misbehaviour], ...] = ()
    """Misbehaviour that this ticket brought, by party."""

    @property
    def key(self) -> Key:
        """What names it."""
        return self.machine, self.kind, self.n

    @property
    def assignee(self) -> int | None:
        """Whose it is, or was at its end."""
        last = self.assignments[-1] if self.assignments else None
        return None if last is None or last.ended is not None else last.maintainer

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in (TicketState.CLOSED, TicketState.CANCELLED)


TicketEvent = (
    e.TicketOpened
    | e.TicketAccepted
    | e.BidPlaced
    | e.BidCommitted
    | e.BidRevealed
    | e.TicketAwarded
    | e.TicketReleased
    | e.TicketCompleted
    | e.TicketReopened
    | e.TicketClosed
    | e.TicketCancelled
)


def stories(entries: Iterable[Entry]) -> dict[Key, Story]:
    """The stories that these events tell, in the order in which the tickets were opened.

    `entries` are in the ledger's order, hold all events of the machines concerned, and the misbehaviour of parties.
    """
    told: dict[Key, Story] = {}
    in_transaction: dict[bytes, Key] = {}
    for entry in entries:
        event = entry.event
        if isinstance(event, TicketEvent):
            key = (event.machine, TicketKind(event.kind), event.n)
            in_transaction[entry.transaction] = key
            story = _opened(event, entry) if isinstance(event, e.TicketOpened) else told.get(key)
            if story is not None:
                told[key] = _told(story, event, entry)
        elif isinstance(event, e.MisbehaviourCounted) and entry.transaction in in_transaction:
            blamed = told[in_transaction[entry.transaction]]
            told[blamed.key] = replace(blamed, blamed=(*blamed.blamed, (event.party, Misbehaviour(event.cause))))
    return told


def _opened(event: e.TicketOpened, entry: Entry) -> Story:
    return Story(
        machine=event.machine,
        kind=TicketKind(event.kind),
        n=event.n,
        position=entry.position,
        opener=event.opener,
        payer=event.payer,
        selection=event.selection,
        work=event.work,
        deadline=event.deadline,
        opened_at=event.time,
    )


def _told(story: Story, event: TicketEvent, entry: Entry) -> Story:
    match event:
        case e.BidPlaced() | e.BidRevealed():
            bid = Offered(event.maintainer, event.price, event.eta, event.distance, event.offer)
            return replace(story, bids={**story.bids, event.maintainer: bid})
        case e.BidCommitted():
            return replace(story, committed=(*story.committed, event.maintainer))
        case e.TicketAccepted() | e.TicketAwarded():
            return _assigned(story, event, entry)
        case e.TicketReleased():
            ended = replace(story.assignments[-1], ended=event.time)
            return replace(story, state=TicketState.OPEN, assignments=(*story.assignments[:-1], ended))
        case e.TicketCompleted():
            times = (*story.completed_at, event.time)
            return replace(story, state=TicketState.COMPLETED, completed_at=times, report=event.report)
        case e.TicketReopened():
            return replace(story, state=TicketState.ASSIGNED, reopened_at=(*story.reopened_at, event.time))
        case e.TicketClosed() | e.TicketCancelled():
            return _ended(story, event, entry)
        case _:
            return story


def _ended(story: Story, event: e.TicketClosed | e.TicketCancelled, entry: Entry) -> Story:
    if isinstance(event, e.TicketCancelled):
        return replace(story, state=TicketState.CANCELLED, cancelled_at=event.time)
    return replace(
        story,
        state=TicketState.CLOSED,
        closed_at=event.time,
        closed_in=entry.block,
        rating=event.rating,
        response=event.response,
        resolution=event.resolution,
    )


def _assigned(story: Story, event: e.TicketAccepted | e.TicketAwarded, entry: Entry) -> Story:
    ended = [one.ended for one in story.assignments if one.ended is not None]
    open_since = ended[-1] if ended else story.opened_at
    awarded = isinstance(event, e.TicketAwarded)
    made = Assignment(event.assignee, open_since, event.time, awarded, entry.block)
    return replace(story, state=TicketState.ASSIGNED, assignments=(*story.assignments, made))
