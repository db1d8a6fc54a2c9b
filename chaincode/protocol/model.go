package protocol

import (
	"fmt"
	"reflect"
)

// What every ledger must accept, reject, emit and store.
//
// The checks of Decide run in one order on every ledger: arguments, sender, record, role, state, version, business
// rule. Decide only reads, Fold only writes: nothing of a rejected command can be left behind.

type decideEntry struct {
	command reflect.Type
	decide  func(*State, Command, Identity, Time) []Event
}

func decide[C Command](handler func(*State, C, Identity, Time) []Event) decideEntry {
	return decideEntry{
		reflect.TypeFor[C](),
		func(state *State, command Command, sender Identity, time Time) []Event {
			return handler(state, command.(C), sender, time)
		},
	}
}

type foldEntry struct {
	event reflect.Type
	fold  func(*State, Event)
}

func fold[E Event](handler func(*State, E)) foldEntry {
	return foldEntry{reflect.TypeFor[E](), func(state *State, event Event) { handler(state, event.(E)) }}
}

var decides = []decideEntry{
	decide(found),
	decide(propose),
	decide(approve),
	decide(join),
	decide(updateProfile),
	decide(accredit),
	decide(withdrawAccreditation),
	decide(attest),
	decide(registerMachine),
	decide(acceptMachine),
	decide(declineMachine),
	decide(startMachine),
	decide(stopMachine),
	decide(resetMachine),
	decide(offerChange),
	decide(acceptChange),
	decide(withdrawChange),
	decide(anchorTelemetry),
	decide(issueInvoice),
	decide(acceptInvoice),
	decide(disputeInvoice),
	decide(reviseInvoice),
	decide(ruleOnInvoice),
	decide(settleInvoice),
	decide(openTicket),
	decide(acceptTicket),
	decide(bid),
	decide(commitBid),
	decide(revealBid),
	decide(awardTicket),
	decide(releaseTicket),
	decide(completeTicket),
	decide(reopenTicket),
	decide(closeTicket),
	decide(cancelTicket),
}

var folds = []foldEntry{
	fold(deploymentFounded),
	fold(proposalMade),
	fold(proposalApproved),
	fold(proposalExecuted),
	fold(partyInvited),
	fold(partyJoined),
	fold(profileUpdated),
	fold(partyRolesSet),
	fold(partySuspended),
	fold(partyReinstated),
	fold(partyRemoved),
	fold(partyRebound),
	fold(ruleSet),
	fold(deploymentRetired),
	fold(maintainerAccredited),
	fold(accreditationWithdrawn),
	fold(attested),
	fold(misbehaviourCounted),
	fold(machineRegistered),
	fold(machineAccepted),
	fold(machineDeclined),
	fold(machineStarted),
	fold(machineStopped),
	fold(machineReset),
	fold(changeOffered),
	fold(changeAccepted),
	fold(changeWithdrawn),
	fold(machineTerminated),
	fold(telemetryAnchored),
	fold(invoiceIssued),
	fold(invoiceAccepted),
	fold(invoiceDisputed),
	fold(invoiceRevised),
	fold(invoiceRuled),
	fold(invoiceSettled),
	fold(ticketOpened),
	fold(ticketAccepted),
	fold(bidPlaced),
	fold(bidCommitted),
	fold(bidRevealed),
	fold(ticketAwarded),
	fold(ticketReleased),
	fold(ticketCompleted),
	fold(ticketReopened),
	fold(ticketClosed),
	fold(ticketCancelled),
}

var (
	decideOf = map[reflect.Type]decideEntry{}
	foldOf   = map[reflect.Type]foldEntry{}
)

func init() {
	for _, entry := range decides {
		decideOf[entry.command] = entry
	}
	for _, entry := range folds {
		foldOf[entry.event] = entry
	}
}

// Decide is what the ledger answers to a command: events, or a Rejection as the error. Any other error means that the
// ledger could not be read.
//
// sender is the ledger identity that signed, time the ledger's clock in seconds UTC.
func Decide(state *State, command Command, sender Identity, time Time) (events []Event, err error) {
	defer caught(&err)
	entry, ok := decideOf[reflect.TypeOf(command)]
	if !ok {
		return nil, fmt.Errorf("%T is not a command", command)
	}
	require(inDomain(command), InvalidArgument)
	return entry.decide(state, command, sender, time), nil
}

// Apply changes the state by a list of events.
func Apply(state *State, events []Event) (err error) {
	defer caught(&err)
	for _, event := range events {
		foldOf[reflect.TypeOf(event)].fold(state, event)
	}
	return nil
}

// RulesInForce are the rules of the deployment, if it is founded.
func RulesInForce(state *State) (inForce Rules, isFounded bool, err error) {
	defer caught(&err)
	founded, isFounded := get[Deployment](state, key(kindDeployment))
	return founded.Rules, isFounded, nil
}
