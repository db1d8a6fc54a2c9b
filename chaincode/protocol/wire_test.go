package protocol

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

const (
	hex16 = "0102030405060708090a0b0c0d0e0f10"
	hex32 = hex16 + hex16
)

func startMachineText() string {
	return `{"type":"start_machine","machine":"` + hex16 + `","version":"2","at":"1800000000"}`
}

func anchorText(locator string) string {
	return `{"type":"anchor_telemetry","items":[{"machine":"` + hex16 + `","seq":"1","kind":"1","corrects":"0",` +
		`"window_from":"10","window_to":"20","readings":"3","manifest":"` + hex32 + `","locator":"` + locator + `"}]}`
}

func TestACommandIsReadFromItsJSON(t *testing.T) {
	command, err := CommandFromJSON([]byte(startMachineText()))
	if err != nil {
		t.Fatal(err)
	}
	expected := StartMachine{
		Machine: ID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, Version: 2, At: 1_800_000_000,
	}
	if command != expected {
		t.Errorf("got %v", command)
	}
	if text := string(CommandToJSON(command)); text != startMachineText() {
		t.Errorf("written as %s", text)
	}
}

func TestWhatIsNotOfTheFormIsAWireError(t *testing.T) {
	good := startMachineText()
	for name, text := range map[string]string{
		"nothing":            ``,
		"no object":          `[]`,
		"a number":           `7`,
		"unknown type":       strings.Replace(good, "start", "begin", 1),
		"no type":            strings.Replace(good, `"type":"start_machine",`, ``, 1),
		"missing member":     strings.Replace(good, `,"version":"2"`, ``, 1),
		"unknown member":     strings.Replace(good, `,"version"`, `,"more":"1","version"`, 1),
		"other case":         strings.Replace(good, `"version"`, `"Version"`, 1),
		"repeated member":    strings.Replace(good, `"version":"2"`, `"version":"2","version":"2"`, 1),
		"number as integer":  strings.Replace(good, `"2"`, `2`, 1),
		"leading zero":       strings.Replace(good, `"2"`, `"02"`, 1),
		"sign":               strings.Replace(good, `"2"`, `"+2"`, 1),
		"negative":           strings.Replace(good, `"2"`, `"-2"`, 1),
		"underscore":         strings.Replace(good, `"2"`, `"1_0"`, 1),
		"empty number":       strings.Replace(good, `"2"`, `""`, 1),
		"too wide":           strings.Replace(good, `"2"`, `"4294967296"`, 1),
		"null":               strings.Replace(good, `"2"`, `null`, 1),
		"list for a number":  strings.Replace(good, `"2"`, `["2"]`, 1),
		"upper-case hex":     strings.Replace(good, `0a0b`, `0A0b`, 1),
		"odd hex":            strings.Replace(good, hex16, hex16[1:], 1),
		"short hex":          strings.Replace(good, hex16, hex16[2:], 1),
		"long hex":           strings.Replace(good, hex16, hex16+"00", 1),
		"two values":         good + good,
		"cut off":            good[:len(good)-1],
		"deep":               strings.Repeat(`[`, 100_000),
		"list is an object":  `{"type":"anchor_telemetry","items":{}}`,
		"item is a string":   `{"type":"anchor_telemetry","items":["a"]}`,
		"too many bytes":     anchorText(strings.Repeat("00", 65_536)),
		"struct is a string": `{"type":"propose","proposal":"` + hex16 + `","action":"1"}`,
	} {
		var wire WireError
		if command, err := CommandFromJSON([]byte(text)); !errors.As(err, &wire) {
			t.Errorf("%s: got %v, %v", name, command, err)
		}
	}
}

func TestTheWidestValuesAreOfTheForm(t *testing.T) {
	for _, text := range []string{
		strings.Replace(startMachineText(), `"2"`, `"4294967295"`, 1),
		strings.Replace(startMachineText(), `1800000000`, `18446744073709551615`, 1),
		anchorText(""),
		anchorText(strings.Repeat("00", 65_535)),
	} {
		command, err := CommandFromJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if string(CommandToJSON(command)) != text {
			t.Errorf("%s is written as %s", text, CommandToJSON(command))
		}
	}
}

func TestEveryCommandAndRecordSurvivesItsJSON(t *testing.T) {
	for _, entry := range decides {
		zero := reflect.Zero(entry.command).Interface()
		text := CommandToJSON(zero)
		command, err := CommandFromJSON(text)
		if err != nil || string(CommandToJSON(command)) != string(text) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, kind := range recordKinds {
		text := StoredToJSON(kind.record)
		record, err := StoredFromJSON(text)
		if err != nil || string(StoredToJSON(record)) != string(text) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestEventsAreAListOfTypedObjects(t *testing.T) {
	text := EventsToJSON([]Event{RuleSet{Rule: RuleQuorum, Value: 2}, PartyRemoved{Party: 7, Version: 3}})
	if !json.Valid(text) || string(text) !=
		`[{"type":"RuleSet","rule":"1","value":"2"},{"type":"PartyRemoved","party":"7","version":"3"}]` {
		t.Errorf("written as %s", text)
	}
}

func TestKeysAreStrictToo(t *testing.T) {
	for _, bad := range [][]string{{"party"}, {"party", "01"}, {"party", "1", "2"}, {"nothing"}, {"machine", "xx"}} {
		if key, err := KeyFromText(bad[0], bad[1:]); err == nil {
			t.Errorf("%v is the key %s", bad, key)
		}
	}
	key, err := KeyFromText("ticket", []string{hex16, "2"})
	if err != nil || key != "ticket/"+hex16+"/2" {
		t.Errorf("got %s, %v", key, err)
	}
}
