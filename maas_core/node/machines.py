"""Agreements on machines: from registration to termination."""

from dataclasses import dataclass

from maas_core.errors import UsageError
from maas_core.ledgerio.submission import Submission
from maas_core.node.records import HistoryEntry, Seen
from maas_core.node.service import Service, new_id
from maas_core.protocol.commands import (
    AcceptChange,
    AcceptMachine,
    DeclineMachine,
    OfferChange,
    RegisterMachine,
    ResetMachine,
    StartMachine,
    StopMachine,
    WithdrawChange,
)
from maas_core.protocol.records import AnchorHead, BillingHead, ChangeOffer, Machine
from maas_core.protocol.states import ChangeKind, Role, StopCause
from maas_core.protocol.types import ZERO_DIGEST


@dataclass(frozen=True, slots=True)
class NewMachine:
    """What a registration says."""

    oem: int
    customer: int
    machine_class: int
    spec: bytes
    """The digest of the specification."""
    terms: bytes
    """The digest of the terms."""
    telemetry_interval: int
    """Seconds."""
    invoice_period: int
    """Seconds."""


class Machines(Service):
    """Machines by their 16-byte ids."""

    def all(self) -> list[Seen[Machine]]:
        """All machines that this node knows."""
        return self._node.records.all("machine")

    def get(self, machine: bytes) -> Seen[Machine]:
        """One machine."""
        return self._get(Machine, ("machine", machine))

    def heads(self, machine: bytes) -> tuple[AnchorHead | None, BillingHead | None]:
        """Where its anchors and its billing stand; None before it is accepted."""
        records = self._node.records
        anchors = records.find(AnchorHead, ("anchor_head", machine))
        billing = records.find(BillingHead, ("billing_head", machine))
        return None if anchors is None else anchors.record, None if billing is None else billing.record

    def readers(self, machine: bytes) -> frozenset[int]:
        """Who reads its documents, and its telemetry unless its group says otherwise: both sides, active auditors."""
        record = self.get(machine).record
        return frozenset({record.oem, record.customer}) | self._node.parties.active(Role.AUDITOR)

    def history(self, machine: bytes) -> list[HistoryEntry]:
        """Its final events."""
        return self._node.records.history(f"machine:{machine.hex()}")

    def register(self, new: NewMachine, machine: bytes | None = None) -> tuple[bytes, Submission]:
        """Register a machine; returns its id too. Raises `UsageError` if the terms ask for other storages."""
        machine = machine or new_id()
        self._promise(machine, new.terms, new.customer)
        command = RegisterMachine(
            machine,
            new.oem,
            new.customer,
            new.machine_class,
            new.spec,
            new.terms,
            new.telemetry_interval,
            new.invoice_period,
        )
        return machine, self._send(command)

    def accept(self, machine: bytes, terms: bytes) -> Submission:
        """Accept an agreement with exactly these terms (a digest).

        Raises `UsageError` if they ask for what this node's storages do not give.
        """
        self._promise(machine, terms, self.get(machine).record.customer)
        return self._send(AcceptMachine(machine, self._version(machine), terms))

    def decline(self, machine: bytes) -> Submission:
        """Decline an agreement."""
        return self._send(DeclineMachine(machine, self._version(machine)))

    def start(self, machine: bytes, at: int | None = None) -> Submission:
        """Record the start of billable use; `at` is seconds UTC, now if not given."""
        return self._send(StartMachine(machine, self._version(machine), self._at(at)))

    def stop(
        self, machine: bytes, cause: StopCause, at: int | None = None, evidence: bytes = ZERO_DIGEST
    ) -> Submission:
        """Record the end of billable use."""
        return self._send(StopMachine(machine, self._version(machine), self._at(at), cause, evidence))

    def reset(self, machine: bytes, at: int | None = None) -> Submission:
        """Record that a stopped machine is as good as new."""
        return self._send(ResetMachine(machine, self._version(machine), self._at(at)))

    def _version(self, machine: bytes) -> int:
        return self.get(machine).record.version

    def _at(self, at: int | None) -> int:
        return self._node.clock.now() if at is None else at

    def offers(self, machine: bytes) -> list[Seen[ChangeOffer]]:
        """All change offers on a machine."""
        return [seen for seen in self._node.records.all("offer") if seen.record.machine == machine]

    def offer(self, machine: bytes, n: int) -> ChangeOffer:
        """One change offer."""
        return self._get(ChangeOffer, ("offer", machine, n)).record

    def offer_amendment(self, machine: bytes, terms: bytes, effective_from: int) -> tuple[int, Submission]:
        """Offer new terms; returns the offer's number too."""
        return self._offer(machine, ChangeKind.AMEND, terms, effective_from)

    def offer_termination(self, machine: bytes, effective_from: int) -> tuple[int, Submission]:
        """Offer to end the agreement; returns the offer's number too."""
        return self._offer(machine, ChangeKind.TERMINATE, ZERO_DIGEST, effective_from)

    def _offer(self, machine: bytes, kind: ChangeKind, terms: bytes, effective_from: int) -> tuple[int, Submission]:
        self.get(machine)
        n = 1 + max((seen.record.n for seen in self.offers(machine)), default=0)
        if any(terms):
            self._promise(machine, terms, self.get(machine).record.customer)
        return n, self._send(OfferChange(machine, n, kind, terms, effective_from))

    def accept_change(self, machine: bytes, n: int, terms: bytes | None = None) -> Submission:
        """Accept an offer.

        Raises `UsageError` if `terms` are given and are not the ones offered, or ask for what this node's storages do
        not give.
        """
        offer = self._get(ChangeOffer, ("offer", machine, n)).record
        if terms is not None and terms != offer.terms:
            raise UsageError(f"offer {n} has terms {offer.terms.hex()}, not {terms.hex()}: compare the documents")
        if any(offer.terms):
            self._promise(machine, offer.terms, self.get(machine).record.customer)
        return self._send(AcceptChange(machine, n))

    def _promise(self, machine: bytes, terms: bytes, customer: int) -> None:
        me = self._node.records.provisional().get(("identity", self._node.identity))
        self._node.keeping.promise(machine, terms, anchors=me == customer)

    def withdraw_change(self, machine: bytes, n: int) -> Submission:
        """Take an offer back."""
        return self._send(WithdrawChange(machine, n))
