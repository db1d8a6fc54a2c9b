// Package protocol is protocol maas/1 for ledgers that run Go: commands, events, records, rejection codes, and what
// decides and folds them.
//
// It says the same as the reference model in maas_core/protocol, file by file and function by function, and knows
// nothing of Fabric: a ledger gives it point reads (Ledger) and takes its writes (State.Changes).
//
// Only what every endorser computes equally is used: no clock, no randomness, no float, and no iteration over a map
// that decides anything or that is seen outside.
package protocol

// Version names the protocol; the chaincode event that carries the protocol's events has this name too.
const Version = "maas/1"
