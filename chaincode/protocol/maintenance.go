package protocol

import "slices"

// Maintenance: tickets from opening to closing, and the standing that closed tickets give.

var firstCome = Selection{Policy: PolicyFCFS}

func isServiceable(state MachineState) bool {
	return isOneOf(state, MachineStateAccepted, MachineStateExecuted, MachineStateStopped)
}

func openTicket(state *State, command OpenTicket, sender Identity, time Time) []Event {
	require(selectionIsConsistent(command.Selection, command.Deadline), InvalidArgument)
	opener := activeParty(state, sender)
	machine := existing[Machine](state, key("machine", command.Machine))
	last, exists := get[Ticket](state, key("ticket", command.Machine, command.Kind))
	now := max(time, last.Time)
	require(command.N > last.N, AlreadyExists)
	require(isSide(machine, opener), NotAuthorised)
	if command.Kind == TicketReactive {
		require(machine.State == MachineStateStopped, WrongState)
	}
	require(isServiceable(machine.State), WrongState)
	require(!exists || !isUnfinished(last.State), WrongState)
	require(command.N == last.N+1, SequenceGap)
	require(command.N <= MaxTickets, LimitExceeded)
	require(isOneOf(command.Payer, machine.OEM, machine.Customer), InvalidArgument)
	require(bidsUntil(command) > now, InvalidArgument)
	return []Event{TicketOpened{
		Machine:   command.Machine,
		Kind:      command.Kind,
		N:         command.N,
		Opener:    opener.Party,
		Selection: command.Selection,
		Work:      command.Work,
		Deadline:  command.Deadline,
		Payer:     command.Payer,
		Time:      now,
	}}
}

func selectionIsConsistent(selection Selection, deadline Time) bool {
	if selection.Policy == PolicyFCFS {
		return selection == firstCome
	}
	weights := uint64(selection.PriceWeight) + uint64(selection.TimeWeight) +
		uint64(selection.ReputationWeight) + uint64(selection.ProximityWeight)
	if weights != 10_000 {
		return false
	}
	if selection.Policy == PolicyScored {
		isSealed := selection.CommitUntil != 0 || selection.RevealUntil != 0
		return !isSealed && selection.AwardAt < deadline && selection.AwardFrom <= MaxAccredited
	}
	isOpen := selection.AwardAt != 0 || selection.AwardFrom != 0
	return !isOpen && selection.CommitUntil < selection.RevealUntil && selection.RevealUntil < deadline
}

func bidsUntil(command OpenTicket) Time {
	switch command.Selection.Policy {
	case PolicyScored:
		return command.Selection.AwardAt
	case PolicySealed:
		return command.Selection.CommitUntil
	default:
		return command.Deadline
	}
}

// currentTicket is the last ticket of its kind, if the command means that one: later is UnknownRecord, older
// WrongState.
func currentTicket(state *State, machine ID, kind TicketKind, n TicketNo) Ticket {
	ticket := existing[Ticket](state, key("ticket", machine, kind))
	require(n <= ticket.N, UnknownRecord)
	require(n == ticket.N, WrongState)
	return ticket
}

func acceptTicket(state *State, command AcceptTicket, sender Identity, time Time) []Event {
	maintainer := activeParty(state, sender)
	ticket := currentTicket(state, command.Machine, command.Kind, command.N)
	require(hasRole(maintainer, RoleMaintainer), NotAuthorised)
	requireOpen(ticket, PolicyFCFS)
	require(command.Version == ticket.Version, StaleVersion)
	require(isAccredited(state, ticket, maintainer), NotAccredited)
	requireRoom(ticket.Version)
	return []Event{TicketAccepted{
		Machine:  command.Machine,
		Kind:     command.Kind,
		N:        command.N,
		Version:  ticket.Version + 1,
		Assignee: maintainer.Party,
		Time:     max(time, ticket.Time),
	}}
}

func requireOpen(ticket Ticket, policy SelectionPolicy) {
	require(ticket.State == TicketStateOpen && ticket.Selection.Policy == policy, WrongState)
}

func isAccredited(state *State, ticket Ticket, maintainer Party) bool {
	return slices.Contains(accredited(state, ticket), maintainer.Party)
}

func accredited(state *State, ticket Ticket) []PartyID {
	return accreditationOf(state, ticket.OEM, ticket.MachineClass).Maintainers
}

func releaseTicket(state *State, command ReleaseTicket, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	ticket := currentTicket(state, command.Machine, command.Kind, command.N)
	require(isOneOf(party.Party, ticket.Assignee, ticket.Opener), NotAuthorised)
	require(ticket.State == TicketStateAssigned, WrongState)
	require(command.Version == ticket.Version, StaleVersion)
	now := max(time, ticket.Time)
	byAssignee := party.Party == ticket.Assignee
	require(byAssignee || now >= ticket.Deadline, NotAuthorised)
	released := TicketReleased{
		Machine: command.Machine,
		Kind:    command.Kind,
		N:       command.N,
		Version: ticket.Version + 1,
		By:      party.Party,
		Time:    now,
	}
	if byAssignee || ticket.Time >= ticket.Deadline {
		return []Event{released}
	}
	return []Event{released, MisbehaviourCounted{Party: ticket.Assignee, Cause: MissedDeadline}}
}

func completeTicket(state *State, command CompleteTicket, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	ticket := currentTicket(state, command.Machine, command.Kind, command.N)
	require(party.Party == ticket.Assignee, NotAuthorised)
	require(ticket.State == TicketStateAssigned, WrongState)
	require(command.Version == ticket.Version, StaleVersion)
	return []Event{TicketCompleted{
		Machine: command.Machine,
		Kind:    command.Kind,
		N:       command.N,
		Version: ticket.Version + 1,
		Report:  command.Report,
		Time:    max(time, ticket.Time),
	}}
}

func reopenTicket(state *State, command ReopenTicket, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	ticket := currentTicket(state, command.Machine, command.Kind, command.N)
	require(party.Party == ticket.Opener, NotAuthorised)
	require(ticket.State == TicketStateCompleted, WrongState)
	require(command.Version == ticket.Version, StaleVersion)
	requireRoom(ticket.Version)
	return []Event{TicketReopened{
		Machine: command.Machine,
		Kind:    command.Kind,
		N:       command.N,
		Version: ticket.Version + 1,
		Reason:  command.Reason,
		Time:    max(time, ticket.Time),
	}}
}

func closeTicket(state *State, command CloseTicket, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	ticket := currentTicket(state, command.Machine, command.Kind, command.N)
	require(isOneOf(party.Party, ticket.Opener, ticket.Assignee), NotAuthorised)
	require(ticket.State == TicketStateCompleted, WrongState)
	require(command.Version == ticket.Version, StaleVersion)
	now := max(time, ticket.Time)
	require(command.Rating == 0 || party.Party != ticket.Assignee, InvalidArgument)
	if party.Party != ticket.Opener {
		require(now >= ticket.Time+Time(rules(state).CloseAfter), NotAuthorised)
	}
	return []Event{TicketClosed{
		Machine:    command.Machine,
		Kind:       command.Kind,
		N:          command.N,
		Version:    ticket.Version + 1,
		Assignee:   ticket.Assignee,
		Rating:     command.Rating,
		Response:   ticket.AssignedAt - ticket.OpenSince,
		Resolution: ticket.Time - ticket.OpenSince,
		Time:       now,
	}}
}

func cancelTicket(state *State, command CancelTicket, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	ticket := currentTicket(state, command.Machine, command.Kind, command.N)
	require(party.Party == ticket.Opener, NotAuthorised)
	require(ticket.State == TicketStateOpen, WrongState)
	require(command.Version == ticket.Version, StaleVersion)
	return []Event{TicketCancelled{
		Machine: command.Machine,
		Kind:    command.Kind,
		N:       command.N,
		Version: ticket.Version + 1,
		Time:    max(time, ticket.Time),
	}}
}

// Folds

func ticketOpened(state *State, event TicketOpened) {
	machine := held[Machine](state, key("machine", event.Machine))
	state.set(Ticket{
		Machine:      event.Machine,
		Kind:         event.Kind,
		N:            event.N,
		OEM:          machine.OEM,
		MachineClass: machine.MachineClass,
		Opener:       event.Opener,
		Assignee:     0,
		State:        TicketStateOpen,
		Version:      1,
		Selection:    event.Selection,
		OpenSince:    event.Time,
		AssignedAt:   0,
		Deadline:     event.Deadline,
		Time:         event.Time,
	})
}

func ticketAccepted(state *State, event TicketAccepted) {
	assignTicket(state, event.Machine, event.Kind, event.Version, event.Assignee, event.Time)
}

func ticketAwarded(state *State, event TicketAwarded) {
	assignTicket(state, event.Machine, event.Kind, event.Version, event.Assignee, event.Time)
}

func assignTicket(state *State, machine ID, kind TicketKind, version RecordVersion, to PartyID, time Time) {
	ticket := held[Ticket](state, key("ticket", machine, kind))
	ticket.State, ticket.Version = TicketStateAssigned, version
	ticket.Assignee, ticket.AssignedAt, ticket.Time = to, time, time
	state.set(ticket)
}

func ticketReleased(state *State, event TicketReleased) {
	ticket := held[Ticket](state, key("ticket", event.Machine, event.Kind))
	ticket.State, ticket.Version = TicketStateOpen, event.Version
	ticket.Selection, ticket.Assignee = firstCome, 0
	ticket.OpenSince, ticket.AssignedAt, ticket.Time = event.Time, 0, event.Time
	state.set(ticket)
}

func ticketCompleted(state *State, event TicketCompleted) {
	moveTicket(state, event.Machine, event.Kind, event.Version, event.Time, TicketStateCompleted)
}

func ticketReopened(state *State, event TicketReopened) {
	moveTicket(state, event.Machine, event.Kind, event.Version, event.Time, TicketStateAssigned)
}

func ticketCancelled(state *State, event TicketCancelled) {
	moveTicket(state, event.Machine, event.Kind, event.Version, event.Time, TicketStateCancelled)
}

func ticketClosed(state *State, event TicketClosed) {
	moveTicket(state, event.Machine, event.Kind, event.Version, event.Time, TicketStateClosed)
	standing := held[Standing](state, key("standing", event.Assignee))
	if standing.Closed == maxCount {
		return
	}
	standing.Closed++
	if event.Rating > 0 {
		standing.Rated++
	}
	standing.RatingTotal += uint32(event.Rating)
	standing.ResponseTotal += uint64(event.Response)
	standing.ResolutionTotal += uint64(event.Resolution)
	state.set(standing)
}

func moveTicket(state *State, machine ID, kind TicketKind, version RecordVersion, time Time, to TicketState) {
	ticket := held[Ticket](state, key("ticket", machine, kind))
	ticket.State, ticket.Version, ticket.Time = to, version, time
	state.set(ticket)
}
