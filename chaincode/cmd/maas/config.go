package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
)

type config struct {
	id            string
	address       string
	healthAddress string
	tls           shim.TLSProperties
}

func configFrom(getenv func(string) string) (config, error) {
	found := config{
		id:            getenv("CORE_CHAINCODE_ID_NAME"),
		address:       getenv("CHAINCODE_SERVER_ADDRESS"),
		healthAddress: getenv("MAAS_HEALTH_ADDRESS"),
	}
	if found.id == "" {
		found.id = getenv("CHAINCODE_ID")
	}
	if found.id == "" {
		return config{}, errors.New("CORE_CHAINCODE_ID_NAME (or CHAINCODE_ID) takes the package id of the chaincode")
	}
	if found.address == "" {
		return config{}, errors.New("CHAINCODE_SERVER_ADDRESS takes HOST:PORT")
	}
	var err error
	found.tls, err = tlsFrom(getenv)
	return found, err
}

func tlsFrom(getenv func(string) string) (shim.TLSProperties, error) {
	disabled := true
	if text := getenv("CHAINCODE_TLS_DISABLED"); text != "" {
		var err error
		if disabled, err = strconv.ParseBool(text); err != nil {
			return shim.TLSProperties{}, fmt.Errorf("CHAINCODE_TLS_DISABLED takes true or false, not %q", text)
		}
	}
	properties := shim.TLSProperties{Disabled: disabled}
	if disabled {
		return properties, nil
	}
	return properties, errors.Join(
		readInto(&properties.Key, "CHAINCODE_TLS_KEY", getenv("CHAINCODE_TLS_KEY")),
		readInto(&properties.Cert, "CHAINCODE_TLS_CERT", getenv("CHAINCODE_TLS_CERT")),
		readOptionalInto(&properties.ClientCACerts, "CHAINCODE_CLIENT_CA_CERT", getenv("CHAINCODE_CLIENT_CA_CERT")),
	)
}

func readOptionalInto(content *[]byte, name, path string) error {
	if path == "" {
		return nil
	}
	return readInto(content, name, path)
}

func readInto(content *[]byte, name, path string) error {
	read, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	*content = read
	return nil
}
