"""What commands and events are about."""

import pytest

from maas_core.ledgerio.lanes import ACTIONS, action_of, lanes_of, subject_of
from maas_core.protocol import commands as c
from maas_core.protocol import events as e
from maas_core.protocol.commands import COMMANDS, Command
from maas_core.protocol.events import Event
from maas_core.protocol.records import Key
from maas_core.protocol.wire import command_name
from tests.support.ledgerio import anchor_of, stop_of

M, N, INVOICE = b"m" * 16, b"n" * 16, b"i" * 16


def invoice(machine: bytes) -> c.IssueInvoice:
    return c.IssueInvoice(INVOICE, 3, machine, 1, 0, 1, 2, 1, 2, 5, 978, b"s" * 32, 9)


@pytest.mark.parametrize(
    ("command", "lanes"),
    [
        (stop_of(M), {("machine", M)}),
        (c.AnchorTelemetry((anchor_of(M), anchor_of(N))), {("anchor_head", M), ("anchor_head", N)}),
        (invoice(M), {("machine", M), ("invoice", INVOICE), ("anchor_head", M)}),
        (c.AcceptInvoice(INVOICE, 1), {("invoice", INVOICE)}),
        (c.Accredit(4, 9, 0), {("accreditation", 9)}),
        (c.WithdrawAccreditation(4, 9, 1), {("accreditation", 9)}),
        (c.Bid(M, 1, 7, 1, 1, 1, bytes(32)), {("bid", M, 1, 7)}),
        (c.CommitBid(M, 1, 7, b"c" * 32), {("bid", M, 1, 7)}),
        (c.RevealBid(M, 1, 7, 1, 1, 1, bytes(32), bytes(32)), {("machine", M)}),
        (c.AcceptTicket(M, 1, 7, 1), {("machine", M)}),
        (c.Join(b"p" * 32), {("consortium",)}),
        (c.Approve(M), {("consortium",)}),
    ],
)
def test_each_command_is_sent_in_the_lanes_of_its_records(command: Command, lanes: set[Key]) -> None:
    assert lanes_of(command) == lanes


def test_every_command_has_an_action_and_every_action_a_command() -> None:
    assert {command_name(one) for one in COMMANDS} - set(ACTIONS.values()) == set()
    assert len(set(ACTIONS.values())) == len(ACTIONS)


def test_an_event_that_follows_another_has_no_action_of_its_own() -> None:
    assert action_of(e.MisbehaviourCounted(4, 1)) == ""
    assert action_of(e.MachineStarted(M, 2, 3)) == "start_machine"


@pytest.mark.parametrize(
    ("event", "subject"),
    [
        (e.MachineStarted(M, 2, 3), f"machine:{M.hex()}"),
        (e.MisbehaviourCounted(4, 1), "party:4"),
        (e.DeploymentRetired(b"s" * 32), "deployment"),
    ],
)
def test_an_event_is_found_again_by_its_subject(event: Event, subject: str) -> None:
    assert subject_of(event) == subject


def test_invoices_for_services_are_about_no_machine_and_do_not_wait_for_each_other() -> None:
    assert lanes_of(invoice(bytes(16))) == {("invoice", INVOICE)}
