"""What must hold for the events of a whole history, read from the events and the records at its end."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from immutables import Map

from maas_core.protocol import events as e
from maas_core.protocol.events import Event
from maas_core.protocol.model import EMPTY, apply
from maas_core.protocol.model.overlay import Overlay
from maas_core.protocol.records import Key
from maas_core.protocol.states import AnchorKind, InvoiceKind, InvoiceState, PartyState, Role, TicketState
from maas_core.protocol.wire import event_from_json, event_to_json

Events = Iterable[Event]


def records_come_from_events_alone(events: Events, state: Map[Key, Any]) -> None:
    """Events that were written down and read again rebuild every record, over a map and over another kind of state."""
    read = [event_from_json(event_to_json(event)) for event in events]
    overlay = apply(Overlay(lambda _: None), read)
    assert isinstance(overlay, Overlay)

    assert apply(EMPTY, read) == state
    assert {key: overlay.get(key) for key in overlay.changes if key in overlay} == dict(state.items())


def invoices_tile_a_machines_time(events: Events, state: Map[Key, Any]) -> None:
    """PERIOD and FINAL invoices follow each other without gap or overlap, in time and in anchors; FINAL is the last."""
    chains: dict[bytes, list[e.InvoiceIssued]] = defaultdict(list)
    for event in events:
        if isinstance(event, e.InvoiceIssued) and event.kind != InvoiceKind.SERVICE:
            chains[event.machine].append(event)
    for machine, chain in chains.items():
        for before, after in pairwise(chain):
            assert after.window_from == before.window_to
            assert after.seq_from == before.seq_to
            assert before.kind == InvoiceKind.PERIOD
        assert chain[0].seq_from == 1
        assert all(one.window_from < one.window_to for one in chain if one.kind == InvoiceKind.PERIOD)
        assert state["billing_head", machine].billed_to == chain[-1].window_to
        assert state["billing_head", machine].billed_seq == chain[-1].seq_to - 1 <= state["anchor_head", machine].seq


def anchors_are_gapless(events: Events, state: Map[Key, Any]) -> None:
    """A machine's anchors are numbered from 1, REGULAR windows never overlap, a CORRECTION names an earlier anchor."""
    seqs: dict[bytes, int] = defaultdict(int)
    ends: dict[bytes, int] = defaultdict(int)
    for event in events:
        if isinstance(event, e.TelemetryAnchored):
            seqs[event.machine] += 1
            assert event.seq == seqs[event.machine]
            assert event.window_from < event.window_to
            if event.kind == AnchorKind.REGULAR:
                assert event.window_from >= ends[event.machine]
                ends[event.machine] = event.window_to
            else:
                assert 0 < event.corrects < event.seq
                assert event.window_to <= ends[event.machine]
    for machine, seq in seqs.items():
        head = state["anchor_head", machine]
        assert (head.seq, head.window_to) == (seq, ends[machine])


def a_ticket_has_one_assignee_at_most(events: Events, state: Map[Key, Any]) -> None:
    """Nobody is assigned to a ticket that has an assignee, and the record says who it is."""
    assignees: dict[tuple[bytes, int], int] = {}
    for event in events:
        match event:
            case e.TicketOpened(machine, kind) | e.TicketReleased(machine, kind):
                assignees[machine, kind] = 0
            case e.TicketAccepted() | e.TicketAwarded():
                assert assignees[event.machine, event.kind] == 0
                assignees[event.machine, event.kind] = event.assignee
            case _:
                pass
    has_one = (TicketState.ASSIGNED, TicketState.COMPLETED, TicketState.CLOSED)
    for (machine, kind), assignee in assignees.items():
        ticket = state["ticket", machine, kind]
        assert ticket.assignee == assignee
        assert (assignee != 0) == (ticket.state in has_one)


def money_is_conserved(events: Events, state: Map[Key, Any]) -> None:
    """An invoice is worth what was issued, revised or ruled last and nothing else; sums over a machine agree."""
    worth: dict[bytes, int] = {}
    settled: dict[bytes, int] = {}
    billed: dict[bytes, int] = defaultdict(int)
    for event in events:
        match event:
            case e.InvoiceIssued():
                assert event.invoice not in worth
                worth[event.invoice] = event.amount
                billed[event.machine] += event.amount
            case e.InvoiceRevised() | e.InvoiceRuled():
                assert event.invoice not in settled
                billed[state["invoice", event.invoice].machine] += event.amount - worth[event.invoice]
                worth[event.invoice] = event.amount
            case e.InvoiceSettled():
                assert event.invoice not in settled
                settled[event.invoice] = worth[event.invoice]
            case _:
                pass
    invoices = [record for key, record in state.items() if key[0] == "invoice"]
    assert {one.invoice: one.amount for one in invoices} == worth
    paid = {one.invoice: one.amount for one in invoices if one.state == InvoiceState.SETTLED}
    assert paid == settled
    for machine, total in billed.items():
        assert total == sum(one.amount for one in invoices if one.machine == machine)


def the_quorum_is_reachable(state: Mapping[Key, Any]) -> None:
    """There are as many active BOARD parties as the record says, at least the quorum and at most 16 of them."""
    board = [
        record
        for key, record in state.items()
        if key[0] == "party" and record.state == PartyState.ACTIVE and record.roles & Role.BOARD
    ]
    deployment = state["deployment",]
    assert len(board) == deployment.board
    assert 1 <= deployment.rules.quorum <= len(board) <= 16


def identities_and_parties_agree(state: Mapping[Key, Any]) -> None:
    """Every party is known by exactly its identity, and has a standing."""
    parties = {record.party: record.identity for key, record in state.items() if key[0] == "party"}
    known = {key[1]: number for key, number in state.items() if key[0] == "identity"}
    assert known == {identity: number for number, identity in parties.items()}
    assert {key[1] for key, _ in state.items() if key[0] == "standing"} == parties.keys()
    assert state["deployment",].parties == len(parties)
