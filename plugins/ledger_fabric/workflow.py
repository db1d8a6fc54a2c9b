"""The ledger: commands become endorsed transactions, and blocks become events."""

import json
from collections.abc import Callable, Sequence

from maas_ledger_fabric.blocks import DUPLICATE, VALID, Block, BlockTransaction, event_block, parse_block
from maas_ledger_fabric.client import Client, Endorsed
from maas_ledger_fabric.failures import NOT_THERE, Failure, Kind
from maas_ledger_fabric.follower import Follower
from maas_ledger_fabric.identity import Identity
from maas_ledger_fabric.protos import common, transaction
from maas_ledger_fabric.sent import Sent

from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import (
    Attempt,
    BlockRef,
    Broadcast,
    BroadcastStatus,
    EventPage,
    LedgerIdentity,
    LedgerProfile,
    Pending,
    Prepared,
    Receipt,
    ReceiptStatus,
    Refused,
    Unavailable,
)
from maas_core.protocol.commands import Command
from maas_core.protocol.records import Key, Record
from maas_core.protocol.wire import WireError, command_from_json, command_to_json, key_to_json, stored_from_json

AGAIN = frozenset(
    {
        transaction.MVCC_READ_CONFLICT,
        transaction.PHANTOM_READ_CONFLICT,
        transaction.EXPIRED_CHAINCODE,
        transaction.CHAINCODE_VERSION_CONFLICT,
    }
)
"""Codes after which a new endorsement can succeed: another transaction, or a new chaincode, came first."""


class FabricLedger:
    """Commands and events of one chaincode on one channel."""

    def __init__(
        self,
        client: Client,
        identity: Identity,
        follower: Follower,
        sent: Sent,
        profile: LedgerProfile,
        channel: str,
        chaincode: str,
        closes: Sequence[Callable[[], None]],
    ) -> None:
        """`closes` are called by `close`, in this order."""
        self._client = client
        self._identity = identity
        self._follower = follower
        self._sent = sent
        self._profile = profile
        self._channel = channel
        self._chaincode = chaincode
        self._closes = tuple(closes)

    @property
    def profile(self) -> LedgerProfile:
        """What this ledger is like."""
        return self._profile

    def identity(self) -> LedgerIdentity:
        """The MSP id with issuer and subject of the certificate."""
        return LedgerIdentity(self._identity.protocol_identity, self._identity.label)

    def prepare(self, command: Command, pending: Pending, deadline: Deadline) -> Prepared | Refused | Unavailable:
        """One command; see `prepare_all`."""
        del pending  # transactions have no order among themselves, and an endorsement replaces none
        return self.prepare_all([command], deadline)[0]

    def prepare_all(self, commands: Sequence[Command], deadline: Deadline) -> list[Prepared | Refused | Unavailable]:
        """Have commands endorsed, several at once, and sign the transactions. Nothing is sent to the orderers."""
        top = self._known_height(deadline)
        written = [self._written(command) for command in commands]
        calls = [(b"submit", one) for one in written if isinstance(one, bytes)]
        answers = iter(self._client.endorse(calls, deadline))
        return [
            one if isinstance(one, Refused) else self._prepared(one, next(answers), top, deadline) for one in written
        ]

    def _known_height(self, deadline: Deadline) -> int:
        """The newest block seen; when none was yet, half of the time is given to one."""
        known = self._follower.known_height()
        if known < 0:
            half = Deadline.after(deadline.clock, deadline.remaining() / 2)
            self._follower.top(half)
            known = self._follower.known_height()
        return known

    def _written(self, command: Command) -> bytes | Refused:
        try:
            content = command_to_json(command)
            command_from_json(content)
        except WireError as error:
            return Refused(str(error))
        text = json.dumps(content, separators=(",", ":")).encode()
        most = self._profile.max_command_bytes
        if len(text) > most:
            return Refused(f"the command has {len(text)} bytes, this ledger takes {most} (max_command_bytes)")
        return text

    def _prepared(
        self, text: bytes, answer: Endorsed | Failure, top: int, deadline: Deadline
    ) -> Prepared | Refused | Unavailable:
        if isinstance(answer, Failure) and answer.kind is Kind.REJECTED:
            answer = self._confirmed(text, answer, top, deadline)
        if isinstance(answer, Endorsed):
            self._sent.absent_up_to(answer.transaction, top)
            return Prepared(Attempt(answer.transaction, answer.payload))
        if answer.kind in (Kind.REJECTED, Kind.REFUSED):
            return Refused(answer.reason, answer.rejection)
        return Unavailable(answer.reason)

    def _confirmed(self, text: bytes, answer: Failure, top: int, deadline: Deadline) -> Endorsed | Failure:
        """A rejection by a peer that has all blocks that this node has seen; one that is behind is no judge."""
        if answer.address == self._follower.address or top < 0:
            return answer
        height = self._client.height(answer.address, deadline)
        if height is None or height <= top:
            return Failure(Kind.LATER, f"{answer.address}: is behind, it lacks block {top}")
        [again] = self._client.endorse([(b"submit", text)], deadline)
        if isinstance(again, Failure) and again.kind is Kind.REJECTED and again.address != answer.address:
            return Failure(Kind.LATER, f"{again.address}: may be behind")
        return again

    def broadcast(self, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        """Hand endorsed transactions to the ordering service, several at once."""
        answers = self._client.submit([(one.transaction, one.payload) for one in attempts], deadline)
        return [self._broadcast(one.transaction, answer) for one, answer in zip(attempts, answers, strict=True)]

    def _broadcast(self, transaction: bytes, failure: Failure | None) -> Broadcast:
        if failure is None:
            self._sent.taken(transaction)
            return Broadcast(transaction, BroadcastStatus.ACCEPTED)
        refused = failure.kind is Kind.REFUSED
        status = BroadcastStatus.REFUSED if refused else BroadcastStatus.UNAVAILABLE
        return Broadcast(transaction, status, failure.reason)

    def receipts(self, transactions: Sequence[bytes], deadline: Deadline) -> list[Receipt]:
        """From the newest blocks; only what may be in an older one is asked for."""
        top = self._follower.top(deadline)
        if isinstance(top, Unavailable):
            return [Receipt(one, ReceiptStatus.UNAVAILABLE) for one in transactions]
        return [self._receipt(one, top, deadline) for one in transactions]

    def _receipt(self, transaction: bytes, top: Block, deadline: Deadline) -> Receipt:
        place = self._follower.where(transaction)
        if place is not None:
            return receipt_of(*place)
        absent = self._sent.absent(transaction)
        if absent is None or not self._follower.covers_all_after(absent):
            return self._look_up(transaction, top.ref.height, deadline)
        if self._sent.is_being_ordered(transaction):
            return Receipt(transaction, ReceiptStatus.PENDING)
        return Receipt(transaction, ReceiptStatus.UNKNOWN)

    def _look_up(self, transaction: bytes, top: int, deadline: Deadline) -> Receipt:
        """Ask the peer's index of transactions."""
        arguments = (b"GetBlockByTxID", self._channel.encode(), transaction.hex().encode())
        answer = self._client.evaluate("qscc", arguments, deadline)
        if isinstance(answer, Failure):
            if NOT_THERE not in answer.reason:
                return Receipt(transaction, ReceiptStatus.UNAVAILABLE)
            self._sent.absent_up_to(transaction, top)
            return Receipt(transaction, ReceiptStatus.UNKNOWN)
        block = parse_block(common.Block.FromString(answer), self._chaincode)
        for one in block.transactions:
            if one.id == transaction and one.code != DUPLICATE:
                return receipt_of(block, one)
        return Receipt(transaction, ReceiptStatus.UNKNOWN)

    def events(self, after: BlockRef | None, limit: int, deadline: Deadline) -> EventPage | Unavailable:
        """Valid transactions' events, block by block."""
        blocks = self._follower.after(-1 if after is None else after.height, limit, deadline)
        if isinstance(blocks, Unavailable):
            return blocks
        for block in blocks:
            for one in block.transactions:
                self._sent.seen(one.id)
        pages = tuple(one for one in map(event_block, blocks) if one.events)
        return EventPage(pages, blocks[-1].ref if blocks else None)

    def read_record(self, key: Key, deadline: Deadline) -> Record | Unavailable | None:
        """From the peer's state."""
        arguments = [b"read_record", *(part.encode() for part in key_to_json(key))]
        answer = self._client.evaluate(self._chaincode, arguments, deadline)
        if isinstance(answer, Failure):
            return Unavailable(answer.reason)
        content = json.loads(answer)
        return None if content is None else stored_from_json(content)

    def close(self) -> None:
        """End the threads that follow the chain, and all connections."""
        for close in self._closes:
            close()


def receipt_of(block: Block, one: BlockTransaction) -> Receipt:
    """What a validation code means."""
    if one.code == VALID:
        return Receipt(one.id, ReceiptStatus.INCLUDED, block.ref)
    name = transaction.TxValidationCode.Name(one.code)
    if one.code in AGAIN:
        return Receipt(one.id, ReceiptStatus.DEAD, reason=f"{name} in block {block.ref.height}")
    return Receipt(one.id, ReceiptStatus.REJECTED, block.ref, reason=f"{name}: the transaction had no effect")
