package chaincode_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/maas-core/chaincode/protocol"
	"github.com/maas-core/chaincode/stubledger"
)

// What the tests of the adapter have in common: a small consortium and short words for what they ask.

var (
	board    = protocol.Identity{1}
	oem      = protocol.Identity{2}
	customer = protocol.Identity{3}
	workers  = []protocol.Identity{{4}, {5}}

	digest   = protocol.Digest{1}
	machines = []protocol.ID{{1}, {2}}
	start    = time.Unix(1_800_000_000, 0)
	rules    = protocol.Rules{
		Quorum: 1, ProposalLifetime: 1000, AnchorItems: 100, ClockBound: 300, CloseAfter: 60, FinalityDepth: 1,
	}
)

func submitted(sender protocol.Identity, at time.Time, command string) stubledger.Transaction {
	return stubledger.Transaction{
		Sender: sender, Time: at, Clock: at, Function: "submit", Arguments: []string{command},
	}
}

func sent(sender protocol.Identity, command protocol.Command) stubledger.Transaction {
	return submitted(sender, start, string(protocol.CommandToJSON(command)))
}

func founded(t *testing.T) *stubledger.Ledger {
	t.Helper()
	ledger := stubledger.New()
	do(t, ledger, board, protocol.Found{Deployment: digest, Profile: digest, Rules: rules})
	return ledger
}

// running is a consortium of an OEM, a customer and two accredited maintainers, with two machines in use.
func running(t *testing.T) *stubledger.Ledger {
	t.Helper()
	ledger := founded(t)
	join(t, ledger, 2, oem, protocol.RoleOEM)
	join(t, ledger, 3, customer, protocol.RoleCustomer)
	for index, worker := range workers {
		number := protocol.PartyID(4 + index)
		join(t, ledger, number, worker, protocol.RoleMaintainer)
		do(t, ledger, oem, protocol.Accredit{Maintainer: number, Version: protocol.RecordVersion(index)})
	}
	for _, machine := range machines {
		do(t, ledger, oem, protocol.RegisterMachine{
			Machine: machine, OEM: 2, Customer: 3, Spec: digest, Terms: digest,
		})
		do(t, ledger, customer, protocol.AcceptMachine{Machine: machine, Version: 1, Terms: digest})
	}
	return ledger
}

func join(
	t *testing.T, ledger *stubledger.Ledger, number protocol.PartyID, who protocol.Identity, role protocol.Role,
) {
	t.Helper()
	do(t, ledger, board, protocol.Propose{Proposal: protocol.ID{byte(number)}, Action: protocol.Action{
		Kind: protocol.ActionInvite, Party: number, Identity: who, Roles: protocol.Roles(role),
	}})
	do(t, ledger, who, protocol.Join{Profile: digest})
}

func openTicket(machine protocol.ID) protocol.OpenTicket {
	deadline := protocol.Time(start.Unix() + 1000)
	return protocol.OpenTicket{
		Machine: machine, Kind: protocol.TicketPreventive, N: 1, Work: digest, Deadline: deadline, Payer: 2,
		Selection: protocol.Selection{Policy: protocol.PolicyScored, AwardAt: deadline - 1, PriceWeight: 10_000},
	}
}

func anchor(machine protocol.ID) protocol.AnchorTelemetry {
	now := protocol.Time(start.Unix())
	return protocol.AnchorTelemetry{Items: []protocol.AnchorItem{{
		Machine: machine, Seq: 1, Kind: protocol.AnchorRegular, WindowFrom: now - 60, WindowTo: now, Manifest: digest,
	}}}
}

func do(t *testing.T, ledger *stubledger.Ledger, sender protocol.Identity, command protocol.Command) {
	t.Helper()
	requireAccepted(t, ledger.Submit(sent(sender, command)))
}

func requireAccepted(t *testing.T, outcome stubledger.Outcome) {
	t.Helper()
	if outcome.Response.GetStatus() != shim.OK {
		t.Fatalf("refused: %d %s", outcome.Response.GetStatus(), outcome.Response.GetMessage())
	}
}

func requireRejection(t *testing.T, outcome stubledger.Outcome, code, item string) {
	t.Helper()
	requireRefusal(t, outcome, 409, fmt.Sprintf(`{"code":%q,"item":%s}`, code, item))
}

func requireRefusal(t *testing.T, outcome stubledger.Outcome, status int32, message string) {
	t.Helper()
	if outcome.Response.GetStatus() != status || outcome.Response.GetMessage() != message {
		t.Errorf("got %d %s %s, not %d %s", outcome.Response.GetStatus(), outcome.Response.GetMessage(),
			outcome.Event, status, message)
	}
	if outcome.Writes != nil || outcome.EventName != "" || outcome.Event != nil {
		t.Errorf("a refused transaction wrote %v and set event %s", outcome.Writes, outcome.Event)
	}
}

func requireSameJSON(t *testing.T, got, expected []byte) {
	t.Helper()
	var one, other any
	if err := json.Unmarshal(got, &one); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	if err := json.Unmarshal(expected, &other); err != nil {
		t.Fatalf("%s: %v", expected, err)
	}
	if !reflect.DeepEqual(one, other) {
		t.Errorf("got %s\nnot %s", got, expected)
	}
}

// conflict says whether a peer would invalidate the second of two transactions endorsed on the same state.
func conflict(first, second stubledger.Outcome) bool {
	return slices.ContainsFunc(first.Writes, func(write stubledger.Write) bool {
		return slices.Contains(second.Reads, write.Key)
	})
}
