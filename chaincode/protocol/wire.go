package protocol

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// The JSON form of commands, events and records: integers as decimal strings, bytes as lower-case hex.
//
// Decoding is strict: unknown, missing, repeated or misspelt members, and values that the wire type cannot hold, are a
// WireError with the path of the member. Whether a value lies in its domain is not decided here but by the checks of
// the protocol.

const varBytesWidth = 65_535

// WireError: what came in is not of the protocol's form; the message names the member and what it takes.
type WireError struct{ Message string }

func (err WireError) Error() string { return err.Message }

func wireError(format string, values ...any) error {
	return WireError{fmt.Sprintf(format, values...)}
}

var (
	commandOf = typesByName(decides, func(entry decideEntry) (string, reflect.Type) {
		return commandName(entry.command), entry.command
	})
	recordOf = typesByName(recordKinds, func(kind recordKind) (string, reflect.Type) {
		return kind.name, reflect.TypeOf(kind.record)
	})
	kindOf = kindsByType()
)

func typesByName[E any](entries []E, nameAndType func(E) (string, reflect.Type)) map[string]reflect.Type {
	byName := map[string]reflect.Type{}
	for _, entry := range entries {
		name, of := nameAndType(entry)
		byName[name] = of
	}
	return byName
}

func kindsByType() map[reflect.Type]recordKind {
	byType := map[reflect.Type]recordKind{}
	for _, kind := range recordKinds {
		byType[reflect.TypeOf(kind.record)] = kind
	}
	return byType
}

var innerCapital = regexp.MustCompile(`(.)([A-Z])`)

// commandName is the name of a command on the wire: its type's name in snake case.
func commandName(command reflect.Type) string {
	return strings.ToLower(innerCapital.ReplaceAllString(command.Name(), "${1}_${2}"))
}

// CommandToJSON is {"type": name, field: value, ...}.
func CommandToJSON(command Command) []byte {
	return appendTyped(nil, commandName(reflect.TypeOf(command)), command)
}

// CommandFromJSON is the inverse of CommandToJSON.
func CommandFromJSON(text []byte) (Command, error) {
	return typedFromJSON(text, commandOf, "command")
}

// EventsToJSON is the list of events, each {"type": name, field: value, ...}.
func EventsToJSON(events []Event) []byte {
	list := []byte{'['}
	for index, event := range events {
		if index > 0 {
			list = append(list, ',')
		}
		list = appendTyped(list, reflect.TypeOf(event).Name(), event)
	}
	return append(list, ']')
}

// StoredToJSON is {"type": kind, stored field: value, ...}: what is stored, and what read_record returns.
func StoredToJSON(record Record) []byte {
	return appendTyped(nil, kindOf[reflect.TypeOf(record)].name, record)
}

// StoredFromJSON is the inverse of StoredToJSON.
func StoredFromJSON(text []byte) (Record, error) {
	return typedFromJSON(text, recordOf, "record")
}

func appendTyped(text []byte, name string, value any) []byte {
	of := reflect.ValueOf(value)
	text = append(text, `{"type":"`...)
	text = append(text, name...)
	text = append(text, '"')
	for _, spec := range fieldsOfType(of.Type()) {
		text = append(text, ',')
		text = appendMember(text, spec, of.Field(spec.index))
	}
	return append(text, '}')
}

func appendStruct(text []byte, value reflect.Value, specs []fieldSpec) []byte {
	text = append(text, '{')
	for index, spec := range specs {
		if index > 0 {
			text = append(text, ',')
		}
		text = appendMember(text, spec, value.Field(spec.index))
	}
	return append(text, '}')
}

func appendMember(text []byte, spec fieldSpec, value reflect.Value) []byte {
	text = append(text, '"')
	text = append(text, spec.name...)
	text = append(text, `":`...)
	return appendValue(text, spec, value)
}

func appendValue(text []byte, spec fieldSpec, value reflect.Value) []byte {
	switch spec.form {
	case formStruct:
		return appendStruct(text, value, spec.fields)
	case formList:
		text = append(text, '[')
		for index := range value.Len() {
			if index > 0 {
				text = append(text, ',')
			}
			text = appendValue(text, *spec.element, value.Index(index))
		}
		return append(text, ']')
	default:
		text = append(text, '"')
		text = appendPlain(text, value)
		return append(text, '"')
	}
}

// appendPlain is an integer as decimal or bytes as hex, without quotes: also the form of a key's parts.
func appendPlain(text []byte, value reflect.Value) []byte {
	switch value.Kind() {
	case reflect.Array:
		held := make([]byte, value.Len())
		reflect.Copy(reflect.ValueOf(held), value)
		return hex.AppendEncode(text, held)
	case reflect.Slice:
		return hex.AppendEncode(text, value.Bytes())
	default:
		return strconv.AppendUint(text, value.Uint(), 10)
	}
}

func typedFromJSON(text []byte, types map[string]reflect.Type, what string) (any, error) {
	parsed, err := parseJSON(text)
	if err != nil {
		return nil, wireError("%s: %v", what, err)
	}
	members, ok := parsed.(map[string]any)
	if !ok {
		return nil, wireError("%s is not an object", what)
	}
	name, _ := members["type"].(string)
	of, ok := types[name]
	if !ok {
		return nil, wireError("%s type %q is not one of the protocol", what, name)
	}
	delete(members, "type")
	value := reflect.New(of).Elem()
	if err := structFromJSON(value, fieldsOfType(of), members, name); err != nil {
		return nil, err
	}
	return value.Interface(), nil
}

func structFromJSON(into reflect.Value, specs []fieldSpec, from any, path string) error {
	members, ok := from.(map[string]any)
	if !ok {
		return wireError("%s is not an object", path)
	}
	for _, spec := range specs {
		member, ok := members[spec.name]
		if !ok {
			return wireError("%s: %s missing", path, spec.name)
		}
		if err := valueFromJSON(into.Field(spec.index), spec, member, path+"."+spec.name); err != nil {
			return err
		}
	}
	if len(members) != len(specs) {
		return wireError("%s: %d members where %d are known", path, len(members), len(specs))
	}
	return nil
}

func valueFromJSON(into reflect.Value, spec fieldSpec, from any, path string) error {
	switch spec.form {
	case formStruct:
		return structFromJSON(into, spec.fields, from, path)
	case formList:
		return listFromJSON(into, spec, from, path)
	case formUint:
		return uintFromJSON(into, from, path)
	default:
		return bytesFromJSON(into, spec, from, path)
	}
}

func listFromJSON(into reflect.Value, spec fieldSpec, from any, path string) error {
	elements, ok := from.([]any)
	if !ok {
		return wireError("%s is not a list", path)
	}
	list := reflect.MakeSlice(spec.goType, len(elements), len(elements))
	for index, element := range elements {
		if err := valueFromJSON(list.Index(index), *spec.element, element, fmt.Sprintf("%s[%d]", path, index)); err != nil {
			return err
		}
	}
	into.Set(list)
	return nil
}

func uintFromJSON(into reflect.Value, from any, path string) error {
	text, ok := from.(string)
	bits := into.Type().Bits()
	value, err := strconv.ParseUint(text, 10, bits)
	if !ok || err != nil || (text[0] == '0' && text != "0") {
		return wireError("%s: %q is not a decimal string below 2^%d", path, text, bits)
	}
	into.SetUint(value)
	return nil
}

func bytesFromJSON(into reflect.Value, spec fieldSpec, from any, path string) error {
	text, ok := from.(string)
	value, err := hex.DecodeString(text)
	if !ok || err != nil || strings.ContainsAny(text, "ABCDEF") {
		return wireError("%s: %q is not lower-case hex", path, text)
	}
	if spec.form == formVarBytes {
		if len(value) > varBytesWidth {
			return wireError("%s: more than %d bytes", path, varBytesWidth)
		}
		into.SetBytes(value)
		return nil
	}
	if len(value) != into.Len() {
		return wireError("%s: %q is not %d bytes", path, text, into.Len())
	}
	reflect.Copy(into, reflect.ValueOf(value))
	return nil
}
