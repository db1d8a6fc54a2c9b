package chaincode_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/maas-core/chaincode/protocol"
	"github.com/maas-core/chaincode/stubledger"
)

func TestAnAcceptedCommandSetsOneEventWithTheListOfAll(t *testing.T) {
	ledger := founded(t)
	outcome := ledger.Submit(sent(board, protocol.Propose{Proposal: protocol.ID{9}, Action: protocol.Action{
		Kind: protocol.ActionSetRule, Rule: protocol.RuleFinalityDepth, Value: 7,
	}}))
	requireAccepted(t, outcome)
	if outcome.EventName != "maas/1" {
		t.Errorf("the event is named %q", outcome.EventName)
	}
	requireSameJSON(t, outcome.Event, []byte(`[
		{"type":"ProposalMade","proposal":"09000000000000000000000000000000","proposer":"1","expires":"1800001000",
			"action":{"kind":"7","party":"0","identity":"`+zeros+`","roles":"0","rule":"6","value":"7","data":"`+zeros+`"}},
		{"type":"ProposalExecuted","proposal":"09000000000000000000000000000000"},
		{"type":"RuleSet","rule":"6","value":"7"}]`))
}

const zeros = "0000000000000000000000000000000000000000000000000000000000000000"

func TestARejectionNamesCodeAndItemAndLeavesNothing(t *testing.T) {
	ledger := running(t)
	command := anchor(machines[0])
	command.Items = append(command.Items, anchor(machines[1]).Items...)
	command.Items[1].Seq = 3
	requireRejection(t, ledger.Submit(sent(customer, command)), "SEQUENCE_GAP", "1")
	requireRejection(t, ledger.Submit(sent(protocol.Identity{99}, command)), "NOT_AUTHORISED", "0")
}

func TestWhatIsNoCommandIsRefusedAsMalformed(t *testing.T) {
	ledger := founded(t)
	requireRefusal(t, ledger.Submit(submitted(board, start, `{"type":"join"}`)), 400,
		`{"refused":"MALFORMED","reason":"join: profile missing"}`)
	requireRefusal(t, ledger.Submit(stubledger.Transaction{Function: "found"}), 400,
		`{"refused":"MALFORMED","reason":"the functions are submit COMMAND, read_record KIND FIELD..., deployment, identity"}`)
	requireRefusal(t, ledger.Submit(stubledger.Transaction{Function: "read_record", Arguments: []string{"party"}}), 400,
		`{"refused":"MALFORMED","reason":"the key of party has 1 fields"}`)
}

func TestRecordsAreReadAsStored(t *testing.T) {
	ledger := founded(t)
	party := ledger.Evaluate(stubledger.Transaction{Function: "read_record", Arguments: []string{"party", "1"}})
	requireSameJSON(t, party.Response.GetPayload(), []byte(`{"type":"party","party":"1",
		"identity":"01`+zeros[2:]+`","state":"2","roles":"1","version":"1"}`))
	nobody := ledger.Evaluate(stubledger.Transaction{Function: "read_record", Arguments: []string{"party", "2"}})
	requireSameJSON(t, nobody.Response.GetPayload(), []byte(`null`))
	deployment := ledger.Evaluate(stubledger.Transaction{Function: "deployment"})
	if deployment.Response.GetStatus() != shim.OK || len(deployment.Response.GetPayload()) == 0 {
		t.Errorf("deployment answers %v", deployment.Response)
	}
	identity := ledger.Evaluate(stubledger.Transaction{Sender: board, Function: "identity"})
	if string(identity.Response.GetPayload()) != "01"+zeros[2:] {
		t.Errorf("identity answers %s", identity.Response.GetPayload())
	}
}

func TestATransactionTimeOutsideTheClockBoundIsRefused(t *testing.T) {
	ledger := founded(t)
	transaction := sent(board, protocol.UpdateProfile{Version: 1, Profile: digest})
	transaction.Time = start.Add(301 * time.Second)
	requireRefusal(t, ledger.Submit(transaction), 412,
		`{"refused":"CLOCK","time":"1800000301","clock":"1800000000","bound":"300"}`)
	transaction.Time = start.Add(-301 * time.Second)
	requireRefusal(t, ledger.Submit(transaction), 412,
		`{"refused":"CLOCK","time":"1799999699","clock":"1800000000","bound":"300"}`)
}

func TestATransactionTimeWithinTheClockBoundDecides(t *testing.T) {
	for _, ahead := range []time.Duration{-300 * time.Second, 300 * time.Second} {
		ledger := founded(t)
		transaction := sent(board, protocol.UpdateProfile{Version: 1, Profile: digest})
		transaction.Time = start.Add(ahead)
		requireAccepted(t, ledger.Submit(transaction))
	}
}

func TestBeforeTheFoundingTheClockBoundIsFiveMinutes(t *testing.T) {
	ledger := stubledger.New()
	transaction := sent(board, protocol.Found{Deployment: digest, Profile: digest, Rules: rules})
	transaction.Clock = start.Add(-301 * time.Second)
	requireRefusal(t, ledger.Submit(transaction), 412,
		`{"refused":"CLOCK","time":"1800000000","clock":"1799999699","bound":"300"}`)
	transaction.Clock = start.Add(-300 * time.Second)
	requireAccepted(t, ledger.Submit(transaction))
}

func TestIndependentBidsNeverConflict(t *testing.T) {
	ledger := running(t)
	do(t, ledger, oem, openTicket(machines[0]))
	bid := protocol.Bid{Machine: machines[0], Kind: protocol.TicketPreventive, N: 1, Price: 5}
	requireNoConflict(t, ledger.Evaluate(sent(workers[0], bid)), ledger.Evaluate(sent(workers[1], bid)))
}

func TestAnchorsOfDifferentMachinesNeverConflict(t *testing.T) {
	ledger := running(t)
	requireNoConflict(t,
		ledger.Evaluate(sent(customer, anchor(machines[0]))), ledger.Evaluate(sent(customer, anchor(machines[1]))))
}

func TestTicketsOfDifferentMachinesNeverConflict(t *testing.T) {
	ledger := running(t)
	requireNoConflict(t,
		ledger.Evaluate(sent(oem, openTicket(machines[0]))), ledger.Evaluate(sent(oem, openTicket(machines[1]))))
}

func requireNoConflict(t *testing.T, one, other stubledger.Outcome) {
	t.Helper()
	requireAccepted(t, one)
	requireAccepted(t, other)
	if conflict(one, other) || conflict(other, one) {
		t.Errorf("%v reads %q, %v reads %q", one.Writes, one.Reads, other.Writes, other.Reads)
	}
}

func TestTwoVotesOnAProposalConflict(t *testing.T) {
	ledger := founded(t)
	for index, voter := range workers {
		join(t, ledger, protocol.PartyID(4+index), voter, protocol.RoleBoard)
	}
	do(t, ledger, board, protocol.Propose{Proposal: protocol.ID{50}, Action: protocol.Action{
		Kind: protocol.ActionSetRule, Rule: protocol.RuleQuorum, Value: 3,
	}})
	do(t, ledger, board, protocol.Propose{Proposal: protocol.ID{51}, Action: protocol.Action{
		Kind: protocol.ActionSetRule, Rule: protocol.RuleCloseAfter, Value: 61,
	}})
	vote := protocol.Approve{Proposal: protocol.ID{51}}
	first, second := ledger.Evaluate(sent(workers[0], vote)), ledger.Evaluate(sent(workers[1], vote))
	requireAccepted(t, first)
	if !conflict(first, second) {
		t.Error("both votes of a block would be the second")
	}
}

func TestAnAnchorReadsOnlyPartyDeploymentAndHead(t *testing.T) {
	ledger := running(t)
	outcome := ledger.Evaluate(sent(customer, anchor(machines[0])))
	requireAccepted(t, outcome)
	expected := []string{
		composite(t, "anchor_head", "01000000000000000000000000000000"),
		composite(t, "deployment"),
		composite(t, "identity", "03"+zeros[2:]),
		composite(t, "party", "3"),
	}
	if !slices.Equal(slices.Sorted(slices.Values(outcome.Reads)), expected) {
		t.Errorf("it reads %q", outcome.Reads)
	}
}

func composite(t *testing.T, kind string, fields ...string) string {
	t.Helper()
	name, err := shim.CreateCompositeKey(kind, fields)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestEveryKeyIsReadOnceAtMost(t *testing.T) {
	ledger := running(t)
	outcome := ledger.Evaluate(sent(oem, openTicket(machines[0])))
	if sorted := slices.Sorted(slices.Values(outcome.Reads)); len(slices.Compact(sorted)) != len(outcome.Reads) {
		t.Errorf("it reads %q", outcome.Reads)
	}
}
