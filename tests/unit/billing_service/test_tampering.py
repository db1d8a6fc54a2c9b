"""Evidence files, statements and slices that were tampered with: each is caught, and the reason is named."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from maas_core.errors import IntegrityError
from maas_core.evidence.checking import check
from maas_core.evidence.file import Evidence, Fault, Role
from maas_core.node.billing.lookup import left_out, missing_facts
from maas_core.node.billing.proving import Case
from maas_core.proofs import canonical
from maas_core.protocol import events as e
from maas_core.sealing.documents import Body, Draft, seal, unlock
from tests.support.billing import AUDITOR, CUSTOMER, DAY, DEPLOYMENT, FEBRUARY, JANUARY, MARCH, OEM, Trade
from tests.support.proofs import Proofs
from tests.support.tampering import (
    bill_with,
    document,
    event,
    facts,
    first_reading,
    flipped,
    last_reading,
    leaves_of,
    member,
    other_manifest,
    path,
    sealed,
    slices,
    swapped,
    without,
)


def test_the_untouched_files_prove_what_they_say(proofs: Proofs) -> None:
    faults = [check(one).fault for one in (proofs.metering, proofs.pricing, proofs.totals, proofs.carry)]
    assert faults == [Fault.METERING, Fault.PRICING, Fault.TOTALS, Fault.CARRY]
    assert all(check(Evidence.loads(one.dumps())).proven for one in (proofs.metering, proofs.pricing, proofs.totals))


def resealed(proofs: Proofs, file: Evidence, party: int, content: Callable[[bytes], bytes]) -> Evidence:
    """The statement sealed anew by a party, and the ledger's fact changed so that it names it."""
    [held] = [one for one in file.documents if one.role is Role.STATEMENT]
    from maas_core.sealing.documents import finish

    opened = finish(held.sealed, unlock(held.sealed, held.key), held.packed or None)
    node = proofs.trade.nodes[party]
    assert node.signer is not None
    draft = Draft.for_readers("statement", DEPLOYMENT, OEM, content(opened.content))
    made = seal(draft, Body.PLAIN, draft.content, [], node.signer)
    changed = document(file, Role.STATEMENT, sealed=made, key=draft.key, packed=b"")
    return event(changed, e.InvoiceIssued, statement=sha256(made).digest())


Tamper = Callable[[Proofs], Evidence]
TAMPERINGS: dict[str, tuple[Tamper, str]] = {
    "a byte of the statement": (lambda p: sealed(p.metering, Role.STATEMENT, flipped), "does not hold the statement"),
    "the statement cut short": (
        lambda p: sealed(p.metering, Role.STATEMENT, lambda s: s[:-9]),
        "not hold the statement",
    ),
    "another key for the statement": (lambda p: document(p.metering, Role.STATEMENT, key=bytes(32)), "commits to"),
    "the statement left out": (lambda p: without(p.metering, Role.STATEMENT), "does not hold the statement"),
    "the statement encrypted anew": (
        lambda p: replace(resealed(p, p.metering, OEM, lambda one: one), facts=p.metering.facts),
        "does not hold the statement that the ledger names",
    ),
    "a statement signed by the customer in the OEM's name": (
        lambda p: resealed(p, p.metering, CUSTOMER, lambda one: one),
        "does not show that party 1 holds the key",
    ),
    "a statement for another invoice": (
        lambda p: resealed(p, p.metering, OEM, bill_with(member("invoice", "ab" * 16))),
        "made for another invoice",
    ),
    "a page of the statement's slices left out": (
        lambda p: resealed(p, p.metering, OEM, bill_with(lambda one: one["pages"].pop())),
        "does not have 2 pages",
    ),
    "another root of a page": (
        lambda p: resealed(p, p.metering, OEM, bill_with(lambda one: one["pages"][0].update(root="00" * 32))),
        "do not make up the statement's root",
    ),
    "something that is no statement": (
        lambda p: resealed(p, p.metering, OEM, lambda _: b'{"format":"other"}'),
        "no bill of the form",
    ),
    "a document's kind": (lambda p: document(p.metering, Role.STATEMENT, kind="terms"), "is a statement, not a terms"),
    "a document's role": (lambda p: document(p.metering, Role.TERMS, role=Role.SPEC), "does not hold the terms"),
    "content beside a document that has its own": (
        lambda p: document(p.metering, Role.TERMS, packed=b"x"),
        "in the wrong place",
    ),
    "the terms of another agreement": (lambda p: sealed(p.metering, Role.TERMS, flipped), "does not hold the terms"),
    "a specification with another device": (
        lambda p: sealed(p.metering, Role.SPEC, flipped),
        "does not hold the spec",
    ),
    "the profiles left out": (lambda p: without(p.metering, Role.PROFILE), "does not show that party 1 holds the key"),
    "another deployment": (lambda p: replace(p.metering, deployment=bytes(32)), "made for another deployment"),
    "another invoice": (lambda p: replace(p.metering, invoice=bytes(16)), "does not say once, but 0 times"),
    "the invoice's fact left out": (
        lambda p: facts(p.metering, e.InvoiceIssued, lambda _: None),
        "does not say once, but 0 times",
    ),
    "the invoice's fact twice": (
        lambda p: replace(
            p.metering,
            facts=(*p.metering.facts, *[one for one in p.metering.facts if isinstance(one.event, e.InvoiceIssued)]),
        ),
        "does not say once, but 2 times",
    ),
    "an invoice of somebody else": (
        lambda p: event(p.metering, e.InvoiceIssued, issuer=CUSTOMER),
        "is signed by party 1, not by the invoice's issuer",
    ),
    "another window of the invoice": (
        lambda p: event(p.metering, e.InvoiceIssued, window_to=FEBRUARY - 1),
        "calls something else false",
    ),
    "other terms on the ledger": (
        lambda p: event(p.metering, e.MachineRegistered, terms=bytes(32)),
        "calls something else false",
    ),
    "the registration left out": (
        lambda p: facts(p.metering, e.MachineRegistered, lambda _: None),
        "does not say which terms hold",
    ),
    "a start left out": (
        lambda p: facts(p.metering, e.MachineStarted, lambda one: one if one.event.version > 3 else None),
        "leaves out change 3 of machine",
    ),
    "a stop left out": (
        lambda p: facts(p.metering, e.MachineStopped, lambda _: None),
        "leaves out change 4 of machine",
    ),
    "an anchor left out": (
        lambda p: facts(p.metering, e.TelemetryAnchored, lambda one: one if one.event.seq != 2 else None),
        "does not say how each of the statement's batches was anchored",
    ),
    "another anchored digest": (
        lambda p: event(p.metering, e.TelemetryAnchored, manifest=bytes(32)),
        "calls something else false",
    ),
    "another anchored window": (
        lambda p: event(p.metering, e.TelemetryAnchored, window_from=JANUARY + 60),
        "says another beginning",
    ),
    "another number of readings on the ledger": (
        lambda p: event(p.metering, e.TelemetryAnchored, readings=1),
        "says another number of readings",
    ),
    "the slice's figures": (
        lambda p: leaves_of(p.metering, lambda leaves: [leaves[0].replace(b'"654"', b'"655"')]),
        "is not the statement's",
    ),
    "another slice's number": (lambda p: slices(p.metering, first=121), "is not the statement's"),
    "a slice's path cut short": (
        lambda p: path(p.metering, lambda one: one[:-1]),
        "is not the statement's",
    ),
    "a slice's path with one more node": (
        lambda p: path(p.metering, lambda one: (*one, bytes(32))),
        "is not the statement's",
    ),
    "a node of a slice's path": (
        lambda p: path(p.metering, lambda one: (bytes(32), *one[1:])),
        "is not the statement's",
    ),
    "no slices": (lambda p: replace(p.metering, slices=None), "holds no slices"),
    "a slice before the one in question": (
        lambda p: leaves_of(
            p.pricing, lambda leaves: [leaves[0].replace(b'"executed":3600', b'"executed":3599'), *leaves[1:]]
        ),
        "the slices before slice 100 in the file are not the statement's",
    ),
    "two slices swapped": (lambda p: leaves_of(p.pricing, swapped), "the slices before slice 100"),
    "the slices before left out": (
        lambda p: slices(leaves_of(p.pricing, lambda leaves: leaves[-1:]), first=100),
        "follow from all slices before it",
    ),
    "the last slice left out": (lambda p: leaves_of(p.totals, lambda leaves: leaves[:-1]), "is not the statement's"),
    "a reading": (lambda p: last_reading(p.metering, flipped), "is not part of the batch"),
    "readings cut short": (lambda p: last_reading(p.metering, lambda one: one[:-17]), "is not part of the batch"),
    "readings of another slice": (lambda p: first_reading(p.metering, index=3), "is not part of the batch"),
    "a node of the readings' path": (
        lambda p: first_reading(p.metering, path=(bytes(32), *p.metering.readings[0].path[1:])),
        "is not part of the batch",
    ),
    "readings left out": (lambda p: replace(p.metering, readings=p.metering.readings[:-1]), "lacks readings of anchor"),
    "all readings left out": (lambda p: replace(p.metering, readings=()), "lacks readings of anchor"),
    "a manifest changed after it was signed": (
        lambda p: first_reading(p.metering, manifest=other_manifest(p.metering, counter_from=1)),
        "a batch that the statement does not use",
    ),
    "a manifest signed by another device": (
        lambda p: first_reading(p.metering, manifest=other_manifest(p.metering, device=bytes(32))),
        "a batch that the statement does not use",
    ),
    "fewer readings before the slice": (
        lambda p: replace(p.metering, warm_from=JANUARY + 5 * DAY),
        "this file proves nothing",
    ),
    "readings from after the slice": (lambda p: replace(p.metering, warm_from=FEBRUARY), "are of no use for slice 120"),
    "another fault than there is": (lambda p: replace(p.metering, fault=Fault.SUM), "this file proves nothing"),
    "a right slice called false": (
        lambda p: replace(p.totals, fault=Fault.PRICING),
        "this file proves nothing",
    ),
    "the statement before left out": (
        lambda p: without(p.carry, Role.PREVIOUS),
        "does not hold the previous statement",
    ),
    "the invoice before left out": (
        lambda p: facts(p.carry, e.InvoiceIssued, lambda one: one if one.event.window_to == MARCH else None),
        "does not say which invoice came before",
    ),
    "the statement itself as the one before it": (
        lambda p: replace(
            p.carry,
            documents=tuple(
                replace(one, sealed=next(two.sealed for two in p.carry.documents if two.role is Role.STATEMENT))
                if one.role is Role.PREVIOUS
                else one
                for one in p.carry.documents
            ),
        ),
        "does not hold the",
    ),
    "two statements that are one": (
        lambda p: replace(without(p.carry, Role.PREVIOUS), fault=Fault.RECOMPUTED),
        "does not hold the statement of the party",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_file_that_was_tampered_with_proves_nothing(proofs: Proofs, name: str) -> None:
    tamper, reason = TAMPERINGS[name]
    with pytest.raises(IntegrityError, match=reason):
        check(Evidence.loads(tamper(proofs).dumps()))


def test_a_right_statement_is_not_proven_false_by_sound_readings(months: Trade) -> None:
    """All that an honest customer could show of a right slice: the check computes it and finds it right."""
    invoice = months.issue(FEBRUARY)
    billing = months.nodes[CUSTOMER].billing
    found = billing._compared(invoice)
    assert found.bill is not None
    for fault, slice_ in ((Fault.METERING, 300), (Fault.PRICING, 300), (Fault.TOTALS, None)):
        case = Case(
            found.results, found.index, found.bill, billing._papers.slices(found.bill), fault, slice_, "a false claim"
        )
        with pytest.raises(IntegrityError, match="this file proves nothing"):
            check(billing._proving._made(case))


def _text(change: Callable[[dict[str, Any]], Any]) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        value = json.loads(content)
        change(value)
        return canonical.dumps(value)

    return changed


SPELLINGS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut short": (lambda one: one[:-1], "not a canonical JSON document"),
    "followed by something": (lambda one: one + b" ", "not a canonical JSON document"),
    "spelled with blanks": (lambda one: json.dumps(json.loads(one)).encode(), "not a canonical JSON document"),
    "of another form": (_text(lambda one: one.update(format="other")), "evidence of the form 'other'"),
    "with a member more": (_text(lambda one: one.update(more=1)), "members or spellings that are not known"),
    "with a member less": (_text(lambda one: one.pop("facts")), "no evidence file of the form"),
    "of an unknown fault": (_text(lambda one: one.update(fault="other")), "no evidence file of the form"),
    "with a fact that is none": (_text(lambda one: one["facts"].append({})), "ledger fact in an evidence file"),
    "with slices that are none": (_text(lambda one: one["slices"].update(leaves="AAAA")), "cannot be unpacked"),
    "with a reading that is none": (_text(lambda one: one["readings"].append({})), "slice proof is malformed"),
    "with a key of the wrong length": (_text(lambda one: one["documents"][0].update(key="00")), "32 bytes are wanted"),
    "with a number below 0": (_text(lambda one: one.update(warm_from=-1)), "no number from 0 on"),
    "empty": (lambda _: b"", "not a canonical JSON document"),
    "a list": (lambda _: b"[]", "no evidence file of the form"),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_file_that_is_spelled_otherwise_is_refused(proofs: Proofs, name: str) -> None:
    change, reason = SPELLINGS[name]
    with pytest.raises(IntegrityError, match=reason):
        Evidence.loads(change(proofs.metering.dumps()))


def test_a_fact_that_was_changed_or_left_out_is_missed_on_the_ledger(proofs: Proofs) -> None:
    node = proofs.trade.nodes[AUDITOR]
    assert missing_facts(node, proofs.metering.facts) == []
    assert left_out(node, proofs.metering) is None
    invented = facts(proofs.metering, e.MachineStarted, lambda one: replace(one, height=one.height + 1))
    assert len(missing_facts(node, invented.facts)) == 2
    last = facts(proofs.metering, e.MachineStarted, lambda one: one if one.event.version == 3 else None)
    forgotten = left_out(node, last)
    assert forgotten is not None
    assert forgotten.event == proofs.trade.nodes[AUDITOR].machines.history(proofs.trade.machine)[4].event


def test_the_tables_are_long_enough() -> None:
    assert len(TAMPERINGS) + len(SPELLINGS) >= 60
