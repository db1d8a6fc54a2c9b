//go:build tools

// Package tools pins the IPFS daemon of the devnet and the tests.
package tools

import _ "github.com/ipfs/kubo/cmd/ipfs"
