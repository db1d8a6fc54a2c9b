"""A history in the making: somebody sends something, and what must hold for each step is looked at."""

from collections.abc import Callable
from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol import events as e
from maas_core.protocol.events import Event
from maas_core.protocol.model import apply, decide
from maas_core.protocol.records import (
    BidRecord,
    ChangeOffer,
    Invoice,
    Key,
    Machine,
    Party,
    Proposal,
    Record,
    Ticket,
)
from maas_core.protocol.rejections import Rejection
from maas_core.protocol.schema import domain_check
from maas_core.protocol.selection import award
from maas_core.protocol.states import (
    BidState,
    InvoiceState,
    MachineState,
    OfferState,
    PartyState,
    ProposalState,
    TicketState,
)
from tests.support import histories
from tests.support.authority import may
from tests.support.moves import ROOMS, View, populated

ENDS: dict[type[Record], tuple[int, ...]] = {
    Party: (PartyState.REMOVED,),
    Proposal: (ProposalState.EXECUTED,),
    Machine: (MachineState.DECLINED, MachineState.TERMINATED),
    ChangeOffer: (OfferState.ACCEPTED, OfferState.WITHDRAWN),
    Invoice: (InvoiceState.SETTLED,),
    Ticket: (TicketState.CLOSED, TicketState.CANCELLED),
    BidRecord: (BidState.PLACED,),
}
"""The states that a record keeps for good."""


class History:
    """A consortium in which anybody sends anything at any time."""

    def __init__(self) -> None:
        world = populated()
        self.state: Any = world.state
        self.time = world.time
        self.events: list[Event] = list(world.events)
        self.steps = 0
        self.refused = 0

    def send(self, room: str, number: Callable[[int, int], int]) -> None:
        """Let somebody send a command of a room, and look at what comes of it."""
        self.steps += 1
        view = View(self.state, self.time, number, self.steps)
        move = view.one(ROOMS[room])(view)
        if move is None:
            return
        sender, command = move
        outcome = decide(self.state, command, sender, self.time)
        if isinstance(outcome, Rejection):
            self.refused += 1
        else:
            self._accepted(sender, command, outcome)

    def _accepted(self, sender: bytes, command: c.Command, events: tuple[Event, ...]) -> None:
        """What holds for every accepted command."""
        after: Any = apply(self.state, events)

        assert may(self.state, sender, command, self.time), "somebody acted without being the one who may"
        assert isinstance(decide(after, command, sender, self.time), Rejection), "a repeated command was accepted"
        self._an_award_does_not_depend_on_the_order_of_bids(events)
        for key, record in after.items():
            before = self.state.get(key)
            if isinstance(record, Record) and before is not None and before != record:
                check_change(key, before, record)
        self.state = after
        self.events += events

    def _an_award_does_not_depend_on_the_order_of_bids(self, events: tuple[Event, ...]) -> None:
        """Compare an award with that of the same bids the other way round."""
        for event in events:
            if isinstance(event, e.TicketAwarded):
                ticket = self.state["ticket", event.machine, event.kind]
                listed = self.state["accreditation", ticket.oem, ticket.machine_class].maintainers
                keys = [("bid", event.machine, event.kind, event.n, number) for number in reversed(listed)]
                bids = [self.state[key] for key in keys if key in self.state]
                placed = [bid for bid in bids if bid.state == BidState.PLACED]
                other = award(placed, ticket.selection, self.state["deployment",].deployment)
                assert (other.maintainer, other.score, len(placed)) == (event.assignee, event.score, event.bids)

    def check(self) -> None:
        """What holds at any time."""
        histories.the_quorum_is_reachable(self.state)
        histories.identities_and_parties_agree(self.state)

    def finish(self) -> None:
        """What holds for the history as a whole."""
        histories.records_come_from_events_alone(self.events, self.state)
        histories.invoices_tile_a_machines_time(self.events, self.state)
        histories.anchors_are_gapless(self.events, self.state)
        histories.a_ticket_has_one_assignee_at_most(self.events, self.state)
        histories.money_is_conserved(self.events, self.state)
        for record in self.state.values():
            assert not isinstance(record, Record) or domain_check(type(record))(record), record


def check_change(key: Key, before: Any, after: Any) -> None:
    """What holds for every change of a record: versions count up, time does not go back, an end is an end."""
    if isinstance(after, Ticket) and after.n != before.n:
        assert (after.n, after.version) == (before.n + 1, 1)
        assert after.time >= before.time
        return
    if hasattr(after, "version"):
        assert after.version == before.version + 1, key
    if hasattr(after, "time"):
        assert after.time >= before.time, key
    if isinstance(after, Party):
        assert before.state != PartyState.REMOVED or after.identity != before.identity, key
    elif type(after) in ENDS:
        assert before.state not in ENDS[type(after)], key
