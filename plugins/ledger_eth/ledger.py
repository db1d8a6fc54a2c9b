"""WorkflowLedger: commands as calls of the contract, its events as events of the protocol."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from maas_ledger_eth.account import Account, next_nonce
from maas_ledger_eth.address import checksummed, identity_of
from maas_ledger_eth.blocks import from_hex, to_hex
from maas_ledger_eth.broadcasting import meaning
from maas_ledger_eth.codec import Codec, UndecodableData
from maas_ledger_eth.events import Events
from maas_ledger_eth.gas import gas_limit
from maas_ledger_eth.profile import LARGEST_COMMAND
from maas_ledger_eth.receipts import Receipts, is_known
from maas_ledger_eth.transaction import Draft, sign
from maas_ledger_eth.transport.endpoints import Endpoint, Endpoints
from maas_ledger_eth.transport.rpc import Fault, NoAnswer

from maas_core.errors import SignerError
from maas_core.ports.clock import Deadline
from maas_core.ports.signer import Signer
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
    Refused,
    Unavailable,
)
from maas_core.protocol.commands import Command
from maas_core.protocol.records import Key, Record
from maas_core.protocol.wire import WireError, command_to_json

CALL_DATA = 120_000
"""Bytes of call data that fit a transaction; nodes take 128 KiB in all."""
SURELY_SMALL = 16_000
"""Bytes of call data below which no command is near that."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who signs, and for which chain."""

    signer: Signer
    address: bytes
    account: Account


class EthLedger:
    """See `WorkflowLedger`."""

    def __init__(
        self,
        profile: LedgerProfile,
        endpoints: Endpoints,
        codec: Codec,
        contract: bytes,
        events: Events,
        sender: Sender | None,
        chain_id: "ChainId",
    ) -> None:
        self.profile = profile
        self.contract = contract
        self.endpoints = endpoints
        self._codec = codec
        self._events = events
        self._sender = sender
        self._chain_id = chain_id
        self._receipts = Receipts(endpoints, codec, "" if sender is None else to_hex(sender.address))

    @property
    def contract_address(self) -> str:
        """Where the deployment lies."""
        return checksummed(self.contract)

    def identity(self) -> LedgerIdentity:
        """The signing key's address."""
        address = self._signing().address
        return LedgerIdentity(identity_of(address), checksummed(address))

    def prepare(self, command: Command, pending: Pending, deadline: Deadline) -> Prepared | Refused | Unavailable:
        """Sign a call of the contract."""
        sender = self._signing()
        try:
            data = self._codec.encode_command(command)
        except WireError as error:
            return Refused(f"the command has no form on this ledger: {error}")
        if len(data) > SURELY_SMALL and (len(data) > CALL_DATA or _json_size(command) > LARGEST_COMMAND):
            return Refused(f"the command has {len(data)} bytes, more than a transaction takes: split it")
        try:
            market = sender.account.market(deadline, pending)
            chain_id = self._chain_id.value(deadline)
        except NoAnswer as reason:
            return Unavailable(str(reason))
        gas = gas_limit(command, data)
        if gas > market.block_gas:
            return Refused(f"the command may need {gas} gas, a block has {market.block_gas}: split it")
        chosen = next_nonce(pending, market, can_outbid=sender.account.can_outbid)
        if chosen is None:
            return Unavailable("the transaction waits, and where gas is free nothing can be offered to hasten it")
        nonce, replaced = chosen
        offer = sender.account.offer(market, replaced)
        return Prepared(sign(Draft(nonce, offer, gas, self.contract, data), chain_id, sender.signer))

    def broadcast(self, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        """Send transactions to the first endpoint that takes them."""
        try:
            return self.endpoints.first(lambda one, until: self._send(one, attempts, until), deadline)
        except NoAnswer as reason:
            return [Broadcast(one.transaction, BroadcastStatus.UNAVAILABLE, str(reason)) for one in attempts]

    def receipts(self, transactions: Sequence[bytes], deadline: Deadline) -> list[Receipt]:
        """What enough endpoints know of transactions."""
        return self._receipts.of(transactions, deadline)

    def costs(self, block: BlockRef, deadline: Deadline) -> dict[bytes, int] | Unavailable:
        """Gas used by each transaction of a block."""
        return self._receipts.costs(block, deadline)

    def events(self, after: BlockRef | None, limit: int, deadline: Deadline) -> EventPage | Unavailable:
        """The contract's events."""
        try:
            return self._events.page(after, limit, deadline)
        except NoAnswer as reason:
            return Unavailable(str(reason))

    def read_record(self, key: Key, deadline: Deadline) -> Record | Unavailable | None:
        """A record as the newest block has it."""
        call = {"to": to_hex(self.contract), "data": to_hex(self._codec.encode_read(key))}
        try:
            answer = self.endpoints.agreed(
                lambda one, until: one.ask([("eth_call", [call, "latest"])], until)[0], deadline
            )
            if isinstance(answer, Fault):
                return Unavailable(f"the contract cannot be read: {answer.message}")
            return self._codec.decode_record(key, from_hex(answer))
        except (NoAnswer, UndecodableData) as reason:
            return Unavailable(str(reason))

    def close(self) -> None:
        """Give back connections."""
        self.endpoints.close()

    def _signing(self) -> Sender:
        if self._sender is None:
            raise SignerError("this node has no key, it only reads: name one under [signer]")
        return self._sender

    def _send(self, endpoint: Endpoint, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        answers = endpoint.ask([("eth_sendRawTransaction", [to_hex(one.payload)]) for one in attempts], deadline)
        return [_outcome(endpoint, one, answer, deadline) for one, answer in zip(attempts, answers, strict=True)]


def _outcome(endpoint: Endpoint, attempt: Attempt, answer: object, deadline: Deadline) -> Broadcast:
    if not isinstance(answer, Fault):
        return Broadcast(attempt.transaction, BroadcastStatus.ACCEPTED)
    status = meaning(answer)
    if status is BroadcastStatus.DEAD and is_known(endpoint, attempt.transaction, deadline):
        return Broadcast(attempt.transaction, BroadcastStatus.KNOWN)  # its own inclusion has used the nonce
    reason = "" if status is BroadcastStatus.KNOWN else answer.message
    return Broadcast(attempt.transaction, status, reason)


class ChainId:
    """The chain's number, which every signature names; asked for once."""

    def __init__(self, endpoints: Endpoints, known: int | None) -> None:
        self._endpoints = endpoints
        self._known = known

    def value(self, deadline: Deadline) -> int:
        """The number. Raises `NoAnswer`."""
        if self._known is None:
            answer = self._endpoints.agreed(lambda one, until: one.ask([("eth_chainId", [])], until)[0], deadline)
            if not isinstance(answer, str):
                raise NoAnswer("the endpoint does not tell its chain's number")
            self._known = int(answer, 16)
        return self._known


def _json_size(command: Command) -> int:
    return len(json.dumps(command_to_json(command)))
