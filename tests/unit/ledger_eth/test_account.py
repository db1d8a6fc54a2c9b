"""Which nonce comes next, and what is offered."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maas_ledger_eth.account import KEPT_SECONDS, Account, Market, next_nonce
from maas_ledger_eth.keystore import signer_of
from maas_ledger_eth.settings import Settings
from maas_ledger_eth.transaction import Draft, Offer, sign

from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import Attempt, Pending
from maas_core.testing.sim_clock import SimClock

MARKET = Market(0.0, 10, 30_000_000, None, 5, 0)
SIGNER = signer_of(b"\1" * 32)
SETTINGS = Settings(("http://localhost:1",), "0x" + "00" * 20)


def attempt(nonce: int, offer: Offer | None = None) -> Attempt:
    return sign(Draft(nonce, offer or Offer(100), 21_000, bytes(20), b""), 1, SIGNER)


def chosen(nonces: list[int], replaces: Attempt | None = None, *, can_outbid: bool = True) -> int | None:
    pending = Pending([attempt(one) for one in nonces], replaces)
    found = next_nonce(pending, MARKET, can_outbid=can_outbid)
    return None if found is None else found[0]


@given(st.sets(st.integers(0, 30)))
def test_the_lowest_nonce_that_nobody_has_comes_next(taken: set[int]) -> None:
    found = chosen(sorted(taken))
    assert found is not None
    assert found >= MARKET.nonce
    assert found not in taken
    assert set(range(MARKET.nonce, found)) <= taken


def test_a_dead_attempt_is_replaced_in_its_place() -> None:
    assert chosen([10, 12], attempt(11)) == 11
    assert chosen([10], attempt(9)) == 11


def test_what_waits_behind_a_gap_fills_it() -> None:
    assert chosen([11, 12], attempt(12)) == 10


def test_a_living_attempt_is_outbid_only_when_it_is_its_turn() -> None:
    assert chosen([10, 11], attempt(10)) == 10
    assert chosen([10, 11], attempt(11)) is None


def test_where_gas_is_free_nothing_is_outbid() -> None:
    assert chosen([10], attempt(10), can_outbid=False) is None
    assert chosen([], attempt(10), can_outbid=False) == 11


class Told:
    """An endpoint that says what it is given."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked = 0

    def ask(self, calls: object, deadline: object) -> list[object]:
        self.asked += 1
        return self.answers


def account(told: Told, clock: SimClock, **changes: object) -> Account:
    return Account(bytes(20), told, replace(SETTINGS, **changes), clock)  # type: ignore[arg-type]


def head(base_fee: int | None = None) -> dict[str, str]:
    told = {"gasLimit": hex(30_000_000)}
    return told if base_fee is None else told | {"baseFeePerGas": hex(base_fee)}


def test_the_endpoint_is_asked_again_when_what_it_said_is_old_or_may_be_used_up() -> None:
    clock, told = SimClock(), Told("0xa", head(), "0x5")
    mine, deadline = account(told, clock, fees="legacy"), Deadline.after(clock, 5)
    pending = Pending([attempt(10)])
    for wanted, known in ((1, pending), (1, pending), (2, Pending()), (2, pending)):
        assert mine.market(deadline, known).nonce == 10
        assert told.asked == wanted
    clock.pass_time(2 * KEPT_SECONDS)
    mine.market(deadline, pending)
    assert told.asked == 3


@pytest.mark.parametrize(
    ("base_fee", "changes", "expected"),
    [
        (None, {}, Offer(5)),
        (None, {"gas_price": 0}, Offer(0)),
        (100, {}, Offer(207, 7)),
        (100, {"fees": "legacy"}, Offer(5)),
        (100, {"highest_price": 150}, Offer(150, 7)),
        (100, {"tip": 3}, Offer(203, 3)),
    ],
)
def test_the_form_of_an_offer_follows_the_chain_and_the_config(
    base_fee: int | None, changes: dict[str, object], expected: Offer
) -> None:
    clock, told = SimClock(), Told("0xa", head(base_fee), "0x5", "0x7")
    if "gas_price" in changes:
        told.answers = told.answers[:2]
    if "tip" in changes:
        told.answers = told.answers[:3]
    mine = account(told, clock, **changes)
    assert mine.offer(mine.market(Deadline.after(clock, 5)), None) == expected


@given(st.integers(0, 10**11), st.integers(0, 10**11))
def test_what_replaces_another_offers_at_least_a_tenth_more(price: int, tip: int) -> None:
    mine = account(Told(), SimClock())
    old = Offer(max(price, tip), min(price, tip))
    new = mine.offer(replace(MARKET, base_fee=1, tip=1), attempt(10, old))
    assert new.price * 10 >= old.price * 11
    assert new.price > old.price
    assert new.tip is not None
    assert old.tip is not None
    assert new.tip * 10 >= old.tip * 11
