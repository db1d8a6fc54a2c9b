"""What the chain knows of transactions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from maas_ledger_eth.blocks import block_ref, from_hex, to_hex
from maas_ledger_eth.codec import Codec
from maas_ledger_eth.rejections import Reason, reasons, with_inputs
from maas_ledger_eth.transport.endpoints import NEWEST, Asker, Endpoint, Endpoints
from maas_ledger_eth.transport.rpc import Fault, NoAnswer

from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import BlockRef, Receipt, ReceiptStatus, Unavailable


@dataclass(frozen=True, slots=True)
class Receipts:
    """Looks receipts up at all endpoints that must agree."""

    endpoints: Endpoints
    codec: Codec
    sender: str
    """0x..., in lower case; empty for a node that only reads."""

    def of(self, transactions: Sequence[bytes], deadline: Deadline) -> list[Receipt]:
        """One for each, in the order given; UNAVAILABLE where too few endpoints say the same."""
        if not transactions:
            return []
        try:
            if self.endpoints.agree == 1:
                return self.endpoints.first(lambda one, until: self._at(one, transactions, until), deadline)
            told = self.endpoints.each(lambda one, until: self._at(one, transactions, until), deadline)
        except NoAnswer:
            return [Receipt(one, ReceiptStatus.UNAVAILABLE) for one in transactions]
        return [
            _agreed(one, [answers[place] for answers in told], self.endpoints.agree)
            for place, one in enumerate(transactions)
        ]

    def costs(self, block: BlockRef, deadline: Deadline) -> dict[bytes, int] | Unavailable:
        """The gas that each transaction of a block used."""
        call = ("eth_getBlockReceipts", [to_hex(block.digest)])
        try:
            return self.endpoints.agreed(lambda one, until: _gas_used(one.ask([call], until)[0]), deadline)
        except NoAnswer as reason:
            return Unavailable(str(reason))

    def _at(self, endpoint: Endpoint, transactions: Sequence[bytes], deadline: Deadline) -> list[Receipt]:
        found = endpoint.ask([("eth_getTransactionReceipt", [to_hex(one)]) for one in transactions], deadline)
        mined = [one for one in found if _is_mined(one)]
        blocks = _blocks(endpoint, mined, deadline)
        failed = with_inputs(endpoint, [one for one in mined if int(one["status"], 16) == 0], deadline)
        why = dict(
            zip(
                (one["transactionHash"] for one in failed),
                reasons(endpoint, self.codec, failed, deadline),
                strict=True,
            )
        )
        missing = [one for one, answer in zip(transactions, found, strict=True) if not _is_mined(answer)]
        waiting = self._waiting(endpoint, missing, deadline)
        return [
            _receipt(one, answer, blocks[answer["blockHash"]], why.get(answer["transactionHash"]))
            if _is_mined(answer)
            else Receipt(one, waiting[one])
            for one, answer in zip(transactions, found, strict=True)
        ]

    def _waiting(self, asker: Asker, transactions: Sequence[bytes], deadline: Deadline) -> dict[bytes, ReceiptStatus]:
        """Transactions without a receipt: waiting, waiting in vain, or not known at all."""
        if not transactions:
            return {}
        now = [NEWEST, ("eth_getTransactionCount", [self.sender, "pending"])] if self.sender else []
        asked = [("eth_getTransactionByHash", [to_hex(one)]) for one in transactions]
        answers = asker.ask([*asked, *now], deadline)
        market = _Market.of(*answers[len(asked) :]) if now else _Market()
        return {one: self._status(answer, market) for one, answer in zip(transactions, answers, strict=False)}

    def _status(self, answer: Any, market: "_Market") -> ReceiptStatus:
        if not isinstance(answer, dict):
            return ReceiptStatus.UNKNOWN
        if answer.get("from", "").lower() == self.sender and market.excludes(answer):
            return ReceiptStatus.STUCK
        return ReceiptStatus.PENDING


@dataclass(frozen=True, slots=True)
class _Market:
    """What the next block takes, as far as the endpoint tells."""

    ready: int | None = None
    """The first nonce of the sender that no waiting transaction has."""
    base_fee: int = 0

    @classmethod
    def of(cls, head: Any, ready: Any) -> "_Market":
        fee = head.get("baseFeePerGas") if isinstance(head, dict) else None
        return cls(int(ready, 16) if isinstance(ready, str) else None, int(fee, 16) if fee else 0)

    def excludes(self, transaction: dict[str, Any]) -> bool:
        """Whether a transaction waits behind a gap, or for less than each gas costs."""
        price = int(transaction.get("maxFeePerGas") or transaction.get("gasPrice") or "0x0", 16)
        behind_a_gap = self.ready is not None and int(transaction["nonce"], 16) > self.ready
        return behind_a_gap or price < self.base_fee


def _gas_used(receipts: Any) -> dict[bytes, int]:
    if not isinstance(receipts, list):
        raise NoAnswer("the endpoint does not tell all receipts of a block at once")
    return {from_hex(one["transactionHash"]): int(one["gasUsed"], 16) for one in receipts}


def _is_mined(answer: Any) -> bool:
    return isinstance(answer, dict) and bool(answer.get("blockHash"))


def _blocks(asker: Asker, mined: Sequence[dict[str, Any]], deadline: Deadline) -> dict[str, BlockRef]:
    hashes = list(dict.fromkeys(one["blockHash"] for one in mined))
    headers = asker.ask([("eth_getBlockByHash", [one, False]) for one in hashes], deadline) if hashes else []
    blocks = {name: block_ref(header) for name, header in zip(hashes, headers, strict=True)}
    if None in blocks.values():
        raise NoAnswer("the endpoint has a receipt, but not its block")
    return {name: block for name, block in blocks.items() if block is not None}


def _receipt(transaction: bytes, answer: dict[str, Any], block: BlockRef, why: Reason | None) -> Receipt:
    cost = int(answer["gasUsed"], 16)
    if int(answer["status"], 16) == 1:
        return Receipt(transaction, ReceiptStatus.INCLUDED, block, cost=cost)
    told = why or Reason(None, probable=True)
    return Receipt(transaction, ReceiptStatus.REJECTED, block, told.rejection, told.probable, cost)


def _agreed(transaction: bytes, answers: Sequence[Receipt], needed: int) -> Receipt:
    for answer in answers:
        if answers.count(answer) >= needed:
            return answer
    return Receipt(transaction, ReceiptStatus.UNAVAILABLE)


def is_known(asker: Asker, transaction: bytes, deadline: Deadline) -> bool:
    """Whether the endpoint has a transaction, waiting or in a block. Raises `NoAnswer`."""
    answer = asker.ask([("eth_getTransactionByHash", [to_hex(transaction)])], deadline)[0]
    if isinstance(answer, Fault):
        return False
    return isinstance(answer, dict) and from_hex(answer["hash"]) == transaction
