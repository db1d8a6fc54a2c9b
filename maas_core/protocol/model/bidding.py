"""Bidding: open and sealed bids on a ticket, and the award that the ledger computes."""

from maas_core.protocol.commands import AwardTicket, Bid, CommitBid, RevealBid, Selection
from maas_core.protocol.digests import commitment
from maas_core.protocol.events import (
    BidCommitted,
    BidPlaced,
    BidRevealed,
    Event,
    MisbehaviourCounted,
    TicketAwarded,
    TicketCancelled,
)
from maas_core.protocol.model.maintenance import (
    accredited,
    current_ticket,
    is_accredited,
    require_open,
)
from maas_core.protocol.model.state import (
    State,
    active_party,
    deployment,
    engaged_party,
    existing,
    has_role,
    is_active_as,
    is_side,
)
from maas_core.protocol.records import BidRecord, Machine, Ticket
from maas_core.protocol.rejections import Code, require
from maas_core.protocol.selection import award, reputation
from maas_core.protocol.states import BidState, Misbehaviour, Role, SelectionPolicy, TicketState
from maas_core.protocol.types import ZERO_DIGEST


def bid(state: State, command: Bid, sender: bytes, time: int) -> tuple[BidPlaced]:
    maintainer = active_party(state, sender)
    ticket = current_ticket(state, command.machine, command.kind, command.n)
    key = ("bid", command.machine, command.kind, command.n, maintainer.party)
    require(key not in state, Code.ALREADY_EXISTS)
    require(has_role(maintainer, Role.MAINTAINER), Code.NOT_AUTHORISED)
    require_open(ticket, SelectionPolicy.SCORED)
    require(max(time, ticket.time) < ticket.selection.award_at, Code.BIDDING_CLOSED)
    require(is_accredited(state, ticket, maintainer), Code.NOT_ACCREDITED)
    return (
        BidPlaced(
            command.machine,
            command.kind,
            command.n,
            maintainer.party,
            command.price,
            command.eta,
            command.distance,
            reputation(state["standing", maintainer.party]),
            command.offer,
        ),
    )


def commit_bid(state: State, command: CommitBid, sender: bytes, time: int) -> tuple[BidCommitted]:
    maintainer = active_party(state, sender)
    ticket = current_ticket(state, command.machine, command.kind, command.n)
    key = ("bid", command.machine, command.kind, command.n, maintainer.party)
    require(key not in state, Code.ALREADY_EXISTS)
    require(has_role(maintainer, Role.MAINTAINER), Code.NOT_AUTHORISED)
    require_open(ticket, SelectionPolicy.SEALED)
    require(max(time, ticket.time) < ticket.selection.commit_until, Code.BIDDING_CLOSED)
    require(is_accredited(state, ticket, maintainer), Code.NOT_ACCREDITED)
    return (BidCommitted(command.machine, command.kind, command.n, maintainer.party, command.commitment),)


def reveal_bid(state: State, command: RevealBid, sender: bytes, time: int) -> tuple[BidRevealed]:
    maintainer = engaged_party(state, sender)
    ticket = current_ticket(state, command.machine, command.kind, command.n)
    key = ("bid", command.machine, command.kind, command.n, maintainer.party)
    committed = existing(state, BidRecord, key)
    require_open(ticket, SelectionPolicy.SEALED)
    require(committed.state == BidState.COMMITTED, Code.WRONG_STATE)
    now = max(time, ticket.time)
    require(now >= ticket.selection.commit_until, Code.BIDDING_OPEN)
    require(now < ticket.selection.reveal_until, Code.BIDDING_CLOSED)
    shown = commitment(deployment(state).deployment, maintainer.party, command)
    require(shown == committed.commitment, Code.BAD_REVEAL)
    return (
        BidRevealed(
            command.machine,
            command.kind,
            command.n,
            maintainer.party,
            command.price,
            command.eta,
            command.distance,
            reputation(state["standing", maintainer.party]),
            command.offer,
        ),
    )


def award_ticket(state: State, command: AwardTicket, sender: bytes, time: int) -> tuple[Event, ...]:
    party = engaged_party(state, sender)
    ticket = current_ticket(state, command.machine, command.kind, command.n)
    machine: Machine = state["machine", command.machine]
    require(is_side(machine, party), Code.NOT_AUTHORISED)
    require(ticket.state == TicketState.OPEN, Code.WRONG_STATE)
    require(ticket.selection.policy != SelectionPolicy.FCFS, Code.WRONG_STATE)
    require(command.version == ticket.version, Code.STALE_VERSION)
    now = max(time, ticket.time)
    bids = _bids_of(state, ticket)
    placed = [one for one in bids if one.state == BidState.PLACED and _may_serve(state, one)]
    require(_may_award(ticket.selection, len(placed), now), Code.BIDDING_OPEN)
    unrevealed = tuple(
        MisbehaviourCounted(one.maintainer, Misbehaviour.UNREVEALED_BID)
        for one in bids
        if one.state == BidState.COMMITTED
    )
    return (_awarded(state, ticket, placed, now), *unrevealed)


def _bids_of(state: State, ticket: Ticket) -> list[BidRecord]:
    keys = (("bid", ticket.machine, ticket.kind, ticket.n, number) for number in accredited(state, ticket))
    return [state[key] for key in keys if key in state]


def _may_serve(state: State, one: BidRecord) -> bool:
    """Whether the bidder could do the work now; a bid outlives its bidder's suspension, its chance does not."""
    return is_active_as(state["party", one.maintainer], Role.MAINTAINER)


def _may_award(selection: Selection, placed: int, now: int) -> bool:
    if selection.policy == SelectionPolicy.SEALED:
        return now >= selection.reveal_until
    return now >= selection.award_at or 0 < selection.award_from <= placed


def _awarded(state: State, ticket: Ticket, placed: list[BidRecord], now: int) -> TicketAwarded | TicketCancelled:
    if not placed:
        return TicketCancelled(ticket.machine, ticket.kind, ticket.n, ticket.version + 1, now)
    winner = award(placed, ticket.selection, deployment(state).deployment)
    return TicketAwarded(
        ticket.machine,
        ticket.kind,
        ticket.n,
        ticket.version + 1,
        winner.maintainer,
        winner.score,
        len(placed),
        now,
    )


# Folds


def bid_placed(state: State, event: BidPlaced | BidRevealed) -> State:
    record = BidRecord(
        machine=event.machine,
        kind=event.kind,
        n=event.n,
        maintainer=event.maintainer,
        state=BidState.PLACED,
        commitment=ZERO_DIGEST,
        price=event.price,
        eta=event.eta,
        distance=event.distance,
        reputation=event.reputation,
        offer=event.offer,
    )
    return state.set(("bid", event.machine, event.kind, event.n, event.maintainer), record)


def bid_committed(state: State, event: BidCommitted) -> State:
    record = BidRecord(
        machine=event.machine,
        kind=event.kind,
        n=event.n,
        maintainer=event.maintainer,
        state=BidState.COMMITTED,
        commitment=event.commitment,
        price=0,
        eta=0,
        distance=0,
        reputation=0,
        offer=ZERO_DIGEST,
    )
    return state.set(("bid", event.machine, event.kind, event.n, event.maintainer), record)
