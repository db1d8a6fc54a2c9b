package protocol

import "bytes"

// Telemetry: each machine's gapless chain of anchors.

func anchorTelemetry(state *State, command AnchorTelemetry, sender Identity, time Time) []Event {
	requireValidItems(command.Items)
	customer := engagedParty(state, sender)
	require(len(command.Items) <= int(rules(state).AnchorItems), LimitExceeded)
	latest := time + Time(rules(state).ClockBound)
	for index, item := range command.Items {
		requireNext(state, customer.Party, item, index, latest)
	}
	anchored := make([]Event, len(command.Items))
	for index, item := range command.Items {
		anchored[index] = TelemetryAnchored(item)
	}
	return anchored
}

func requireValidItems(items []AnchorItem) {
	for index, item := range items {
		isValid := inDomain(item) && item.WindowFrom < item.WindowTo && correctsValidly(item)
		isAscending := index == 0 || bytes.Compare(items[index-1].Machine[:], item.Machine[:]) < 0
		requireItem(isValid && isAscending, InvalidArgument, index)
	}
}

func correctsValidly(item AnchorItem) bool {
	if item.Kind == AnchorRegular {
		return item.Corrects == 0
	}
	return 0 < item.Corrects && item.Corrects < item.Seq
}

func requireNext(state *State, customer PartyID, item AnchorItem, index int, latest Time) {
	head := existingItem[AnchorHead](state, key("anchor_head", item.Machine), index)
	requireItem(customer == head.Customer, NotAuthorised, index)
	requireItem(head.Closed == 0, WrongState, index)
	requireItem(uint64(item.Seq) == uint64(head.Seq)+1, SequenceGap, index)
	if item.Kind == AnchorRegular {
		requireItem(item.WindowFrom >= head.WindowTo, WindowOverlap, index)
		requireItem(item.WindowTo <= latest, LimitExceeded, index)
	} else {
		requireItem(item.WindowTo <= head.WindowTo, WindowOverlap, index)
	}
}

// Folds

func telemetryAnchored(state *State, event TelemetryAnchored) {
	head := held[AnchorHead](state, key("anchor_head", event.Machine))
	head.Seq = event.Seq
	if event.Kind == AnchorRegular {
		head.WindowTo = event.WindowTo
	}
	state.set(head)
}
