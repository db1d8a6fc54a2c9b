package protocol

// The closed wire types of protocol maas/1 and the vocabulary built on them.
//
// A wire type fixes a width; a domain (Range, or the tag "required") is what the check of arguments enforces. A value
// that does not fit the width cannot be written on any ledger and is a WireError before anything is decided; a value
// that fits the width but not the domain is InvalidArgument on every ledger.

// Range is the domain [Low, High] of an integer, or of a length.
type Range struct{ Low, High uint64 }

// Contains says whether a value lies in the domain.
func (accepted Range) Contains(value uint64) bool {
	return accepted.Low <= value && value <= accepted.High
}

const (
	// TimeBits: seconds UTC until the year 2514; all times of a ticket then fit one 256-bit word.
	TimeBits = 34
	// AmountBits: 10 000 x an amount stays below 2^63, so that every score fits 64 bits.
	AmountBits = 49
	// TicketBits bound the tickets of one kind on one machine.
	TicketBits = 24
	// VersionLimit: from this version on a record takes only changes that lead to its end, so that versions stay
	// below 2^24.
	VersionLimit = 1<<24 - 256

	MaxTime       = 1<<TimeBits - 1
	MaxAmount     = 1<<AmountBits - 1
	MaxTickets    = 1<<TicketBits - 1
	MaxParties    = 1000
	MaxBoard      = 16
	MaxAccredited = 64
	// Founder is the PartyID of the party that founds a deployment.
	Founder = 1
)

type (
	// ID names a record; random. A new record's name is not zero (tag "required").
	ID [16]byte
	// Digest is a SHA-256; zero means "none" where the field allows it.
	Digest [32]byte
	// Identity is how a ledger knows a sender; on Fabric, a digest of MSP id, issuer and subject.
	Identity [32]byte
	// Locator says where a manifest lies, sealed for the machine's group.
	Locator []byte

	// PartyID is a party's number, named by the inviting proposal; 0 means "none".
	PartyID uint16
	// MachineClass is the OEM's number for a class of machines and a service area.
	MachineClass uint16
	// RecordVersion is the version of a record that the sender has seen.
	RecordVersion uint32
	// Seq is a position in a machine's chain of anchors, from 1.
	Seq uint32
	// TicketNo counts the tickets of one kind on one machine, from 1.
	TicketNo uint32
	// OfferNo names a change offer on a machine; any unused number.
	OfferNo uint32
	// Time is seconds UTC.
	Time uint64
	// Duration is seconds.
	Duration uint32
	// Amount is minor units of a currency.
	Amount uint64
	// Currency is an ISO 4217 numeric code.
	Currency uint16
	// Metres is a distance.
	Metres uint32
	// BasisPoints are hundredths of a per cent.
	BasisPoints uint16
	// Flag is 0 or 1.
	Flag uint8
	// Rating is 1 worst to 5 best; 0 means "not rated".
	Rating uint8
)

// The domains of types that do not accept all that their width holds.

func (Time) Domain() Range        { return Range{0, MaxTime} }
func (Amount) Domain() Range      { return Range{0, MaxAmount} }
func (Currency) Domain() Range    { return Range{1, 999} }
func (BasisPoints) Domain() Range { return Range{0, 10_000} }
func (Flag) Domain() Range        { return Range{0, 1} }
func (Rating) Domain() Range      { return Range{0, 5} }
