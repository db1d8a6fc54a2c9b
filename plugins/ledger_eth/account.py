"""The account that signs: which nonce comes next, and what a transaction offers to be included."""

from dataclasses import dataclass

from maas_ledger_eth.settings import Settings
from maas_ledger_eth.transaction import Offer, offer_of
from maas_ledger_eth.transport.endpoints import NEWEST, Asker
from maas_ledger_eth.transport.rpc import Call, Fault, NoAnswer

from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.workflow import Attempt, Pending

KEPT_SECONDS = 0.2
"""How long what the endpoint said of the account is used for further transactions; a block takes longer."""
NOTHING = Pending()


@dataclass(frozen=True, slots=True)
class Market:
    """What an endpoint said a moment ago."""

    at: float
    nonce: int
    """How many transactions of the account are in blocks."""
    block_gas: int
    base_fee: int | None
    price: int
    tip: int


class Account:
    """What has to be asked before a transaction can be signed; remembers it for a moment, nothing longer."""

    def __init__(self, address: bytes, asker: Asker, settings: Settings, clock: Clock) -> None:
        self._address = "0x" + address.hex()
        self._asker = asker
        self._settings = settings
        self._clock = clock
        self._market: Market | None = None

    def market(self, deadline: Deadline, pending: Pending = NOTHING) -> Market:
        """Fees and nonce as of now, or a moment ago while that nonce is a pending attempt's. Raises `NoAnswer`.

        What was included since then was pending, so no nonce is given out twice.
        """
        now, known = self._clock.monotonic(), self._market
        fits = known is not None and any(one.sequence == known.nonce for one in pending.attempts)
        if known is None or not fits or now - known.at > KEPT_SECONDS:
            known = self._market = self._ask(now, deadline)
        return known

    def _ask(self, now: float, deadline: Deadline) -> Market:
        calls: list[Call] = [
            ("eth_getTransactionCount", [self._address, "latest"]),
            NEWEST,
        ]
        price, tip = self._settings.gas_price, self._settings.tip
        if price is None:
            calls.append(("eth_gasPrice", []))
        if tip is None and self._settings.fees != "legacy" and price is None:
            calls.append(("eth_maxPriorityFeePerGas", []))
        nonce, head, *suggested = self._asker.ask(calls, deadline)
        if isinstance(nonce, Fault) or not isinstance(head, dict):
            raise NoAnswer(f"the endpoint does not tell the account's state: {nonce}")
        values = [0 if isinstance(one, Fault) else int(one, 16) for one in suggested]
        base = head.get("baseFeePerGas")
        return Market(
            at=now,
            nonce=int(nonce, 16),
            block_gas=int(head["gasLimit"], 16),
            base_fee=None if base is None else int(base, 16),
            price=price if price is not None else values[0],
            tip=tip if tip is not None else (values[1] if len(values) > 1 else 0),
        )

    def offer(self, market: Market, replaces: Attempt | None) -> Offer:
        """What the next transaction offers: what is asked for, and enough to take the place of another one."""
        dynamic = self._settings.fees == "dynamic" or (self._settings.fees == "auto" and market.base_fee is not None)
        if dynamic:
            price = market.price if self._settings.gas_price is not None else 2 * (market.base_fee or 0) + market.tip
            offer = Offer(price, min(market.tip, price))
        else:
            offer = Offer(market.price)
        if replaces is not None:
            offer = _above(offer_of(replaces), offer)
        most = self._settings.highest_price
        return Offer(min(offer.price, most), None if offer.tip is None else min(offer.tip, most))

    @property
    def can_outbid(self) -> bool:
        """Whether a higher price can be offered; not where gas is free."""
        return self._settings.gas_price != 0


def _above(old: Offer, new: Offer) -> Offer:
    """At least an eighth more than before: nodes ask for a tenth."""
    price = max(new.price, old.price * 9 // 8 + 1)
    if new.tip is None:
        return Offer(price)
    return Offer(price, min(price, max(new.tip, (old.tip or old.price) * 9 // 8 + 1)))


def next_nonce(pending: Pending, market: Market, *, can_outbid: bool) -> tuple[int, Attempt | None] | None:
    """The nonce of the next transaction, and the one whose place it takes; None if there is nothing to do but wait.

    It is the lowest that no living attempt has, so that a gap is filled by whoever comes next. What takes the place of
    another keeps its nonce, unless that was used or there is a gap below it. One that lives is only outbid when it is
    its turn: those behind wait for it.
    """
    taken = {one.sequence for one in pending.attempts}
    free = market.nonce
    while free in taken:
        free += 1
    replaced = pending.replaces
    if replaced is None or replaced.sequence is None or replaced.sequence < market.nonce:
        return free, None
    lives = any(one.transaction == replaced.transaction for one in pending.attempts)
    if free < replaced.sequence:
        return free, None
    if lives and not (can_outbid and replaced.sequence == market.nonce):
        return None
    if can_outbid:
        return replaced.sequence, replaced
    while free in taken or free == replaced.sequence:
        free += 1
    return free, None
