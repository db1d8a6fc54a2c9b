package main

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/maas-core/chaincode/protocol"
)

const healthTimeout = 2 * time.Second

// serveHealth answers GET /healthz: 200 while the chaincode's own address accepts connections, else 503.
func serveHealth(address, chaincodeAddress string) error {
	server := &http.Server{Addr: address, Handler: health(chaincodeAddress), ReadHeaderTimeout: healthTimeout}
	return fmt.Errorf("health endpoint: %w", server.ListenAndServe())
}

func health(chaincodeAddress string) http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /healthz", func(response http.ResponseWriter, _ *http.Request) {
		connection, err := net.DialTimeout("tcp", chaincodeAddress, healthTimeout)
		if err != nil {
			http.Error(response, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_ = connection.Close()
		_, _ = fmt.Fprintln(response, protocol.Version)
	})
	return routes
}
