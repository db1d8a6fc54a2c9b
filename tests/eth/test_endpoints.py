"""Endpoints that hang, answer late or lie, before a real chain."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from maas_core.errors import ConfigError
from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.workflow import (
    Ability,
    Attempt,
    BlockRef,
    BroadcastStatus,
    EventBlock,
    EventPage,
    FinalityKind,
    Pending,
    Prepared,
    ReceiptStatus,
    TellsCosts,
    Unavailable,
)
from maas_core.protocol import commands as c
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.testing.ledger_cast import RULES, fresh_digest
from tests.support.eth_anvil import Anvil
from tests.support.eth_proxy import Proxy, Refusal


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil() as anvil:
        yield anvil


def soon(seconds: float = 10) -> Deadline:
    return Deadline.after(SystemClock(), seconds)


def found() -> c.Found:
    return c.Found(fresh_digest(), ZERO_DIGEST, fresh_digest(), RULES)


def sent(anvil: Anvil) -> bytes:
    """A transaction in a block: the first one founds, later ones are refused by the contract."""
    ledger = anvil.open()
    prepared = ledger.workflow.prepare(found(), Pending(), soon())
    assert isinstance(prepared, Prepared)
    [outcome] = ledger.workflow.broadcast([prepared.attempt], soon())
    assert outcome.status is BroadcastStatus.ACCEPTED
    anvil.mined()
    return prepared.attempt.transaction


def test_while_the_first_hangs_the_second_is_asked_and_the_first_is_left_alone(anvil: Anvil) -> None:
    with Proxy(anvil.url, silent=True) as silent:
        ledger = anvil.open(endpoints=(silent.url, anvil.url), endpoint_seconds=0.3)
        assert isinstance(ledger.finality.head(soon()), BlockRef)
        asked = silent.asked
        begun = time.monotonic()
        for _ in range(5):
            assert isinstance(ledger.finality.head(soon()), BlockRef)
        assert silent.asked == asked
        assert time.monotonic() - begun < 5


def test_a_call_ends_at_its_deadline_whatever_the_endpoint_does(anvil: Anvil) -> None:
    with Proxy(anvil.url, silent=True) as silent:
        ledger = anvil.open(endpoints=(silent.url,))
        assert isinstance(ledger.finality.head(soon(0.3)), Unavailable)
        [receipt] = ledger.workflow.receipts([bytes(32)], soon(0.3))
        assert receipt.status is ReceiptStatus.UNAVAILABLE


def test_an_endpoint_that_was_late_is_used_again_when_it_is_well(anvil: Anvil) -> None:
    with Proxy(anvil.url, delay=1.0) as slow:
        ledger = anvil.open(endpoints=(slow.url,))
        assert isinstance(ledger.finality.head(soon(0.2)), Unavailable)
        slow.delay = 0
        assert isinstance(ledger.finality.head(soon()), BlockRef)


def test_a_lie_about_a_receipt_is_outvoted(anvil: Anvil) -> None:
    transaction = sent(anvil)

    def lie(method: str, result: Any) -> Any:
        if method == "eth_getTransactionReceipt" and result:
            return result | {"status": "0x0" if result["status"] == "0x1" else "0x1", "logs": []}
        return result

    with Proxy(anvil.url, lie) as liar, Proxy(anvil.url) as honest:
        [truth] = anvil.open().workflow.receipts([transaction], soon())
        alone = anvil.open(endpoints=(liar.url,))
        assert alone.workflow.receipts([transaction], soon()) != [truth]
        together = anvil.open(endpoints=(liar.url, anvil.url, honest.url), agree=2)
        assert together.workflow.receipts([transaction], soon()) == [truth]


def test_a_blocks_costs_are_those_of_its_receipts(anvil: Anvil) -> None:
    transaction = sent(anvil)
    ledger = anvil.open()
    [receipt] = ledger.workflow.receipts([transaction], soon())
    assert isinstance(ledger.workflow, TellsCosts)
    assert receipt.block is not None
    assert ledger.workflow.costs(receipt.block, soon()) == {transaction: receipt.cost}
    with Proxy(anvil.url, lambda method, result: None if method == "eth_getBlockReceipts" else result) as older:
        workflow = anvil.open(endpoints=(older.url,)).workflow
        assert isinstance(workflow, TellsCosts)
        assert isinstance(workflow.costs(receipt.block, soon()), Unavailable)


def test_where_too_few_say_the_same_nothing_is_believed(anvil: Anvil) -> None:
    transaction = sent(anvil)
    with Proxy(anvil.url, lambda method, result: None if method == "eth_getTransactionReceipt" else result) as liar:
        ledger = anvil.open(endpoints=(liar.url, anvil.url), agree=2)
        [receipt] = ledger.workflow.receipts([transaction], soon())
        assert receipt.status is ReceiptStatus.UNAVAILABLE


def test_a_head_that_only_one_has_is_no_head_and_its_events_are_not_read(anvil: Anvil) -> None:
    sent(anvil)

    def ahead(method: str, result: Any) -> Any:
        if method == "eth_getBlockByNumber" and result:
            return result | {"number": hex(int(result["number"], 16) + 100)}
        return result

    def forged(method: str, result: Any) -> Any:
        return [] if method == "eth_getLogs" else result

    truth = anvil.open().workflow.events(None, 1000, soon())
    head = anvil.open().finality.head(soon())
    with Proxy(anvil.url, ahead) as liar, Proxy(anvil.url, forged) as forger:
        three = (liar.url, anvil.url, anvil.url)
        assert anvil.open(endpoints=three, agree=2).finality.head(soon()) == head
        hidden = (forger.url, anvil.url, anvil.url)
        assert anvil.open(endpoints=hidden, agree=2).workflow.events(None, 1000, soon()) == truth


def test_an_endpoint_that_stands_in_for_another_does_not_vote_twice(anvil: Anvil) -> None:
    with Proxy(anvil.url, silent=True) as silent:
        ledger = anvil.open(endpoints=(silent.url, anvil.url), endpoint_seconds=0.2)
        head = ledger.finality.head(soon())
        assert isinstance(head, BlockRef)
        votes = [one.is_canonical(head, soon(0.5)) for one in (ledger.finality, *ledger.finality.observers())]
        assert votes.count(True) == 1


def test_several_endpoints_are_declared_as_observers(anvil: Anvil) -> None:
    profile = anvil.open(endpoints=(anvil.url, anvil.url)).workflow.profile
    assert Ability.OBSERVERS in profile.abilities
    assert FinalityKind.QUORUM in profile.finality


def test_an_endpoint_of_another_chain_is_refused(anvil: Anvil) -> None:
    with pytest.raises(ConfigError, match=r"is of chain 31337, the config says chain_id = 5"):
        anvil.open(chain_id=5).finality.head(soon())


def test_other_code_at_the_address_is_refused(anvil: Anvil) -> None:
    address = "0x" + "ab" * 20
    anvil.ask("anvil_setCode", address, "0x6001")
    with pytest.raises(ConfigError, match="is not the contract of this version"):
        anvil.open(contract=address).finality.head(soon())


def test_no_code_at_the_address_is_told_and_may_come(anvil: Anvil) -> None:
    answer = anvil.open(contract="0x" + "cd" * 20).finality.head(soon())
    assert isinstance(answer, Unavailable)
    assert "no contract" in answer.reason


def test_a_deployment_is_found_by_its_digest_and_only_there() -> None:
    with Anvil() as other:
        ledger, command = other.open(), found()
        prepared = ledger.workflow.prepare(command, Pending(), soon())
        assert isinstance(prepared, Prepared)
        ledger.workflow.broadcast([prepared.attempt], soon())
        other.mined()
        by_digest = other.open(contract=command.deployment.hex())
        assert by_digest.workflow.read_record(("deployment",), soon()) is not None
        with pytest.raises(ConfigError, match="no contract of this version says so"):
            other.open(contract=fresh_digest().hex())


def test_over_a_websocket_it_is_the_same(anvil: Anvil) -> None:
    socket = anvil.open(endpoints=(anvil.url.replace("http", "ws"),))
    assert socket.finality.head(soon()) == anvil.open().finality.head(soon())
    assert socket.workflow.events(None, 1000, soon()) == anvil.open().workflow.events(None, 1000, soon())


def test_a_websocket_that_hangs_ends_at_the_deadline() -> None:
    with Proxy("http://127.0.0.1:9", silent=True) as silent, Anvil() as anvil:
        ledger = anvil.open(endpoints=(silent.url.replace("http", "ws"),))
        assert isinstance(ledger.finality.head(soon(0.3)), Unavailable)


def test_pages_of_events_adapt_to_what_an_endpoint_is_willing_to_search() -> None:
    with Anvil() as busy:
        board, deadline = busy.open(), soon(60)
        attempts: list[Attempt] = []
        for command in [found(), *(c.UpdateProfile(version, fresh_digest()) for version in range(1, 30))]:
            prepared = board.workflow.prepare(command, Pending(tuple(attempts)), deadline)
            assert isinstance(prepared, Prepared)
            attempts.append(prepared.attempt)
        for attempt in attempts:  # each in a block of its own
            board.workflow.broadcast([attempt], deadline)
            busy.mined()
        busy.ask("anvil_mine", hex(100))
        truth = pages(busy.open())

        def few(method: str, result: Any) -> Any:
            return (
                Refusal("query returned more than 4 results") if method == "eth_getLogs" and len(result) > 4 else result
            )

        with Proxy(busy.url, few) as stingy:
            assert pages(busy.open(endpoints=(stingy.url,))) == truth
        assert sum(len(block.events) for block in truth) == 30


def pages(ledger: OpenLedger) -> list[EventBlock]:
    """All events, page by page."""
    blocks: list[EventBlock] = []
    after = None
    while True:
        page = ledger.workflow.events(after, 7, soon(30))
        assert isinstance(page, EventPage), page
        if page.through is None:
            return blocks
        blocks += page.blocks
        after = page.through
