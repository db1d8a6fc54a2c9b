// Package chaincode runs protocol maas/1 on Hyperledger Fabric.
//
// Functions, each with its arguments as strings:
//
//	submit COMMAND               one command in its JSON form; the only function that writes
//	read_record KIND FIELD...    the stored record under a key, or null; fields in their wire form
//	deployment                   short for read_record deployment
//	identity                     the 32 bytes, in hex, by which the protocol knows the caller
//
// All but submit are to be evaluated, not submitted.
//
// Records lie under composite keys of their kind and key fields, one record to a key, so that transactions conflict
// exactly if they touch the same record: independent bids, anchors of different machines and tickets of different
// machines never do, two votes on one proposal always do. No range query decides anything.
//
// An accepted command writes its records and sets one chaincode event, named maas/1, whose payload is the JSON list
// of the protocol's events. A refused one answers with a status of 400 or more, which no peer endorses, and a JSON
// message:
//
//	409  {"code":"STALE_VERSION","item":0}                           the protocol rejects the command
//	412  {"refused":"CLOCK","time":"..","clock":"..","bound":".."}   the transaction's time is not the endorser's
//	400  {"refused":"MALFORMED","reason":".."}                       no command of the protocol, no such function
//	403  {"refused":"IDENTITY","reason":".."}                        the creator has no identity that the protocol knows
//	500  {"refused":"FAILURE","reason":".."}                         the ledger could not be read or written
package chaincode

import (
	"encoding/hex"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"github.com/maas-core/chaincode/protocol"
)

const usage = "the functions are submit COMMAND, read_record KIND FIELD..., deployment, identity"

// Clock is the endorser's own clock.
type Clock interface {
	Now() time.Time
}

// Senders tells who sends a transaction.
type Senders interface {
	Sender(stub shim.ChaincodeStubInterface) (protocol.Identity, error)
}

// Chaincode is the adapter between Fabric and the protocol.
type Chaincode struct {
	Clock   Clock
	Senders Senders
}

// New is the chaincode as peers run it: the machine's clock, senders by their certificate.
func New() *Chaincode {
	return &Chaincode{Clock: systemClock{}, Senders: Certificates{}}
}

// Init does nothing: a deployment begins with the command found.
func (chaincode *Chaincode) Init(shim.ChaincodeStubInterface) *peer.Response {
	return shim.Success(nil)
}

// Invoke answers one call.
func (chaincode *Chaincode) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	payload, err := chaincode.call(stub)
	if err != nil {
		return refused(err)
	}
	return shim.Success(payload)
}

func (chaincode *Chaincode) call(stub shim.ChaincodeStubInterface) ([]byte, error) {
	function, arguments := stub.GetFunctionAndParameters()
	switch {
	case function == "submit" && len(arguments) == 1:
		return nil, chaincode.submit(stub, arguments[0])
	case function == "read_record" && len(arguments) >= 1:
		return readRecord(stub, arguments[0], arguments[1:])
	case function == "deployment" && len(arguments) == 0:
		return readRecord(stub, "deployment", nil)
	case function == "identity" && len(arguments) == 0:
		sender, err := chaincode.Senders.Sender(stub)
		return []byte(hex.EncodeToString(sender[:])), err
	}
	return nil, protocol.WireError{Message: usage}
}

func (chaincode *Chaincode) submit(stub shim.ChaincodeStubInterface, text string) error {
	command, err := protocol.CommandFromJSON([]byte(text))
	if err != nil {
		return err
	}
	sender, err := chaincode.Senders.Sender(stub)
	if err != nil {
		return err
	}
	state := protocol.NewState(ledger{stub})
	now, err := ledgerTime(stub, state, chaincode.Clock.Now())
	if err != nil {
		return err
	}
	events, err := protocol.Decide(state, command, sender, now)
	if err != nil {
		return err
	}
	if err := protocol.Apply(state, events); err != nil {
		return err
	}
	if err := (ledger{stub}).write(state.Changes()); err != nil {
		return err
	}
	return stub.SetEvent(protocol.Version, protocol.EventsToJSON(events))
}

func readRecord(stub shim.ChaincodeStubInterface, kind string, fields []string) ([]byte, error) {
	key, err := protocol.KeyFromText(kind, fields)
	if err != nil {
		return nil, err
	}
	stored, err := ledger{stub}.Get(key)
	if err == nil && stored == nil {
		return []byte("null"), nil
	}
	return stored, err
}
