package protocol

// Every record of the protocol: what a ledger stores. Fields that only events carry are not here. A record's key is
// its kind and its leading fields, as many as recordKinds says.

// Record is one of the structs below.
type Record any

// Deployment: the one record of the deployment itself. Key: nothing.
type Deployment struct {
	Deployment Digest          `wire:"deployment"`
	State      DeploymentState `wire:"state"`
	Rules      Rules           `wire:"rules"`
	// Parties: parties ever invited or founding.
	Parties uint16 `wire:"parties"`
	// Board: ACTIVE parties with role BOARD.
	Board uint16 `wire:"board"`
}

// Party: a member of the consortium. Key: party.
type Party struct {
	Party    PartyID       `wire:"party"`
	Identity Identity      `wire:"identity"`
	State    PartyState    `wire:"state"`
	Roles    Roles         `wire:"roles"`
	Version  RecordVersion `wire:"version"`
}

// Standing: a party's performance record; counts stop at 2^24 - 1. Key: party.
type Standing struct {
	Party PartyID `wire:"party"`
	// Closed: tickets closed as assignee.
	Closed uint32 `wire:"closed"`
	// Rated: of these, tickets with a rating.
	Rated       uint32 `wire:"rated"`
	RatingTotal uint32 `wire:"rating_total"`
	// ResponseTotal: seconds from open to assigned, over all closed tickets.
	ResponseTotal uint64 `wire:"response_total"`
	// ResolutionTotal: seconds from open to completed, over all closed tickets.
	ResolutionTotal uint64 `wire:"resolution_total"`
	Misbehaviour    uint32 `wire:"misbehaviour"`
}

// Proposal: an action that the board votes on. Key: proposal.
type Proposal struct {
	Proposal ID      `wire:"proposal"`
	Proposer PartyID `wire:"proposer"`
	// Action: outside the digest because an identity may be part of it.
	Action  Action        `wire:"action"`
	Expires Time          `wire:"expires"`
	State   ProposalState `wire:"state"`
	// Voters: Ascending.
	Voters []PartyID `wire:"voters"`
}

// Accreditation: the maintainers that may serve an OEM's machines of a class. Key: oem, machine_class.
type Accreditation struct {
	OEM          PartyID       `wire:"oem"`
	MachineClass MachineClass  `wire:"machine_class"`
	Version      RecordVersion `wire:"version"`
	// Maintainers: Ascending.
	Maintainers []PartyID `wire:"maintainers"`
}

// Attestation: what an auditor vouched for. Key: attestation.
type Attestation struct {
	Attestation ID              `wire:"attestation"`
	Auditor     PartyID         `wire:"auditor"`
	Kind        AttestationKind `wire:"kind"`
	Time        Time            `wire:"time"`
}

// Machine: an agreement on a machine. Key: machine.
type Machine struct {
	Machine  ID      `wire:"machine"`
	OEM      PartyID `wire:"oem"`
	Customer PartyID `wire:"customer"`
	// Registrar: the side that registered.
	Registrar    PartyID       `wire:"registrar"`
	MachineClass MachineClass  `wire:"machine_class"`
	State        MachineState  `wire:"state"`
	Version      RecordVersion `wire:"version"`
	Terms        Digest        `wire:"terms"`
	// LastAt: the business time of the last start, stop or reset.
	LastAt Time `wire:"last_at"`
}

// ChangeOffer: an offered change of an agreement. Key: machine, n.
type ChangeOffer struct {
	Machine       ID         `wire:"machine"`
	N             OfferNo    `wire:"n"`
	Offerer       PartyID    `wire:"offerer"`
	Kind          ChangeKind `wire:"kind"`
	State         OfferState `wire:"state"`
	Terms         Digest     `wire:"terms"`
	EffectiveFrom Time       `wire:"effective_from"`
}

// AnchorHead: the end of a machine's chain of anchors; exists from acceptance on. Key: machine.
type AnchorHead struct {
	Machine  ID      `wire:"machine"`
	Customer PartyID `wire:"customer"`
	Seq      Seq     `wire:"seq"`
	WindowTo Time    `wire:"window_to"`
	// Closed: 1 once the machine is TERMINATED.
	Closed Flag `wire:"closed"`
}

// BillingHead: the end of a machine's chain of PERIOD and FINAL invoices; exists from acceptance on. Key: machine.
type BillingHead struct {
	Machine ID `wire:"machine"`
	// BilledTo: 0: nothing is billed yet, and the first invoice says from when.
	BilledTo Time `wire:"billed_to"`
	// BilledSeq: the last anchor billed.
	BilledSeq Seq `wire:"billed_seq"`
	// Final: 1 once FINAL is issued.
	Final Flag `wire:"final"`
}

// Invoice: a claim for money. Key: invoice.
type Invoice struct {
	Invoice ID            `wire:"invoice"`
	Issuer  PartyID       `wire:"issuer"`
	Payer   PartyID       `wire:"payer"`
	Kind    InvoiceKind   `wire:"kind"`
	Payout  Flag          `wire:"payout"`
	State   InvoiceState  `wire:"state"`
	Version RecordVersion `wire:"version"`
	Amount  Amount        `wire:"amount"`
	// Claim: what the payer claims while DISPUTED, else 0.
	Claim     Amount `wire:"claim"`
	RespondBy Time   `wire:"respond_by"`
	Time      Time   `wire:"time"`
	// Closes: the machine that the settlement terminates: FINAL's machine, else zero.
	Closes ID `wire:"closes"`
}

// Ticket: the last ticket of a kind on a machine. Key: machine, kind.
type Ticket struct {
	Machine      ID           `wire:"machine"`
	Kind         TicketKind   `wire:"kind"`
	N            TicketNo     `wire:"n"`
	OEM          PartyID      `wire:"oem"`
	MachineClass MachineClass `wire:"machine_class"`
	Opener       PartyID      `wire:"opener"`
	// Assignee: 0 unless ASSIGNED, COMPLETED or CLOSED.
	Assignee  PartyID       `wire:"assignee"`
	State     TicketState   `wire:"state"`
	Version   RecordVersion `wire:"version"`
	Selection Selection     `wire:"selection"`
	// OpenSince: when it was opened, or released the last time.
	OpenSince Time `wire:"open_since"`
	// AssignedAt: 0 until assigned.
	AssignedAt Time `wire:"assigned_at"`
	Deadline   Time `wire:"deadline"`
	// Time: when it last changed.
	Time Time `wire:"time"`
}

// BidRecord: a maintainer's bid on a ticket. Key: machine, kind, n, maintainer.
type BidRecord struct {
	Machine    ID         `wire:"machine"`
	Kind       TicketKind `wire:"kind"`
	N          TicketNo   `wire:"n"`
	Maintainer PartyID    `wire:"maintainer"`
	State      BidState   `wire:"state"`
	// Commitment: Zero unless COMMITTED.
	Commitment Digest      `wire:"commitment"`
	Price      Amount      `wire:"price"`
	Eta        Duration    `wire:"eta"`
	Distance   Metres      `wire:"distance"`
	Reputation BasisPoints `wire:"reputation"`
}

// IdentityEntry is by which a sender is known; not a record of the protocol but this ledger's index. Key: identity.
type IdentityEntry struct {
	Identity Identity `wire:"identity"`
	Party    PartyID  `wire:"party"`
}

type recordKind struct {
	name      string
	record    Record
	keyFields int
}

const (
	kindDeployment = "deployment"
	kindIdentity   = "identity"
)

// recordKinds: kind, record, how many of its leading fields are the key.
var recordKinds = []recordKind{
	{kindDeployment, Deployment{}, 0},
	{"party", Party{}, 1},
	{"standing", Standing{}, 1},
	{"proposal", Proposal{}, 1},
	{"accreditation", Accreditation{}, 2},
	{"attestation", Attestation{}, 1},
	{"machine", Machine{}, 1},
	{"offer", ChangeOffer{}, 2},
	{"anchor_head", AnchorHead{}, 1},
	{"billing_head", BillingHead{}, 1},
	{"invoice", Invoice{}, 1},
	{"ticket", Ticket{}, 2},
	{"bid", BidRecord{}, 4},
	{kindIdentity, IdentityEntry{}, 1},
}
