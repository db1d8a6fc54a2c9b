"""The JSON form: nothing is lost, nothing loose is taken, errors say where."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.protocol import commands as c
from maas_core.protocol import events as e
from maas_core.protocol import wire as wire_module
from maas_core.protocol.records import RECORDS, Key
from maas_core.protocol.schema import FieldSpec, fields_of
from maas_core.protocol.types import FixedBytes, ListOf, Uint, VarBytes, WireType
from maas_core.protocol.wire import (
    COMMAND_OF,
    EVENT_OF,
    WireError,
    command_from_json,
    command_name,
    command_to_json,
    event_from_json,
    event_to_json,
    key_from_json,
    key_to_json,
    stored_from_json,
    stored_to_json,
)

MACHINE = "0a" * 16
START = {"type": "start_machine", "machine": MACHINE, "version": "2", "at": "17"}
ANCHOR = {
    "machine": MACHINE,
    "seq": "1",
    "kind": "1",
    "corrects": "0",
    "window_from": "1",
    "window_to": "2",
    "readings": "3",
    "manifest": "ff" * 32,
    "locator": "beef",
}


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """How structs are read is worked out afresh in each test."""
    wire_module._plan.cache_clear()
    wire_module._snake_case.cache_clear()


def plain(wire: WireType) -> st.SearchStrategy[int | bytes]:
    """Any value that a wire type can hold."""
    match wire:
        case Uint(bits):
            return st.integers(0, 2**bits - 1)
        case FixedBytes(size):
            return st.binary(min_size=size, max_size=size)
        case VarBytes(most):
            return st.binary(max_size=most)
        case ListOf():
            raise AssertionError


def values(spec: FieldSpec) -> st.SearchStrategy[Any]:
    """Any value of a field."""
    if isinstance(spec.wire, ListOf):
        element = structs(spec.struct) if spec.struct else plain(spec.element or Uint(8, 0, 0))
        return st.lists(element, max_size=3).map(tuple)
    if spec.wire is None:
        assert spec.struct is not None
        return structs(spec.struct)
    return plain(spec.wire)


def structs(struct: type[Any]) -> st.SearchStrategy[Any]:
    """Any value of a protocol dataclass."""
    return st.builds(struct, **{spec.name: values(spec) for spec in fields_of(struct)})


@given(command=st.one_of([structs(command) for command in c.COMMANDS]))
def test_a_command_comes_back_as_it_went(command: c.Command) -> None:
    assert command_from_json(command_to_json(command)) == command


@given(event=st.one_of([structs(event) for event in e.EVENTS]))
def test_an_event_comes_back_as_it_went(event: e.Event) -> None:
    assert event_from_json(event_to_json(event)) == event


@given(record=st.one_of([structs(record) for record, _ in RECORDS.values()]))
def test_a_record_comes_back_with_its_stored_fields_and_zeros(record: Any) -> None:
    back = stored_from_json(stored_to_json(record))

    for spec in fields_of(type(record)):
        value = getattr(record, spec.name)
        zero: int | bytes = bytes(len(value)) if isinstance(value, bytes) else 0
        assert getattr(back, spec.name) == (zero if spec.event_only else value)


def test_a_stored_record_has_no_event_only_member() -> None:
    record = RECORDS["party"][0](2, bytes(32), 1, 2, 3, b"\1" * 32)  # type: ignore[call-arg]

    assert stored_to_json(record) == {
        "type": "party",
        "party": "2",
        "identity": "00" * 32,
        "state": "1",
        "roles": "2",
        "version": "3",
    }


def test_names_on_the_wire_are_snake_case_for_commands_and_class_names_for_events() -> None:
    assert command_name(c.WithdrawAccreditation) == "withdraw_accreditation"
    assert command_name(c.Bid) == "bid"
    assert COMMAND_OF["found"] is c.Found
    assert EVENT_OF["PartyJoined"] is e.PartyJoined
    assert len(COMMAND_OF) == len(c.COMMANDS)
    assert len(EVENT_OF) == len(e.EVENTS)


def test_integers_are_decimal_strings_and_bytes_are_hex() -> None:
    assert command_from_json(START) == c.StartMachine(b"\n" * 16, 2, 17)
    assert command_to_json(c.StartMachine(b"\n" * 16, 2, 17)) == START


def test_lists_and_structs_keep_their_order() -> None:
    other = ANCHOR | {"machine": "0b" * 16}
    command = command_from_json({"type": "anchor_telemetry", "items": [other, ANCHOR]})

    assert isinstance(command, c.AnchorTelemetry)
    assert [item.machine for item in command.items] == [b"\x0b" * 16, b"\n" * 16]
    assert command_to_json(command)["items"] == [other, ANCHOR]


@pytest.mark.parametrize(
    "value", [2, True, None, "", "-1", "+1", "01", "1.0", "1e3", " 1", "1\n", "0x1", "\u0661", ["1"]]
)
def test_what_is_not_a_plain_decimal_string_is_refused(value: object) -> None:
    with pytest.raises(WireError, match=r"^start_machine\.version: .* is not a decimal string below 2\^32$"):
        command_from_json(START | {"version": value})


def test_an_integer_ends_where_its_width_ends() -> None:
    assert command_from_json(START | {"version": str(2**32 - 1)}) == c.StartMachine(b"\n" * 16, 2**32 - 1, 17)
    with pytest.raises(WireError, match=r"start_machine\.version: '4294967296' is not"):
        command_from_json(START | {"version": str(2**32)})
    with pytest.raises(WireError, match=r"start_machine\.version: "):
        command_from_json(START | {"version": "9" * 20})
    with pytest.raises(WireError, match=r"start_machine\.at: .* below 2\^64"):
        command_from_json(START | {"at": "9" * 5_000})


def test_a_value_outside_its_domain_is_a_matter_of_the_checks_not_of_the_form() -> None:
    assert command_from_json(START | {"at": str(2**64 - 1)}) == c.StartMachine(b"\n" * 16, 2, 2**64 - 1)


@pytest.mark.parametrize("value", ["0A" * 16, "0a" * 15, "0a" * 17, "0x" + "0a" * 15, "a" * 31, "", 10, None])
def test_what_is_not_lower_case_hex_of_the_right_size_is_refused(value: object) -> None:
    with pytest.raises(WireError, match=r"^start_machine\.machine: .* is not 16 bytes of lower-case hex$"):
        command_from_json(START | {"machine": value})


def test_variable_bytes_may_be_empty_and_end_at_the_width_of_their_length() -> None:
    def anchored(locator: str) -> object:
        return command_from_json({"type": "anchor_telemetry", "items": [ANCHOR | {"locator": locator}]})

    assert anchored("")
    assert anchored("00" * 65_535)
    with pytest.raises(WireError, match=r"^anchor_telemetry\.items\[0\]\.locator: .* is not lower-case hex$"):
        anchored("00" * 65_536)


def test_unknown_and_missing_members_are_named() -> None:
    with pytest.raises(WireError, match=r"^start_machine: at missing, when unknown$"):
        command_from_json({"type": "start_machine", "machine": MACHINE, "version": "2", "when": "17"})
    with pytest.raises(WireError, match=r"^start_machine: nothing missing, extra, more unknown$"):
        command_from_json(START | {"more": "1", "extra": "1"})
    with pytest.raises(WireError, match=r"^start_machine: at, version missing, nothing unknown$"):
        command_from_json({"type": "start_machine", "machine": MACHINE})


def test_an_error_within_a_list_names_the_element() -> None:
    items = [ANCHOR, ANCHOR | {"seq": 1}]
    with pytest.raises(WireError, match=r"^anchor_telemetry\.items\[1\]\.seq: 1 is not"):
        command_from_json({"type": "anchor_telemetry", "items": items})
    with pytest.raises(WireError, match=r"^anchor_telemetry\.items\[0\]: 'x' is not an object$"):
        command_from_json({"type": "anchor_telemetry", "items": ["x"]})
    with pytest.raises(WireError, match=r"^anchor_telemetry\.items: .* is not a list$"):
        command_from_json({"type": "anchor_telemetry", "items": ANCHOR})
    approved = {"type": "ProposalApproved", "proposal": MACHINE, "voter": "1", "voters": ["1", "x"]}
    with pytest.raises(WireError, match=r"^ProposalApproved\.voters\[1\]: 'x' is not"):
        event_from_json(approved)


def test_an_error_within_a_struct_names_the_member() -> None:
    found = {"type": "found", "deployment": "01" * 32, "predecessor": "00" * 32, "profile": "01" * 32}
    with pytest.raises(WireError, match=r"^found\.rules: 'none' is not an object$"):
        command_from_json(found | {"rules": "none"})
    with pytest.raises(WireError, match=r"^found\.rules: .* missing, nothing unknown$"):
        command_from_json(found | {"rules": {}})


@pytest.mark.parametrize("name", ["StartMachine", "", None, 3, [], {}])
def test_an_unknown_type_is_refused_with_the_known_ones(name: object) -> None:
    with pytest.raises(WireError, match=r"^command type .* is not one of found, propose, approve, "):
        command_from_json(START | {"type": name})
    with pytest.raises(WireError, match=r"^event type .* is not one of DeploymentFounded, "):
        event_from_json({"type": name})
    with pytest.raises(WireError, match=r"^record type .* is not one of deployment, party, "):
        stored_from_json({"type": name})
    with pytest.raises(WireError, match=r"^record type .* is not one of deployment, party, "):
        key_from_json([name])


def test_a_missing_type_is_refused_as_an_unknown_one() -> None:
    with pytest.raises(WireError, match=r"^command type None is not one of found, "):
        command_from_json({"machine": MACHINE})


@pytest.mark.parametrize("value", [[], None, "start_machine", 7, [["type", "start_machine"]]])
def test_what_is_not_an_object_is_refused(value: Any) -> None:
    with pytest.raises(WireError, match=r"^command: .* is not an object$"):
        command_from_json(value)
    with pytest.raises(WireError, match=r"^event: .* is not an object$"):
        event_from_json(value)
    with pytest.raises(WireError, match=r"^record: .* is not an object$"):
        stored_from_json(value)


def test_an_error_within_a_record_names_its_member() -> None:
    with pytest.raises(WireError, match=r"^standing: .* missing, nothing unknown$"):
        stored_from_json({"type": "standing"})
    head = {"type": "anchor_head", "machine": MACHINE, "customer": "1", "seq": "1", "window_to": "2", "closed": "x"}
    with pytest.raises(WireError, match=r"^anchor_head\.closed: 'x' is not"):
        stored_from_json(head)


def test_reading_does_not_change_what_was_read() -> None:
    value = dict(START)
    command_from_json(value)

    assert value == START


KEYS: list[tuple[Key, list[str]]] = [
    (("deployment",), ["deployment"]),
    (("party", 7), ["party", "7"]),
    (("offer", b"\n" * 16, 3), ["offer", MACHINE, "3"]),
    (("bid", b"\n" * 16, 2, 1, 4), ["bid", MACHINE, "2", "1", "4"]),
]


@pytest.mark.parametrize(("key", "form"), KEYS)
def test_a_key_comes_back_as_it_went(key: Key, form: list[str]) -> None:
    assert key_to_json(key) == form
    assert key_from_json(form) == key


def test_a_key_of_another_form_is_refused_with_the_place() -> None:
    with pytest.raises(WireError, match=r"^party: a key has 1 fields, not 2$"):
        key_from_json(["party", "1", "2"])
    with pytest.raises(WireError, match=r"^party\.party: 'x' is not a decimal string below 2\^16$"):
        key_from_json(["party", "x"])
    with pytest.raises(WireError, match=r"^key: \[\] is not a list of a record type and fields$"):
        key_from_json([])
    with pytest.raises(WireError, match=r"^key: 'party' is not a list of a record type and fields$"):
        key_from_json("party")
