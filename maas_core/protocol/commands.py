"""Every command of the protocol: what a party asks the ledger to do.

Each class's docstring says who may send it and what it does; `docs/protocol.md` gives the checks in their order. The
name on the wire is the class name in snake case.
"""

from dataclasses import dataclass
from typing import Annotated

from maas_core.protocol.rules import Rules
from maas_core.protocol.states import (
    ActionKindCode,
    AnchorKindCode,
    AttestationKindCode,
    ChangeKindCode,
    InvoiceKindCode,
    MaybeRoles,
    PolicyCode,
    RuleCode,
    StopCauseCode,
    TicketKindCode,
)
from maas_core.protocol.types import (
    MAX_ANCHOR_ITEMS,
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
    ListOf,
    Locator,
    MachineClass,
    MaybeIdentity,
    Metres,
    NewId,
    OfferNo,
    PartyId,
    Rating,
    RequiredDigest,
    Seq,
    TicketNo,
    Time,
    Version,
)


class Command:
    """What all commands have in common: nothing but being one."""

    __slots__ = ()


# Consortium


@dataclass(frozen=True, slots=True)
class Found(Command):
    """The deployer, once: names the deployment, becomes party 1 with role BOARD, sets the rules."""

    deployment: RequiredDigest
    predecessor: Digest
    profile: RequiredDigest
    rules: Rules


@dataclass(frozen=True, slots=True)
class Action:
    """What a proposal does; fields that its kind does not use are zero."""

    kind: ActionKindCode
    party: PartyId
    identity: MaybeIdentity
    roles: MaybeRoles
    rule: RuleCode
    value: U64
    data: Digest
    """CLOSE_OUT: the machine's id and 16 zero bytes. RETIRE: the digest of the successor."""


@dataclass(frozen=True, slots=True)
class Propose(Command):
    """A BOARD party: opens a proposal and casts the first vote; with quorum 1 it executes at once."""

    proposal: NewId
    action: Action


@dataclass(frozen=True, slots=True)
class Approve(Command):
    """A BOARD party: one vote; the quorum-th distinct vote executes the proposal."""

    proposal: Id


@dataclass(frozen=True, slots=True)
class Join(Command):
    """The invited identity: INVITED -> ACTIVE. The profile is a document with name, contacts, encryption key."""

    profile: RequiredDigest


@dataclass(frozen=True, slots=True)
class UpdateProfile(Command):
    """Any party: names a new profile document."""

    version: Version
    profile: RequiredDigest


@dataclass(frozen=True, slots=True)
class Accredit(Command):
    """An OEM: lets a maintainer serve its machines of a class. `version` is the accreditation's, 0 at first."""

    maintainer: PartyId
    machine_class: MachineClass
    version: Version


@dataclass(frozen=True, slots=True)
class WithdrawAccreditation(Command):
    """An OEM: ends a maintainer's accreditation for a class."""

    maintainer: PartyId
    machine_class: MachineClass
    version: Version


@dataclass(frozen=True, slots=True)
class Attest(Command):
    """An AUDITOR: vouches for a fact about a machine, e.g. that the seal of its IoT box was inspected."""

    attestation: NewId
    machine: Id
    kind: AttestationKindCode
    statement: RequiredDigest


# Machines


@dataclass(frozen=True, slots=True)
class RegisterMachine(Command):
    """The OEM or the customer named: -> REGISTERED. The caller signs by sending."""

    machine: NewId
    oem: PartyId
    customer: PartyId
    machine_class: MachineClass
    spec: RequiredDigest
    terms: RequiredDigest
    telemetry_interval: Duration
    invoice_period: Duration


@dataclass(frozen=True, slots=True)
class AcceptMachine(Command):
    """The side that did not register: REGISTERED -> ACCEPTED, with the terms registered."""

    machine: Id
    version: Version
    terms: RequiredDigest


@dataclass(frozen=True, slots=True)
class DeclineMachine(Command):
    """Either side: REGISTERED -> DECLINED."""

    machine: Id
    version: Version


@dataclass(frozen=True, slots=True)
class StartMachine(Command):
    """The customer: ACCEPTED or STOPPED -> EXECUTED. `at` is when it happened."""

    machine: Id
    version: Version
    at: Time


@dataclass(frozen=True, slots=True)
class StopMachine(Command):
    """The customer: EXECUTED -> STOPPED."""

    machine: Id
    version: Version
    at: Time
    cause: StopCauseCode
    evidence: Digest


@dataclass(frozen=True, slots=True)
class ResetMachine(Command):
    """The customer: STOPPED -> ACCEPTED, once no REACTIVE ticket is unfinished."""

    machine: Id
    version: Version
    at: Time


@dataclass(frozen=True, slots=True)
class OfferChange(Command):
    """Either side: offers new terms (AMEND) or the end of the agreement (TERMINATE, terms zero) as offer `n`."""

    machine: Id
    n: OfferNo
    kind: ChangeKindCode
    terms: Digest
    effective_from: Time


@dataclass(frozen=True, slots=True)
class AcceptChange(Command):
    """The other side: AMEND sets the terms; TERMINATE: ACCEPTED or STOPPED -> TERMINATING."""

    machine: Id
    n: OfferNo


@dataclass(frozen=True, slots=True)
class WithdrawChange(Command):
    """The offerer: takes an offer back."""

    machine: Id
    n: OfferNo


# Telemetry


@dataclass(frozen=True, slots=True)
class AnchorItem:
    """One machine's next anchor; the window is half-open. `corrects` is zero for REGULAR."""

    machine: Id
    seq: Seq
    kind: AnchorKindCode
    corrects: Seq
    window_from: Time
    window_to: Time
    readings: U32
    manifest: RequiredDigest
    locator: Locator


@dataclass(frozen=True, slots=True)
class AnchorTelemetry(Command):
    """The customer of all machines named: appends one anchor to each. Items are strictly ascending by machine."""

    items: Annotated[tuple[AnchorItem, ...], ListOf(1, MAX_ANCHOR_ITEMS)]


# Invoices


@dataclass(frozen=True, slots=True)
class IssueInvoice(Command):
    """The machine's OEM (PERIOD, FINAL) or any party (SERVICE: machine, window and seqs zero): -> ISSUED.

    The window [window_from, window_to) and the anchors [seq_from, seq_to) continue where the last invoice of the
    machine ended. With `payout` (FINAL only) the money goes to the party billed.
    """

    invoice: NewId
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
    statement: RequiredDigest
    respond_by: Time


@dataclass(frozen=True, slots=True)
class AcceptInvoice(Command):
    """The payer, or after `respond_by` and rule `close_after` the issuer: ISSUED -> ACCEPTED."""

    invoice: Id
    version: Version


@dataclass(frozen=True, slots=True)
class DisputeInvoice(Command):
    """The payer: ISSUED -> DISPUTED; claims another amount and names the first differing slice."""

    invoice: Id
    version: Version
    claim: Amount
    statement: RequiredDigest
    slice: U32
    evidence: Digest


@dataclass(frozen=True, slots=True)
class ReviseInvoice(Command):
    """The issuer: DISPUTED -> ISSUED with another amount and statement."""

    invoice: Id
    version: Version
    amount: Amount
    statement: RequiredDigest
    respond_by: Time


@dataclass(frozen=True, slots=True)
class RuleOnInvoice(Command):
    """An AUDITOR that is neither side: DISPUTED -> ACCEPTED with the ruled amount."""

    invoice: Id
    version: Version
    amount: Amount
    ruling: RequiredDigest


@dataclass(frozen=True, slots=True)
class SettleInvoice(Command):
    """The payee, or after rule `close_after` an AUDITOR that is neither side: ACCEPTED -> SETTLED."""

    invoice: Id
    version: Version
    payment: RequiredDigest


# Maintenance


@dataclass(frozen=True, slots=True)
class Selection:
    """How a ticket finds its maintainer. FCFS: all else zero. Weights sum to 10 000.

    SCORED: bids until `award_at`; `award_from` bids (0: none) allow an earlier award. SEALED: commitments until
    `commit_until`, reveals until `reveal_until`.
    """

    policy: PolicyCode
    award_at: Time
    award_from: U8
    commit_until: Time
    reveal_until: Time
    price_weight: BasisPoints
    time_weight: BasisPoints
    reputation_weight: BasisPoints
    proximity_weight: BasisPoints


@dataclass(frozen=True, slots=True)
class OpenTicket(Command):
    """The machine's customer or OEM: opens ticket `n` of a kind, the last one's number + 1."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    selection: Selection
    work: RequiredDigest
    deadline: Time
    payer: PartyId


@dataclass(frozen=True, slots=True)
class AcceptTicket(Command):
    """An accredited maintainer: OPEN -> ASSIGNED, first come, first served."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    version: Version


@dataclass(frozen=True, slots=True)
class Bid(Command):
    """An accredited maintainer: one open bid. `eta` runs from the award to the arrival at the machine."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    price: Amount
    eta: Duration
    distance: Metres
    offer: Digest


@dataclass(frozen=True, slots=True)
class CommitBid(Command):
    """An accredited maintainer: one sealed bid, as the digest of what `RevealBid` will show."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    commitment: RequiredDigest


@dataclass(frozen=True, slots=True)
class RevealBid(Command):
    """The maintainer that committed: opens its sealed bid."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    price: Amount
    eta: Duration
    distance: Metres
    offer: Digest
    salt: Digest


@dataclass(frozen=True, slots=True)
class AwardTicket(Command):
    """The machine's customer or OEM: the ledger computes the winner, OPEN -> ASSIGNED, or CANCELLED without a bid."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    version: Version


@dataclass(frozen=True, slots=True)
class ReleaseTicket(Command):
    """The assignee any time, the opener after the deadline: ASSIGNED -> OPEN, from then first come, first served."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    version: Version


@dataclass(frozen=True, slots=True)
class CompleteTicket(Command):
    """The assignee: ASSIGNED -> COMPLETED."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    version: Version
    report: RequiredDigest


@dataclass(frozen=True, slots=True)
class ReopenTicket(Command):
    """The opener: COMPLETED -> ASSIGNED."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    version: Version
    reason: RequiredDigest


@dataclass(frozen=True, slots=True)
class CloseTicket(Command):
    """The opener, or after rule `close_after` the assignee: COMPLETED -> CLOSED. The assignee's rating is 0."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    version: Version
    rating: Rating


@dataclass(frozen=True, slots=True)
class CancelTicket(Command):
    """The opener: OPEN -> CANCELLED."""

    machine: Id
    kind: TicketKindCode
    n: TicketNo
    version: Version


COMMANDS: tuple[type[Command], ...] = (
    Found,
    Propose,
    Approve,
    Join,
    UpdateProfile,
    Accredit,
    WithdrawAccreditation,
    Attest,
    RegisterMachine,
    AcceptMachine,
    DeclineMachine,
    StartMachine,
    StopMachine,
    ResetMachine,
    OfferChange,
    AcceptChange,
    WithdrawChange,
    AnchorTelemetry,
    IssueInvoice,
    AcceptInvoice,
    DisputeInvoice,
    ReviseInvoice,
    RuleOnInvoice,
    SettleInvoice,
    OpenTicket,
    AcceptTicket,
    Bid,
    CommitBid,
    RevealBid,
    AwardTicket,
    ReleaseTicket,
    CompleteTicket,
    ReopenTicket,
    CloseTicket,
    CancelTicket,
)
