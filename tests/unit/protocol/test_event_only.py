"""Fields that no ledger stores come from the events and stay in the records."""

from dataclasses import replace
from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol.model import EMPTY, apply
from maas_core.protocol.records import RECORDS
from maas_core.protocol.schema import fields_of
from maas_core.protocol.states import ActionKind, AttestationKind, InvoiceKind, TicketKind
from maas_core.protocol.types import ZERO_ID
from maas_core.protocol.vectors.cast import DAY, digest, name
from tests.support.world import (
    NUMBER,
    PRESS,
    World,
    consortium,
    found,
    open_ticket,
    period,
    register,
    rented,
    scored,
    sealed,
    service,
)


def event_only(world: World, *key: Any) -> dict[str, Any]:
    """The fields of a record that no ledger stores."""
    record = world.state[key]
    return {spec.name: getattr(record, spec.name) for spec in fields_of(type(record)) if spec.event_only}


def test_a_deployment_knows_its_predecessor_and_its_successor() -> None:
    world = World()
    world.does("board", found(predecessor=digest("before")))
    world.governs(ActionKind.RETIRE, data=digest("after"))

    assert event_only(world, "deployment") == {"predecessor": digest("before"), "successor": digest("after")}


def test_a_party_has_the_profile_that_it_named_last() -> None:
    world = consortium()
    assert event_only(world, "party", 1) == {"profile": digest("board")}
    assert event_only(world, "party", 2) == {"profile": digest("oem")}
    world.does("oem", c.UpdateProfile(2, digest("new")))

    assert event_only(world, "party", 2) == {"profile": digest("new")}


def test_an_attestation_is_about_a_machine_and_a_statement() -> None:
    world = rented()
    world.does("auditor", c.Attest(name("seal"), PRESS, AttestationKind.SEAL_INSPECTED, digest("statement")))

    assert event_only(world, "attestation", name("seal")) == {"machine": PRESS, "statement": digest("statement")}


def test_a_machine_has_its_specification_and_intervals() -> None:
    world = consortium()
    world.does("oem", replace(register(), telemetry_interval=61, invoice_period=DAY + 1))

    assert event_only(world, "machine", PRESS) == {
        "spec": digest("spec"),
        "telemetry_interval": 61,
        "invoice_period": DAY + 1,
    }


def test_an_invoice_has_its_window_its_anchors_its_currency_and_its_last_statement() -> None:
    world = rented()
    item = c.AnchorItem(PRESS, 1, 1, 0, world.time - 9, world.time, 3, digest("m"), b"")
    world.does("customer", c.AnchorTelemetry((item,)))
    world.does("oem", period(world, seq_to=2))
    expected = {
        "machine": PRESS,
        "window_from": world.time - 3_600,
        "window_to": world.time,
        "seq_from": 1,
        "seq_to": 2,
        "currency": 978,
        "statement": digest("statement"),
    }
    assert event_only(world, "invoice", name("period")) == expected
    world.does("customer", c.DisputeInvoice(name("period"), 1, 5, digest("other"), 0, digest("e")))
    assert event_only(world, "invoice", name("period")) == expected
    world.does("oem", c.ReviseInvoice(name("period"), 2, 4, digest("revised"), world.time + 1))

    assert event_only(world, "invoice", name("period")) == expected | {"statement": digest("revised")}


def test_a_service_invoice_has_no_machine() -> None:
    world = consortium()
    world.does("maintainer", service(world))
    found = event_only(world, "invoice", name("service"))

    assert (found["machine"], found["currency"], found["statement"]) == (ZERO_ID, 978, digest("statement"))
    assert world.state["invoice", name("service")].kind == InvoiceKind.SERVICE


def test_a_ticket_has_its_work_and_its_payer() -> None:
    world = rented()
    world.does("customer", open_ticket(world))

    assert event_only(world, "ticket", PRESS, TicketKind.PREVENTIVE) == {
        "work": digest("work"),
        "payer": NUMBER["oem"],
    }


def test_a_bid_has_its_offer() -> None:
    world = rented()
    world.does("customer", open_ticket(world, scored(world)))
    world.does("maintainer", c.Bid(PRESS, TicketKind.PREVENTIVE, 1, 5, 6, 7, digest("offer")))

    assert event_only(world, "bid", PRESS, TicketKind.PREVENTIVE, 1, 4) == {"offer": digest("offer")}


def test_a_sealed_bid_has_no_offer_yet() -> None:
    world = rented()
    world.does("customer", open_ticket(world, sealed(world)))
    world.does("maintainer", c.CommitBid(PRESS, TicketKind.PREVENTIVE, 1, digest("commitment")))

    assert event_only(world, "bid", PRESS, TicketKind.PREVENTIVE, 1, 4) == {"offer": bytes(32)}


def test_a_new_record_has_nothing_but_plain_zeros_where_nothing_is_known() -> None:
    world = World()
    world.does("board", found())
    world.governs(ActionKind.INVITE, party=2, identity=digest("key"), roles=2)

    assert event_only(world, "deployment") == {"predecessor": bytes(32), "successor": bytes(32)}
    assert event_only(world, "party", 2) == {"profile": bytes(32)}
    assert apply(EMPTY, world.events) == world.state
    assert {kind for kind, (record, _) in RECORDS.items() if any(spec.event_only for spec in fields_of(record))} == {
        "deployment",
        "party",
        "attestation",
        "machine",
        "invoice",
        "ticket",
        "bid",
    }
