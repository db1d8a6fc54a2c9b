package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"github.com/maas-core/chaincode"
	"github.com/maas-core/chaincode/protocol"
	"github.com/maas-core/chaincode/stubledger"
)

type request struct {
	Op      string          `json:"op"`
	Sender  string          `json:"sender"`
	Time    int64           `json:"time,string"`
	Clock   *int64          `json:"clock,string"`
	Command json.RawMessage `json:"command"`
	Reads   [][]string      `json:"reads"`
	Key     []string        `json:"key"`
	Field   string          `json:"field"`
	Value   string          `json:"value"`
}

type stepAnswer struct {
	Events  json.RawMessage   `json:"events,omitempty"`
	Code    string            `json:"code,omitempty"`
	Item    *int              `json:"item,omitempty"`
	Refused json.RawMessage   `json:"refused,omitempty"`
	Status  int32             `json:"status,omitempty"`
	Records []json.RawMessage `json:"records"`
}

type dumpAnswer struct {
	Records []json.RawMessage `json:"records"`
}

type failure struct {
	Error string `json:"error"`
}

func answer(ledger **stubledger.Ledger, line []byte) any {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return failure{err.Error()}
	}
	switch asked.Op {
	case "reset":
		*ledger = stubledger.New()
		return struct{}{}
	case "step":
		return orFailure(step(*ledger, asked))
	case "overwrite":
		return orFailure(overwrite(*ledger, asked))
	case "dump":
		return dump(*ledger)
	}
	return failure{fmt.Sprintf("op %q is not one of reset, step, overwrite, dump", asked.Op)}
}

func orFailure(answered any, err error) any {
	if err != nil {
		return failure{err.Error()}
	}
	return answered
}

func step(ledger *stubledger.Ledger, asked request) (stepAnswer, error) {
	sender, err := hex.DecodeString(asked.Sender)
	if err != nil || len(sender) != len(protocol.Identity{}) {
		return stepAnswer{}, fmt.Errorf("sender %q is not 32 bytes of hex", asked.Sender)
	}
	transaction := stubledger.Transaction{
		Sender:    protocol.Identity(sender),
		Time:      time.Unix(asked.Time, 0),
		Clock:     time.Unix(asked.Time, 0),
		Function:  "submit",
		Arguments: []string{string(asked.Command)},
	}
	if asked.Clock != nil {
		transaction.Clock = time.Unix(*asked.Clock, 0)
	}
	answered, err := outcome(ledger.Submit(transaction))
	if err != nil {
		return stepAnswer{}, err
	}
	answered.Records, err = read(ledger, transaction, asked.Reads)
	return answered, err
}

func outcome(of stubledger.Outcome) (stepAnswer, error) {
	status, message := of.Response.GetStatus(), json.RawMessage(of.Response.GetMessage())
	switch {
	case status == chaincode.StatusRejected:
		var rejection stepAnswer
		err := json.Unmarshal(message, &rejection)
		return rejection, err
	case status != shim.OK:
		return stepAnswer{Refused: message, Status: status}, nil
	case of.EventName != protocol.Version:
		return stepAnswer{}, fmt.Errorf("accepted with event %q", of.EventName)
	}
	return stepAnswer{Events: of.Event}, nil
}

func read(
	ledger *stubledger.Ledger, transaction stubledger.Transaction, keys [][]string,
) ([]json.RawMessage, error) {
	records := make([]json.RawMessage, len(keys))
	for index, key := range keys {
		transaction.Function, transaction.Arguments = "read_record", key
		response := ledger.Evaluate(transaction).Response
		if err := failed(response); err != nil {
			return nil, fmt.Errorf("reading %v: %w", key, err)
		}
		records[index] = response.GetPayload()
	}
	return records, nil
}

func failed(response *peer.Response) error {
	if response.GetStatus() != shim.OK {
		return errors.New(response.GetMessage())
	}
	return nil
}

func overwrite(ledger *stubledger.Ledger, asked request) (struct{}, error) {
	if len(asked.Key) == 0 {
		return struct{}{}, errors.New("a key begins with its kind")
	}
	return struct{}{}, ledger.Overwrite(asked.Key[0], asked.Key[1:], asked.Field, asked.Value)
}

func dump(ledger *stubledger.Ledger) dumpAnswer {
	answered := dumpAnswer{Records: []json.RawMessage{}}
	for _, value := range ledger.Stored() {
		answered.Records = append(answered.Records, value)
	}
	return answered
}
