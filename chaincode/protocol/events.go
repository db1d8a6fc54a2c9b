package protocol

// Every event of the protocol: what a ledger says has changed.
//
// An event carries all that changed, so that folding events gives the records without reading anything else. Counters
// (Version, Seq) are the values after the change; Time is the effective time: the ledger's, or the record's last time
// if that is later. The name on the wire is the type's name.

// Event is one of the structs below.
type Event any

// Consortium

// DeploymentFounded: the deployment exists and party 1 (BOARD) is active.
type DeploymentFounded struct {
	Deployment  Digest   `wire:"deployment"`
	Predecessor Digest   `wire:"predecessor"`
	Identity    Identity `wire:"identity"`
	Profile     Digest   `wire:"profile"`
	Rules       Rules    `wire:"rules"`
}

// ProposalMade: a proposal is open with the proposer's vote.
type ProposalMade struct {
	Proposal ID      `wire:"proposal"`
	Proposer PartyID `wire:"proposer"`
	Action   Action  `wire:"action"`
	Expires  Time    `wire:"expires"`
}

// ProposalApproved: a vote came in; Voters are the votes that count now, ascending.
type ProposalApproved struct {
	Proposal ID        `wire:"proposal"`
	Voter    PartyID   `wire:"voter"`
	Voters   []PartyID `wire:"voters"`
}

// ProposalExecuted: the quorum is reached; the effect is the next event.
type ProposalExecuted struct {
	Proposal ID `wire:"proposal"`
}

// PartyInvited: a party is INVITED and has an empty standing.
type PartyInvited struct {
	Party    PartyID  `wire:"party"`
	Identity Identity `wire:"identity"`
	Roles    Roles    `wire:"roles"`
}

// PartyJoined: INVITED -> ACTIVE.
type PartyJoined struct {
	Party   PartyID       `wire:"party"`
	Version RecordVersion `wire:"version"`
	Profile Digest        `wire:"profile"`
}

// ProfileUpdated: a party names a new profile.
type ProfileUpdated struct {
	Party   PartyID       `wire:"party"`
	Version RecordVersion `wire:"version"`
	Profile Digest        `wire:"profile"`
}

// PartyRolesSet: a party has other roles.
type PartyRolesSet struct {
	Party   PartyID       `wire:"party"`
	Version RecordVersion `wire:"version"`
	Roles   Roles         `wire:"roles"`
}

// PartySuspended: ACTIVE -> SUSPENDED.
type PartySuspended struct {
	Party   PartyID       `wire:"party"`
	Version RecordVersion `wire:"version"`
}

// PartyReinstated: SUSPENDED -> ACTIVE.
type PartyReinstated struct {
	Party   PartyID       `wire:"party"`
	Version RecordVersion `wire:"version"`
}

// PartyRemoved: -> REMOVED, for good.
type PartyRemoved struct {
	Party   PartyID       `wire:"party"`
	Version RecordVersion `wire:"version"`
}

// PartyRebound: a party is known by another identity; the old one is free.
type PartyRebound struct {
	Party    PartyID       `wire:"party"`
	Version  RecordVersion `wire:"version"`
	Identity Identity      `wire:"identity"`
}

// RuleSet: a rule has another value.
type RuleSet struct {
	Rule  Rule   `wire:"rule"`
	Value uint64 `wire:"value"`
}

// DeploymentRetired: the deployment takes no more commands.
type DeploymentRetired struct {
	Successor Digest `wire:"successor"`
}

// MaintainerAccredited: a maintainer may serve an OEM's machines of a class.
type MaintainerAccredited struct {
	OEM          PartyID       `wire:"oem"`
	MachineClass MachineClass  `wire:"machine_class"`
	Maintainer   PartyID       `wire:"maintainer"`
	Version      RecordVersion `wire:"version"`
}

// AccreditationWithdrawn: a maintainer may no longer serve an OEM's machines of a class.
type AccreditationWithdrawn struct {
	OEM          PartyID       `wire:"oem"`
	MachineClass MachineClass  `wire:"machine_class"`
	Maintainer   PartyID       `wire:"maintainer"`
	Version      RecordVersion `wire:"version"`
}

// Attested: an auditor vouched for a fact.
type Attested struct {
	Attestation ID              `wire:"attestation"`
	Auditor     PartyID         `wire:"auditor"`
	Machine     ID              `wire:"machine"`
	Kind        AttestationKind `wire:"kind"`
	Statement   Digest          `wire:"statement"`
	Time        Time            `wire:"time"`
}

// MisbehaviourCounted: a party's misbehaviour count grew by one.
type MisbehaviourCounted struct {
	Party PartyID      `wire:"party"`
	Cause Misbehaviour `wire:"cause"`
}

// Machines

// MachineRegistered: -> REGISTERED, version 1.
type MachineRegistered struct {
	Machine           ID           `wire:"machine"`
	OEM               PartyID      `wire:"oem"`
	Customer          PartyID      `wire:"customer"`
	Registrar         PartyID      `wire:"registrar"`
	MachineClass      MachineClass `wire:"machine_class"`
	Spec              Digest       `wire:"spec"`
	Terms             Digest       `wire:"terms"`
	TelemetryInterval Duration     `wire:"telemetry_interval"`
	InvoicePeriod     Duration     `wire:"invoice_period"`
}

// MachineAccepted: REGISTERED -> ACCEPTED; the chains of anchors and billing begin.
type MachineAccepted struct {
	Machine ID            `wire:"machine"`
	Version RecordVersion `wire:"version"`
}

// MachineDeclined: REGISTERED -> DECLINED.
type MachineDeclined struct {
	Machine ID            `wire:"machine"`
	Version RecordVersion `wire:"version"`
	By      PartyID       `wire:"by"`
}

// MachineStarted: -> EXECUTED.
type MachineStarted struct {
	Machine ID            `wire:"machine"`
	Version RecordVersion `wire:"version"`
	At      Time          `wire:"at"`
}

// MachineStopped: -> STOPPED.
type MachineStopped struct {
	Machine  ID            `wire:"machine"`
	Version  RecordVersion `wire:"version"`
	At       Time          `wire:"at"`
	Cause    StopCause     `wire:"cause"`
	Evidence Digest        `wire:"evidence"`
}

// MachineReset: STOPPED -> ACCEPTED.
type MachineReset struct {
	Machine ID            `wire:"machine"`
	Version RecordVersion `wire:"version"`
	At      Time          `wire:"at"`
}

// ChangeOffered: an offer of other terms, or of the end, is open.
type ChangeOffered struct {
	Machine       ID         `wire:"machine"`
	N             OfferNo    `wire:"n"`
	Offerer       PartyID    `wire:"offerer"`
	Kind          ChangeKind `wire:"kind"`
	Terms         Digest     `wire:"terms"`
	EffectiveFrom Time       `wire:"effective_from"`
}

// ChangeAccepted: AMEND: the machine's terms are the ones offered. TERMINATE: -> TERMINATING.
type ChangeAccepted struct {
	Machine       ID            `wire:"machine"`
	N             OfferNo       `wire:"n"`
	Version       RecordVersion `wire:"version"`
	Kind          ChangeKind    `wire:"kind"`
	Terms         Digest        `wire:"terms"`
	EffectiveFrom Time          `wire:"effective_from"`
}

// ChangeWithdrawn: an offer is taken back.
type ChangeWithdrawn struct {
	Machine ID      `wire:"machine"`
	N       OfferNo `wire:"n"`
}

// MachineTerminated: -> TERMINATED; no more anchors, no more invoices.
type MachineTerminated struct {
	Machine ID            `wire:"machine"`
	Version RecordVersion `wire:"version"`
}

// Telemetry

// TelemetryAnchored: a machine's chain of anchors grew by one.
type TelemetryAnchored struct {
	Machine    ID         `wire:"machine"`
	Seq        Seq        `wire:"seq"`
	Kind       AnchorKind `wire:"kind"`
	Corrects   Seq        `wire:"corrects"`
	WindowFrom Time       `wire:"window_from"`
	WindowTo   Time       `wire:"window_to"`
	Readings   uint32     `wire:"readings"`
	Manifest   Digest     `wire:"manifest"`
	Locator    Locator    `wire:"locator"`
}

// Invoices

// InvoiceIssued: -> ISSUED, version 1.
type InvoiceIssued struct {
	Invoice    ID          `wire:"invoice"`
	Issuer     PartyID     `wire:"issuer"`
	Payer      PartyID     `wire:"payer"`
	Machine    ID          `wire:"machine"`
	Kind       InvoiceKind `wire:"kind"`
	Payout     Flag        `wire:"payout"`
	WindowFrom Time        `wire:"window_from"`
	WindowTo   Time        `wire:"window_to"`
	SeqFrom    Seq         `wire:"seq_from"`
	SeqTo      Seq         `wire:"seq_to"`
	Amount     Amount      `wire:"amount"`
	Currency   Currency    `wire:"currency"`
	Statement  Digest      `wire:"statement"`
	RespondBy  Time        `wire:"respond_by"`
	Time       Time        `wire:"time"`
}

// InvoiceAccepted: ISSUED -> ACCEPTED.
type InvoiceAccepted struct {
	Invoice ID            `wire:"invoice"`
	Version RecordVersion `wire:"version"`
	By      PartyID       `wire:"by"`
	Time    Time          `wire:"time"`
}

// InvoiceDisputed: ISSUED -> DISPUTED.
type InvoiceDisputed struct {
	Invoice   ID            `wire:"invoice"`
	Version   RecordVersion `wire:"version"`
	Claim     Amount        `wire:"claim"`
	Statement Digest        `wire:"statement"`
	Slice     uint32        `wire:"slice"`
	Evidence  Digest        `wire:"evidence"`
	Time      Time          `wire:"time"`
}

// InvoiceRevised: DISPUTED -> ISSUED; the claim is gone.
type InvoiceRevised struct {
	Invoice   ID            `wire:"invoice"`
	Version   RecordVersion `wire:"version"`
	Amount    Amount        `wire:"amount"`
	Statement Digest        `wire:"statement"`
	RespondBy Time          `wire:"respond_by"`
	Time      Time          `wire:"time"`
}

// InvoiceRuled: DISPUTED -> ACCEPTED.
type InvoiceRuled struct {
	Invoice ID            `wire:"invoice"`
	Version RecordVersion `wire:"version"`
	Auditor PartyID       `wire:"auditor"`
	Amount  Amount        `wire:"amount"`
	Ruling  Digest        `wire:"ruling"`
	Time    Time          `wire:"time"`
}

// InvoiceSettled: ACCEPTED -> SETTLED.
type InvoiceSettled struct {
	Invoice ID            `wire:"invoice"`
	Version RecordVersion `wire:"version"`
	By      PartyID       `wire:"by"`
	Payment Digest        `wire:"payment"`
	Time    Time          `wire:"time"`
}

// Maintenance

// TicketOpened: -> OPEN, version 1.
type TicketOpened struct {
	Machine   ID         `wire:"machine"`
	Kind      TicketKind `wire:"kind"`
	N         TicketNo   `wire:"n"`
	Opener    PartyID    `wire:"opener"`
	Selection Selection  `wire:"selection"`
	Work      Digest     `wire:"work"`
	Deadline  Time       `wire:"deadline"`
	Payer     PartyID    `wire:"payer"`
	Time      Time       `wire:"time"`
}

// TicketAccepted: OPEN -> ASSIGNED, first come, first served.
type TicketAccepted struct {
	Machine  ID            `wire:"machine"`
	Kind     TicketKind    `wire:"kind"`
	N        TicketNo      `wire:"n"`
	Version  RecordVersion `wire:"version"`
	Assignee PartyID       `wire:"assignee"`
	Time     Time          `wire:"time"`
}

// BidPlaced: an open bid, with the bidder's reputation of this moment.
type BidPlaced struct {
	Machine    ID          `wire:"machine"`
	Kind       TicketKind  `wire:"kind"`
	N          TicketNo    `wire:"n"`
	Maintainer PartyID     `wire:"maintainer"`
	Price      Amount      `wire:"price"`
	Eta        Duration    `wire:"eta"`
	Distance   Metres      `wire:"distance"`
	Reputation BasisPoints `wire:"reputation"`
	Offer      Digest      `wire:"offer"`
}

// BidCommitted: a sealed bid.
type BidCommitted struct {
	Machine    ID         `wire:"machine"`
	Kind       TicketKind `wire:"kind"`
	N          TicketNo   `wire:"n"`
	Maintainer PartyID    `wire:"maintainer"`
	Commitment Digest     `wire:"commitment"`
}

// BidRevealed: a sealed bid is open now, with the bidder's reputation of this moment.
type BidRevealed struct {
	Machine    ID          `wire:"machine"`
	Kind       TicketKind  `wire:"kind"`
	N          TicketNo    `wire:"n"`
	Maintainer PartyID     `wire:"maintainer"`
	Price      Amount      `wire:"price"`
	Eta        Duration    `wire:"eta"`
	Distance   Metres      `wire:"distance"`
	Reputation BasisPoints `wire:"reputation"`
	Offer      Digest      `wire:"offer"`
}

// TicketAwarded: OPEN -> ASSIGNED to the bid with the highest score of bids placed.
type TicketAwarded struct {
	Machine  ID            `wire:"machine"`
	Kind     TicketKind    `wire:"kind"`
	N        TicketNo      `wire:"n"`
	Version  RecordVersion `wire:"version"`
	Assignee PartyID       `wire:"assignee"`
	Score    uint64        `wire:"score"`
	Bids     uint8         `wire:"bids"`
	Time     Time          `wire:"time"`
}

// TicketReleased: ASSIGNED -> OPEN, from now first come, first served.
type TicketReleased struct {
	Machine ID            `wire:"machine"`
	Kind    TicketKind    `wire:"kind"`
	N       TicketNo      `wire:"n"`
	Version RecordVersion `wire:"version"`
	By      PartyID       `wire:"by"`
	Time    Time          `wire:"time"`
}

// TicketCompleted: ASSIGNED -> COMPLETED.
type TicketCompleted struct {
	Machine ID            `wire:"machine"`
	Kind    TicketKind    `wire:"kind"`
	N       TicketNo      `wire:"n"`
	Version RecordVersion `wire:"version"`
	Report  Digest        `wire:"report"`
	Time    Time          `wire:"time"`
}

// TicketReopened: COMPLETED -> ASSIGNED.
type TicketReopened struct {
	Machine ID            `wire:"machine"`
	Kind    TicketKind    `wire:"kind"`
	N       TicketNo      `wire:"n"`
	Version RecordVersion `wire:"version"`
	Reason  Digest        `wire:"reason"`
	Time    Time          `wire:"time"`
}

// TicketClosed: COMPLETED -> CLOSED; response and resolution, seconds since it was open, enter the standing.
type TicketClosed struct {
	Machine    ID            `wire:"machine"`
	Kind       TicketKind    `wire:"kind"`
	N          TicketNo      `wire:"n"`
	Version    RecordVersion `wire:"version"`
	Assignee   PartyID       `wire:"assignee"`
	Rating     Rating        `wire:"rating"`
	Response   Time          `wire:"response"`
	Resolution Time          `wire:"resolution"`
	Time       Time          `wire:"time"`
}

// TicketCancelled: OPEN -> CANCELLED, by the opener or by an award without a bid.
type TicketCancelled struct {
	Machine ID            `wire:"machine"`
	Kind    TicketKind    `wire:"kind"`
	N       TicketNo      `wire:"n"`
	Version RecordVersion `wire:"version"`
	Time    Time          `wire:"time"`
}
