"""Every record of the protocol: what a ledger stores.

A field marked `EVENT_ONLY` is known from events and not stored on the ledger: `read_record` and the state digest leave
it out. A key is a tuple of the record's kind and the fields that name it.
"""

from dataclasses import dataclass
from typing import Annotated

from maas_core.protocol.commands import Action, Selection
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import (
    AttestationKindCode,
    ChangeKindCode,
    InvoiceKindCode,
    Roles,
    StateCode,
    TicketKindCode,
)
from maas_core.protocol.types import (
    MAX_ACCREDITED,
    MAX_BOARD,
    U16,
    U32,
    U64,
    Amount,
    BasisPoints,
    Currency,
    Digest,
    Duration,
    Flag,
    Id,
    Identity,
    ListOf,
    MachineClass,
    Metres,
    OfferNo,
    PartyId,
    Seq,
    TicketNo,
    Time,
    Version,
)

EVENT_ONLY = "event_only"
"""Marks a field that events carry and no ledger stores."""

OPAQUE = "opaque"
"""Marks a stored field that differs from ledger to ledger and therefore stays outside the state digest."""

Key = tuple[str | bytes | int, ...]


class Record:
    """What all records have in common: nothing but being one."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Deployment(Record):
    """The one record of the deployment itself. Key: nothing."""

    deployment: Digest
    predecessor: Annotated[Digest, EVENT_ONLY]
    state: StateCode
    successor: Annotated[Digest, EVENT_ONLY]
    rules: Rules
    parties: U16
    """Parties ever invited or founding."""
    board: U16
    """ACTIVE parties with role BOARD."""


@dataclass(frozen=True, slots=True)
class Party(Record):
    """A member of the consortium. Key: party."""

    party: PartyId
    identity: Annotated[Identity, OPAQUE]
    state: StateCode
    roles: Roles
    version: Version
    profile: Annotated[Digest, EVENT_ONLY]


@dataclass(frozen=True, slots=True)
class Standing(Record):
    """A party's performance record; counts stop at 2^24 - 1. Key: party."""

    party: PartyId
    closed: U32
    """Tickets closed as assignee."""
    rated: U32
    """Of these, tickets with a rating."""
    rating_total: U32
    response_total: U64
    """Seconds from open to assigned, over all closed tickets."""
    resolution_total: U64
    """Seconds from open to completed, over all closed tickets."""
    misbehaviour: U32


@dataclass(frozen=True, slots=True)
class Proposal(Record):
    """An action that the board votes on. Key: proposal."""

    proposal: Id
    proposer: PartyId
    action: Annotated[Action, OPAQUE]
    """Outside the digest because an identity may be part of it."""
    expires: Time
    state: StateCode
    voters: Annotated[tuple[PartyId, ...], ListOf(1, MAX_BOARD)]
    """Ascending."""


@dataclass(frozen=True, slots=True)
class Accreditation(Record):
    """The maintainers that may serve an OEM's machines of a class. Key: oem, machine_class."""

    oem: PartyId
    machine_class: MachineClass
    version: Version
    maintainers: Annotated[tuple[PartyId, ...], ListOf(0, MAX_ACCREDITED)]
    """Ascending."""


@dataclass(frozen=True, slots=True)
class Attestation(Record):
    """What an auditor vouched for. Key: attestation."""

    attestation: Id
    auditor: PartyId
    machine: Annotated[Id, EVENT_ONLY]
    kind: AttestationKindCode
    statement: Annotated[Digest, EVENT_ONLY]
    time: Time


@dataclass(frozen=True, slots=True)
class Machine(Record):
    """An agreement on a machine. Key: machine."""

    machine: Id
    oem: PartyId
    customer: PartyId
    registrar: PartyId
    """The side that registered."""
    machine_class: MachineClass
    state: StateCode
    version: Version
    terms: Digest
    last_at: Time
    """The business time of the last start, stop or reset."""
    spec: Annotated[Digest, EVENT_ONLY]
    telemetry_interval: Annotated[Duration, EVENT_ONLY]
    invoice_period: Annotated[Duration, EVENT_ONLY]


@dataclass(frozen=True, slots=True)
class ChangeOffer(Record):
    """An offered change of an agreement. Key: machine, n."""

    machine: Id
    n: OfferNo
    offerer: PartyId
    kind: ChangeKindCode
    state: StateCode
    terms: Digest
    effective_from: Time


@dataclass(frozen=True, slots=True)
class AnchorHead(Record):
    """The end of a machine's chain of anchors; exists from acceptance on. Key: machine."""

    machine: Id
    customer: PartyId
    seq: Seq
    window_to: Time
    closed: Flag
    """1 once the machine is TERMINATED."""


@dataclass(frozen=True, slots=True)
class BillingHead(Record):
    """The end of a machine's chain of PERIOD and FINAL invoices; exists from acceptance on. Key: machine."""

    machine: Id
    billed_to: Time
    """0: nothing is billed yet, and the first invoice says from when."""
    billed_seq: Seq
    """The last anchor billed."""
    final: Flag
    """1 once FINAL is issued."""


@dataclass(frozen=True, slots=True)
class Invoice(Record):
    """A claim for money. Key: invoice."""

    invoice: Id
    issuer: PartyId
    payer: PartyId
    kind: InvoiceKindCode
    payout: Flag
    state: StateCode
    version: Version
    amount: Amount
    claim: Amount
    """What the payer claims while DISPUTED, else 0."""
    respond_by: Time
    time: Time
    closes: Id
    """The machine that the settlement terminates: FINAL's machine, else zero."""
    machine: Annotated[Id, EVENT_ONLY]
    window_from: Annotated[Time, EVENT_ONLY]
    window_to: Annotated[Time, EVENT_ONLY]
    seq_from: Annotated[Seq, EVENT_ONLY]
    seq_to: Annotated[Seq, EVENT_ONLY]
    currency: Annotated[Currency, EVENT_ONLY]
    statement: Annotated[Digest, EVENT_ONLY]


@dataclass(frozen=True, slots=True)
class Ticket(Record):
    """The last ticket of a kind on a machine. Key: machine, kind."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    oem: PartyId
    machine_class: MachineClass
    opener: PartyId
    assignee: PartyId
    """0 unless ASSIGNED, COMPLETED or CLOSED."""
    state: StateCode
    version: Version
    selection: Selection
    open_since: Time
    """When it was opened, or released the last time."""
    assigned_at: Time
    """0 until assigned."""
    deadline: Time
    time: Time
    """When it last changed."""
    work: Annotated[Digest, EVENT_ONLY]
    payer: Annotated[PartyId, EVENT_ONLY]


@dataclass(frozen=True, slots=True)
class BidRecord(Record):
    """A maintainer's bid on a ticket. Key: machine, kind, n, maintainer."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    maintainer: PartyId
    state: StateCode
    commitment: Digest
    """Zero unless COMMITTED."""
    price: Amount
    eta: Duration
    distance: Metres
    reputation: BasisPoints
    offer: Annotated[Digest, EVENT_ONLY]


RECORDS: dict[str, tuple[type[Record], int]] = {
    "deployment": (Deployment, 0),
    "party": (Party, 1),
    "standing": (Standing, 1),
    "proposal": (Proposal, 1),
    "accreditation": (Accreditation, 2),
    "attestation": (Attestation, 1),
    "machine": (Machine, 1),
    "offer": (ChangeOffer, 2),
    "anchor_head": (AnchorHead, 1),
    "billing_head": (BillingHead, 1),
    "invoice": (Invoice, 1),
    "ticket": (Ticket, 2),
    "bid": (BidRecord, 4),
}
"""Kind -> (class, how many of its leading fields are the key)."""
