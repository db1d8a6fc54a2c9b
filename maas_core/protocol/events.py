"""Every event of the protocol: what a ledger says has changed.

An event carries all that changed, so that folding events gives the records without reading anything else. Counters
(`version`, `seq`) are the values after the change; `time` is the effective time: the ledger's, or the record's last
time if that is later. The name on the wire is the class name.
"""

from dataclasses import dataclass
from typing import Annotated

from maas_core.protocol.commands import Action, Selection
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import (
    AnchorKindCode,
    AttestationKindCode,
    ChangeKindCode,
    InvoiceKindCode,
    MisbehaviourCode,
    Roles,
    RuleCode,
    StopCauseCode,
    TicketKindCode,
)
from maas_core.protocol.types import (
    MAX_BOARD,
    U8,
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
    Locator,
    MachineClass,
    Metres,
    OfferNo,
    PartyId,
    Rating,
    Seq,
    TicketNo,
    Time,
    Version,
)


class Event:
    """What all events have in common: nothing but being one."""

    __slots__ = ()


# Consortium


@dataclass(frozen=True, slots=True)
class DeploymentFounded(Event):
    """The deployment exists and party 1 (BOARD) is active."""

    deployment: Digest
    predecessor: Digest
    identity: Identity
    profile: Digest
    rules: Rules


@dataclass(frozen=True, slots=True)
class ProposalMade(Event):
    """A proposal is open with the proposer's vote."""

    proposal: Id
    proposer: PartyId
    action: Action
    expires: Time


@dataclass(frozen=True, slots=True)
class ProposalApproved(Event):
    """A vote came in; `voters` are the votes that count now, ascending."""

    proposal: Id
    voter: PartyId
    voters: Annotated[tuple[PartyId, ...], ListOf(1, MAX_BOARD)]


@dataclass(frozen=True, slots=True)
class ProposalExecuted(Event):
    """The quorum is reached; the effect is the next event."""

    proposal: Id


@dataclass(frozen=True, slots=True)
class PartyInvited(Event):
    """A party is INVITED and has an empty standing."""

    party: PartyId
    identity: Identity
    roles: Roles


@dataclass(frozen=True, slots=True)
class PartyJoined(Event):
    """INVITED -> ACTIVE."""

    party: PartyId
    version: Version
    profile: Digest


@dataclass(frozen=True, slots=True)
class ProfileUpdated(Event):
    """A party names a new profile."""

    party: PartyId
    version: Version
    profile: Digest


@dataclass(frozen=True, slots=True)
class PartyRolesSet(Event):
    """A party has other roles."""

    party: PartyId
    version: Version
    roles: Roles


@dataclass(frozen=True, slots=True)
class PartySuspended(Event):
    """ACTIVE -> SUSPENDED."""

    party: PartyId
    version: Version


@dataclass(frozen=True, slots=True)
class PartyReinstated(Event):
    """SUSPENDED -> ACTIVE."""

    party: PartyId
    version: Version


@dataclass(frozen=True, slots=True)
class PartyRemoved(Event):
    """-> REMOVED, for good."""

    party: PartyId
    version: Version


@dataclass(frozen=True, slots=True)
class PartyRebound(Event):
    """A party is known by another identity; the old one is free."""

    party: PartyId
    version: Version
    identity: Identity


@dataclass(frozen=True, slots=True)
class RuleSet(Event):
    """A rule has another value."""

    rule: RuleCode
    value: U64


@dataclass(frozen=True, slots=True)
class DeploymentRetired(Event):
    """The deployment takes no more commands."""

    successor: Digest


@dataclass(frozen=True, slots=True)
class MaintainerAccredited(Event):
    """A maintainer may serve an OEM's machines of a class."""

    oem: PartyId
    machine_class: MachineClass
    maintainer: PartyId
    version: Version


@dataclass(frozen=True, slots=True)
class AccreditationWithdrawn(Event):
    """A maintainer may no longer serve an OEM's machines of a class."""

    oem: PartyId
    machine_class: MachineClass
    maintainer: PartyId
    version: Version


@dataclass(frozen=True, slots=True)
class Attested(Event):
    """An auditor vouched for a fact."""

    attestation: Id
    auditor: PartyId
    machine: Id
    kind: AttestationKindCode
    statement: Digest
    time: Time


@dataclass(frozen=True, slots=True)
class MisbehaviourCounted(Event):
    """A party's misbehaviour count grew by one."""

    party: PartyId
    cause: MisbehaviourCode


# Machines


@dataclass(frozen=True, slots=True)
class MachineRegistered(Event):
    """-> REGISTERED, version 1."""

    machine: Id
    oem: PartyId
    customer: PartyId
    registrar: PartyId
    machine_class: MachineClass
    spec: Digest
    terms: Digest
    telemetry_interval: Duration
    invoice_period: Duration


@dataclass(frozen=True, slots=True)
class MachineAccepted(Event):
    """REGISTERED -> ACCEPTED; the chains of anchors and billing begin."""

    machine: Id
    version: Version


@dataclass(frozen=True, slots=True)
class MachineDeclined(Event):
    """REGISTERED -> DECLINED."""

    machine: Id
    version: Version
    by: PartyId


@dataclass(frozen=True, slots=True)
class MachineStarted(Event):
    """-> EXECUTED."""

    machine: Id
    version: Version
    at: Time


@dataclass(frozen=True, slots=True)
class MachineStopped(Event):
    """-> STOPPED."""

    machine: Id
    version: Version
    at: Time
    cause: StopCauseCode
    evidence: Digest


@dataclass(frozen=True, slots=True)
class MachineReset(Event):
    """STOPPED -> ACCEPTED."""

    machine: Id
    version: Version
    at: Time


@dataclass(frozen=True, slots=True)
class ChangeOffered(Event):
    """An offer of other terms, or of the end, is open."""

    machine: Id
    n: OfferNo
    offerer: PartyId
    kind: ChangeKindCode
    terms: Digest
    effective_from: Time


@dataclass(frozen=True, slots=True)
class ChangeAccepted(Event):
    """AMEND: the machine's terms are the ones offered. TERMINATE: -> TERMINATING."""

    machine: Id
    n: OfferNo
    version: Version
    kind: ChangeKindCode
    terms: Digest
    effective_from: Time


@dataclass(frozen=True, slots=True)
class ChangeWithdrawn(Event):
    """An offer is taken back."""

    machine: Id
    n: OfferNo


@dataclass(frozen=True, slots=True)
class MachineTerminated(Event):
    """-> TERMINATED; no more anchors, no more invoices."""

    machine: Id
    version: Version


# Telemetry


@dataclass(frozen=True, slots=True)
class TelemetryAnchored(Event):
    """A machine's chain of anchors grew by one."""

    machine: Id
    seq: Seq
    kind: AnchorKindCode
    corrects: Seq
    window_from: Time
    window_to: Time
    readings: U32
    manifest: Digest
    locator: Locator


# Invoices


@dataclass(frozen=True, slots=True)
class InvoiceIssued(Event):
    """-> ISSUED, version 1."""

    invoice: Id
    issuer: PartyId
    payer: PartyId
    machine: Id
    kind: InvoiceKindCode
    payout: Flag
    window_from: Time
    window_to: Time
    seq_from: Seq
    seq_to: Seq
    amount: Amount
    currency: Currency
    statement: Digest
    respond_by: Time
    time: Time


@dataclass(frozen=True, slots=True)
class InvoiceAccepted(Event):
    """ISSUED -> ACCEPTED."""

    invoice: Id
    version: Version
    by: PartyId
    time: Time


@dataclass(frozen=True, slots=True)
class InvoiceDisputed(Event):
    """ISSUED -> DISPUTED."""

    invoice: Id
    version: Version
    claim: Amount
    statement: Digest
    slice: U32
    evidence: Digest
    time: Time


@dataclass(frozen=True, slots=True)
class InvoiceRevised(Event):
    """DISPUTED -> ISSUED; the claim is gone."""

    invoice: Id
    version: Version
    amount: Amount
    statement: Digest
    respond_by: Time
    time: Time


@dataclass(frozen=True, slots=True)
class InvoiceRuled(Event):
    """DISPUTED -> ACCEPTED."""

    invoice: Id
    version: Version
    auditor: PartyId
    amount: Amount
    ruling: Digest
    time: Time


@dataclass(frozen=True, slots=True)
class InvoiceSettled(Event):
    """ACCEPTED -> SETTLED."""

    invoice: Id
    version: Version
    by: PartyId
    payment: Digest
    time: Time


# Maintenance


@dataclass(frozen=True, slots=True)
class TicketOpened(Event):
    """-> OPEN, version 1."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    opener: PartyId
    selection: Selection
    work: Digest
    deadline: Time
    payer: PartyId
    time: Time


@dataclass(frozen=True, slots=True)
class TicketAccepted(Event):
    """OPEN -> ASSIGNED, first come, first served."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    version: Version
    assignee: PartyId
    time: Time


@dataclass(frozen=True, slots=True)
class BidPlaced(Event):
    """An open bid, with the bidder's reputation of this moment."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    maintainer: PartyId
    price: Amount
    eta: Duration
    distance: Metres
    reputation: BasisPoints
    offer: Digest


@dataclass(frozen=True, slots=True)
class BidCommitted(Event):
    """A sealed bid."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    maintainer: PartyId
    commitment: Digest


@dataclass(frozen=True, slots=True)
class BidRevealed(Event):
    """A sealed bid is open now, with the bidder's reputation of this moment."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    maintainer: PartyId
    price: Amount
    eta: Duration
    distance: Metres
    reputation: BasisPoints
    offer: Digest


@dataclass(frozen=True, slots=True)
class TicketAwarded(Event):
    """OPEN -> ASSIGNED to the bid with the highest score of `bids` placed."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    version: Version
    assignee: PartyId
    score: U64
    bids: U8
    time: Time


@dataclass(frozen=True, slots=True)
class TicketReleased(Event):
    """ASSIGNED -> OPEN, from now first come, first served."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    version: Version
    by: PartyId
    time: Time


@dataclass(frozen=True, slots=True)
class TicketCompleted(Event):
    """ASSIGNED -> COMPLETED."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    version: Version
    report: Digest
    time: Time


@dataclass(frozen=True, slots=True)
class TicketReopened(Event):
    """COMPLETED -> ASSIGNED."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    version: Version
    reason: Digest
    time: Time


@dataclass(frozen=True, slots=True)
class TicketClosed(Event):
    """COMPLETED -> CLOSED; response and resolution, seconds since it was open, enter the standing."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    version: Version
    assignee: PartyId
    rating: Rating
    response: Time
    resolution: Time
    time: Time


@dataclass(frozen=True, slots=True)
class TicketCancelled(Event):
    """OPEN -> CANCELLED, by the opener or by an award without a bid."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    version: Version
    time: Time


EVENTS: tuple[type[Event], ...] = (
    DeploymentFounded,
    ProposalMade,
    ProposalApproved,
    ProposalExecuted,
    PartyInvited,
    PartyJoined,
    ProfileUpdated,
    PartyRolesSet,
    PartySuspended,
    PartyReinstated,
    PartyRemoved,
    PartyRebound,
    RuleSet,
    DeploymentRetired,
    MaintainerAccredited,
    AccreditationWithdrawn,
    Attested,
    MisbehaviourCounted,
    MachineRegistered,
    MachineAccepted,
    MachineDeclined,
    MachineStarted,
    MachineStopped,
    MachineReset,
    ChangeOffered,
    ChangeAccepted,
    ChangeWithdrawn,
    MachineTerminated,
    TelemetryAnchored,
    InvoiceIssued,
    InvoiceAccepted,
    InvoiceDisputed,
    InvoiceRevised,
    InvoiceRuled,
    InvoiceSettled,
    TicketOpened,
    TicketAccepted,
    BidPlaced,
    BidCommitted,
    BidRevealed,
    TicketAwarded,
    TicketReleased,
    TicketCompleted,
    TicketReopened,
    TicketClosed,
    TicketCancelled,
)
