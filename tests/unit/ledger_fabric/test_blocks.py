"""Blocks as peers deliver them, and events that cannot be read."""

import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st
from maas_ledger_fabric.blocks import DUPLICATE, VALID, Block, BlockTransaction, decode_events, header_hash, parse_block
from maas_ledger_fabric.follower import Window
from maas_ledger_fabric.protos import (
    Message,
    chaincode_event,
    common,
    proposal,
    proposal_response,
    transaction,
)

from maas_core.ports.workflow import BlockRef, Undecodable
from maas_core.protocol import PROTOCOL
from maas_core.protocol.events import MachineReset
from maas_core.protocol.wire import event_to_json

EVENTS = (
    b'[{"type":"MachineReset","machine":"' + b"0a" * 16 + b'","version":"5","at":"1700000000"},'
    b'{"type":"MachineSang","machine":"00"}]'
)


def envelope(number: int, time: int, events: bytes = b"", chaincode: str = "maas", name: str = PROTOCOL) -> bytes:
    """A transaction as it lies in a block."""
    event = chaincode_event.ChaincodeEvent(chaincode_id=chaincode, event_name=name, payload=events)
    action = proposal.ChaincodeAction(events=event.SerializeToString())
    answer = proposal_response.ProposalResponsePayload(extension=action.SerializeToString())
    endorsed = transaction.ChaincodeEndorsedAction(proposal_response_payload=answer.SerializeToString())
    payload = transaction.ChaincodeActionPayload(action=endorsed)
    content = transaction.Transaction(actions=[transaction.TransactionAction(payload=payload.SerializeToString())])
    head = common.ChannelHeader(type=common.ENDORSER_TRANSACTION, tx_id=bytes([number] * 32).hex())
    head.timestamp.seconds = time
    header = common.Header(channel_header=head.SerializeToString())
    data = common.Payload(header=header, data=content.SerializeToString())
    signed: bytes = common.Envelope(payload=data.SerializeToString()).SerializeToString()
    return signed


def block(*contents: bytes, codes: bytes) -> Message:
    made = common.Block()
    made.header.number = 7
    made.header.previous_hash = b"p" * 32
    made.header.data_hash = b"d" * 32
    made.data.data.extend(contents)
    made.metadata.metadata.extend([b"", b"", codes, b"", b""])
    return made


def test_a_block_tells_each_transactions_code_and_the_events_of_valid_ones() -> None:
    found = parse_block(block(envelope(1, 100, EVENTS), envelope(2, 90, EVENTS), codes=bytes([VALID, 11])), "maas")
    assert [(one.id[:1], one.code, one.time) for one in found.transactions] == [(b"\1", 0, 100), (b"\2", 11, 90)]
    assert [one.payload for one in found.transactions] == [EVENTS, b""]
    assert (found.ref.height, found.previous) == (7, b"p" * 32)


@pytest.mark.parametrize(("chaincode", "name"), [("other", PROTOCOL), ("maas", "maas/2")])
def test_events_of_others_are_none_of_ours(chaincode: str, name: str) -> None:
    found = parse_block(block(envelope(1, 100, EVENTS, chaincode, name), codes=bytes([VALID])), "maas")
    assert found.transactions[0].payload == b""


@pytest.mark.parametrize(
    ("codes", "time"), [(bytes([VALID, VALID]), 100), (bytes([11, VALID]), 90), (bytes([11, 11]), 100)]
)
def test_its_time_is_the_latest_of_what_took_effect(codes: bytes, time: int) -> None:
    assert parse_block(block(envelope(1, 100), envelope(2, 90), codes=codes), "maas").ref.time == time


def test_its_digest_covers_header_and_codes() -> None:
    contents = (envelope(1, 100), envelope(2, 90))
    usual = parse_block(block(*contents, codes=bytes([VALID, VALID])), "maas")
    assert usual.ref.digest == hashlib.sha256(usual.header + bytes(2)).digest()
    assert parse_block(block(*contents, codes=bytes([VALID, 11])), "maas").ref.digest != usual.ref.digest


def test_what_is_no_transaction_is_skipped_with_its_code() -> None:
    found = parse_block(block(b"\xff\xff garbage", envelope(2, 90), codes=bytes([2, VALID])), "maas")
    assert [(one.id, one.code) for one in found.transactions] == [(bytes(32), 2), (b"\2" * 32, VALID)]


@given(number=st.integers(0, 2**64 - 1), previous=st.sampled_from([b"", b"p" * 32]))
def test_the_hash_of_a_header_is_that_of_its_asn1_form(number: int, previous: bytes) -> None:
    if number == 0:
        return
    pair = encode_dss_signature(number, 1)  # a sequence of two integers: the first is written as a header's number is
    written = pair[2 : 4 + pair[3]]
    content = written + b"\4" + bytes([len(previous)]) + previous + b"\4\x20" + b"d" * 32
    expected = hashlib.sha256(b"\x30" + bytes([len(content)]) + content).digest()
    assert header_hash(number, previous, b"d" * 32) == expected


def test_events_are_read_in_order_and_unknown_ones_stand_in_their_place() -> None:
    reset, unknown = decode_events(EVENTS)
    assert reset == MachineReset(b"\n" * 16, 5, 1_700_000_000)
    assert isinstance(unknown, Undecodable)
    assert "MachineSang" in unknown.raw
    assert event_to_json(reset)["type"] == "MachineReset"


@pytest.mark.parametrize("payload", [b"no json", b"{}", b"\xff", b"[" * 100_000])
def test_a_payload_that_is_no_list_is_one_undecodable(payload: bytes) -> None:
    [found] = decode_events(payload)
    assert isinstance(found, Undecodable)


# The window of the newest blocks


def consecutive(heights: range, each: int = 1) -> list[Block]:
    def header(height: int) -> bytes:
        return bytes([height % 256]) * 32

    return [
        Block(
            BlockRef(height, header(height), height),
            header(height),
            header(height - 1),
            tuple(BlockTransaction(bytes([height, place] + [0] * 30), VALID, 1, b"[]") for place in range(each)),
        )
        for height in heights
    ]


def test_a_window_keeps_the_newest_and_knows_what_it_does_not_keep() -> None:
    window = Window(blocks=3)
    for one in consecutive(range(10, 16)):
        assert window.take(one)
    assert (window.first, window.top) == (13, consecutive(range(15, 16))[0])
    assert window.after(12) == consecutive(range(13, 16))
    assert window.after(15) == []
    assert window.after(11) is None
    assert (window.at(12), window.at(16)) == (None, None)
    assert window.where(bytes([12, 0] + [0] * 30)) is None
    found = window.where(bytes([14, 0] + [0] * 30))
    assert found is not None
    assert found[0].ref.height == 14


@pytest.mark.parametrize("change", ["height", "previous"])
def test_a_block_that_does_not_follow_is_not_taken(change: str) -> None:
    window = Window()
    first, second = consecutive(range(10, 12))
    window.take(first)
    wrong = replace(second, previous=b"x" * 32) if change == "previous" else consecutive(range(12, 13))[0]
    assert not window.take(wrong)
    assert window.top == first


def test_a_duplicate_does_not_hide_the_transaction_that_counts() -> None:
    window = Window()
    first, second = consecutive(range(10, 12))
    again = replace(first.transactions[0], code=DUPLICATE)
    window.take(first)
    window.take(replace(second, transactions=(again,)))
    found = window.where(again.id)
    assert found is not None
    assert (found[0].ref.height, found[1].code) == (10, VALID)


@given(each=st.integers(1, 5), most=st.integers(1, 12), count=st.integers(1, 20))
def test_a_window_is_bounded_by_transactions_but_keeps_the_newest_block(each: int, most: int, count: int) -> None:
    window = Window(transactions=most)
    for one in consecutive(range(1, 1 + count), each):
        window.take(one)
    assert window.top is not None
    assert window.top.ref.height == count
    kept = window.after(count - 1 if window.first is None else window.first - 1)
    assert kept is not None
    assert len(kept) == 1 or sum(len(one.transactions) for one in kept) <= most
