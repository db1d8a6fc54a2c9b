package chaincode

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"github.com/maas-core/chaincode/protocol"
)

// Statuses of refused calls; from 400 on no peer endorses.
const (
	StatusMalformed = 400
	StatusIdentity  = 403
	StatusRejected  = 409
	StatusClock     = 412
	StatusFailure   = 500
)

type rejectionMessage struct {
	Code string `json:"code"`
	Item int    `json:"item"`
}

type refusalMessage struct {
	Refused string `json:"refused"`
	Reason  string `json:"reason"`
}

type clockMessage struct {
	Refused string `json:"refused"`
	Time    string `json:"time"`
	Clock   string `json:"clock"`
	Bound   string `json:"bound"`
}

// refused is the answer to a call that failed, with a message that a machine can read.
func refused(err error) *peer.Response {
	var (
		rejection protocol.Rejection
		clock     clockRefusal
		wire      protocol.WireError
		identity  identityError
	)
	switch {
	case errors.As(err, &rejection):
		return answer(StatusRejected, rejectionMessage{rejection.Code.String(), rejection.Item})
	case errors.As(err, &clock):
		return answer(StatusClock, clockMessage{"CLOCK", decimal(clock.time), decimal(clock.clock), decimal(clock.bound)})
	case errors.As(err, &wire):
		return answer(StatusMalformed, refusalMessage{"MALFORMED", wire.Message})
	case errors.As(err, &identity):
		return answer(StatusIdentity, refusalMessage{"IDENTITY", identity.Error()})
	default:
		return answer(StatusFailure, refusalMessage{"FAILURE", err.Error()})
	}
}

func answer(status int32, message any) *peer.Response {
	text, err := json.Marshal(message)
	if err != nil {
		panic(err) // structs of strings and ints always have a JSON form
	}
	return &peer.Response{Status: status, Message: string(text)}
}

func decimal(value int64) string { return strconv.FormatInt(value, 10) }
