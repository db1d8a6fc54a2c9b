"""The check of an evidence file, with no access to anything else.

It goes through the file from the ledger's facts to the contradiction. Whatever does not fit raises `IntegrityError`
with the reason; a file whose statement turns out to be right raises it, too: it proves nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from maas_core.billing.bill import Bill
from maas_core.billing.calendar import slice_edges
from maas_core.billing.facts import Span
from maas_core.billing.slices import Slice
from maas_core.billing.statement import ENGINE
from maas_core.billing.terms import Terms
from maas_core.billing.terms_file import read_terms
from maas_core.errors import IntegrityError
from maas_core.evidence import facts as ledger
from maas_core.evidence.facts import LedgerFact
from maas_core.evidence.file import Evidence, Fault, ProvenSlices, Role
from maas_core.evidence.metering import Basis, check_coverage, differences, remetered, settled_meters
from maas_core.evidence.replay import amounts, check_place, contradiction, difference, replayed
from maas_core.evidence.signed import Documents, Signature
from maas_core.maintenance.documents import read_report
from maas_core.maintenance.downtime import downtimes
from maas_core.maintenance.tickets import Story, stories
from maas_core.maintenance.times import runs, stops
from maas_core.ports.currency import by_code
from maas_core.ports.downtime import Attribution, Downtime
from maas_core.proofs.merkle import Tree, leaf_hash, verify
from maas_core.protocol import events as e
from maas_core.protocol.states import InvoiceKind
from maas_core.sealing.devices import devices_of
from maas_core.telemetry.proof import Proven


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a file shows."""

    proven: bool
    """False: the file is sound, and shows a difference that only a recomputation can settle."""
    fault: Fault
    by: int
    """The party whose statement is false."""
    invoice: bytes
    text: str
    """What contradicts what."""
    slice: int | None
    claimed: int
    """Minor units; below 0 for a payout."""
    signatures: tuple[Signature, ...]
    devices: tuple[bytes, ...]
    """Public keys of the devices that signed the readings."""
    relies_on: tuple[LedgerFact, ...]
    """What has to be looked up on the ledger."""


def check(evidence: Evidence) -> Verdict:
    """What a file proves. Raises `IntegrityError`."""
    checking = _Checking(evidence)
    checks: dict[Fault, Callable[[], str]] = {
        Fault.AMOUNT: checking.amount,
        Fault.BASIS: checking.basis,
        Fault.SUM: checking.sum,
        Fault.CARRY: checking.carry,
        Fault.METERING: checking.metering,
        Fault.PRICING: checking.pricing,
        Fault.TOTALS: checking.totals,
        Fault.RECOMPUTED: checking.recomputed,
    }
    text = checks[evidence.fault]()
    if not text:
        raise IntegrityError(
            f"this file proves nothing: its statement is right in what it calls false ({evidence.fault})"
        )
    return checking.verdict(text)


class _Checking:
    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._documents = Documents(evidence)
        self._devices: set[bytes] = set()
        facts = evidence.facts
        self.issued, digest, self._amount = ledger.invoice_of(facts, evidence.invoice)
        if self.issued.kind == InvoiceKind.SERVICE:
            raise IntegrityError("evidence is about invoices for a machine's time, and this one is for a service")
        opened = self._documents.read(digest, Role.STATEMENT)
        if opened.author_party != self.issued.issuer:
            raise IntegrityError(f"the statement is signed by party {opened.author_party}, not by the invoice's issuer")
        self._bill = Bill.loads(opened.content)
        if self._bill.invoice != evidence.invoice:
            raise IntegrityError("the statement was made for another invoice")
        self._statement = self._bill.statement

    def verdict(self, text: str) -> Verdict:
        last = self._evidence.slices
        return Verdict(
            proven=self._evidence.fault is not Fault.RECOMPUTED,
            fault=self._evidence.fault,
            by=self.issued.issuer,
            invoice=self._evidence.invoice,
            text=text,
            slice=None if last is None or self._evidence.fault is Fault.TOTALS else last.last,
            claimed=-self._amount if self.issued.payout else self._amount,
            signatures=tuple(self._documents.signatures),
            devices=tuple(sorted(self._devices)),
            relies_on=self._evidence.facts,
        )

    def amount(self) -> str:
        """The ledger's amount against the statement's."""
        claimed = -self._amount if self.issued.payout else self._amount
        number = by_code(self._statement.currency).number
        if number != self.issued.currency:
            return f"the ledger bills in currency {self.issued.currency}, the statement in {number}"
        if claimed != self._statement.amount:
            return f"the ledger says {claimed} minor units, the statement that it stands on {self._statement.amount}"
        return ""

    def basis(self) -> str:
        """Machine, time, terms, batches and engine against the ledger."""
        one, event = self._statement, self.issued
        window = (event.window_from, event.window_to)
        if one.machine != event.machine:
            return f"the invoice is for machine {event.machine.hex()}, the statement for {one.machine.hex()}"
        if (one.window.time_from, one.window.time_to) != window:
            return f"the invoice is for {window}, the statement for [{one.window.time_from}, {one.window.time_to})"
        if one.final != (event.kind == InvoiceKind.FINAL):
            return "invoice and statement differ on whether it is the final one"
        return self._terms_fit(window) or self._batches()

    def _terms_fit(self, window: tuple[int, int]) -> str:
        one = self._statement
        if one.engine != ENGINE:
            return f"the statement was made by {one.engine}; this is {ENGINE}"
        ledger.check_versions(self._evidence.facts, one.machine)
        digest, closing = ledger.terms_in_force(self._evidence.facts, one.machine, window)
        if one.terms != digest:
            return f"terms {digest.hex()} were in force, and the statement uses {one.terms.hex()}"
        if one.closing != (closing or one.final):
            return "the statement is wrong about whether its terms end with it"
        terms = self._terms()
        told = (one.currency, one.digits, one.slice_seconds, one.title)
        if told != (terms.currency.code, terms.currency.digits, terms.slice_seconds, terms.title):
            return "the statement's currency, slices or title are not those of its terms"
        if one.slices != len(slice_edges(terms, one.window)) - 1:
            return f"by the terms the window has another number of slices than {one.slices}"
        return ""

    def _batches(self) -> str:
        window, event = self._statement.window, self.issued
        named = {used.seq: used.manifest for used in self._statement.anchors}
        for anchor in ledger.anchors(self._evidence.facts, event.machine):
            inside = anchor.time_from < window.time_to and anchor.time_to > window.time_from
            wanted = anchor.seq < event.seq_to and inside
            if wanted and named.get(anchor.seq) != anchor.manifest:
                return f"batch {anchor.seq} was anchored for this time, and the statement does not use it as it is"
            if not wanted and anchor.seq in named:
                return f"the statement uses batch {anchor.seq}, which is not one of this invoice's"
        return ""

    def sum(self) -> str:
        """The statement against itself."""
        return contradiction(self._statement)

    def carry(self) -> str:
        """What the statement begins with against what the one before it ended with."""
        before = [
            one
            for one in ledger.of_type(self._evidence.facts, e.InvoiceIssued)
            if one.machine == self.issued.machine and one.window_to == self.issued.window_from
            and one.invoice != self.issued.invoice and one.kind == InvoiceKind.PERIOD
        ]  # fmt: skip
        if len(before) != 1:
            raise IntegrityError("the file does not say which invoice came before this one")
        _, digest, _ = ledger.invoice_of(self._evidence.facts, before[0].invoice)
        opened = self._documents.read(digest, Role.PREVIOUS)
        if opened.author_party != self.issued.issuer:
            raise IntegrityError("the statement before this one is not by the same issuer")
        previous = Bill.loads(opened.content).statement
        if (previous.machine, previous.window.time_to) != (self._statement.machine, self._statement.window.time_from):
            raise IntegrityError("the statement before this one is about another machine or time")
        if previous.carry_out.balance != self._statement.carry_in.balance:
            return (
                f"it begins with {self._statement.carry_in.balance} minor units; the same issuer's statement before it "
                f"ended with {previous.carry_out.balance}"
            )
        if not self._statement.restated and previous.carry_out != self._statement.carry_in:
            return "it begins with other meter readings or period totals than the statement before it ended with"
        return ""

    def metering(self) -> str:
        """A slice's figures against the readings."""
        self._trusted()
        terms, statement = self._terms(), self._statement
        held, target = self._last_slice()
        check_place(target, held.last, slice_edges(terms, statement.window).tolist())
        warm_from = self._evidence.warm_from
        if not statement.window.time_from <= warm_from <= target.time_from:
            raise IntegrityError(f"readings from {warm_from} on are of no use for slice {target.index}")
        if warm_from == statement.window.time_from and statement.restated:
            raise IntegrityError("what a statement that adjusts earlier ones goes on from cannot be shown in a file")
        proven = self._proven(Span(warm_from, target.time_to))
        executed, stood = self._history(statement.window)
        basis = Basis(terms, statement, executed, stood)
        found = remetered(basis, target, proven, warm_from)
        lines = differences(target, found, settled_meters(basis, proven, warm_from, target.time_from))
        where = f"in slice {target.index}, [{target.time_from}, {target.time_to}): "
        return where + "; ".join(lines) if lines else ""

    def pricing(self) -> str:
        """A slice's charges against its own figures."""
        self._trusted()
        terms = self._terms()
        held, target = self._last_slice()
        if held.first:
            raise IntegrityError(
                "the charges of a slice follow from all slices before it, which the file does not hold"
            )
        slices = [Slice.read(leaf) for leaf in held.leaves]
        computed = replayed(terms, self._statement, slices).slices[-1]
        if computed.charges == target.charges:
            return ""
        return (
            f"slice {target.index} charges {amounts(target)} minor units; by the terms its own figures come to "
            f"{amounts(computed)}"
        )

    def totals(self) -> str:
        """The statement against its own slices."""
        self._trusted()
        held, _ = self._last_slice()
        if held.first or len(held.leaves) != self._statement.slices:
            raise IntegrityError("the file does not hold all slices of the statement")
        return difference(self._statement, self._terms(), [Slice.read(leaf) for leaf in held.leaves])

    def recomputed(self) -> str:
        """Nothing that a file can show: two statements that differ."""
        mine = [one for one in self._evidence.documents if one.role is Role.OWN]
        if len(mine) != 1:
            raise IntegrityError("the file does not hold the statement of the party that made it")
        own = self._documents.read(sha256(mine[0].sealed).digest(), Role.OWN)
        ours = Bill.loads(own.content).statement
        if ours.dumps() == self._statement.dumps():
            return ""
        return (
            f"party {own.author_party} computed {ours.amount} minor units where the statement says "
            f"{self._statement.amount}; only a recomputation from ledger and storage can tell who is right"
        )

    def _trusted(self) -> None:
        """The parts of the statement that the other checks build on."""
        wrong = self.basis()
        if wrong:
            raise IntegrityError(f"the file calls something else false than what is false in it: {wrong}")

    def _terms(self) -> Terms:
        return read_terms(self._documents.read(self._statement.terms, Role.TERMS).content)

    def _last_slice(self) -> tuple[ProvenSlices, Slice]:
        """The slice in question, shown to be the statement's together with all that are held before it."""
        held = self._evidence.slices
        if held is None:
            raise IntegrityError("the file holds no slices")
        hashes = [leaf_hash(leaf) for leaf in held.leaves]
        size, root = self._statement.slices, self._statement.root
        if not verify(hashes[-1], held.last, size, held.path, root):
            raise IntegrityError(f"slice {held.last} in the file is not the statement's")
        if held.first == 0 and not _prefix_fits(hashes, size, held.path):
            raise IntegrityError(f"the slices before slice {held.last} in the file are not the statement's")
        if held.first and len(held.leaves) != 1:
            raise IntegrityError("the file holds either one slice or all from the first one on")
        return held, Slice.read(held.leaves[-1])

    def _proven(self, span: Span) -> list[Proven]:
        """All readings of the statement's batches in a span."""
        machine = self._statement.machine
        devices = devices_of(self._documents.read(ledger.spec_of(self._evidence.facts, machine), Role.SPEC).content)
        anchored = {one.manifest: one for one in ledger.anchors(self._evidence.facts, machine)}
        used = [anchored.get(one.manifest) for one in self._statement.anchors]
        if None in used:
            raise IntegrityError("the file does not say how each of the statement's batches was anchored")
        shown: dict[int, list[Proven]] = {}
        for proof in self._evidence.readings:
            anchor = anchored.get(sha256(proof.manifest).digest())
            if anchor is None or anchor not in used:
                raise IntegrityError("the file holds readings of a batch that the statement does not use")
            one = proof.check(anchor, self._evidence.deployment, devices)
            self._devices.add(one.manifest.device)
            shown.setdefault(anchor.seq, []).append(one)
        check_coverage([one for one in used if one is not None], shown, span)
        return [one for each in shown.values() for one in each]

    def _history(self, window: Span) -> tuple[tuple[Span, ...], tuple[Downtime, ...]]:
        entries = ledger.entries(self._evidence.facts)
        own = [one for one in entries if getattr(one.event, "machine", None) == self._statement.machine]
        executed = runs(own, window.time_to)
        bounds = (window.time_from, window.time_to)
        stood = downtimes(stops(own), stories(own), self._attribution, bounds)
        return tuple(Span(*one) for one in executed), stood

    def _attribution(self, story: Story) -> Attribution | None:
        if story.report is None or not self._documents.holds(story.report):
            return None
        opened = self._documents.read(story.report, Role.REPORT)
        return read_report(opened.content).attribution if opened.author_party == story.assignee else None


def _prefix_fits(hashes: list[bytes], size: int, path: tuple[bytes, ...]) -> bool:
    """Whether the left neighbours on the audit path of the last leaf are the nodes over the leaves before it."""
    tree, index, last, at = Tree(hashes), len(hashes) - 1, size - 1, 0
    for level in range(size.bit_length()):
        node, end = index >> level, last >> level
        if node & 1:
            if path[at] != tree.node(level, node - 1):
                return False
            at += 1
        elif node < end:
            at += 1
    return True
