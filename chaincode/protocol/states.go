package protocol

// Every enumeration of the protocol; each travels and is stored as u8, and 0 is never a member.

// Role says what a party may do; Roles is a bit mask of it.
type Role uint8

const (
	RoleBoard Role = 1 << iota
	RoleOEM
	RoleCustomer
	RoleMaintainer
	RoleAuditor
)

// Roles are all that a party may do.
type Roles uint8

const allRoles = 31

func (Roles) Domain() Range { return Range{0, allRoles} }

// DeploymentState: a retired deployment takes no more commands.
type DeploymentState uint8

const (
	DeploymentStateActive DeploymentState = 1 + iota
	DeploymentStateRetired
)

// PartyState: SUSPENDED bars new commitments; obligations stay possible.
type PartyState uint8

const (
	PartyStateInvited PartyState = 1 + iota
	PartyStateActive
	PartyStateSuspended
	PartyStateRemoved
)

// ProposalState: an open proposal past its expiry counts as closed.
type ProposalState uint8

const (
	ProposalStateOpen ProposalState = 1 + iota
	ProposalStateExecuted
)

// ActionKind says what a proposal does when its last vote arrives.
type ActionKind uint8

const (
	ActionInvite ActionKind = 1 + iota
	ActionSetRoles
	ActionSuspend
	ActionReinstate
	ActionRemove
	ActionRebind
	ActionSetRule
	ActionCloseOut
	ActionRetire
)

func (ActionKind) Domain() Range { return Range{1, 9} }

// Rule is one of the rules that governance can change at run time; 0 where an action names none.
type Rule uint8

const (
	RuleQuorum Rule = 1 + iota
	RuleProposalLifetime
	RuleAnchorItems
	RuleClockBound
	RuleCloseAfter
	RuleFinalityDepth
)

func (Rule) Domain() Range { return Range{0, 6} }

// MachineState: EXECUTED is the only billable state.
type MachineState uint8

const (
	MachineStateRegistered MachineState = 1 + iota
	MachineStateAccepted
	MachineStateDeclined
	MachineStateExecuted
	MachineStateStopped
	MachineStateTerminating
	MachineStateTerminated
)

// StopCause says why a machine stopped: FAILURE, QUALITY, PLANNED, OPERATOR.
type StopCause uint8

func (StopCause) Domain() Range { return Range{1, 4} }

// ChangeKind says what an offered change does to the agreement.
type ChangeKind uint8

const (
	ChangeAmend ChangeKind = 1 + iota
	ChangeTerminate
)

func (ChangeKind) Domain() Range { return Range{1, 2} }

// OfferState is the state of a change offer.
type OfferState uint8

const (
	OfferStateOffered OfferState = 1 + iota
	OfferStateAccepted
	OfferStateWithdrawn
)

// AnchorKind: a CORRECTION adds late data to the window of an earlier anchor.
type AnchorKind uint8

const (
	AnchorRegular AnchorKind = 1 + iota
	AnchorCorrection
)

func (AnchorKind) Domain() Range { return Range{1, 2} }

// InvoiceKind: PERIOD and FINAL tile a machine's time; SERVICE is any other claim, its subject in the statement.
type InvoiceKind uint8

const (
	InvoicePeriod InvoiceKind = 1 + iota
	InvoiceFinal
	InvoiceService
)

func (InvoiceKind) Domain() Range { return Range{1, 3} }

// InvoiceState is the state of an invoice.
type InvoiceState uint8

const (
	InvoiceStateIssued InvoiceState = 1 + iota
	InvoiceStateAccepted
	InvoiceStateDisputed
	InvoiceStateSettled
)

// TicketKind: REACTIVE needs a stopped machine.
type TicketKind uint8

const (
	TicketReactive TicketKind = 1 + iota
	TicketPreventive
)

func (TicketKind) Domain() Range { return Range{1, 2} }

// TicketState: OPEN, ASSIGNED and COMPLETED are unfinished.
type TicketState uint8

const (
	TicketStateOpen TicketState = 1 + iota
	TicketStateAssigned
	TicketStateCompleted
	TicketStateClosed
	TicketStateCancelled
)

// SelectionPolicy says how a ticket finds its maintainer.
type SelectionPolicy uint8

const (
	PolicyFCFS SelectionPolicy = 1 + iota
	PolicyScored
	PolicySealed
)

func (SelectionPolicy) Domain() Range { return Range{1, 3} }

// BidState: COMMITTED is a sealed bid that was not revealed yet.
type BidState uint8

const (
	BidStateCommitted BidState = 1 + iota
	BidStatePlaced
)

// AttestationKind says what an auditor vouches for: SEAL_INSPECTED, DEVICE_CALIBRATED, SITE_VISITED, DATA_REVIEWED,
// OTHER.
type AttestationKind uint8

func (AttestationKind) Domain() Range { return Range{1, 5} }

// Misbehaviour says why a party's misbehaviour count grew.
type Misbehaviour uint8

const (
	UnrevealedBid Misbehaviour = 1 + iota
	MissedDeadline
	LostRuling
)

func isUnfinished(state TicketState) bool {
	return isOneOf(state, TicketStateOpen, TicketStateAssigned, TicketStateCompleted)
}
