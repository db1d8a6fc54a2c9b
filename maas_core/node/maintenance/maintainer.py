"""The agent of a maintainer: answers tickets that it may serve, opens its sealed bids, sends people out.

It acts on final records only. Nobody is sent out on a decision that may still be undone: a dispatch is an action of its
own, stored with the block in which the ticket became ours.
"""

import json
from secrets import token_bytes
from typing import TYPE_CHECKING

from maas_core.errors import IntegrityError, NoAccessError
from maas_core.maintenance.bidding import Refusal, Way, fitting, gave_back, may_reveal, way
from maas_core.maintenance.documents import offer_document
from maas_core.maintenance.tickets import Story
from maas_core.node.maintenance.actions import Action, Actions, ActionState, Subject
from maas_core.node.maintenance.facts import OFFER, WORK, Facts
from maas_core.plugins import in_one_line
from maas_core.ports.bid_strategy import Accept, BidStrategy, Offer, Opportunity
from maas_core.proofs import canonical
from maas_core.protocol.commands import AcceptTicket, Bid, Command, CommitBid, RevealBid
from maas_core.protocol.digests import commitment
from maas_core.protocol.records import BidRecord, Party, Ticket
from maas_core.protocol.states import BidState, PartyState, Role, SelectionPolicy, TicketKind, TicketState
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.protocol.wire import command_from_json, command_to_json

if TYPE_CHECKING:
    from maas_core.node.node import Node

ACCEPT, BID, COMMIT, REVEAL, DISPATCH = "accept", "bid", "commit", "reveal", "dispatch"


class MaintainerAgent:
    """Watches tickets on behalf of this node's party."""

    def __init__(self, node: "Node", facts: Facts, actions: Actions) -> None:
        self._node = node
        self._facts = facts
        self._actions = actions
        self._section = node.config.maintenance
        self._strategy: BidStrategy | None = None
        self.passed: dict[str, str] = {}
        """Open tickets that the strategy leaves to others, and why; as of the last step."""

    def step(self) -> list[str]:
        """Decide what there is to decide; returns what was decided, for people."""
        me = self._node.parties.me()
        if not me.roles & Role.MAINTAINER:
            return []
        told: list[str] = []
        self.passed = {}
        for ticket in self._facts.tickets():
            if ticket.state == TicketState.ASSIGNED and ticket.assignee == me.party:
                told += self._dispatch(ticket)
            elif ticket.state == TicketState.OPEN:
                told += self._reveal(ticket, me.party) or self._answer(ticket, me)
        return told

    # Answering

    def _answer(self, ticket: Ticket, me: Party) -> list[str]:
        chosen = way(ticket, self._node.clock.now() + self._margin(ticket))
        backend = self._section.strategy
        may_serve = me.party in self._facts.accredited(ticket.oem, ticket.machine_class)
        if chosen is None or backend is None or not may_serve or me.state != PartyState.ACTIVE:
            return []
        key = _key(chosen.value, ticket, ticket.version if chosen is Way.ACCEPT else None)
        story = self._story(ticket)
        if story is None or gave_back(story, me.party) or not self._actions.may_plan(key):
            return []
        answer = self._asked(ticket, me.party, chosen)
        if isinstance(answer, Refusal):
            self.passed[_name(ticket)] = answer.reason
            return []
        self._actions.plan(self._decided(key, chosen, ticket, answer))
        return [f"{_name(ticket)}: {_said(chosen, answer)}"]

    def _asked(self, ticket: Ticket, me: int, chosen: Way) -> Accept | Offer | Refusal:
        opportunity = self._opportunity(ticket, me)
        try:
            return fitting(self._strategy_of_config().decide(opportunity), chosen)
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything, e.g. about what others wrote
            return Refusal(f"the strategy failed: {in_one_line(error)}")

    def _margin(self, ticket: Ticket) -> int:
        """Bidding ends a little earlier here than on the ledger, but never before it began."""
        chosen = ticket.selection
        ends = chosen.award_at if chosen.policy == SelectionPolicy.SCORED else chosen.commit_until
        return max(0, min(self._section.margin, (ends - ticket.open_since) // 2))

    def _strategy_of_config(self) -> BidStrategy:
        if self._strategy is None:
            backend = self._section.strategy
            assert backend is not None
            self._strategy = backend.open(self._section.settings)
        return self._strategy

    def _story(self, ticket: Ticket) -> Story | None:
        return self._facts.stories(ticket.machine).get((ticket.machine, TicketKind(ticket.kind), ticket.n))

    def _opportunity(self, ticket: Ticket, me: int) -> Opportunity:
        sealed = ticket.selection.policy == SelectionPolicy.SEALED
        bids = [] if sealed else self._node.tickets.bids(ticket.machine, TicketKind(ticket.kind))
        return Opportunity(
            ticket=ticket,
            machine=self._node.machines.get(ticket.machine).record,
            work=self._work(ticket),
            bids=tuple(seen.record for seen in bids if not seen.provisional),
            own_tickets=sum(one.state == TicketState.ASSIGNED and one.assignee == me for one in self._facts.tickets()),
            now=self._node.clock.now(),
        )

    def _work(self, ticket: Ticket) -> dict[str, object]:
        """The work document, whatever it says; empty if it cannot be read."""
        try:
            content = canonical.loads(self._node.documents.read(ticket.work, WORK))
        except (IntegrityError, NoAccessError):
            return {}
        return content if isinstance(content, dict) else {}

    def _decided(self, key: str, chosen: Way, ticket: Ticket, answer: Accept | Offer) -> Action:
        subject = Subject(ticket.machine, ticket.kind, ticket.n)
        if isinstance(answer, Accept):
            command: Command = AcceptTicket(ticket.machine, ticket.kind, ticket.n, ticket.version)
            return Action(key, ACCEPT, subject, command)
        figures = (ticket.machine, ticket.kind, ticket.n, answer.price, answer.eta, answer.distance)
        offer = self._offer(ticket, answer)
        if chosen is Way.BID:
            return Action(key, BID, subject, Bid(*figures, offer))
        shown = RevealBid(*figures, offer, token_bytes(32))
        deployment = self._node.parties.deployment().record.deployment
        sealed = CommitBid(
            ticket.machine, ticket.kind, ticket.n, commitment(deployment, self._node.parties.me().party, shown)
        )
        return Action(key, COMMIT, subject, sealed, {"shown": command_to_json(shown)})

    def _offer(self, ticket: Ticket, answer: Offer) -> bytes:
        """The offer document, if there is anything to say. It holds no figures: they are under the bid's seal."""
        if not answer.details:
            return ZERO_DIGEST
        machine = self._node.machines.get(ticket.machine).record
        content, readers = offer_document(answer.details), self._facts.readers(machine)
        return self._node.documents.publish(OFFER, content, readers, machine.machine)

    # Opening a sealed bid

    def _is_committed(self, ticket: Ticket, me: int) -> bool:
        """Whether the ledger has our commitment. It need not be final: time for opening it may be short."""
        seen = self._node.records.find(BidRecord, ("bid", ticket.machine, ticket.kind, ticket.n, me))
        return seen is not None and seen.record.state == BidState.COMMITTED

    def _reveal(self, ticket: Ticket, me: int) -> list[str]:
        if not may_reveal(ticket, self._node.clock.now(), self._section.margin):
            return []
        committed = self._actions.find(_key(COMMIT, ticket))
        key = _key(REVEAL, ticket)
        if committed is None or not self._is_committed(ticket, me) or not self._actions.may_plan(key):
            return []
        shown = command_from_json(json.loads(json.dumps(committed.detail["shown"])))
        self._actions.plan(Action(key, REVEAL, committed.subject, shown))
        return [f"{_name(ticket)}: opens its bid"]

    # Doing the work

    def _dispatch(self, ticket: Ticket) -> list[str]:
        story = self._story(ticket)
        if story is None or not story.assignments:
            return []
        round_of = f"{len(story.assignments)}.{len(story.reopened_at)}"
        key = _key(DISPATCH, ticket, round_of)
        if self._actions.find(key) is not None:
            return []
        subject = Subject(ticket.machine, ticket.kind, ticket.n)
        block = story.assignments[-1].block
        self._actions.plan(Action(key, DISPATCH, subject, None, state=ActionState.DONE, block=block))
        return [f"{_name(ticket)}: ours by final block {block.height}; work can begin"]

    def jobs(self) -> list[Action]:
        """Work that was begun and not reported as done."""
        me = self._node.parties.me().party
        ours = {
            (one.machine, one.kind, one.n)
            for one in self._facts.tickets()
            if one.state == TicketState.ASSIGNED and one.assignee == me
        }
        newest: dict[Subject, Action] = {one.subject: one for one in self._actions.named(DISPATCH)}
        return [one for subject, one in newest.items() if (subject.machine, subject.kind, subject.n) in ours]


def _key(name: str, ticket: Ticket, more: object = None) -> str:
    tail = "" if more is None else f"/{more}"
    return f"{name}/{ticket.machine.hex()}/{ticket.kind}/{ticket.n}{tail}"


def _name(ticket: Ticket) -> str:
    return f"{TicketKind(ticket.kind).name.lower()} ticket {ticket.n} of {ticket.machine.hex()[:8]}"


def _said(chosen: Way, answer: Accept | Offer) -> str:
    if isinstance(answer, Accept):
        return "accepts"
    sealed = " under seal" if chosen is Way.COMMIT else ""
    return f"bids {answer.price}{sealed}, there in {answer.eta} s from {answer.distance} m"
