package protocol

// Invoices: issued, accepted or disputed, revised or ruled on, settled. Money itself never moves on the ledger.

func isBillable(state MachineState) bool {
	return isInUse(state) || state == MachineStateTerminating
}

func issueInvoice(state *State, command IssueInvoice, sender Identity, time Time) []Event {
	require(invoiceIsConsistent(command), InvalidArgument)
	issuer := activeParty(state, sender)
	if command.Kind == InvoiceService {
		requireService(state, command, issuer)
	} else {
		requirePeriod(state, command, issuer, time)
	}
	require(command.RespondBy > time, InvalidArgument)
	return []Event{InvoiceIssued{
		Invoice:    command.Invoice,
		Issuer:     issuer.Party,
		Payer:      command.Payer,
		Machine:    command.Machine,
		Kind:       command.Kind,
		Payout:     command.Payout,
		WindowFrom: command.WindowFrom,
		WindowTo:   command.WindowTo,
		SeqFrom:    command.SeqFrom,
		SeqTo:      command.SeqTo,
		Amount:     command.Amount,
		Currency:   command.Currency,
		Statement:  command.Statement,
		RespondBy:  command.RespondBy,
		Time:       time,
	}}
}

func invoiceIsConsistent(command IssueInvoice) bool {
	if command.Kind == InvoiceService {
		isUnused := command.Payout == 0 && command.WindowFrom == 0 && command.WindowTo == 0 &&
			command.SeqFrom == 0 && command.SeqTo == 0
		return command.Machine == ID{} && isUnused
	}
	if command.Kind == InvoicePeriod && (command.Payout != 0 || command.WindowFrom == command.WindowTo) {
		return false
	}
	return command.WindowFrom <= command.WindowTo && 1 <= command.SeqFrom && command.SeqFrom <= command.SeqTo
}

func requireService(state *State, command IssueInvoice, issuer Party) {
	require(!state.has(key("invoice", command.Invoice)), AlreadyExists)
	require(command.Payer != issuer.Party, NotAuthorised)
	payer := existing[Party](state, key("party", command.Payer))
	require(isEngaged(payer), NotActive)
}

func requirePeriod(state *State, command IssueInvoice, issuer Party, time Time) {
	billing := existing[BillingHead](state, key("billing_head", command.Machine))
	machine := held[Machine](state, key("machine", command.Machine))
	require(!state.has(key("invoice", command.Invoice)), AlreadyExists)
	require(issuer.Party == machine.OEM && command.Payer == machine.Customer, NotAuthorised)
	if command.Kind == InvoiceFinal {
		require(machine.State == MachineStateTerminating, WrongState)
	}
	require(isBillable(machine.State) && billing.Final == 0, WrongState)
	anchored := held[AnchorHead](state, key("anchor_head", command.Machine)).Seq
	require(isOneOf(billing.BilledTo, 0, command.WindowFrom), PeriodMismatch)
	require(command.SeqFrom == billing.BilledSeq+1, PeriodMismatch)
	require(uint64(command.SeqTo) <= uint64(anchored)+1, PeriodMismatch)
	requireNotAhead(state, command.WindowTo, time)
}

func acceptInvoice(state *State, command AcceptInvoice, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	invoice := existing[Invoice](state, key("invoice", command.Invoice))
	now := max(time, invoice.Time)
	require(isOneOf(party.Party, invoice.Payer, invoice.Issuer), NotAuthorised)
	require(invoice.State == InvoiceStateIssued, WrongState)
	require(command.Version == invoice.Version, StaleVersion)
	require(party.Party == invoice.Payer || now >= undisputedFrom(state, invoice), NotAuthorised)
	return []Event{InvoiceAccepted{
		Invoice: command.Invoice,
		Version: invoice.Version + 1,
		By:      party.Party,
		Time:    now,
	}}
}

// undisputedFrom is when silence counts as consent: after RespondBy, but never so soon that there was no time to answer.
func undisputedFrom(state *State, invoice Invoice) Time {
	return max(invoice.RespondBy, invoice.Time+Time(rules(state).CloseAfter))
}

func disputeInvoice(state *State, command DisputeInvoice, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	invoice := existing[Invoice](state, key("invoice", command.Invoice))
	require(party.Party == invoice.Payer, NotAuthorised)
	require(invoice.State == InvoiceStateIssued, WrongState)
	require(command.Version == invoice.Version, StaleVersion)
	return []Event{InvoiceDisputed{
		Invoice:   command.Invoice,
		Version:   invoice.Version + 1,
		Claim:     command.Claim,
		Statement: command.Statement,
		Slice:     command.Slice,
		Evidence:  command.Evidence,
		Time:      max(time, invoice.Time),
	}}
}

func reviseInvoice(state *State, command ReviseInvoice, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	invoice := existing[Invoice](state, key("invoice", command.Invoice))
	now := max(time, invoice.Time)
	require(party.Party == invoice.Issuer, NotAuthorised)
	require(invoice.State == InvoiceStateDisputed, WrongState)
	require(command.Version == invoice.Version, StaleVersion)
	require(command.RespondBy > now, InvalidArgument)
	requireRoom(invoice.Version)
	return []Event{InvoiceRevised{
		Invoice:   command.Invoice,
		Version:   invoice.Version + 1,
		Amount:    command.Amount,
		Statement: command.Statement,
		RespondBy: command.RespondBy,
		Time:      now,
	}}
}

func ruleOnInvoice(state *State, command RuleOnInvoice, sender Identity, time Time) []Event {
	auditor := activeParty(state, sender)
	invoice := existing[Invoice](state, key("invoice", command.Invoice))
	require(isNeutralAuditor(auditor, invoice), NotAuthorised)
	require(invoice.State == InvoiceStateDisputed, WrongState)
	require(command.Version == invoice.Version, StaleVersion)
	ruled := InvoiceRuled{
		Invoice: command.Invoice,
		Version: invoice.Version + 1,
		Auditor: auditor.Party,
		Amount:  command.Amount,
		Ruling:  command.Ruling,
		Time:    max(time, invoice.Time),
	}
	loser := loserOf(invoice, command.Amount)
	if loser == 0 {
		return []Event{ruled}
	}
	return []Event{ruled, MisbehaviourCounted{Party: loser, Cause: LostRuling}}
}

func isNeutralAuditor(party Party, invoice Invoice) bool {
	neutral := !isOneOf(party.Party, invoice.Issuer, invoice.Payer)
	return neutral && isActiveAs(party, RoleAuditor)
}

// loserOf is the side whose figure is further from the ruled one; 0 if both are equally far.
func loserOf(invoice Invoice, ruled Amount) PartyID {
	fromAmount := distance(ruled, invoice.Amount)
	fromClaim := distance(ruled, invoice.Claim)
	if fromAmount == fromClaim {
		return 0
	}
	if fromAmount > fromClaim {
		return invoice.Issuer
	}
	return invoice.Payer
}

func distance(one, other Amount) Amount {
	return max(one, other) - min(one, other)
}

func settleInvoice(state *State, command SettleInvoice, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	invoice := existing[Invoice](state, key("invoice", command.Invoice))
	now := max(time, invoice.Time)
	payee := invoice.Issuer
	if invoice.Payout != 0 {
		payee = invoice.Payer
	}
	isPayee := party.Party == payee
	require(isPayee || isNeutralAuditor(party, invoice), NotAuthorised)
	require(invoice.State == InvoiceStateAccepted, WrongState)
	require(command.Version == invoice.Version, StaleVersion)
	require(isPayee || now >= invoice.Time+Time(rules(state).CloseAfter), NotAuthorised)
	settled := InvoiceSettled{
		Invoice: command.Invoice,
		Version: invoice.Version + 1,
		By:      party.Party,
		Payment: command.Payment,
		Time:    now,
	}
	machine, exists := get[Machine](state, key("machine", invoice.Closes))
	if !exists || machine.State == MachineStateTerminated {
		return []Event{settled}
	}
	return []Event{settled, MachineTerminated{Machine: invoice.Closes, Version: machine.Version + 1}}
}

// Folds

func invoiceIssued(state *State, event InvoiceIssued) {
	invoice := Invoice{
		Invoice:   event.Invoice,
		Issuer:    event.Issuer,
		Payer:     event.Payer,
		Kind:      event.Kind,
		Payout:    event.Payout,
		State:     InvoiceStateIssued,
		Version:   1,
		Amount:    event.Amount,
		Claim:     0,
		RespondBy: event.RespondBy,
		Time:      event.Time,
	}
	if event.Kind == InvoiceFinal {
		invoice.Closes = event.Machine
	}
	state.set(invoice)
	if event.Kind == InvoiceService {
		return
	}
	billing := BillingHead{Machine: event.Machine, BilledTo: event.WindowTo, BilledSeq: event.SeqTo - 1}
	if event.Kind == InvoiceFinal {
		billing.Final = 1
	}
	state.set(billing)
}

func invoiceAccepted(state *State, event InvoiceAccepted) {
	invoice := held[Invoice](state, key("invoice", event.Invoice))
	invoice.State, invoice.Version, invoice.Time = InvoiceStateAccepted, event.Version, event.Time
	state.set(invoice)
}

func invoiceDisputed(state *State, event InvoiceDisputed) {
	invoice := held[Invoice](state, key("invoice", event.Invoice))
	invoice.State, invoice.Version, invoice.Time = InvoiceStateDisputed, event.Version, event.Time
	invoice.Claim = event.Claim
	state.set(invoice)
}

func invoiceRevised(state *State, event InvoiceRevised) {
	invoice := held[Invoice](state, key("invoice", event.Invoice))
	invoice.State, invoice.Version, invoice.Time = InvoiceStateIssued, event.Version, event.Time
	invoice.Amount, invoice.Claim, invoice.RespondBy = event.Amount, 0, event.RespondBy
	state.set(invoice)
}

func invoiceRuled(state *State, event InvoiceRuled) {
	invoice := held[Invoice](state, key("invoice", event.Invoice))
	invoice.State, invoice.Version, invoice.Time = InvoiceStateAccepted, event.Version, event.Time
	invoice.Amount, invoice.Claim = event.Amount, 0
	state.set(invoice)
}

func invoiceSettled(state *State, event InvoiceSettled) {
	invoice := held[Invoice](state, key("invoice", event.Invoice))
	invoice.State, invoice.Version, invoice.Time = InvoiceStateSettled, event.Version, event.Time
	state.set(invoice)
}
