// Command stubledger drives the chaincode on a ledger in memory by JSON lines, for tests in other languages.
//
// A line is one request or a list of requests; the answer is one line of the same shape.
//
//	{"op":"reset"}                                                              {}
//	{"op":"step","sender":HEX32,"time":DECIMAL,"command":{..},"reads":[[KIND,FIELD,..],..]}
//	                                            {"events":[..],"records":[..]}
//	                                       or   {"code":"STALE_VERSION","item":0,"records":[..]}
//	{"op":"overwrite","key":[KIND,FIELD,..],"field":NAME,"value":PLAIN}         {}
//	{"op":"dump"}                               {"records":[..]}
//
// A step may name the endorser's own "clock"; without it, it is the transaction's time. Records are as stored after the
// step, null for what is not there. What the chaincode refuses without a rejection of the protocol comes back as its
// message under "refused", with "status"; a bad request as {"error":".."}.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/maas-core/chaincode/stubledger"
)

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "stubledger:", err)
		os.Exit(1)
	}
}

func serve(from io.Reader, to io.Writer) error {
	lines := bufio.NewReaderSize(from, 1<<20)
	ledger := stubledger.New()
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
		reply, err := json.Marshal(answerLine(&ledger, line))
		if err != nil {
			return fmt.Errorf("encoding an answer: %w", err)
		}
		if _, err := to.Write(append(reply, '\n')); err != nil {
			return fmt.Errorf("writing an answer: %w", err)
		}
	}
}

func answerLine(ledger **stubledger.Ledger, line []byte) any {
	if !bytes.HasPrefix(bytes.TrimSpace(line), []byte("[")) {
		return answer(ledger, line)
	}
	var requests []json.RawMessage
	if err := json.Unmarshal(line, &requests); err != nil {
		return failure{err.Error()}
	}
	answers := make([]any, len(requests))
	for index, request := range requests {
		answers[index] = answer(ledger, request)
	}
	return answers
}
