package protocol

import "fmt"

// Code is why a ledger refuses a command: the same word on every ledger.
type Code uint8

const (
	// NotAuthorised: the sender is unknown, or is not the one who may do this (now).
	NotAuthorised Code = 1 + iota
	// NotActive: the sender, or a party that the command names, is not in a state that allows this.
	NotActive
	// UnknownRecord: a record that the command names does not exist.
	UnknownRecord
	// AlreadyExists: the record that the command would create, or the vote, exists.
	AlreadyExists
	// WrongState: the record (or the deployment, if retired) is in a state that does not allow this.
	WrongState
	// StaleVersion: the record has changed since the sender saw it.
	StaleVersion
	// TermsMismatch: the terms named are not the ones registered.
	TermsMismatch
	// SequenceGap: a number does not follow the last one of its chain.
	SequenceGap
	// WindowOverlap: a business time or window begins before the last one of its chain ended.
	WindowOverlap
	// PeriodMismatch: a billing period does not continue where the last one ended, or bills anchors that are not there.
	PeriodMismatch
	// NotAccredited: the maintainer is not accredited by the machine's OEM for its class.
	NotAccredited
	// BiddingOpen: too early, bids may still come in.
	BiddingOpen
	// BiddingClosed: too late, bids (or commitments, or reveals) are closed.
	BiddingClosed
	// BadReveal: what was revealed is not what was committed to.
	BadReveal
	// InvalidArgument: an argument is outside its domain, or contradicts another one, the rules or the time.
	InvalidArgument
	// LimitExceeded: a bound of the protocol or of the rules is reached.
	LimitExceeded
)

var codeNames = [...]string{
	NotAuthorised:   "NOT_AUTHORISED",
	NotActive:       "NOT_ACTIVE",
	UnknownRecord:   "UNKNOWN_RECORD",
	AlreadyExists:   "ALREADY_EXISTS",
	WrongState:      "WRONG_STATE",
	StaleVersion:    "STALE_VERSION",
	TermsMismatch:   "TERMS_MISMATCH",
	SequenceGap:     "SEQUENCE_GAP",
	WindowOverlap:   "WINDOW_OVERLAP",
	PeriodMismatch:  "PERIOD_MISMATCH",
	NotAccredited:   "NOT_ACCREDITED",
	BiddingOpen:     "BIDDING_OPEN",
	BiddingClosed:   "BIDDING_CLOSED",
	BadReveal:       "BAD_REVEAL",
	InvalidArgument: "INVALID_ARGUMENT",
	LimitExceeded:   "LIMIT_EXCEEDED",
}

func (code Code) String() string { return codeNames[code] }

// Rejection is the answer to a refused command; Item is the index of the offending item of a list, else 0.
type Rejection struct {
	Code Code
	Item int
}

func (rejection Rejection) Error() string {
	return fmt.Sprintf("%v at item %d", rejection.Code, rejection.Item)
}

// refusal is what ends a decision early. It travels by panic and only within this package, from a failed check to
// Decide, so that a check is one line in all three languages.
type refusal struct{ err error }

// require refuses the command with code unless condition holds.
func require(condition bool, code Code) {
	requireItem(condition, code, 0)
}

// requireItem refuses the command because of one item of its list.
func requireItem(condition bool, code Code, item int) {
	if !condition {
		panic(refusal{Rejection{code, item}})
	}
}

// fail ends the decision because of what is not the command's fault: the ledger cannot be read, a record is damaged.
func fail(err error) {
	panic(refusal{err})
}

// caught turns a refusal into the error that it carries; to be deferred.
func caught(err *error) {
	switch recovered := recover().(type) {
	case nil:
	case refusal:
		*err = recovered.err
	default:
		panic(recovered)
	}
}
