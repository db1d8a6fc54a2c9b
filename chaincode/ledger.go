package chaincode

import (
	"fmt"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/maas-core/chaincode/protocol"
)

// ledger is the peer's key-value state under composite keys, as the protocol sees it.
type ledger struct {
	stub shim.ChaincodeStubInterface
}

// Get reads one record; nil for what is not there. It never sees what this transaction writes: protocol.State does.
func (ledger ledger) Get(key protocol.Key) ([]byte, error) {
	name, err := ledger.name(key)
	if err != nil {
		return nil, err
	}
	value, err := ledger.stub.GetState(name)
	if err != nil {
		return nil, fmt.Errorf("peer's state: %w", err)
	}
	return value, nil
}

// write puts all changes into the transaction's write set.
func (ledger ledger) write(changes []protocol.Change) error {
	for _, change := range changes {
		if err := ledger.put(change); err != nil {
			return fmt.Errorf("writing %s: %w", change.Key, err)
		}
	}
	return nil
}

func (ledger ledger) put(change protocol.Change) error {
	name, err := ledger.name(change.Key)
	if err != nil {
		return err
	}
	if change.Value == nil {
		return ledger.stub.DelState(name)
	}
	return ledger.stub.PutState(name, change.Value)
}

func (ledger ledger) name(key protocol.Key) (string, error) {
	name, err := ledger.stub.CreateCompositeKey(key.Kind(), key.Fields())
	if err != nil {
		return "", fmt.Errorf("composite key of %s: %w", key, err)
	}
	return name, nil
}
