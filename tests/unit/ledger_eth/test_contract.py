"""What the contract does beyond the protocol, on a machine in process; the protocol itself is in tests/equivalence."""

from collections.abc import Iterator

import pytest
from maas_ledger_eth.artifact import load_artifact
from maas_ledger_eth.codec import Codec

from maas_core.protocol.commands import Found, StartMachine, UpdateProfile
from maas_core.protocol.records import Deployment
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.rules import Rules
from tests.support.evm import Evm, address, open_evm

FOUND = Found(b"\1" * 32, bytes(32), b"\2" * 32, Rules(1, 60, 200, 300, 60, 4))
FOUNDER = address(1)
CODEC = Codec(load_artifact())


@pytest.fixture
def evm() -> Iterator[Evm]:
    with open_evm() as opened:
        yield opened


@pytest.fixture
def contract(evm: Evm) -> str:
    return evm.deploy(load_artifact().bytecode, b"", FOUNDER, time=1000)


def test_a_command_of_the_annex_acts_on_the_state_of_the_contract(evm: Evm, contract: str) -> None:
    evm.call(contract, CODEC.encode_command(FOUND), FOUNDER, time=1001)

    deployment = CODEC.decode_record(("deployment",), evm.view(contract, CODEC.encode_read(("deployment",))).output)

    assert isinstance(deployment, Deployment)
    assert deployment.deployment == FOUND.deployment


def test_events_of_the_annex_come_from_the_address_of_the_contract(evm: Evm, contract: str) -> None:
    outcome = evm.call(contract, CODEC.encode_command(FOUND), FOUNDER, time=1001)

    assert [log.address for log in outcome.logs] == [contract]


def test_rejections_pass_through_from_the_annex(evm: Evm, contract: str) -> None:
    outcome = evm.call(contract, CODEC.encode_command(UpdateProfile(1, b"\1" * 32)), FOUNDER, time=1001)

    assert CODEC.decode_rejection(outcome.output) == Rejection(Code.NOT_AUTHORISED)


def test_an_unknown_function_is_refused_without_a_code(evm: Evm, contract: str) -> None:
    outcome = evm.call(contract, bytes.fromhex("12345678"), FOUNDER, time=1001)

    assert (outcome.ok, outcome.output) == (False, b"")


def test_call_data_that_ends_too_early_is_refused_without_a_code(evm: Evm, contract: str) -> None:
    data = CODEC.encode_command(StartMachine(bytes(16), 1, 0))[:-1]

    outcome = evm.call(contract, data, FOUNDER, time=1001)

    assert (outcome.ok, outcome.output) == (False, b"")


def test_a_number_wider_than_its_type_is_refused_without_a_code(evm: Evm, contract: str) -> None:
    data = bytearray(CODEC.encode_command(StartMachine(bytes(16), 1, 0)))
    data[4 + 32] = 1

    outcome = evm.call(contract, bytes(data), FOUNDER, time=1001)

    assert (outcome.ok, outcome.output) == (False, b"")
