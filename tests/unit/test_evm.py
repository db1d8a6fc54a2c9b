"""The two machines behind `open_evm` behave alike."""

from collections.abc import Iterator

import pytest

from tests.support.evm import Evm, EvmError, Kind, address, open_evm
from tests.support.evm_anvil import find_anvil

# Without data: returns (time, slot 0). With a word: stores it, logs (sender, time); reverts with 7 if it is 0.
RUNTIME = bytes.fromhex(
    "36 6013 57"  # any data? go to 13
    "42 600052 600054 602052 60406000f3"
    "5b 600035 80 6025 57"  # 13: word not 0? go to 25
    "6007600052 60206000fd"
    "5b 600055 33 600052 42 602052 60406000a0 00"  # 25
)
CREATION = bytes.fromhex("6037 600c 6000 39 6037 6000 f3") + RUNTIME
ALICE, BOB = address(1), address(2)

no_anvil = pytest.mark.skipif(find_anvil() is None, reason="no anvil: run `npm ci` in contracts/")


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


@pytest.fixture(params=["revm", pytest.param("anvil", marks=no_anvil)])
def evm(request: pytest.FixtureRequest) -> Iterator[Evm]:
    kind: Kind = request.param
    with open_evm(kind) as opened:
        yield opened


@pytest.fixture
def contract(evm: Evm) -> str:
    return evm.deploy(CREATION, b"", ALICE, time=1000)


def test_a_call_sees_its_sender_and_time(evm: Evm, contract: str) -> None:
    outcome = evm.call(contract, word(5), BOB, time=1234)

    assert outcome.ok
    assert [log.data for log in outcome.logs] == [word(int(BOB, 16)) + word(1234)]
    assert outcome.logs[0].address == contract


def test_a_revert_gives_its_data_and_changes_nothing(evm: Evm, contract: str) -> None:
    outcome = evm.call(contract, word(0), BOB, time=1234)

    assert not outcome.ok
    assert outcome.output == word(7)
    assert outcome.logs == ()
    assert evm.view(contract, b"").output == word(1234) + word(0)


def test_two_calls_may_have_the_same_time(evm: Evm, contract: str) -> None:
    assert evm.call(contract, word(5), BOB, time=1000).ok
    assert evm.call(contract, word(6), ALICE, time=1000).ok
    assert evm.view(contract, b"").output == word(1000) + word(6)


def test_a_view_changes_nothing(evm: Evm, contract: str) -> None:
    evm.view(contract, word(9))

    assert evm.view(contract, b"").output == word(1000) + word(0)


def test_a_snapshot_can_be_returned_to_more_than_once(evm: Evm, contract: str) -> None:
    evm.call(contract, word(5), BOB, time=2000)
    snapshot = evm.snapshot()
    for number in (6, 7):
        evm.call(contract, word(number), BOB, time=3000)
        evm.revert(snapshot)

        assert evm.view(contract, b"").output == word(2000) + word(5)


def test_a_later_snapshot_is_gone_after_a_revert(evm: Evm, contract: str) -> None:
    first = evm.snapshot()
    evm.call(contract, word(5), BOB, time=2000)
    second = evm.snapshot()
    evm.revert(first)

    with pytest.raises(EvmError, match="no snapshot"):
        evm.revert(second)


def test_time_going_back_is_a_mistake_of_the_test(evm: Evm, contract: str) -> None:
    with pytest.raises(EvmError):
        evm.call(contract, word(5), BOB, time=999)


def test_a_failing_constructor_is_a_mistake_of_the_test(evm: Evm) -> None:
    with pytest.raises(EvmError, match="deployment failed"):
        evm.deploy(b"\xfe", b"", ALICE, time=1000)
