// Command maas is the chaincode as a service: peers connect to it. Its configuration is in the environment, under the
// names that Fabric's own chaincodes use:
//
//	CORE_CHAINCODE_ID_NAME       the package id under which it is installed; CHAINCODE_ID is accepted too
//	CHAINCODE_SERVER_ADDRESS     where peers reach it, HOST:PORT
//	CHAINCODE_TLS_DISABLED       "false" serves TLS; without TLS, keep it on loopback or inside a pod
//	CHAINCODE_TLS_KEY            file with the key, PEM
//	CHAINCODE_TLS_CERT           file with the certificate, PEM
//	CHAINCODE_CLIENT_CA_CERT     file with the CA of the peers' certificates, PEM; without it any peer may connect
//	MAAS_HEALTH_ADDRESS          HOST:PORT of GET /healthz; without it there is none
//
// Restarting it is safe at any time: it keeps nothing.
package main

import (
	"fmt"
	"os"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/maas-core/chaincode"
)

func main() {
	if err := run(os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "maas:", err)
		os.Exit(1)
	}
}

func run(getenv func(string) string) error {
	config, err := configFrom(getenv)
	if err != nil {
		return err
	}
	failed := make(chan error, 2)
	if config.healthAddress != "" {
		go func() { failed <- serveHealth(config.healthAddress, config.address) }()
	}
	server := &shim.ChaincodeServer{
		CCID:     config.id,
		Address:  config.address,
		CC:       chaincode.New(),
		TLSProps: config.tls,
	}
	go func() { failed <- server.Start() }()
	return fmt.Errorf("serving: %w", <-failed)
}
