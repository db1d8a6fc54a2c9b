"""Makes evidence files: gathers what their check needs from the ledger's events and from storage."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from maas_core.billing.bill import Bill, PagedTree
from maas_core.billing.facts import Span
from maas_core.billing.slices import Slice
from maas_core.errors import IntegrityError, NoAccessError
from maas_core.evidence.checking import Verdict, check
from maas_core.evidence.facts import LedgerFact
from maas_core.evidence.file import ON_PAPER_ALONE, Evidence, Fault, ProvenSlices, Role, SealedDocument
from maas_core.evidence.metering import Basis, settled_meters
from maas_core.evidence.signed import profiles
from maas_core.maintenance.documents import read_report
from maas_core.node.billing.facts import TERMS
from maas_core.node.billing.papers import STATEMENT
from maas_core.node.billing.results import Results
from maas_core.node.billing.timeline import Issued, reports
from maas_core.node.documents import PROFILE
from maas_core.node.maintenance.facts import REPORT
from maas_core.node.records import HistoryEntry
from maas_core.protocol import events as e
from maas_core.sealing.documents import Body, Opened, unlock
from maas_core.telemetry.proof import Proven, SliceProof
from maas_core.telemetry.slices import read_slice

if TYPE_CHECKING:
    from maas_core.node.node import Node
    from maas_core.node.telemetry import OpenBatch

SPEC = "spec"


@dataclass(frozen=True, slots=True)
class Case:
    """What a file is to show."""

    results: Results
    index: int
    bill: Bill
    slices: PagedTree
    fault: Fault
    slice: int | None
    note: str
    own: bytes = b""
    """The digest of this party's own statement; needed for RECOMPUTED."""

    @property
    def issued(self) -> Issued:
        """The invoice."""
        return self.results.source.timeline.invoices[self.index]


class Proving:
    """Makes files."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    def evidence(self, case: Case) -> tuple[Evidence, Verdict]:
        """A file and what its check says.

        Where a difference cannot be shown without the batches, the file holds both statements and says so. Raises
        `UnavailableError`, and `IntegrityError` if not even that can be shown.
        """
        try:
            made = self._made(case)
            return made, check(made)
        except (IntegrityError, NoAccessError) as error:
            if case.fault is Fault.RECOMPUTED:
                raise
            note = f"{case.note} (no proof that stands alone: {error})"
            return self.evidence(replace(case, fault=Fault.RECOMPUTED, slice=None, note=note))

    def _made(self, case: Case) -> Evidence:
        opened = [(Role.STATEMENT, self._node.documents.opened(case.issued.statement, STATEMENT))]
        entries = self._invoice_entries(case.issued.invoice)
        if case.fault not in ON_PAPER_ALONE:
            entries += self._machine_entries(case)
            opened += self._agreement(case)
        if case.fault is Fault.CARRY:
            if case.index == 0:
                raise IntegrityError("there is no statement before the first one")
            previous = case.results.source.timeline.invoices[case.index - 1]
            entries += self._invoice_entries(previous.invoice)
            opened.append((Role.PREVIOUS, self._node.documents.opened(previous.statement, STATEMENT)))
        if case.fault is Fault.RECOMPUTED:
            opened.append((Role.OWN, self._node.documents.opened(case.own, STATEMENT)))
        slices = self._slices(case)
        readings, warm_from = self._readings(case) if case.fault is Fault.METERING else ((), 0)
        authors = {one.author_party for _, one in opened}
        entries += [one for author in sorted(authors) for one in self._profile_entries(author)]
        facts = _facts(entries)
        opened += [
            (Role.PROFILE, self._node.documents.opened(digest, PROFILE))
            for author in sorted(authors)
            for digest in dict.fromkeys(profiles(facts, author))
        ]
        return Evidence(
            deployment=self._node.parties.deployment().record.deployment,
            invoice=case.issued.invoice,
            fault=case.fault,
            documents=tuple(_document(role, one) for role, one in opened),
            facts=facts,
            slices=slices,
            readings=readings,
            warm_from=warm_from,
            note=case.note,
        )

    def _invoice_entries(self, invoice: bytes) -> list[HistoryEntry]:
        kinds = (e.InvoiceIssued, e.InvoiceRevised)
        return [one for one in self._node.invoices.history(invoice) if isinstance(one.event, kinds)]

    def _profile_entries(self, party: int) -> list[HistoryEntry]:
        kinds = (e.PartyJoined, e.ProfileUpdated, e.DeploymentFounded)
        subjects = [f"party:{party}"] if party != 1 else ["party:1", "deployment", "consortium"]
        found = [entry for subject in subjects for entry in self._node.records.history(subject)]
        return [one for one in found if isinstance(one.event, kinds)]

    def _machine_entries(self, case: Case) -> list[HistoryEntry]:
        """The machine's history as it counts for the invoice; of the anchors those that it may have to do with."""
        window, statement = case.issued.window, case.bill.statement
        named = {one.seq for one in statement.anchors}
        entries = case.results.source.timeline.known(case.issued.position)
        return [
            one
            for one in entries
            if not isinstance(one.event, e.TelemetryAnchored)
            or one.event.seq in named
            or (one.event.window_from < window[1] and one.event.window_to > window[0])
        ]

    def _agreement(self, case: Case) -> list[tuple[Role, Opened]]:
        documents, source = self._node.documents, case.results.source
        spec = self._node.machines.get(source.machine).record.spec
        found = [
            (Role.TERMS, documents.opened(case.bill.statement.terms, TERMS)),
            (Role.SPEC, documents.opened(spec, SPEC)),
        ]
        for digest in reports(source.timeline, case.issued.position):
            try:
                opened = documents.opened(digest, REPORT)
                read_report(opened.content)
            except (IntegrityError, NoAccessError):
                continue  # what nobody can read attributes nothing
            found.append((Role.REPORT, opened))
        return found

    @staticmethod
    def _slices(case: Case) -> ProvenSlices | None:
        if case.fault is Fault.METERING and case.slice is not None:
            return ProvenSlices(case.slice, (case.slices.leaf(case.slice),), case.slices.proof(case.slice))
        last = case.slice if case.fault is Fault.PRICING else case.slices.size - 1
        if case.fault not in (Fault.PRICING, Fault.TOTALS) or last is None or last < 0:
            return None
        leaves = tuple(case.slices.leaf(number) for number in range(last + 1))
        return ProvenSlices(0, leaves, case.slices.proof(last))

    def _readings(self, case: Case) -> tuple[tuple[SliceProof, ...], int]:
        """Readings of the slice and of enough time before it, and from when on they are."""
        assert case.slice is not None
        target = Slice.read(case.slices.leaf(case.slice))
        ours = Slice.read(case.results.of(case.index).slices.leaf(case.slice))
        differing = {name for name, one in ours.quantities.items() if target.quantities.get(name) != one}
        window = case.bill.statement.window
        terms = case.results.source.terms(case.bill.statement.terms)
        basis = Basis(terms, case.bill.statement, (), ())
        back = terms.slice_seconds
        while True:
            warm_from = max(window.time_from, target.time_from - back)
            proofs = self._proofs(case, Span(warm_from, target.time_to))
            settled = settled_meters(basis, [one for _, one in proofs], warm_from, target.time_from)
            if differing <= settled or warm_from == window.time_from:
                return tuple(proof for proof, _ in proofs), warm_from
            back *= 8

    def _proofs(self, case: Case, span: Span) -> list[tuple[SliceProof, Proven]]:
        found = []
        source = case.results.source
        by_seq = {one.seq: one for one in source.anchors}
        for used in case.bill.statement.anchors:
            anchor = by_seq[used.seq]
            low, high = max(anchor.time_from, span.time_from), min(anchor.time_to, span.time_to)
            if low < high:
                batch = self._node.telemetry.open(anchor)
                slicing = batch.manifest.slicing
                numbers = range(slicing.index_of(low), slicing.index_of(high - 1) + 1)
                found += [_proof(batch, number) for number in numbers]
        return found


def _proof(batch: "OpenBatch", number: int) -> tuple[SliceProof, Proven]:
    proof = batch.slice_proof(number)
    span, series = read_slice(proof.content)
    return proof, Proven(batch.manifest, span, series)


def _document(role: Role, opened: Opened) -> SealedDocument:
    outside = unlock(opened.sealed, opened.key).body is Body.BLOB
    return SealedDocument(
        role, opened.kind, opened.sealed, opened.key, zlib.compress(opened.content) if outside else b""
    )


def _facts(entries: Iterable[HistoryEntry]) -> tuple[LedgerFact, ...]:
    """In the ledger's order, each once."""
    by_position = {one.position: one for one in entries}
    return tuple(
        LedgerFact(one.transaction, one.block.height, one.block.digest, one.block.time, one.event)
        for _, one in sorted(by_position.items())
    )
