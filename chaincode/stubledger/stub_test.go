package stubledger

import "testing"

func TestATransactionDoesNotSeeItsOwnWrites(t *testing.T) {
	stub := &stub{state: map[string][]byte{"a": []byte("before")}, writes: map[string][]byte{}}
	if err := stub.PutState("a", []byte("after")); err != nil {
		t.Fatal(err)
	}
	if value, _ := stub.GetState("a"); string(value) != "before" {
		t.Errorf("it reads %q", value)
	}
}

func TestTheLastEventIsTheTransactionsOne(t *testing.T) {
	stub := &stub{}
	for _, payload := range []string{"first", "second"} {
		if err := stub.SetEvent("maas/1", []byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	if string(stub.event) != "second" {
		t.Errorf("the event is %q", stub.event)
	}
}

func TestAnEventHasAName(t *testing.T) {
	if err := (&stub{}).SetEvent("", nil); err == nil {
		t.Error("an event without name was set")
	}
}

func TestAClonedLedgerGoesItsOwnWay(t *testing.T) {
	ledger := &Ledger{state: map[string][]byte{"a": []byte("1")}}
	clone := ledger.Clone()
	clone.state["b"] = []byte("2")
	if len(ledger.state) != 1 || len(clone.Stored()) != 2 {
		t.Errorf("the states are %v and %v", ledger.state, clone.state)
	}
}
