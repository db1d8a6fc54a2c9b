package protocol

// Machines: registration, the states of use, and changes of the agreement.

func isInUse(state MachineState) bool {
	return isOneOf(state, MachineStateAccepted, MachineStateExecuted, MachineStateStopped)
}

func registerMachine(state *State, command RegisterMachine, sender Identity, time Time) []Event {
	require(command.OEM != command.Customer, InvalidArgument)
	registrar := activeParty(state, sender)
	require(!state.has(key("machine", command.Machine)), AlreadyExists)
	require(mayRegister(registrar, command), NotAuthorised)
	if registrar.Party == command.OEM {
		namedParty(state, command.Customer, RoleCustomer)
	} else {
		namedParty(state, command.OEM, RoleOEM)
	}
	return []Event{MachineRegistered{
		Machine:           command.Machine,
		OEM:               command.OEM,
		Customer:          command.Customer,
		Registrar:         registrar.Party,
		MachineClass:      command.MachineClass,
		Spec:              command.Spec,
		Terms:             command.Terms,
		TelemetryInterval: command.TelemetryInterval,
		InvoicePeriod:     command.InvoicePeriod,
	}}
}

func mayRegister(party Party, command RegisterMachine) bool {
	if party.Party == command.OEM {
		return hasRole(party, RoleOEM)
	}
	return party.Party == command.Customer && hasRole(party, RoleCustomer)
}

func acceptMachine(state *State, command AcceptMachine, sender Identity, time Time) []Event {
	party := activeParty(state, sender)
	machine := existing[Machine](state, key("machine", command.Machine))
	require(party.Party == otherSide(machine, machine.Registrar), NotAuthorised)
	require(machine.State == MachineStateRegistered, WrongState)
	require(command.Version == machine.Version, StaleVersion)
	require(command.Terms == machine.Terms, TermsMismatch)
	return []Event{MachineAccepted{Machine: command.Machine, Version: machine.Version + 1}}
}

func declineMachine(state *State, command DeclineMachine, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	machine := existing[Machine](state, key("machine", command.Machine))
	require(isSide(machine, party), NotAuthorised)
	require(machine.State == MachineStateRegistered, WrongState)
	require(command.Version == machine.Version, StaleVersion)
	return []Event{MachineDeclined{Machine: command.Machine, Version: machine.Version + 1, By: party.Party}}
}

func startMachine(state *State, command StartMachine, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	machine := existing[Machine](state, key("machine", command.Machine))
	require(party.Party == machine.Customer, NotAuthorised)
	require(isOneOf(machine.State, MachineStateAccepted, MachineStateStopped), WrongState)
	require(command.Version == machine.Version, StaleVersion)
	requireBusinessTime(state, machine, command.At, time)
	requireRoom(machine.Version)
	return []Event{MachineStarted{Machine: command.Machine, Version: machine.Version + 1, At: command.At}}
}

func stopMachine(state *State, command StopMachine, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	machine := existing[Machine](state, key("machine", command.Machine))
	require(party.Party == machine.Customer, NotAuthorised)
	require(machine.State == MachineStateExecuted, WrongState)
	require(command.Version == machine.Version, StaleVersion)
	requireBusinessTime(state, machine, command.At, time)
	return []Event{MachineStopped{
		Machine:  command.Machine,
		Version:  machine.Version + 1,
		At:       command.At,
		Cause:    command.Cause,
		Evidence: command.Evidence,
	}}
}

func resetMachine(state *State, command ResetMachine, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	machine := existing[Machine](state, key("machine", command.Machine))
	require(party.Party == machine.Customer, NotAuthorised)
	ticket, exists := get[Ticket](state, key("ticket", command.Machine, TicketReactive))
	require(machine.State == MachineStateStopped, WrongState)
	require(!exists || !isUnfinished(ticket.State), WrongState)
	require(command.Version == machine.Version, StaleVersion)
	requireBusinessTime(state, machine, command.At, time)
	return []Event{MachineReset{Machine: command.Machine, Version: machine.Version + 1, At: command.At}}
}

func requireBusinessTime(state *State, machine Machine, at Time, time Time) {
	require(at >= machine.LastAt, WindowOverlap)
	requireNotAhead(state, at, time)
}

func offerChange(state *State, command OfferChange, sender Identity, time Time) []Event {
	require((command.Terms == Digest{}) == (command.Kind == ChangeTerminate), InvalidArgument)
	party := activeParty(state, sender)
	machine := existing[Machine](state, key("machine", command.Machine))
	require(!state.has(key("offer", command.Machine, command.N)), AlreadyExists)
	require(isSide(machine, party), NotAuthorised)
	require(isInUse(machine.State), WrongState)
	return []Event{ChangeOffered{
		Machine:       command.Machine,
		N:             command.N,
		Offerer:       party.Party,
		Kind:          command.Kind,
		Terms:         command.Terms,
		EffectiveFrom: command.EffectiveFrom,
	}}
}

func acceptChange(state *State, command AcceptChange, sender Identity, time Time) []Event {
	party := activeParty(state, sender)
	offer := existing[ChangeOffer](state, key("offer", command.Machine, command.N))
	machine := held[Machine](state, key("machine", command.Machine))
	require(party.Party == otherSide(machine, offer.Offerer), NotAuthorised)
	require(offer.State == OfferStateOffered, WrongState)
	require(isInUse(machine.State), WrongState)
	if offer.Kind == ChangeTerminate {
		require(machine.State != MachineStateExecuted, WrongState)
	} else {
		billing := held[BillingHead](state, key("billing_head", command.Machine))
		require(offer.EffectiveFrom >= billing.BilledTo, PeriodMismatch)
		requireRoom(machine.Version)
	}
	return []Event{ChangeAccepted{
		Machine:       command.Machine,
		N:             command.N,
		Version:       machine.Version + 1,
		Kind:          offer.Kind,
		Terms:         offer.Terms,
		EffectiveFrom: offer.EffectiveFrom,
	}}
}

func withdrawChange(state *State, command WithdrawChange, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	offer := existing[ChangeOffer](state, key("offer", command.Machine, command.N))
	require(party.Party == offer.Offerer, NotAuthorised)
	require(offer.State == OfferStateOffered, WrongState)
	return []Event{ChangeWithdrawn{Machine: offer.Machine, N: offer.N}}
}

// Folds

func machineRegistered(state *State, event MachineRegistered) {
	state.set(Machine{
		Machine:      event.Machine,
		OEM:          event.OEM,
		Customer:     event.Customer,
		Registrar:    event.Registrar,
		MachineClass: event.MachineClass,
		State:        MachineStateRegistered,
		Version:      1,
		Terms:        event.Terms,
		LastAt:       0,
	})
}

func machineAccepted(state *State, event MachineAccepted) {
	machine := held[Machine](state, key("machine", event.Machine))
	machine.State, machine.Version = MachineStateAccepted, event.Version
	state.set(machine)
	state.set(AnchorHead{Machine: event.Machine, Customer: machine.Customer})
	state.set(BillingHead{Machine: event.Machine})
}

func machineDeclined(state *State, event MachineDeclined) {
	machine := held[Machine](state, key("machine", event.Machine))
	machine.State, machine.Version = MachineStateDeclined, event.Version
	state.set(machine)
}

func machineStarted(state *State, event MachineStarted) {
	moveMachine(state, event.Machine, event.Version, event.At, MachineStateExecuted)
}

func machineStopped(state *State, event MachineStopped) {
	moveMachine(state, event.Machine, event.Version, event.At, MachineStateStopped)
}

func machineReset(state *State, event MachineReset) {
	moveMachine(state, event.Machine, event.Version, event.At, MachineStateAccepted)
}

func moveMachine(state *State, name ID, version RecordVersion, at Time, to MachineState) {
	machine := held[Machine](state, key("machine", name))
	machine.State, machine.Version, machine.LastAt = to, version, at
	state.set(machine)
}

func machineTerminated(state *State, event MachineTerminated) {
	machine := held[Machine](state, key("machine", event.Machine))
	machine.State, machine.Version = MachineStateTerminated, event.Version
	state.set(machine)
	head, exists := get[AnchorHead](state, key("anchor_head", event.Machine))
	if !exists {
		return
	}
	head.Closed = 1
	state.set(head)
}

func changeOffered(state *State, event ChangeOffered) {
	state.set(ChangeOffer{
		Machine:       event.Machine,
		N:             event.N,
		Offerer:       event.Offerer,
		Kind:          event.Kind,
		State:         OfferStateOffered,
		Terms:         event.Terms,
		EffectiveFrom: event.EffectiveFrom,
	})
}

func changeAccepted(state *State, event ChangeAccepted) {
	offer := held[ChangeOffer](state, key("offer", event.Machine, event.N))
	offer.State = OfferStateAccepted
	machine := held[Machine](state, key("machine", event.Machine))
	if event.Kind == ChangeAmend {
		machine.Terms, machine.Version = event.Terms, event.Version
	} else {
		machine.State, machine.Version = MachineStateTerminating, event.Version
	}
	state.set(offer)
	state.set(machine)
}

func changeWithdrawn(state *State, event ChangeWithdrawn) {
	offer := held[ChangeOffer](state, key("offer", event.Machine, event.N))
	offer.State = OfferStateWithdrawn
	state.set(offer)
}
