"""What every ledger must do: subclass `LedgerSuite` in your tests, give a network, and run pytest.

    class TestMyLedger(LedgerSuite):
        @pytest.fixture(scope="class")
        @classmethod
        def network(cls):
            ledgers = {name: open_my_ledger(name) for name in PARTICIPANTS}
            yield Network(ledgers, patience=60, moment=120)

It works with times relative to the ledger's and with fresh ids, so a network may be real and may be used again. Which
refusals come before inclusion and which after is the ledger's own affair.
"""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from maas_core.ports.workflow import (
    Ability,
    Attempt,
    BlockRef,
    BroadcastStatus,
    EventBlock,
    FinalityKind,
    LedgerClock,
    Pending,
    Prepared,
    ReceiptStatus,
    Refused,
    Unavailable,
)
from maas_core.protocol import PROTOCOL
from maas_core.protocol import commands as c
from maas_core.protocol.events import Event
from maas_core.protocol.model import EMPTY, State, apply, decide, fold
from maas_core.protocol.records import RECORDS
from maas_core.protocol.schema import fields_of
from maas_core.protocol.wire import stored_from_json, stored_to_json
from maas_core.testing.ledger_cast import Cast, cast_of, fresh_id
from maas_core.testing.ledger_network import PARTICIPANTS, Actor, Done, Network
from maas_core.testing.ledger_refusals import LedgerRefusals
from maas_core.testing.ledger_story import LedgerStory

__all__ = ["PARTICIPANTS", "LedgerSuite", "Network"]


class LedgerPorts:
    """What the interfaces promise, beside the protocol."""

    def test_its_profile_says_what_it_is(self, cast: Cast) -> None:
        profile = cast.oem.ledger.workflow.profile
        assert PROTOCOL in profile.protocols
        assert profile.name
        assert profile.identity_form
        assert profile.finality
        assert profile.commands_per_broadcast >= 1

    def test_each_participant_has_an_identity_of_its_own(self, cast: Cast) -> None:
        identities = {cast.network.actor(name).identity for name in PARTICIPANTS}
        assert len(identities) == len(PARTICIPANTS)
        assert {len(identity) for identity in identities} == {32}

    def test_preparing_sends_nothing(self, cast: Cast) -> None:
        before = cast.oem.head()
        attempt = _prepared(cast.oem, cast.registration(fresh_id()))
        [receipt] = cast.oem.ledger.workflow.receipts([attempt.transaction], cast.network.soon())
        assert receipt.status is ReceiptStatus.UNKNOWN
        assert cast.oem.blocks(before) == []

    def test_a_command_that_is_too_large_is_refused_before_it_is_sent(self, cast: Cast) -> None:
        most = cast.oem.ledger.workflow.profile.max_command_bytes
        item = replace(cast.anchor(fresh_id(), 1, 0), locator=bytes(60_000))
        command = c.AnchorTelemetry((item,) * (1 + most // 120_000))
        outcome = cast.customer.ledger.workflow.prepare(command, Pending(), cast.network.soon())
        assert isinstance(outcome, Refused)
        assert outcome.reason

    def test_the_same_bytes_sent_twice_take_effect_once(self, cast: Cast) -> None:
        before = cast.oem.head()
        attempt = _prepared(cast.oem, cast.registration(fresh_id()))
        assert cast.oem.sends(attempt).status in (BroadcastStatus.ACCEPTED, BroadcastStatus.KNOWN)
        assert cast.oem.sends(attempt).status not in (BroadcastStatus.REFUSED, BroadcastStatus.UNAVAILABLE)
        assert cast.oem.receipt(attempt.transaction).status is ReceiptStatus.INCLUDED
        cast.oem.sends(attempt)
        cast.oem.does(cast.registration(fresh_id()))
        mine = [one for block in cast.oem.blocks(before) for one in block.events]
        assert [one.transaction for one in mine].count(attempt.transaction) == 1

    def test_receipts_come_in_the_order_asked_and_unknown_transactions_are_unknown(self, cast: Cast) -> None:
        done = cast.oem.does(cast.registration(fresh_id()))
        unknown = bytes(reversed(done.transaction))
        receipts = cast.oem.ledger.workflow.receipts([unknown, done.transaction], cast.network.soon())
        assert [one.transaction for one in receipts] == [unknown, done.transaction]
        assert [one.status for one in receipts] == [ReceiptStatus.UNKNOWN, ReceiptStatus.INCLUDED]

    def test_a_receipt_names_the_block_whose_events_others_see(self, cast: Cast) -> None:
        before = cast.customer.head()
        done = cast.oem.does(cast.registration(fresh_id()))
        [block] = [
            one for one in cast.customer.blocks(before) if done.transaction in {ev.transaction for ev in one.events}
        ]
        assert block.block == done.block

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
    def test_events_are_the_same_whatever_the_size_of_a_page(self, cast: Cast, limit: int) -> None:
        before = _checkpoint(cast)
        machine = cast.started()
        cast.customer.does(c.AnchorTelemetry((cast.anchor(machine, 1, 0),)))
        blocks = cast.oem.blocks(before, limit)
        assert blocks == cast.customer.blocks(before)
        heights = [block.block.height for block in blocks]
        assert heights == sorted(set(heights))

    def test_following_goes_on_from_any_checkpoint(self, cast: Cast) -> None:
        before = _checkpoint(cast)
        cast.started()
        cast.network.bury(cast.oem.head())
        blocks = cast.oem.blocks(before)
        for place, block in enumerate(blocks):
            assert cast.oem.blocks(block.block) == blocks[place + 1 :]

    def test_after_the_last_block_there_is_nothing(self, cast: Cast) -> None:
        page = cast.oem.ledger.workflow.events(cast.oem.head(), 10, cast.network.soon())
        assert not isinstance(page, Unavailable)
        assert all(not block.events for block in page.blocks)

    def test_blocks_of_events_are_canonical_and_invented_ones_are_not(self, cast: Cast) -> None:
        done = cast.oem.does(cast.registration(fresh_id()))
        finality = cast.customer.ledger.finality
        assert finality.is_canonical(done.block, cast.network.soon()) is True
        invented = replace(done.block, digest=bytes(reversed(done.block.digest)))
        assert finality.is_canonical(invented, cast.network.soon()) is False
        beyond = BlockRef(done.block.height + 1_000_000, done.block.digest, done.block.time)
        assert finality.is_canonical(beyond, cast.network.soon()) is False

    def test_what_is_final_only_grows_and_never_lies_above_the_head(self, cast: Cast) -> None:
        heights = []
        for _ in range(3):
            cast.oem.does(cast.registration(fresh_id()))
            heights.append(_final_height(cast.oem))
            if FinalityKind.INSTANT in cast.oem.ledger.workflow.profile.finality:
                assert heights[-1] == cast.oem.head().height
            assert heights[-1] is None or heights[-1] <= cast.oem.head().height
        known = [height for height in heights if height is not None]
        assert known == sorted(known)
        assert len(known) in (0, len(heights))

    def test_observers_are_declared_and_of_the_same_chain(self, cast: Cast) -> None:
        done = cast.oem.does(cast.registration(fresh_id()))
        observers = cast.oem.ledger.finality.observers()
        assert bool(observers) == (Ability.OBSERVERS in cast.oem.ledger.workflow.profile.abilities)
        for observer in observers:
            assert observer.is_canonical(done.block, cast.network.soon()) is True

    def test_changes_of_who_runs_the_ledger_are_declared(self, cast: Cast) -> None:
        declared = Ability.CHANGE_MEMBERS in cast.oem.ledger.workflow.profile.abilities
        assert declared == (cast.oem.ledger.membership is not None)

    def test_a_ledger_that_says_what_is_final_declares_it(self, cast: Cast) -> None:
        declared = cast.oem.ledger.workflow.profile.finality & {FinalityKind.INSTANT, FinalityKind.TAG}
        assert bool(declared) == (_final_height(cast.oem) is not None)

    def test_several_transactions_travel_in_one_broadcast(self, cast: Cast) -> None:
        attempts: list[Attempt] = []
        for _ in range(min(3, cast.oem.ledger.workflow.profile.commands_per_broadcast)):
            attempts.append(_prepared(cast.oem, cast.registration(fresh_id()), attempts))
        outcomes = cast.oem.ledger.workflow.broadcast(attempts, cast.network.soon())
        assert [one.transaction for one in outcomes] == [one.transaction for one in attempts]
        receipts = [cast.oem.receipt(one.transaction) for one in attempts]
        assert [one.status for one in receipts] == [ReceiptStatus.INCLUDED] * len(attempts)

    def test_records_that_do_not_exist_are_none(self, cast: Cast) -> None:
        assert cast.oem.reads("machine", fresh_id()) is None
        assert cast.oem.reads("invoice", fresh_id()) is None
        assert cast.oem.reads("bid", fresh_id(), 1, 1, 1) is None


class LedgerModel:
    """The ledger as a whole against the reference model: all that the tests before did on this network."""

    def test_every_transaction_had_the_effect_that_the_model_gives_it(self, cast: Cast) -> None:
        cast.started()
        done_by = {done.transaction: done for done in cast.network.done}
        state: State = EMPTY
        for block in cast.oem.blocks():
            for transaction, events in _transactions(block):
                if transaction in done_by:
                    _assert_effect(cast, state, done_by[transaction], events)
                state = apply(state, events)

    def test_records_are_what_the_events_say(self, cast: Cast) -> None:
        cast.started()
        state: State = EMPTY
        keys = []
        for block in cast.oem.blocks():
            for one in block.events:
                assert isinstance(one.event, Event), one.event
                state = fold(state, one.event)
        assert hasattr(state, "items")
        keys = [key for key, _ in state.items() if key[0] in RECORDS]
        for key in keys:
            assert cast.customer.reads(*key) == stored_from_json(stored_to_json(state[key])), key


TRIES = 5
"""Blocks that may go away in a row before something is wrong."""


class LedgerSuite(LedgerModel, LedgerRefusals, LedgerStory, LedgerPorts):
    """Subclass it and give it a fixture `network`: endpoints for all PARTICIPANTS."""

    @pytest.fixture
    def cast(self, network: Network) -> Cast:
        """Everybody in their roles."""
        return cast_of(network)


def _prepared(actor: Actor, command: c.Command, pending: Sequence[Attempt] = ()) -> Attempt:
    prepared = actor.ledger.workflow.prepare(command, Pending(tuple(pending)), actor.network.soon())
    assert isinstance(prepared, Prepared), prepared
    return prepared.attempt


def _checkpoint(cast: Cast) -> BlockRef:
    """A place to follow from that is not the very beginning, in a block that stays."""
    for _ in range(TRIES):
        block = cast.oem.does(cast.registration(fresh_id())).block
        cast.network.bury(block)
        if cast.oem.ledger.finality.is_canonical(block, cast.network.soon()) is True:
            return block
    raise AssertionError(f"{TRIES} blocks in a row went away before {cast.network.depth} lay above them")


def _final_height(actor: Actor) -> int | None:
    height = actor.ledger.finality.final_height(actor.network.soon())
    assert not isinstance(height, Unavailable), height
    return height


def _transactions(block: EventBlock) -> list[tuple[bytes, list[Event]]]:
    """The events of each transaction of a block, in their order."""
    found: dict[bytes, list[Event]] = {}
    for one in block.events:
        assert isinstance(one.event, Event), one.event
        found.setdefault(one.transaction, []).append(one.event)
    return list(found.items())


def _assert_effect(cast: Cast, state: State, done: Done, events: list[Event]) -> None:
    expected = decide(state, done.command, done.sender, done.block.time)
    assert isinstance(expected, tuple), f"{done.command}: the model says {expected}"
    if cast.oem.ledger.workflow.profile.clock is LedgerClock.TRANSACTION:
        assert [_timeless(one) for one in events] == [_timeless(one) for one in expected]
    else:
        assert tuple(events) == expected


TIMES = {"time", "expires", "response", "resolution"}


def _timeless(event: Event) -> tuple[type[Event], dict[str, object]]:
    """An event without what follows from ledger time, which no block tells where each transaction has its own."""
    names = [spec.name for spec in fields_of(type(event)) if spec.name not in TIMES]
    return type(event), {name: getattr(event, name) for name in names}
