package protocol

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Key names a record: its kind and its key fields in their wire form, joined by slashes; "ticket/0a1b.../1".
type Key string

// Kind is the first part of a key, Fields are the others.
func (key Key) Kind() string     { return key.split()[0] }
func (key Key) Fields() []string { return key.split()[1:] }
func (key Key) split() []string  { return strings.Split(string(key), "/") }

// Ledger is all that the protocol needs of a ledger while it decides: point reads, nil for what is not there.
type Ledger interface {
	Get(key Key) ([]byte, error)
}

// State is the state of a deployment within one transaction: the records of the ledger, each read once, and on top what
// was changed. It is what lets a transaction see its own writes.
type State struct {
	ledger  Ledger
	records map[Key]Record // nil: known not to be there
	changed map[Key]bool
}

// NewState is the ledger's state.
func NewState(ledger Ledger) *State {
	return &State{ledger: ledger, records: map[Key]Record{}, changed: map[Key]bool{}}
}

// Change is one write; a nil Value deletes.
type Change struct {
	Key   Key
	Value []byte
}

// Changes is what was changed, ascending by key.
func (state *State) Changes() []Change {
	changes := make([]Change, 0, len(state.changed))
	for _, key := range slices.Sorted(maps.Keys(state.changed)) {
		change := Change{Key: key}
		if record := state.records[key]; record != nil {
			change.Value = StoredToJSON(record)
		}
		changes = append(changes, change)
	}
	return changes
}

func key(kind string, fields ...any) Key {
	text := []byte(kind)
	for _, field := range fields {
		text = append(text, '/')
		text = appendPlain(text, reflect.ValueOf(field))
	}
	return Key(text)
}

func keyOf(record Record) Key {
	value := reflect.ValueOf(record)
	kind := kindOf[value.Type()]
	text := []byte(kind.name)
	for index := range kind.keyFields {
		text = append(text, '/')
		text = appendPlain(text, value.Field(index))
	}
	return Key(text)
}

// KeyFromText is the key of a record from its kind and key fields in wire form.
func KeyFromText(kind string, fields []string) (Key, error) {
	of, ok := recordOf[kind]
	if !ok {
		return "", wireError("record type %q is not one of the protocol", kind)
	}
	if known := kindOf[of].keyFields; known != len(fields) {
		return "", wireError("the key of %s has %d fields", kind, known)
	}
	record := reflect.New(of).Elem()
	for index, spec := range fieldsOfType(of)[:len(fields)] {
		if err := valueFromJSON(record.Field(index), spec, fields[index], kind+"."+spec.name); err != nil {
			return "", err
		}
	}
	return keyOf(record.Interface()), nil
}

// get is the record under key, if there is one.
func get[R Record](state *State, key Key) (R, bool) {
	record, known := state.records[key]
	if !known {
		record = state.load(key)
		state.records[key] = record
	}
	found, ok := record.(R)
	return found, ok
}

func (state *State) load(key Key) Record {
	text, err := state.ledger.Get(key)
	if err != nil {
		fail(fmt.Errorf("reading %s: %w", key, err))
	}
	if text == nil {
		return nil
	}
	record, err := StoredFromJSON(text)
	if err == nil && keyOf(record) != key {
		err = errors.New("it is another record")
	}
	if err != nil {
		fail(fmt.Errorf("what is stored as %s: %w", key, err))
	}
	return record
}

// held is a record that another record vouches for.
func held[R Record](state *State, key Key) R {
	found, ok := get[R](state, key)
	if !ok {
		fail(fmt.Errorf("%s is missing", key))
	}
	return found
}

func (state *State) has(key Key) bool {
	_, ok := get[Record](state, key)
	return ok
}

func (state *State) set(record Record) {
	key := keyOf(record)
	state.records[key], state.changed[key] = record, true
}

func (state *State) remove(key Key) {
	state.records[key], state.changed[key] = nil, true
}

// existing is the record under key, else UnknownRecord.
func existing[R Record](state *State, key Key) R {
	return existingItem[R](state, key, 0)
}

func existingItem[R Record](state *State, key Key, item int) R {
	found, ok := get[R](state, key)
	requireItem(ok, UnknownRecord, item)
	return found
}

// deployment is the deployment; only called once a sender is known, which takes a founded one.
func deployment(state *State) Deployment {
	return held[Deployment](state, key(kindDeployment))
}

// rules are the rules in force.
func rules(state *State) Rules {
	return deployment(state).Rules
}

// knownParty is the sender in any state: NotAuthorised if unknown, WrongState in a retired deployment.
func knownParty(state *State, sender Identity) Party {
	entry, ok := get[IdentityEntry](state, key(kindIdentity, sender))
	require(ok, NotAuthorised)
	require(deployment(state).State == DeploymentStateActive, WrongState)
	return held[Party](state, key("party", entry.Party))
}

// activeParty is the sender of a new commitment: NotActive unless ACTIVE.
func activeParty(state *State, sender Identity) Party {
	party := knownParty(state, sender)
	require(party.State == PartyStateActive, NotActive)
	return party
}

// engagedParty is the sender of what it is obliged to: NotActive unless ACTIVE or SUSPENDED.
func engagedParty(state *State, sender Identity) Party {
	party := knownParty(state, sender)
	require(isEngaged(party), NotActive)
	return party
}

// isEngaged says whether a party can fulfil obligations.
func isEngaged(party Party) bool {
	return isOneOf(party.State, PartyStateActive, PartyStateSuspended)
}

// namedParty is a party that the command names for a role: UnknownRecord, NotActive, InvalidArgument in this order.
func namedParty(state *State, number PartyID, role Role) Party {
	party := existing[Party](state, key("party", number))
	require(party.State == PartyStateActive, NotActive)
	require(hasRole(party, role), InvalidArgument)
	return party
}

// hasRole says whether a party holds a role.
func hasRole(party Party, role Role) bool {
	return uint8(party.Roles)&uint8(role) != 0
}

// isActiveAs says whether a party holds a role and may act in it.
func isActiveAs(party Party, role Role) bool {
	return party.State == PartyStateActive && hasRole(party, role)
}

// otherSide is the party that faces side in an agreement.
func otherSide(machine Machine, side PartyID) PartyID {
	if side == machine.OEM {
		return machine.Customer
	}
	return machine.OEM
}

// isSide says whether a party is the OEM or the customer of a machine.
func isSide(machine Machine, party Party) bool {
	return isOneOf(party.Party, machine.OEM, machine.Customer)
}

// requireRoom refuses a change that could be repeated for ever once the versions run out; changes that end stay
// possible.
func requireRoom(version RecordVersion) {
	require(version < VersionLimit, LimitExceeded)
}

// requireNotAhead refuses a business time further ahead of the ledger's than the clock bound.
func requireNotAhead(state *State, at Time, time Time) {
	require(at <= time || at <= time+Time(rules(state).ClockBound), LimitExceeded)
}

func isOneOf[T comparable](value T, accepted ...T) bool {
	return slices.Contains(accepted, value)
}
