package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxDepth is the deepest nesting of the protocol's JSON: a command, its list, a list's struct.
const maxDepth = 4

// parseJSON is the JSON that the protocol uses, and no other: objects without repeated members (encoding/json keeps the
// last one, other readers the first), lists and strings; as map[string]any, []any and string.
func parseJSON(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	value, err := parseValue(decoder, maxDepth)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return value, nil
}

func parseValue(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if depth == 0 {
		return nil, errors.New("nested too deeply")
	}
	switch token {
	case json.Delim('{'):
		return parseObject(decoder, depth)
	case json.Delim('['):
		return parseList(decoder, depth)
	}
	if text, ok := token.(string); ok {
		return text, nil
	}
	return nil, fmt.Errorf("%v is neither object, list nor string", token)
}

func parseObject(decoder *json.Decoder, depth int) (any, error) {
	members := map[string]any{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("not JSON: %w", err)
		}
		name := token.(string) // the decoder takes nothing else as a member's name
		if _, repeated := members[name]; repeated {
			return nil, fmt.Errorf("member %q is repeated", name)
		}
		if members[name], err = parseValue(decoder, depth-1); err != nil {
			return nil, err
		}
	}
	return members, closing(decoder)
}

func parseList(decoder *json.Decoder, depth int) (any, error) {
	elements := []any{}
	for decoder.More() {
		element, err := parseValue(decoder, depth-1)
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
	}
	return elements, closing(decoder)
}

func closing(decoder *json.Decoder) error {
	if _, err := decoder.Token(); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return nil
}
