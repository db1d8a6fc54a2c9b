package protocol

import (
	"reflect"
	"testing"
)

func FuzzCommand(f *testing.F) {
	for _, entry := range decides {
		f.Add(CommandToJSON(reflect.Zero(entry.command).Interface()))
	}
	f.Add([]byte(startMachineText()))
	f.Add([]byte(anchorText("00ff")))
	f.Fuzz(func(t *testing.T, text []byte) {
		command, err := CommandFromJSON(text)
		if err != nil {
			return
		}
		again, err := CommandFromJSON(CommandToJSON(command))
		if err != nil || !reflect.DeepEqual(command, again) {
			t.Errorf("%s: %v became %v, %v", text, command, again, err)
		}
		if _, err := Decide(NewState(emptyLedger{}), command, Identity{1}, 1); err == nil && !isFound(command) {
			t.Errorf("%s is accepted by an empty ledger", text)
		}
	})
}

func isFound(command Command) bool {
	_, ok := command.(Found)
	return ok
}

func FuzzRecord(f *testing.F) {
	for _, kind := range recordKinds {
		f.Add(StoredToJSON(kind.record))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		record, err := StoredFromJSON(text)
		if err != nil {
			return
		}
		again, err := StoredFromJSON(StoredToJSON(record))
		if err != nil || !reflect.DeepEqual(record, again) {
			t.Errorf("%s: %v became %v, %v", text, record, again, err)
		}
		key := keyOf(record)
		if same, err := KeyFromText(key.Kind(), key.Fields()); err != nil || same != key {
			t.Errorf("%s: %s became %s, %v", text, key, same, err)
		}
	})
}
