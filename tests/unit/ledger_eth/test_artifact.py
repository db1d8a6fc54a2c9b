"""The contract that the package ships is the protocol's, and fits on a chain."""

import pytest
from maas_ledger_eth.artifact import load_artifact
from maas_ledger_eth.codec import ArtifactMismatch, Codec, camel

from maas_core.protocol.commands import COMMANDS
from maas_core.protocol.events import EVENTS
from maas_core.protocol.records import RECORDS
from maas_core.protocol.rejections import Code
from maas_core.protocol.schema import FieldSpec, fields_of
from maas_core.protocol.types import FixedBytes, ListOf, Uint
from maas_core.protocol.wire import command_name

SIZE_BOUND = 23_500
"""Bytes of each contract; the chain's own limit is 24,576."""

ARTIFACT = load_artifact()


def names_of(kind: str) -> set[str]:
    return {entry["name"] for entry in ARTIFACT.abi if entry["type"] == kind}


def described(spec: FieldSpec) -> tuple[str, str]:
    """A protocol field as a name and a type of the ABI, structs by the word tuple."""
    match spec.wire:
        case Uint(bits):
            kind = f"uint{bits}"
        case FixedBytes(size):
            kind = f"bytes{size}"
        case ListOf():
            kind = "tuple[]" if spec.struct else "uint16[]"
        case None:
            kind = "tuple"
        case _:
            kind = "bytes"
    return camel(spec.name), kind


@pytest.mark.parametrize("contract", ["MaaS", "Annex"])
def test_each_contract_is_within_the_size_bound(contract: str) -> None:
    assert ARTIFACT.sizes[contract] <= SIZE_BOUND


def test_every_error_is_a_rejection_code_with_an_item() -> None:
    assert names_of("error") == {code.name for code in Code}
    assert all(f"{code.name}(uint256)" in ARTIFACT.selectors for code in Code)


def test_every_event_is_a_protocol_event() -> None:
    assert names_of("event") == {event.__name__ for event in EVENTS}


def test_every_function_is_a_command_or_reads_a_record() -> None:
    commands = {camel(command_name(command)) for command in COMMANDS}
    assert names_of("function") == commands | {camel(f"read_{kind}") for kind in RECORDS}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_an_event_has_the_protocol_fields_in_order_and_width(event: type) -> None:
    (entry,) = [entry for entry in ARTIFACT.abi if entry.get("name") == event.__name__]

    members = [(member["name"].rstrip("_"), member["type"]) for member in entry["inputs"]]

    assert members == [described(spec) for spec in fields_of(event)]


def test_an_artifact_of_another_protocol_is_refused() -> None:
    abi = tuple(entry for entry in ARTIFACT.abi if entry.get("name") != "closeTicket")
    other = type(ARTIFACT)(ARTIFACT.compiler, abi, ARTIFACT.selectors, ARTIFACT.topics, b"", {})

    with pytest.raises(ArtifactMismatch, match="there is no function closeTicket"):
        Codec(other)
