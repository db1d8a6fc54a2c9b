package protocol

// Bidding: open and sealed bids on a ticket, and the award that the ledger computes.

func bid(state *State, command Bid, sender Identity, time Time) []Event {
	maintainer := activeParty(state, sender)
	ticket := currentTicket(state, command.Machine, command.Kind, command.N)
	require(!state.has(key("bid", command.Machine, command.Kind, command.N, maintainer.Party)), AlreadyExists)
	require(hasRole(maintainer, RoleMaintainer), NotAuthorised)
	requireOpen(ticket, PolicyScored)
	require(max(time, ticket.Time) < ticket.Selection.AwardAt, BiddingClosed)
	require(isAccredited(state, ticket, maintainer), NotAccredited)
	return []Event{BidPlaced{
		Machine:    command.Machine,
		Kind:       command.Kind,
		N:          command.N,
		Maintainer: maintainer.Party,
		Price:      command.Price,
		Eta:        command.Eta,
		Distance:   command.Distance,
		Reputation: reputation(held[Standing](state, key("standing", maintainer.Party))),
		Offer:      command.Offer,
	}}
}

func commitBid(state *State, command CommitBid, sender Identity, time Time) []Event {
	maintainer := activeParty(state, sender)
	ticket := currentTicket(state, command.Machine, command.Kind, command.N)
	require(!state.has(key("bid", command.Machine, command.Kind, command.N, maintainer.Party)), AlreadyExists)
	require(hasRole(maintainer, RoleMaintainer), NotAuthorised)
	requireOpen(ticket, PolicySealed)
	require(max(time, ticket.Time) < ticket.Selection.CommitUntil, BiddingClosed)
	require(isAccredited(state, ticket, maintainer), NotAccredited)
	return []Event{BidCommitted{
		Machine:    command.Machine,
		Kind:       command.Kind,
		N:          command.N,
		Maintainer: maintainer.Party,
		Commitment: command.Commitment,
	}}
}

func revealBid(state *State, command RevealBid, sender Identity, time Time) []Event {
	maintainer := engagedParty(state, sender)
	ticket := currentTicket(state, command.Machine, command.Kind, command.N)
	committed := existing[BidRecord](state,
		key("bid", command.Machine, command.Kind, command.N, maintainer.Party))
	requireOpen(ticket, PolicySealed)
	require(committed.State == BidStateCommitted, WrongState)
	now := max(time, ticket.Time)
	require(now >= ticket.Selection.CommitUntil, BiddingOpen)
	require(now < ticket.Selection.RevealUntil, BiddingClosed)
	shown := commitment(deployment(state).Deployment, maintainer.Party, command)
	require(shown == committed.Commitment, BadReveal)
	return []Event{BidRevealed{
		Machine:    command.Machine,
		Kind:       command.Kind,
		N:          command.N,
		Maintainer: maintainer.Party,
		Price:      command.Price,
		Eta:        command.Eta,
		Distance:   command.Distance,
		Reputation: reputation(held[Standing](state, key("standing", maintainer.Party))),
		Offer:      command.Offer,
	}}
}

func awardTicket(state *State, command AwardTicket, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	ticket := currentTicket(state, command.Machine, command.Kind, command.N)
	machine := held[Machine](state, key("machine", command.Machine))
	require(isSide(machine, party), NotAuthorised)
	require(ticket.State == TicketStateOpen, WrongState)
	require(ticket.Selection.Policy != PolicyFCFS, WrongState)
	require(command.Version == ticket.Version, StaleVersion)
	now := max(time, ticket.Time)
	placed, unrevealed := bidsOf(state, ticket)
	require(mayAward(ticket.Selection, len(placed), now), BiddingOpen)
	events := []Event{awarded(state, ticket, placed, now)}
	for _, one := range unrevealed {
		events = append(events, MisbehaviourCounted{Party: one.Maintainer, Cause: UnrevealedBid})
	}
	return events
}

// bidsOf is the bids of accredited maintainers, ascending by maintainer: those that can win, and those still committed.
func bidsOf(state *State, ticket Ticket) (placed, unrevealed []BidRecord) {
	for _, number := range accredited(state, ticket) {
		one, exists := get[BidRecord](state, key("bid", ticket.Machine, ticket.Kind, ticket.N, number))
		switch {
		case exists && one.State == BidStatePlaced && mayServe(state, one):
			placed = append(placed, one)
		case exists && one.State == BidStateCommitted:
			unrevealed = append(unrevealed, one)
		}
	}
	return placed, unrevealed
}

// mayServe says whether the bidder could do the work now; a bid outlives its bidder's suspension, its chance does not.
func mayServe(state *State, one BidRecord) bool {
	return isActiveAs(held[Party](state, key("party", one.Maintainer)), RoleMaintainer)
}

func mayAward(selection Selection, placed int, now Time) bool {
	if selection.Policy == PolicySealed {
		return now >= selection.RevealUntil
	}
	return now >= selection.AwardAt || 0 < selection.AwardFrom && int(selection.AwardFrom) <= placed
}

func awarded(state *State, ticket Ticket, placed []BidRecord, now Time) Event {
	if len(placed) == 0 {
		return TicketCancelled{
			Machine: ticket.Machine,
			Kind:    ticket.Kind,
			N:       ticket.N,
			Version: ticket.Version + 1,
			Time:    now,
		}
	}
	winner := award(placed, ticket.Selection, deployment(state).Deployment)
	return TicketAwarded{
		Machine:  ticket.Machine,
		Kind:     ticket.Kind,
		N:        ticket.N,
		Version:  ticket.Version + 1,
		Assignee: winner.maintainer,
		Score:    winner.score,
		Bids:     uint8(len(placed)),
		Time:     now,
	}
}

// Folds

func bidPlaced(state *State, event BidPlaced) {
	state.set(BidRecord{
		Machine:    event.Machine,
		Kind:       event.Kind,
		N:          event.N,
		Maintainer: event.Maintainer,
		State:      BidStatePlaced,
		Price:      event.Price,
		Eta:        event.Eta,
		Distance:   event.Distance,
		Reputation: event.Reputation,
	})
}

func bidRevealed(state *State, event BidRevealed) {
	bidPlaced(state, BidPlaced(event))
}

func bidCommitted(state *State, event BidCommitted) {
	state.set(BidRecord{
		Machine:    event.Machine,
		Kind:       event.Kind,
		N:          event.N,
		Maintainer: event.Maintainer,
		State:      BidStateCommitted,
		Commitment: event.Commitment,
	})
}
