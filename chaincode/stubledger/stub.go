package stubledger

import (
	"bytes"
	"errors"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/maas-core/chaincode/protocol"
)

type clock time.Time

func (clock clock) Now() time.Time { return time.Time(clock) }

type sender protocol.Identity

func (sender sender) Sender(shim.ChaincodeStubInterface) (protocol.Identity, error) {
	return protocol.Identity(sender), nil
}

// stub is what a peer offers to one transaction. What the chaincode has no business with is the nil interface.
type stub struct {
	shim.ChaincodeStubInterface
	state       map[string][]byte
	transaction Transaction
	reads       []string
	writes      map[string][]byte
	eventName   string
	event       []byte
}

func (stub *stub) GetFunctionAndParameters() (string, []string) {
	return stub.transaction.Function, stub.transaction.Arguments
}

func (stub *stub) GetTxTimestamp() (*timestamppb.Timestamp, error) {
	return timestamppb.New(stub.transaction.Time), nil
}

func (stub *stub) CreateCompositeKey(objectType string, attributes []string) (string, error) {
	return shim.CreateCompositeKey(objectType, attributes)
}

func (stub *stub) GetState(key string) ([]byte, error) {
	stub.reads = append(stub.reads, key)
	return stub.state[key], nil
}

func (stub *stub) PutState(key string, value []byte) error {
	if key == "" {
		return errors.New("key must not be an empty string")
	}
	stub.writes[key] = bytes.Clone(value)
	return nil
}

func (stub *stub) DelState(key string) error {
	stub.writes[key] = nil
	return nil
}

func (stub *stub) SetEvent(name string, payload []byte) error {
	if name == "" {
		return errors.New("event name can not be empty string")
	}
	stub.eventName, stub.event = name, bytes.Clone(payload)
	return nil
}
