// Package stubledger is a ledger in memory that runs the chaincode as a peer would, one transaction after the other.
//
// It keeps to what Fabric promises and no more: reads see the state before the transaction, never its own writes; the
// last event set is the transaction's one event; writes and event of a transaction that is refused do not exist. The
// clock and the sender are in the hands of who drives it.
package stubledger

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"github.com/maas-core/chaincode"
	"github.com/maas-core/chaincode/protocol"
)

// Ledger is the committed state.
type Ledger struct {
	state map[string][]byte
}

// Transaction is one call of the chaincode: who makes it, at which time of the client and of the endorser.
type Transaction struct {
	Sender    protocol.Identity
	Time      time.Time
	Clock     time.Time
	Function  string
	Arguments []string
}

// Write is an entry of a write set; a nil Value deletes.
type Write struct {
	Key   string
	Value []byte
}

// Outcome is what a transaction came to: the response, its read and write sets, and its event if it has one.
type Outcome struct {
	Response  *peer.Response
	Reads     []string
	Writes    []Write
	EventName string
	Event     []byte
}

// New is an empty ledger.
func New() *Ledger {
	return &Ledger{state: map[string][]byte{}}
}

// Clone is a ledger with the same state that goes its own way.
func (ledger *Ledger) Clone() *Ledger {
	return &Ledger{state: maps.Clone(ledger.state)}
}

// Submit runs a transaction and, unless it is refused, commits it.
func (ledger *Ledger) Submit(transaction Transaction) Outcome {
	outcome := ledger.Evaluate(transaction)
	for _, write := range outcome.Writes {
		if write.Value == nil {
			delete(ledger.state, write.Key)
		} else {
			ledger.state[write.Key] = write.Value
		}
	}
	return outcome
}

// Evaluate runs a transaction without committing it.
func (ledger *Ledger) Evaluate(transaction Transaction) Outcome {
	endorser := chaincode.Chaincode{Clock: clock(transaction.Clock), Senders: sender(transaction.Sender)}
	stub := &stub{state: ledger.state, transaction: transaction, writes: map[string][]byte{}}
	response := endorser.Invoke(stub)
	outcome := Outcome{Response: response, Reads: stub.reads}
	if response.GetStatus() >= shim.ERRORTHRESHOLD {
		return outcome
	}
	for _, key := range slices.Sorted(maps.Keys(stub.writes)) {
		outcome.Writes = append(outcome.Writes, Write{key, stub.writes[key]})
	}
	outcome.EventName, outcome.Event = stub.eventName, stub.event
	return outcome
}

// Overwrite sets one stored field of a record directly, past all checks: a test's short way to the end of a long count.
func (ledger *Ledger) Overwrite(kind string, key []string, field, value string) error {
	name, err := shim.CreateCompositeKey(kind, key)
	if err != nil {
		return fmt.Errorf("composite key of %s %v: %w", kind, key, err)
	}
	members := map[string]any{}
	if err := json.Unmarshal(ledger.state[name], &members); err != nil {
		return fmt.Errorf("what is stored as %s %v: %w", kind, key, err)
	}
	if _, known := members[field].(string); !known {
		return fmt.Errorf("%s has no plain field %q", kind, field)
	}
	members[field] = value
	ledger.state[name], err = json.Marshal(members)
	return err
}

// Stored is every value of the state, ascending by key.
func (ledger *Ledger) Stored() [][]byte {
	values := make([][]byte, 0, len(ledger.state))
	for _, key := range slices.Sorted(maps.Keys(ledger.state)) {
		values = append(values, ledger.state[key])
	}
	return values
}
