"""Protocol to ABI and back, without a chain."""

from dataclasses import replace

import pytest
from maas_ledger_eth.artifact import load_artifact
from maas_ledger_eth.codec import Codec, UndecodableData

from maas_core.protocol.commands import AcceptMachine
from maas_core.protocol.events import MachineAccepted
from maas_core.protocol.records import BillingHead
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.wire import WireError

ARTIFACT = load_artifact()
CODEC = Codec(ARTIFACT)
MACHINE = bytes(range(1, 17))
ACCEPT = AcceptMachine(MACHINE, 1, bytes(31) + b"\1")
KEY = ("billing_head", MACHINE)


def word(value: int | bytes) -> bytes:
    return value.ljust(32, b"\0") if isinstance(value, bytes) else value.to_bytes(32, "big")


def test_a_command_is_its_selector_and_its_fields() -> None:
    selector = ARTIFACT.selectors["acceptMachine(bytes16,uint32,bytes32)"]

    assert CODEC.encode_command(ACCEPT) == selector + word(MACHINE) + word(1) + ACCEPT.terms


def test_a_value_that_its_width_cannot_hold_is_a_wire_error() -> None:
    with pytest.raises(WireError):
        CODEC.encode_command(replace(ACCEPT, version=2**32))


def test_a_log_is_the_event_that_its_topic_names() -> None:
    topic = ARTIFACT.topics["MachineAccepted(bytes16,uint32)"]

    assert CODEC.decode_event([topic], word(MACHINE) + word(2)) == MachineAccepted(MACHINE, 2)


@pytest.mark.parametrize("topics", [[], [bytes(32)]])
def test_a_log_of_another_contract_is_no_event(topics: list[bytes]) -> None:
    assert CODEC.decode_event(topics, b"") is None


def test_a_log_that_ends_too_early_is_undecodable() -> None:
    topic = ARTIFACT.topics["MachineAccepted(bytes16,uint32)"]

    with pytest.raises(UndecodableData):
        CODEC.decode_event([topic], word(MACHINE))


@pytest.mark.parametrize("code", Code)
def test_revert_data_is_a_code_and_an_item(code: Code) -> None:
    selector = ARTIFACT.selectors[f"{code.name}(uint256)"]

    assert CODEC.decode_rejection(selector + word(3)) == Rejection(code, 3)


@pytest.mark.parametrize("data", [b"", bytes(36)])
def test_revert_data_of_another_kind_is_no_rejection(data: bytes) -> None:
    assert CODEC.decode_rejection(data) is None


def test_a_read_is_its_selector_and_its_key() -> None:
    selector = ARTIFACT.selectors["readBillingHead(bytes16)"]

    assert CODEC.encode_read(KEY) == selector + word(MACHINE)


def test_a_result_is_the_stored_record() -> None:
    result = word(MACHINE) + word(1000) + word(7) + word(1)

    assert CODEC.decode_record(KEY, result) == BillingHead(MACHINE, 1000, 7, 1)


def test_a_result_of_zeros_is_no_record() -> None:
    assert CODEC.decode_record(KEY, bytes(128)) is None
