package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/maas-core/chaincode/protocol"
)

var (
	sender = strings.Repeat("01", 32)
	found  = string(protocol.CommandToJSON(protocol.Found{
		Deployment: protocol.Digest{1},
		Profile:    protocol.Digest{1},
		Rules: protocol.Rules{
			Quorum: 1, ProposalLifetime: 60, AnchorItems: 1, ClockBound: 1, CloseAfter: 60, FinalityDepth: 0,
		},
	}))
	foundStep = `{"op":"step","sender":"` + sender + `","time":"1800000000","reads":[["party","2"]],"command":` + found + `}`
)

func answers(t *testing.T, lines ...string) []string {
	t.Helper()
	var to bytes.Buffer
	if err := serve(strings.NewReader(strings.Join(lines, "\n")+"\n"), &to); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(to.String(), "\n"), "\n")
}

func TestAStepAnswersWithEventsOrCode(t *testing.T) {
	got := answers(t, foundStep, foundStep)
	if !strings.HasPrefix(got[0], `{"events":[{"type":"DeploymentFounded",`) ||
		!strings.HasSuffix(got[0], `],"records":[null]}`) {
		t.Errorf("first: %s", got[0])
	}
	if got[1] != `{"code":"ALREADY_EXISTS","item":0,"records":[null]}` {
		t.Errorf("second: %s", got[1])
	}
}

func TestALineMayCarryManyRequests(t *testing.T) {
	got := answers(t, `[{"op":"dump"},{"op":"reset"}]`)
	if got[0] != `[{"records":[]},{}]` {
		t.Errorf("got %s", got[0])
	}
}

func TestAnEndorserMayHaveItsOwnClock(t *testing.T) {
	got := answers(t, strings.Replace(foundStep, `"reads"`, `"clock":"1700000000","reads"`, 1))
	if got[0] != `{"refused":{"refused":"CLOCK","time":"1800000000","clock":"1700000000","bound":"300"},`+
		`"status":412,"records":[null]}` {
		t.Errorf("got %s", got[0])
	}
}

func TestAStoredFieldCanBeOverwritten(t *testing.T) {
	got := answers(t, foundStep,
		`{"op":"overwrite","key":["party","1"],"field":"version","value":"9"}`,
		`{"op":"overwrite","key":["party","1"],"field":"age","value":"9"}`,
		strings.Replace(foundStep, `["party","2"]`, `["standing","1"],["party","1"]`, 1))
	if got[1] != `{}` || !strings.Contains(got[2], `"error"`) || !strings.Contains(got[3], `"version":"9"`) {
		t.Errorf("got %q", got[1:])
	}
}

func TestABadRequestIsAnError(t *testing.T) {
	for _, answer := range answers(t, `{`, `{"op":"fly"}`, `[`, `{"op":"step","time":"1","sender":"00"}`) {
		if !strings.HasPrefix(answer, `{"error":`) {
			t.Errorf("got %s", answer)
		}
	}
}
