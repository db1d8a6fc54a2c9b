package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestTheConfigurationNamesWhatIsMissing(t *testing.T) {
	for missing, values := range map[string]map[string]string{
		"CORE_CHAINCODE_ID_NAME":   {"CHAINCODE_SERVER_ADDRESS": "127.0.0.1:0"},
		"CHAINCODE_SERVER_ADDRESS": {"CHAINCODE_ID": "maas:1"},
		"CHAINCODE_TLS_DISABLED": {
			"CHAINCODE_ID": "maas:1", "CHAINCODE_SERVER_ADDRESS": "127.0.0.1:0", "CHAINCODE_TLS_DISABLED": "perhaps",
		},
		"CHAINCODE_TLS_KEY": {
			"CHAINCODE_ID": "maas:1", "CHAINCODE_SERVER_ADDRESS": "127.0.0.1:0", "CHAINCODE_TLS_DISABLED": "false",
		},
	} {
		if err := run(environment(values)); err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}

func TestTLSFilesAreRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "any.pem")
	if err := os.WriteFile(file, []byte("PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := configFrom(environment(map[string]string{
		"CORE_CHAINCODE_ID_NAME":   "maas:1",
		"CHAINCODE_SERVER_ADDRESS": "127.0.0.1:0",
		"CHAINCODE_TLS_DISABLED":   "false",
		"CHAINCODE_TLS_KEY":        file,
		"CHAINCODE_TLS_CERT":       file,
	}))
	if err != nil || config.tls.Disabled || string(config.tls.Key) != "PEM" || config.tls.ClientCACerts != nil {
		t.Errorf("got %v, %v", config, err)
	}
}

func TestHealthFollowsTheChaincodesAddress(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	routes := health(listener.Addr().String())
	requireStatus(t, routes, http.StatusOK)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	requireStatus(t, routes, http.StatusServiceUnavailable)
}

func requireStatus(t *testing.T, routes http.Handler, status int) {
	t.Helper()
	recorder := httptest.NewRecorder()
	routes.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/healthz", nil))
	if recorder.Code != status {
		t.Errorf("status %d, not %d", recorder.Code, status)
	}
}
