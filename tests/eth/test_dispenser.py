"""The dispenser pays parties at the board's word, to a level, and nobody else's."""

from collections.abc import Iterator

import pytest
from maas_ledger_eth.address import signer_address
from maas_ledger_eth.dispenser import ToppedUp, create_dispenser, run_periodically, top_up

from maas_core.errors import UsageError
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.signer import Signer
from maas_core.ports.workflow import Pending, Prepared
from maas_core.protocol import commands as c
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.testing.ledger_cast import RULES, fresh_digest
from tests.support.eth_anvil import Anvil

ETHER = 10**18
CLOCK = SystemClock()


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil() as anvil:
        yield anvil


@pytest.fixture(scope="module")
def board(anvil: Anvil) -> Signer:
    """Party 1 of the deployment."""
    signer, deadline = anvil.new_signer(), Deadline.after(CLOCK, 10)
    workflow = anvil.open(signer).workflow
    prepared = workflow.prepare(c.Found(fresh_digest(), ZERO_DIGEST, fresh_digest(), RULES), Pending(), deadline)
    assert isinstance(prepared, Prepared)
    workflow.broadcast([prepared.attempt], deadline)
    anvil.mined()
    return signer


@pytest.fixture
def dispenser(anvil: Anvil, board: Signer) -> str:
    return create_dispenser(anvil.settings(), board, CLOCK, 10)


def pay(anvil: Anvil, signer: Signer, dispenser: str, accounts: list[bytes], party: int = 1) -> ToppedUp:
    return top_up(anvil.settings(), signer, CLOCK, 10, dispenser, party, accounts, ETHER)


def held(anvil: Anvil, account: bytes) -> int:
    return int(anvil.ask("eth_getBalance", "0x" + account.hex(), "latest"), 16)


def test_accounts_that_have_too_little_are_brought_to_the_level(anvil: Anvil, board: Signer, dispenser: str) -> None:
    poor, rich = (signer_address(anvil.new_signer()) for _ in range(2))
    anvil.ask("anvil_setBalance", dispenser, hex(5 * ETHER))
    anvil.ask("anvil_setBalance", "0x" + poor.hex(), hex(7))
    anvil.ask("anvil_setBalance", "0x" + rich.hex(), hex(ETHER // 2))

    paid = pay(anvil, board, dispenser, [poor, rich])

    assert [one.lower() for one in paid.low] == ["0x" + poor.hex()]
    assert (held(anvil, poor), held(anvil, rich)) == (ETHER, ETHER // 2)
    assert pay(anvil, board, dispenser, [poor, rich]) == ToppedUp([])
    assert held(anvil, bytes.fromhex(dispenser[2:])) == 4 * ETHER + 7


@pytest.mark.parametrize("party", [1, 2])
def test_who_is_not_the_board_is_refused(anvil: Anvil, dispenser: str, party: int) -> None:
    anvil.ask("anvil_setBalance", dispenser, hex(ETHER))
    thief = anvil.new_signer()
    with pytest.raises(UsageError, match="NotTheBoard"):
        pay(anvil, thief, dispenser, [signer_address(thief)], party)
    assert held(anvil, bytes.fromhex(dispenser[2:])) == ETHER


def test_an_empty_dispenser_says_so(anvil: Anvil, board: Signer, dispenser: str) -> None:
    with pytest.raises(UsageError, match="TooLittle"):
        pay(anvil, board, dispenser, [signer_address(anvil.new_signer())])


def test_the_periodic_job_looks_again_until_it_is_stopped() -> None:
    waits: list[float] = []
    looks: list[int] = []

    def stop(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) == 3

    run_periodically(60.0, lambda: looks.append(1), stop)
    assert len(looks) == 3
    assert all(0 < one <= 60 for one in waits)
