package chaincode_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/maas-core/chaincode/protocol"
	"github.com/maas-core/chaincode/stubledger"
)

// The form of vectors/*.json is described in maas_core/protocol/vectors/__init__.py.

type vectorFile struct {
	Format     string            `json:"format"`
	Protocol   string            `json:"protocol"`
	Identities map[string]string `json:"identities"`
	Vectors    []vector          `json:"vectors"`
}

type vector struct {
	Name  string       `json:"name"`
	After string       `json:"after"`
	Steps []vectorStep `json:"steps"`
}

type vectorStep struct {
	Note      string              `json:"note"`
	Sender    string              `json:"sender"`
	Time      string              `json:"time"`
	Command   json.RawMessage     `json:"command"`
	Events    json.RawMessage     `json:"events"`
	Records   [][]json.RawMessage `json:"records"`
	Code      string              `json:"code"`
	Item      string              `json:"item"`
	Overwrite *struct {
		Key   []string `json:"key"`
		Field string   `json:"field"`
		Value string   `json:"value"`
	} `json:"overwrite"`
}

func TestVectorsHoldOnTheChaincode(t *testing.T) {
	paths, err := filepath.Glob("../vectors/*.json")
	if err != nil || len(paths) == 0 {
		t.Skip("no vectors in ../vectors")
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) { playFile(t, readVectors(t, path)) })
	}
}

func readVectors(t *testing.T, path string) vectorFile {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file vectorFile
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if file.Format != "maas-vectors/1" || file.Protocol != protocol.Version {
		t.Fatalf("%s is %s for %s", path, file.Format, file.Protocol)
	}
	return file
}

func playFile(t *testing.T, file vectorFile) {
	ends := map[string]*stubledger.Ledger{"": stubledger.New()}
	for _, vector := range file.Vectors {
		ledger := ends[vector.After].Clone()
		for _, step := range vector.Steps {
			if !t.Run(vector.Name+": "+step.Note, func(t *testing.T) { play(t, ledger, file, step) }) {
				return
			}
		}
		ends[vector.Name] = ledger
	}
}

func play(t *testing.T, ledger *stubledger.Ledger, file vectorFile, step vectorStep) {
	if step.Overwrite != nil {
		key := step.Overwrite.Key
		if err := ledger.Overwrite(key[0], key[1:], step.Overwrite.Field, step.Overwrite.Value); err != nil {
			t.Fatal(err)
		}
		return
	}
	transaction := transactionOf(t, file, step)
	expected := ledger.Evaluate(transaction)
	outcome := ledger.Submit(transaction)
	if !reflect.DeepEqual(outcome, expected) {
		t.Errorf("the same input came to different outcomes: %v and %v", expected, outcome)
	}
	if step.Code != "" {
		requireRejection(t, outcome, step.Code, step.Item)
		return
	}
	requireAccepted(t, outcome)
	requireSameJSON(t, outcome.Event, step.Events)
	for _, record := range step.Records {
		requireRecord(t, ledger, record[0], record[1])
	}
}

func transactionOf(t *testing.T, file vectorFile, step vectorStep) stubledger.Transaction {
	t.Helper()
	sender, err := hex.DecodeString(file.Identities[step.Sender])
	if err != nil {
		t.Fatal(err)
	}
	seconds, err := strconv.ParseInt(step.Time, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return submitted(protocol.Identity(sender), time.Unix(seconds, 0), string(step.Command))
}

func requireRecord(t *testing.T, ledger *stubledger.Ledger, keyText, stored json.RawMessage) {
	t.Helper()
	var key []string
	if err := json.Unmarshal(keyText, &key); err != nil {
		t.Fatal(err)
	}
	read := ledger.Evaluate(stubledger.Transaction{Function: "read_record", Arguments: key})
	requireAccepted(t, read)
	requireSameJSON(t, read.Response.GetPayload(), stored)
}
