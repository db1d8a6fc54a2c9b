"""A block of the channel as the protocol sees it: its reference, and for each transaction its code and its events."""

import hashlib
import json
from dataclasses import dataclass

from google.protobuf.message import DecodeError
from maas_ledger_fabric.protos import Message, chaincode_event, common, proposal, proposal_response, transaction

from maas_core.ports.workflow import BlockRef, EventBlock, LedgerEvent, Undecodable
from maas_core.protocol import PROTOCOL
from maas_core.protocol.events import Event
from maas_core.protocol.wire import WireError, event_from_json

VALID: int = transaction.VALID
DUPLICATE: int = transaction.DUPLICATE_TXID
NO_TRANSACTION = bytes(32)


@dataclass(frozen=True, slots=True)
class BlockTransaction:
    """One transaction of a block, in its order."""

    id: bytes
    """32 bytes; zero for what is no transaction of a client."""
    code: int
    """`TxValidationCode` that the peer gave it."""
    time: int
    """Seconds UTC, as its sender says."""
    payload: bytes = b""
    """The protocol's events in JSON, if it is valid and has some."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block."""

    ref: BlockRef
    header: bytes
    """Fabric's hash of the header, 32 bytes: what the next block names as the one before."""
    previous: bytes
    transactions: tuple[BlockTransaction, ...]


def parse_block(block: Message, chaincode: str) -> Block:
    """A block as a peer delivers it.

    The reference's digest covers the validation codes too, which Fabric's own hash of the header does not: two peers
    that report the same digest agree on what is in the block and on what of it took effect. Its time is the latest of
    the valid transactions' times (of all, if none is valid).
    """
    codes = block.metadata.metadata[common.TRANSACTIONS_FILTER]
    transactions = tuple(
        _transaction(content, code, chaincode) for content, code in zip(block.data.data, codes, strict=True)
    )
    times = [one.time for one in transactions if one.code == VALID] or [one.time for one in transactions]
    header = header_hash(block.header.number, block.header.previous_hash, block.header.data_hash)
    digest = hashlib.sha256(header + codes).digest()
    ref = BlockRef(block.header.number, digest, max(times, default=0))
    return Block(ref, header, block.header.previous_hash, transactions)


def header_hash(number: int, previous: bytes, data: bytes) -> bytes:
    """Fabric's hash of a block: SHA-256 of the ASN.1 sequence of number, previous hash and data hash."""
    width = max(1, (number.bit_length() + 8) // 8)
    content = _der(0x02, number.to_bytes(width, "big")) + _der(0x04, previous) + _der(0x04, data)
    return hashlib.sha256(_der(0x30, content)).digest()


def _der(tag: int, content: bytes) -> bytes:
    assert len(content) < 128, "hashes and a number are short"
    return bytes((tag, len(content))) + content


def _transaction(content: bytes, code: int, chaincode: str) -> BlockTransaction:
    try:
        payload = common.Payload.FromString(common.Envelope.FromString(content).payload)
        header = common.ChannelHeader.FromString(payload.header.channel_header)
        identifier = bytes.fromhex(header.tx_id)
        events = b""
        if code == VALID and header.type == common.ENDORSER_TRANSACTION:
            events = _events(payload.data, chaincode)
    except (DecodeError, ValueError):
        return BlockTransaction(NO_TRANSACTION, code, 0)
    return BlockTransaction(identifier or NO_TRANSACTION, code, header.timestamp.seconds, events)


def _events(data: bytes, chaincode: str) -> bytes:
    """What the chaincode attached to the first action of a transaction; there is never a second."""
    [first, *_] = transaction.Transaction.FromString(data).actions
    action = transaction.ChaincodeActionPayload.FromString(first.payload).action
    answer = proposal_response.ProposalResponsePayload.FromString(action.proposal_response_payload)
    result = proposal.ChaincodeAction.FromString(answer.extension)
    event = chaincode_event.ChaincodeEvent.FromString(result.events)
    if event.chaincode_id != chaincode or event.event_name != PROTOCOL:
        return b""
    payload: bytes = event.payload
    return payload


def event_block(block: Block) -> EventBlock:
    """The protocol's events of a block, in the order of its transactions."""
    events = tuple(
        LedgerEvent(one.id, event) for one in block.transactions if one.payload for event in decode_events(one.payload)
    )
    return EventBlock(block.ref, events)


def decode_events(payload: bytes) -> list[Event | Undecodable]:
    """The protocol's events of one transaction, in their order; what this version cannot read stands in its place."""
    try:
        found = json.loads(payload)
        if not isinstance(found, list):
            raise WireError("a transaction's events are no list")
    except (ValueError, RecursionError) as error:
        return [Undecodable(payload.decode("utf-8", "replace"), str(error))]
    return [_event(one) for one in found]


def _event(value: object) -> Event | Undecodable:
    try:
        return event_from_json(value)  # type: ignore[arg-type] # it checks
    except WireError as error:
        return Undecodable(json.dumps(value), str(error))
