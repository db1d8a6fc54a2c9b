package chaincode

import (
	"fmt"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/maas-core/chaincode/protocol"
)

// foundingClockBound, in seconds, holds until a deployment and so its rule clock_bound exists.
const foundingClockBound = 300

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

// clockRefusal: the client who chose the transaction's time and this endorser do not agree on what time it is.
type clockRefusal struct{ time, clock, bound int64 }

func (refusal clockRefusal) Error() string {
	return fmt.Sprintf("transaction time %d is more than %d s from this endorser's %d",
		refusal.time, refusal.bound, refusal.clock)
}

// ledgerTime is the transaction's time in seconds UTC. The sender's client sets it, so it has to lie within rule
// clock_bound of the endorser's clock; all endorsers then decide on the same time or refuse.
func ledgerTime(
	stub shim.ChaincodeStubInterface, state *protocol.State, clock time.Time,
) (protocol.Time, error) {
	stamp, err := stub.GetTxTimestamp()
	if err != nil {
		return 0, fmt.Errorf("transaction time: %w", err)
	}
	rules, isFounded, err := protocol.RulesInForce(state)
	if err != nil {
		return 0, err
	}
	bound := int64(foundingClockBound)
	if isFounded {
		bound = int64(rules.ClockBound)
	}
	seconds, now := stamp.GetSeconds(), clock.Unix()
	if seconds < max(0, now-bound) || seconds > min(now+bound, protocol.MaxTime) {
		return 0, clockRefusal{seconds, now, bound}
	}
	return protocol.Time(seconds), nil
}
