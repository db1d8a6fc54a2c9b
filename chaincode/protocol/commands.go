package protocol

// Every command of the protocol: what a party asks the ledger to do. The name on the wire is the type's name in snake
// case. The field tags give the domains of arguments (schema.go).

// Command is one of the structs below.
type Command any

// Consortium

// Found: the deployer, once: names the deployment, becomes party 1 with role BOARD, sets the rules.
type Found struct {
	Deployment  Digest `wire:"deployment,required"`
	Predecessor Digest `wire:"predecessor"`
	Profile     Digest `wire:"profile,required"`
	Rules       Rules  `wire:"rules"`
}

// Action: what a proposal does; fields that its kind does not use are zero.
type Action struct {
	Kind     ActionKind `wire:"kind"`
	Party    PartyID    `wire:"party"`
	Identity Identity   `wire:"identity"`
	Roles    Roles      `wire:"roles"`
	Rule     Rule       `wire:"rule"`
	Value    uint64     `wire:"value"`
	// Data: CLOSE_OUT: the machine's id and 16 zero bytes. RETIRE: the digest of the successor.
	Data Digest `wire:"data"`
}

// Propose: a BOARD party: opens a proposal and casts the first vote; with quorum 1 it executes at once.
type Propose struct {
	Proposal ID     `wire:"proposal,required"`
	Action   Action `wire:"action"`
}

// Approve: a BOARD party: one vote; the quorum-th distinct vote executes the proposal.
type Approve struct {
	Proposal ID `wire:"proposal"`
}

// Join: the invited identity: INVITED -> ACTIVE. The profile is a document with name, contacts, encryption key.
type Join struct {
	Profile Digest `wire:"profile,required"`
}

// UpdateProfile: any party: names a new profile document.
type UpdateProfile struct {
	Version RecordVersion `wire:"version"`
	Profile Digest        `wire:"profile,required"`
}

// Accredit: an OEM: lets a maintainer serve its machines of a class. Version is the accreditation's, 0 at first.
type Accredit struct {
	Maintainer   PartyID       `wire:"maintainer"`
	MachineClass MachineClass  `wire:"machine_class"`
	Version      RecordVersion `wire:"version"`
}

// WithdrawAccreditation: an OEM: ends a maintainer's accreditation for a class.
type WithdrawAccreditation struct {
	Maintainer   PartyID       `wire:"maintainer"`
	MachineClass MachineClass  `wire:"machine_class"`
	Version      RecordVersion `wire:"version"`
}

// Attest: an AUDITOR: vouches for a fact about a machine, e.g. that the seal of its IoT box was inspected.
type Attest struct {
	Attestation ID              `wire:"attestation,required"`
	Machine     ID              `wire:"machine"`
	Kind        AttestationKind `wire:"kind"`
	Statement   Digest          `wire:"statement,required"`
}

// Machines

// RegisterMachine: the OEM or the customer named: -> REGISTERED. The caller signs by sending.
type RegisterMachine struct {
	Machine           ID           `wire:"machine,required"`
	OEM               PartyID      `wire:"oem"`
	Customer          PartyID      `wire:"customer"`
	MachineClass      MachineClass `wire:"machine_class"`
	Spec              Digest       `wire:"spec,required"`
	Terms             Digest       `wire:"terms,required"`
	TelemetryInterval Duration     `wire:"telemetry_interval"`
	InvoicePeriod     Duration     `wire:"invoice_period"`
}

// AcceptMachine: the side that did not register: REGISTERED -> ACCEPTED, with the terms registered.
type AcceptMachine struct {
	Machine ID            `wire:"machine"`
	Version RecordVersion `wire:"version"`
	Terms   Digest        `wire:"terms,required"`
}

// DeclineMachine: either side: REGISTERED -> DECLINED.
type DeclineMachine struct {
	Machine ID            `wire:"machine"`
	Version RecordVersion `wire:"version"`
}

// StartMachine: the customer: ACCEPTED or STOPPED -> EXECUTED. At is when it happened.
type StartMachine struct {
	Machine ID            `wire:"machine"`
	Version RecordVersion `wire:"version"`
	At      Time          `wire:"at"`
}

// StopMachine: the customer: EXECUTED -> STOPPED.
type StopMachine struct {
	Machine  ID            `wire:"machine"`
	Version  RecordVersion `wire:"version"`
	At       Time          `wire:"at"`
	Cause    StopCause     `wire:"cause"`
	Evidence Digest        `wire:"evidence"`
}

// ResetMachine: the customer: STOPPED -> ACCEPTED, once no REACTIVE ticket is unfinished.
type ResetMachine struct {
	Machine ID            `wire:"machine"`
	Version RecordVersion `wire:"version"`
	At      Time          `wire:"at"`
}

// OfferChange: either side: offers new terms (AMEND) or the end of the agreement (TERMINATE, terms zero) as offer N.
type OfferChange struct {
	Machine       ID         `wire:"machine"`
	N             OfferNo    `wire:"n"`
	Kind          ChangeKind `wire:"kind"`
	Terms         Digest     `wire:"terms"`
	EffectiveFrom Time       `wire:"effective_from"`
}

// AcceptChange: the other side: AMEND sets the terms; TERMINATE: ACCEPTED or STOPPED -> TERMINATING.
type AcceptChange struct {
	Machine ID      `wire:"machine"`
	N       OfferNo `wire:"n"`
}

// WithdrawChange: the offerer: takes an offer back.
type WithdrawChange struct {
	Machine ID      `wire:"machine"`
	N       OfferNo `wire:"n"`
}

// Telemetry

// AnchorItem: one machine's next anchor; the window is half-open. Corrects is zero for REGULAR.
type AnchorItem struct {
	Machine    ID         `wire:"machine"`
	Seq        Seq        `wire:"seq"`
	Kind       AnchorKind `wire:"kind"`
	Corrects   Seq        `wire:"corrects"`
	WindowFrom Time       `wire:"window_from"`
	WindowTo   Time       `wire:"window_to"`
	Readings   uint32     `wire:"readings"`
	Manifest   Digest     `wire:"manifest,required"`
	Locator    Locator    `wire:"locator,0..256"`
}

// AnchorTelemetry: the customer of all machines named: appends one anchor to each. Items are strictly
// ascending by machine.
type AnchorTelemetry struct {
	Items []AnchorItem `wire:"items,1..200"`
}

// Invoices

// IssueInvoice: the machine's OEM (PERIOD, FINAL) or any party (SERVICE: machine, window and seqs zero): -> ISSUED.
//
// The window [window_from, window_to) and the anchors [seq_from, seq_to) continue where the last invoice of the
// machine ended. With Payout (FINAL only) the money goes to the party billed.
type IssueInvoice struct {
	Invoice    ID          `wire:"invoice,required"`
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
	Statement  Digest      `wire:"statement,required"`
	RespondBy  Time        `wire:"respond_by"`
}

// AcceptInvoice: the payer, or after RespondBy and rule CLOSE_AFTER the issuer: ISSUED -> ACCEPTED.
type AcceptInvoice struct {
	Invoice ID            `wire:"invoice"`
	Version RecordVersion `wire:"version"`
}

// DisputeInvoice: the payer: ISSUED -> DISPUTED; claims another amount and names the first differing slice.
type DisputeInvoice struct {
	Invoice   ID            `wire:"invoice"`
	Version   RecordVersion `wire:"version"`
	Claim     Amount        `wire:"claim"`
	Statement Digest        `wire:"statement,required"`
	Slice     uint32        `wire:"slice"`
	Evidence  Digest        `wire:"evidence"`
}

// ReviseInvoice: the issuer: DISPUTED -> ISSUED with another amount and statement.
type ReviseInvoice struct {
	Invoice   ID            `wire:"invoice"`
	Version   RecordVersion `wire:"version"`
	Amount    Amount        `wire:"amount"`
	Statement Digest        `wire:"statement,required"`
	RespondBy Time          `wire:"respond_by"`
}

// RuleOnInvoice: an AUDITOR that is neither side: DISPUTED -> ACCEPTED with the ruled amount.
type RuleOnInvoice struct {
	Invoice ID            `wire:"invoice"`
	Version RecordVersion `wire:"version"`
	Amount  Amount        `wire:"amount"`
	Ruling  Digest        `wire:"ruling,required"`
}

// SettleInvoice: the payee, or after rule close_after an AUDITOR that is neither side: ACCEPTED -> SETTLED.
type SettleInvoice struct {
	Invoice ID            `wire:"invoice"`
	Version RecordVersion `wire:"version"`
	Payment Digest        `wire:"payment,required"`
}

// Maintenance

// Selection: how a ticket finds its maintainer. FCFS: all else zero. Weights sum to 10 000.
//
// SCORED: bids until award_at; award_from bids (0: none) allow an earlier award. SEALED: commitments until
// commit_until, reveals until reveal_until.
type Selection struct {
	Policy           SelectionPolicy `wire:"policy"`
	AwardAt          Time            `wire:"award_at"`
	AwardFrom        uint8           `wire:"award_from"`
	CommitUntil      Time            `wire:"commit_until"`
	RevealUntil      Time            `wire:"reveal_until"`
	PriceWeight      BasisPoints     `wire:"price_weight"`
	TimeWeight       BasisPoints     `wire:"time_weight"`
	ReputationWeight BasisPoints     `wire:"reputation_weight"`
	ProximityWeight  BasisPoints     `wire:"proximity_weight"`
}

// OpenTicket: the machine's customer or OEM: opens ticket N of a kind, the last one's number + 1.
type OpenTicket struct {
	Machine   ID         `wire:"machine"`
	Kind      TicketKind `wire:"kind"`
	N         TicketNo   `wire:"n"`
	Selection Selection  `wire:"selection"`
	Work      Digest     `wire:"work,required"`
	Deadline  Time       `wire:"deadline"`
	Payer     PartyID    `wire:"payer"`
}

// AcceptTicket: an accredited maintainer: OPEN -> ASSIGNED, first come, first served.
type AcceptTicket struct {
	Machine ID            `wire:"machine"`
	Kind    TicketKind    `wire:"kind"`
	N       TicketNo      `wire:"n"`
	Version RecordVersion `wire:"version"`
}

// Bid: an accredited maintainer: one open bid. Eta runs from the award to the arrival at the machine.
type Bid struct {
	Machine  ID         `wire:"machine"`
	Kind     TicketKind `wire:"kind"`
	N        TicketNo   `wire:"n"`
	Price    Amount     `wire:"price"`
	Eta      Duration   `wire:"eta"`
	Distance Metres     `wire:"distance"`
	Offer    Digest     `wire:"offer"`
}

// CommitBid: an accredited maintainer: one sealed bid, as the digest of what RevealBid will show.
type CommitBid struct {
	Machine    ID         `wire:"machine"`
	Kind       TicketKind `wire:"kind"`
	N          TicketNo   `wire:"n"`
	Commitment Digest     `wire:"commitment,required"`
}

// RevealBid: the maintainer that committed: opens its sealed bid.
type RevealBid struct {
	Machine  ID         `wire:"machine"`
	Kind     TicketKind `wire:"kind"`
	N        TicketNo   `wire:"n"`
	Price    Amount     `wire:"price"`
	Eta      Duration   `wire:"eta"`
	Distance Metres     `wire:"distance"`
	Offer    Digest     `wire:"offer"`
	Salt     Digest     `wire:"salt"`
}

// AwardTicket: the machine's customer or OEM: the ledger computes the winner, OPEN -> ASSIGNED, or CANCELLED
// without a bid.
type AwardTicket struct {
	Machine ID            `wire:"machine"`
	Kind    TicketKind    `wire:"kind"`
	N       TicketNo      `wire:"n"`
	Version RecordVersion `wire:"version"`
}

// ReleaseTicket: the assignee any time, the opener after the deadline: ASSIGNED -> OPEN, from then first come, first
// served.
type ReleaseTicket struct {
	Machine ID            `wire:"machine"`
	Kind    TicketKind    `wire:"kind"`
	N       TicketNo      `wire:"n"`
	Version RecordVersion `wire:"version"`
}

// CompleteTicket: the assignee: ASSIGNED -> COMPLETED.
type CompleteTicket struct {
	Machine ID            `wire:"machine"`
	Kind    TicketKind    `wire:"kind"`
	N       TicketNo      `wire:"n"`
	Version RecordVersion `wire:"version"`
	Report  Digest        `wire:"report,required"`
}

// ReopenTicket: the opener: COMPLETED -> ASSIGNED.
type ReopenTicket struct {
	Machine ID            `wire:"machine"`
	Kind    TicketKind    `wire:"kind"`
	N       TicketNo      `wire:"n"`
	Version RecordVersion `wire:"version"`
	Reason  Digest        `wire:"reason,required"`
}

// CloseTicket: the opener, or after rule close_after the assignee (rating 0): COMPLETED -> CLOSED.
type CloseTicket struct {
	Machine ID            `wire:"machine"`
	Kind    TicketKind    `wire:"kind"`
	N       TicketNo      `wire:"n"`
	Version RecordVersion `wire:"version"`
	Rating  Rating        `wire:"rating"`
}

// CancelTicket: the opener: OPEN -> CANCELLED.
type CancelTicket struct {
	Machine ID            `wire:"machine"`
	Kind    TicketKind    `wire:"kind"`
	N       TicketNo      `wire:"n"`
	Version RecordVersion `wire:"version"`
}
