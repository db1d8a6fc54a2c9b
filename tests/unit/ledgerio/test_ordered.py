"""The adapter that makes a ledger of an ordered log."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from maas_core.ledgerio.ordered import READ, OrderedLedger, as_ledger, profile_of
from maas_core.ledgerio.replay import MALFORMED, Replay, encode_payload
from maas_core.ports.backends import Context, OrderedLogBackend
from maas_core.ports.workflow import (
    BlockRef,
    EventPage,
    Pending,
    Prepared,
    Receipt,
    ReceiptStatus,
    Refused,
    Unavailable,
)
from maas_core.protocol import commands as c
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.testing.memory_log import MemoryLog, SharedEntries
from tests.support.ordered import (
    BOARD,
    CLOCK,
    DEPLOYMENT,
    FOUND,
    block_at,
    followed,
    grown,
    invitation,
    prepared,
    put,
    receipt,
    sent,
    soon,
)


@pytest.fixture
def shared() -> SharedEntries:
    return SharedEntries()


@pytest.fixture
def ledger(shared: SharedEntries) -> OrderedLedger:
    return OrderedLedger(MemoryLog(shared, BOARD))


def test_equal_commands_are_two_transactions(ledger: OrderedLedger) -> None:
    assert prepared(ledger, FOUND).transaction != prepared(ledger, FOUND).transaction


def test_the_salt_can_be_chosen(shared: SharedEntries) -> None:
    one, other = (OrderedLedger(MemoryLog(shared, BOARD), salt=bytes) for _ in range(2))
    assert prepared(one, FOUND) == prepared(other, FOUND)


def test_a_command_that_no_ledger_can_carry_is_refused_with_the_name_of_its_field(ledger: OrderedLedger) -> None:
    answer = ledger.prepare(replace(FOUND, profile=b"short"), Pending(), soon())
    assert isinstance(answer, Refused)
    assert "found.profile" in answer.reason
    assert answer.rejection is None


def test_a_command_of_exactly_the_declared_size_fits(shared: SharedEntries) -> None:
    log = MemoryLog(shared, BOARD)
    size = len(encode_payload(FOUND, DEPLOYMENT, bytes(16)))
    log.max_payload_bytes = size
    assert OrderedLedger(log).profile.max_command_bytes == len(json.dumps(_written(FOUND), separators=(",", ":")))
    assert isinstance(OrderedLedger(log).prepare(FOUND, Pending(), soon()), Prepared)
    log.max_payload_bytes = size - 1
    assert isinstance(OrderedLedger(log).prepare(FOUND, Pending(), soon()), Refused)


def _written(command: c.Command) -> object:
    return json.loads(encode_payload(command, DEPLOYMENT, bytes(16)))["command"]


def test_a_second_founding_is_refused_by_the_protocol_whatever_it_names(ledger: OrderedLedger) -> None:
    first, second = sent(ledger, FOUND, replace(FOUND, deployment=b"e" * 32))
    assert receipt(ledger, first).status is ReceiptStatus.INCLUDED
    assert receipt(ledger, second).rejection == Rejection(Code.ALREADY_EXISTS)


def test_before_the_founding_nobody_is_known(ledger: OrderedLedger) -> None:
    [early] = sent(ledger, invitation(2))
    assert receipt(ledger, early).rejection == Rejection(Code.NOT_AUTHORISED)


def test_a_participant_that_comes_later_signs_for_the_deployment_that_it_finds(
    shared: SharedEntries, ledger: OrderedLedger
) -> None:
    sent(ledger, FOUND)
    late = OrderedLedger(MemoryLog(shared, BOARD))
    [transaction] = sent(late, invitation(2))
    assert receipt(late, transaction).status is ReceiptStatus.INCLUDED


GOOD = {
    "command": {"type": "join", "profile": "00" * 32},
    "deployment": DEPLOYMENT.hex(),
    "protocol": "maas/1",
    "salt": "",
}


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"garbage",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b"1" * 10_000,
        json.dumps(GOOD | {"more": 1}).encode(),
        json.dumps(GOOD | {"protocol": "maas/2"}).encode(),
        json.dumps(GOOD | {"deployment": "00" * 32}).encode(),
        json.dumps(GOOD | {"deployment": 7}).encode(),
        json.dumps(GOOD | {"command": None}).encode(),
        json.dumps(GOOD | {"command": {"type": "unheard_of"}}).encode(),
        json.dumps(GOOD | {"command": {"type": ["join"]}}).encode(),
        json.dumps(GOOD | {"command": {"type": "join", "profile": "0"}}).encode(),
        encode_payload(invitation(3), b"e" * 32, b""),
    ],
    ids=[str(number) for number in range(17)],
)
def test_what_holds_no_command_of_the_deployment_is_rejected_and_changes_nothing(
    shared: SharedEntries, ledger: OrderedLedger, payload: bytes
) -> None:
    sent(ledger, FOUND)
    garbage = put(shared, payload)
    [later] = sent(ledger, invitation(2))
    assert receipt(ledger, garbage) == Receipt(
        garbage, ReceiptStatus.REJECTED, block_at(shared, 2), Rejection(Code.INVALID_ARGUMENT)
    )
    assert receipt(ledger, later).status is ReceiptStatus.INCLUDED
    assert garbage not in {event.transaction for event in followed(ledger, None, 100)}


def test_garbage_is_told_from_commands_that_the_protocol_refuses(shared: SharedEntries) -> None:
    put(shared, b"garbage")
    replay = Replay()
    assert replay.take(shared.entries[0]).outcome is MALFORMED


@pytest.mark.parametrize("limit", [1, 2, 5, 1000])
def test_events_that_are_no_longer_in_memory_are_made_again(shared: SharedEntries, limit: int) -> None:
    ledger = OrderedLedger(MemoryLog(shared, BOARD), recent=4)
    grown(ledger, 20)
    full = OrderedLedger(MemoryLog(shared, BOARD))
    assert followed(ledger, None, limit) == followed(full, None, 1000)
    for height in range(1, 22):
        assert followed(ledger, block_at(shared, height), limit) == followed(full, block_at(shared, height), 1000)


def test_a_page_stops_at_the_limit_and_says_how_far_it_looked(shared: SharedEntries, ledger: OrderedLedger) -> None:
    grown(ledger, 3)
    page = ledger.events(None, 2, soon())
    assert isinstance(page, EventPage)
    assert page.through == block_at(shared, 2)
    assert [block.block.height for block in page.blocks] == [1, 2]


def test_a_page_of_nothing_but_refusals_moves_the_checkpoint(shared: SharedEntries, ledger: OrderedLedger) -> None:
    for number in range(5):
        put(shared, b"garbage %d" % number)
    assert ledger.events(None, 1, soon()) == EventPage((), block_at(shared, 5))
    assert ledger.events(block_at(shared, 5), 1, soon()) == EventPage((), None)


def test_receipts_of_old_transactions_are_looked_up(shared: SharedEntries) -> None:
    ledger = OrderedLedger(MemoryLog(shared, BOARD), recent=3)
    invitations = grown(ledger, 10)
    put(shared, b"garbage")
    grown(ledger, 10)
    expected = [Receipt(one, ReceiptStatus.INCLUDED, block_at(shared, 2 + n)) for n, one in enumerate(invitations)]
    assert ledger.receipts(invitations, soon()) == expected
    again = shared.entries[12].transaction
    assert receipt(ledger, again).rejection == Rejection(Code.ALREADY_EXISTS)


def test_old_blocks_are_canonical_too(shared: SharedEntries) -> None:
    ledger = OrderedLedger(MemoryLog(shared, BOARD), recent=3)
    grown(ledger, 10)
    assert all(ledger.is_canonical(block_at(shared, height), soon()) is True for height in range(1, 12))
    assert ledger.is_canonical(replace(block_at(shared, 2), digest=bytes(32)), soon()) is False
    assert ledger.is_canonical(BlockRef(0, b"x" * 32, 0), soon()) is False


def test_what_is_taken_and_not_yet_shown_is_pending(shared: SharedEntries, ledger: OrderedLedger) -> None:
    [transaction] = sent(ledger, FOUND)
    shared.hidden = 1
    assert receipt(ledger, transaction).status is ReceiptStatus.PENDING
    shared.hidden = 0
    assert receipt(ledger, transaction).status is ReceiptStatus.INCLUDED


def test_an_empty_log_has_a_head_at_height_zero(ledger: OrderedLedger) -> None:
    assert ledger.head(soon()) == BlockRef(0, bytes(32), 0)
    assert ledger.final_height(soon()) == 0
    assert ledger.events(None, 10, soon()) == EventPage((), None)


def test_all_that_is_in_the_log_is_final(ledger: OrderedLedger) -> None:
    grown(ledger, 3)
    assert ledger.final_height(soon()) == 4
    assert ledger.observers() == ()


def test_when_the_log_does_not_answer_every_call_says_so(shared: SharedEntries, ledger: OrderedLedger) -> None:
    shared.reads_left = 0
    block = BlockRef(1, bytes(32), 0)
    answers = [
        ledger.prepare(invitation(2), Pending(), soon()),
        ledger.events(None, 1, soon()),
        ledger.read_record(("deployment",), soon()),
        ledger.head(soon()),
        ledger.is_canonical(block, soon()),
        ledger.final_height(soon()),
    ]
    assert answers == [Unavailable("no time left")] * len(answers)
    assert receipt(ledger, b"t").status is ReceiptStatus.UNAVAILABLE


def test_when_the_log_stops_answering_half_way_the_next_call_goes_on_from_there(shared: SharedEntries) -> None:
    for number in range(2 * READ + 5):
        put(shared, b"garbage %d" % number)
    ledger = OrderedLedger(MemoryLog(shared, BOARD))
    shared.reads_left = 1
    assert isinstance(ledger.head(soon()), Unavailable)
    shared.reads_left = 2
    assert ledger.head(soon()) == block_at(shared, 2 * READ + 5)


def test_following_old_events_goes_on_where_the_log_stopped_answering(shared: SharedEntries) -> None:
    for number in range(3 * READ):
        put(shared, b"garbage %d" % number)
    ledger = OrderedLedger(MemoryLog(shared, BOARD), recent=4)
    ledger.head(soon())
    shared.reads_left = 3
    assert ledger.events(None, 1, soon()) == EventPage((), block_at(shared, 2 * READ))
    shared.reads_left = None
    assert ledger.events(block_at(shared, 2 * READ), 1, soon()) == EventPage((), block_at(shared, 3 * READ))


def test_a_record_is_what_is_stored_and_nothing_else_can_be_read(ledger: OrderedLedger) -> None:
    sent(ledger, FOUND)
    record = ledger.read_record(("party", 1), soon())
    assert record is not None
    assert not isinstance(record, Unavailable)
    assert getattr(record, "profile") == ZERO_DIGEST  # noqa: B009 - a Record has no fields of its own
    assert ledger.read_record(("identity", BOARD), soon()) is None


def test_the_state_digest_changes_with_every_accepted_command(shared: SharedEntries, ledger: OrderedLedger) -> None:
    grown(ledger, 3)
    replay = Replay()
    digests = [replay.digest()]
    for entry in shared.entries:
        replay.take(entry)
        digests.append(replay.digest())
    assert all(before != after for before, after in pairwise(digests))


def test_the_backend_of_a_log_becomes_the_backend_of_a_ledger(shared: SharedEntries, tmp_path: object) -> None:
    backend = OrderedLogBackend("memory", "for tests", dict, lambda _settings, _context: MemoryLog(shared, BOARD))
    ledger_backend = as_ledger(backend)
    assert (ledger_backend.name, ledger_backend.settings) == ("memory", dict)
    assert ledger_backend.profile({}) == profile_of("memory")
    opened = ledger_backend.open({}, Context(CLOCK, None, tmp_path))  # type: ignore[arg-type]
    assert opened.workflow.profile == profile_of("memory")
    assert opened.finality.head(soon()) == BlockRef(0, bytes(32), 0)
    opened.workflow.close()
