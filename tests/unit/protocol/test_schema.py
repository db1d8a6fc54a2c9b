"""Domains, rules and enumerations."""

from dataclasses import replace
from enum import IntEnum
from typing import Any

import pytest

from maas_core.protocol import schema, states
from maas_core.protocol.commands import COMMANDS, AnchorItem, AnchorTelemetry, Found, IssueInvoice, StartMachine
from maas_core.protocol.events import EVENTS
from maas_core.protocol.model import DECIDE, FOLD
from maas_core.protocol.records import RECORDS, Accreditation, Deployment, Party, Proposal
from maas_core.protocol.rejections import Code, Rejected, Rejection, require
from maas_core.protocol.rules import FIELD_OF, Rules, domain, with_rule
from maas_core.protocol.schema import FieldSpec, domain_check, fields_of
from maas_core.protocol.states import Rule
from maas_core.protocol.types import MAX_ANCHOR_ITEMS, MAX_LOCATOR, MAX_TIME, FixedBytes, ListOf, Uint, VarBytes
from tests.support.world import RULES, World, found, period

ITEM = AnchorItem(b"\1" * 16, 1, 1, 0, 1, 2, 3, b"\1" * 32, b"")


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """The annotations are read afresh in each test."""
    schema._fields_of.cache_clear()
    schema._domain_check.cache_clear()


def spec(struct: type[Any], name: str) -> FieldSpec:
    """One field of a struct."""
    return next(one for one in fields_of(struct) if one.name == name)


def test_a_field_of_a_plain_type_has_its_wire_type() -> None:
    assert spec(StartMachine, "at") == FieldSpec("at", Uint(64, 0, MAX_TIME), None, None, False, False)
    assert spec(StartMachine, "machine").wire == FixedBytes(16, required=False)
    assert spec(AnchorItem, "locator").wire == VarBytes(MAX_LOCATOR)


def test_a_struct_has_no_wire_type_of_its_own() -> None:
    assert spec(Found, "rules") == FieldSpec("rules", None, Rules, None, False, False)
    assert spec(Deployment, "rules").struct is Rules


def test_a_list_says_what_it_holds() -> None:
    items, voters = spec(AnchorTelemetry, "items"), spec(Proposal, "voters")

    assert (items.wire, items.struct, items.element) == (ListOf(1, MAX_ANCHOR_ITEMS), AnchorItem, None)
    assert (voters.wire, voters.struct, voters.element) == (ListOf(1, 16), None, Uint(16, 0, 2**16 - 1))


def test_marks_of_a_record_are_read() -> None:
    assert [(one.name, one.event_only, one.opaque) for one in fields_of(Party)] == [
        ("party", False, False),
        ("identity", False, True),
        ("state", False, False),
        ("roles", False, False),
        ("version", False, False),
        ("profile", True, False),
    ]
    assert spec(Proposal, "action").opaque
    assert spec(Proposal, "action").struct is not None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"currency": 0}, False),
        ({"currency": 1}, True),
        ({"currency": 999}, True),
        ({"currency": 1_000}, False),
        ({"payout": 1}, True),
        ({"payout": 2}, False),
        ({"invoice": bytes(16)}, False),
        ({"machine": bytes(16)}, True),
        ({"statement": bytes(32)}, False),
        ({"amount": 2**49 - 1}, True),
        ({"amount": 2**49}, False),
        ({"window_to": MAX_TIME + 1}, False),
        ({"kind": 0}, False),
        ({"kind": 4}, False),
    ],
)
def test_a_domain_ends_exactly_at_its_bounds(changes: dict[str, Any], expected: bool) -> None:
    command = replace(period(World()), **changes)

    assert domain_check(IssueInvoice)(command) is expected


def test_of_a_list_only_the_length_is_checked() -> None:
    check = domain_check(AnchorTelemetry)

    assert not check(AnchorTelemetry(()))
    assert check(AnchorTelemetry((replace(ITEM, kind=9),)))
    assert check(AnchorTelemetry((ITEM,) * 200))
    assert not check(AnchorTelemetry((ITEM,) * 201))


def test_an_empty_list_is_in_the_domain_where_the_least_is_zero() -> None:
    assert domain_check(Accreditation)(Accreditation(1, 1, 1, ()))
    assert not domain_check(Accreditation)(Accreditation(1, 1, 1, (1,) * 65))


def test_variable_bytes_end_at_their_most() -> None:
    check = domain_check(AnchorItem)

    assert check(replace(ITEM, locator=bytes(256)))
    assert not check(replace(ITEM, locator=bytes(257)))


def test_the_fields_of_a_struct_are_checked_with_it() -> None:
    assert domain_check(Found)(found())
    assert not domain_check(Found)(found(rules=replace(RULES, clock_bound=0)))


@pytest.mark.parametrize(
    ("rule", "low", "high"),
    [
        (Rule.QUORUM, 1, 16),
        (Rule.PROPOSAL_LIFETIME, 60, 31_536_000),
        (Rule.ANCHOR_ITEMS, 1, 200),
        (Rule.CLOCK_BOUND, 1, 86_400),
        (Rule.CLOSE_AFTER, 60, 31_536_000),
        (Rule.FINALITY_DEPTH, 0, 65_535),
    ],
)
def test_a_rule_has_its_field_and_its_bounds(rule: Rule, low: int, high: int) -> None:
    assert FIELD_OF[rule] == rule.name.lower()
    assert (domain(rule).low, domain(rule).high) == (low, high)


@pytest.mark.parametrize("rule", Rule)
def test_setting_one_rule_leaves_the_others(rule: Rule) -> None:
    changed = with_rule(RULES, rule, 77)

    assert {name for name in FIELD_OF.values() if getattr(changed, name) != getattr(RULES, name)} == {FIELD_OF[rule]}
    assert getattr(changed, FIELD_OF[rule]) == 77


@pytest.mark.parametrize(
    ("code", "enum"),
    [
        (states.ActionKindCode, states.ActionKind),
        (states.StopCauseCode, states.StopCause),
        (states.ChangeKindCode, states.ChangeKind),
        (states.AnchorKindCode, states.AnchorKind),
        (states.InvoiceKindCode, states.InvoiceKind),
        (states.TicketKindCode, states.TicketKind),
        (states.PolicyCode, states.SelectionPolicy),
        (states.AttestationKindCode, states.AttestationKind),
        (states.MisbehaviourCode, states.Misbehaviour),
    ],
)
def test_the_domain_of_an_enumeration_is_its_members(code: Any, enum: type[IntEnum]) -> None:
    assert code.__metadata__ == (Uint(8, min(enum), max(enum)),)
    assert len(enum) == max(enum)


def test_every_command_is_decided_and_every_event_is_folded() -> None:
    assert list(DECIDE) == list(COMMANDS)
    assert list(FOLD) == list(EVENTS)
    assert all(DECIDE[command].__module__.startswith("maas_core.protocol.model") for command in COMMANDS)


def test_the_leading_fields_of_a_record_are_its_key() -> None:
    assert {kind: [one.name for one in fields_of(record)][:size] for kind, (record, size) in RECORDS.items()} == {
        "deployment": [],
        "party": ["party"],
        "standing": ["party"],
        "proposal": ["proposal"],
        "accreditation": ["oem", "machine_class"],
        "attestation": ["attestation"],
        "machine": ["machine"],
        "offer": ["machine", "n"],
        "anchor_head": ["machine"],
        "billing_head": ["machine"],
        "invoice": ["invoice"],
        "ticket": ["machine", "kind"],
        "bid": ["machine", "kind", "n", "maintainer"],
    }


def test_a_failed_requirement_carries_code_and_item() -> None:
    require(True, Code.WRONG_STATE)
    with pytest.raises(Rejected, match="WRONG_STATE") as plain:
        require(False, Code.WRONG_STATE)
    with pytest.raises(Rejected) as of_item:
        require(False, Code.SEQUENCE_GAP, 3)

    assert Rejected(Code.WRONG_STATE).rejection == Rejection(Code.WRONG_STATE, 0)
    assert plain.value.rejection == Rejection(Code.WRONG_STATE, 0)
    assert of_item.value.rejection == Rejection(Code.SEQUENCE_GAP, 3)
    assert of_item.value.args == ("SEQUENCE_GAP", 3)
