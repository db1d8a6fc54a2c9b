package protocol

import (
	"errors"
	"strings"
	"testing"
)

type emptyLedger struct{}

func (emptyLedger) Get(Key) ([]byte, error) { return nil, nil }

// fakeLedger answers each read with the same text or error, and counts.
type fakeLedger struct {
	text  string
	err   error
	reads int
}

func (ledger *fakeLedger) Get(Key) ([]byte, error) {
	ledger.reads++
	return []byte(ledger.text), ledger.err
}

func TestAStateSeesWhatWasSet(t *testing.T) {
	state := NewState(emptyLedger{})
	state.set(Standing{Party: 7, Closed: 3})
	standing, exists := get[Standing](state, key("standing", PartyID(7)))
	if !exists || standing.Closed != 3 {
		t.Errorf("got %v, %v", standing, exists)
	}
}

func TestAStateSeesWhatWasRemoved(t *testing.T) {
	entry := IdentityEntry{Identity: Identity{1}, Party: 1}
	state := NewState(&fakeLedger{text: string(StoredToJSON(entry))})
	name := keyOf(entry)
	if !state.has(name) {
		t.Fatal("the ledger's record is not there")
	}
	state.remove(name)
	if state.has(name) {
		t.Error("a removed record is still there")
	}
	if changes := state.Changes(); len(changes) != 1 || changes[0].Key != name || changes[0].Value != nil {
		t.Errorf("the changes are %v", changes)
	}
}

func TestAStateReadsEachKeyOnce(t *testing.T) {
	ledger := &fakeLedger{text: string(StoredToJSON(Standing{Party: 7}))}
	state := NewState(ledger)
	for range 3 {
		get[Standing](state, key("standing", PartyID(7)))
	}
	if ledger.reads != 1 {
		t.Errorf("%d reads", ledger.reads)
	}
}

func TestChangesAscendByKey(t *testing.T) {
	state := NewState(emptyLedger{})
	for _, number := range []PartyID{3, 1, 2} {
		state.set(Standing{Party: number})
	}
	var keys []string
	for _, change := range state.Changes() {
		keys = append(keys, string(change.Key))
	}
	if got := strings.Join(keys, " "); got != "standing/1 standing/2 standing/3" {
		t.Errorf("the changes are %s", got)
	}
}

func TestWhatIsOnlyReadIsNotChanged(t *testing.T) {
	state := NewState(&fakeLedger{text: string(StoredToJSON(Standing{Party: 7}))})
	get[Standing](state, key("standing", PartyID(7)))
	if changes := state.Changes(); len(changes) != 0 {
		t.Errorf("the changes are %v", changes)
	}
}

func TestAnUnreadableLedgerIsNoRejection(t *testing.T) {
	away := errors.New("away")
	_, err := Decide(NewState(&fakeLedger{err: away}), Join{Profile: Digest{1}}, Identity{1}, 1)
	var rejection Rejection
	if !errors.Is(err, away) || errors.As(err, &rejection) {
		t.Errorf("got %v", err)
	}
}

func TestADamagedRecordIsNoRejection(t *testing.T) {
	for _, text := range []string{"{", `{"type":"party"}`, string(StoredToJSON(IdentityEntry{Party: 3}))} {
		_, err := Decide(NewState(&fakeLedger{text: text}), Join{Profile: Digest{1}}, Identity{1}, 1)
		var rejection Rejection
		if err == nil || errors.As(err, &rejection) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestADecisionChangesNothing(t *testing.T) {
	state := NewState(emptyLedger{})
	command := Found{Deployment: Digest{1}, Profile: Digest{1}, Rules: Rules{1, 60, 1, 1, 60, 0}}
	events, err := Decide(state, command, Identity{1}, 1)
	if err != nil || len(state.Changes()) != 0 {
		t.Fatalf("decided %v, %v, changed %v", events, err, state.Changes())
	}
	if err := Apply(state, events); err != nil || len(state.Changes()) != 4 {
		t.Errorf("applied %v, changed %v", err, state.Changes())
	}
}

func TestWhatIsNoCommandIsAnError(t *testing.T) {
	if _, err := Decide(NewState(emptyLedger{}), RuleSet{}, Identity{1}, 1); err == nil {
		t.Error("an event was taken for a command")
	}
}
