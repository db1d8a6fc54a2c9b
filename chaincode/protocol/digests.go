package protocol

import (
	"crypto/sha256"
	"encoding/binary"
)

// Canonical preimages and digests: fixed-width big-endian fields after a domain tag and the deployment id.
//
//	bid commitment   SHA-256(tag "maas/1/bid" | deployment | machine | kind | n | maintainer | price | eta | distance
//	                         | offer | salt)
//	tie breaker      SHA-256(tag "maas/1/tie" | deployment | machine | kind | n | maintainer)
//
// A tag is ASCII, padded with zeros to 16 bytes.

const tagSize = 16

// tag is a domain tag.
func tag(name string) []byte {
	padded := make([]byte, tagSize)
	copy(padded, name)
	return padded
}

// commitment is the digest that commits a maintainer to a sealed bid.
func commitment(deployment Digest, maintainer PartyID, shown RevealBid) Digest {
	preimage := appendTicket(tag("maas/1/bid"), deployment, shown.Machine, shown.Kind, shown.N, maintainer)
	preimage = binary.BigEndian.AppendUint64(preimage, uint64(shown.Price))
	preimage = binary.BigEndian.AppendUint32(preimage, uint32(shown.Eta))
	preimage = binary.BigEndian.AppendUint32(preimage, uint32(shown.Distance))
	preimage = append(preimage, shown.Offer[:]...)
	preimage = append(preimage, shown.Salt[:]...)
	return sha256.Sum256(preimage)
}

// tieBreaker is what decides between bids that are equal in all that matters; nobody can choose it.
func tieBreaker(deployment Digest, bid BidRecord) Digest {
	return sha256.Sum256(
		appendTicket(tag("maas/1/tie"), deployment, bid.Machine, bid.Kind, bid.N, bid.Maintainer))
}

func appendTicket(
	preimage []byte, deployment Digest, machine ID, kind TicketKind, n TicketNo, maintainer PartyID,
) []byte {
	preimage = append(preimage, deployment[:]...)
	preimage = append(preimage, machine[:]...)
	preimage = append(preimage, byte(kind))
	preimage = binary.BigEndian.AppendUint32(preimage, uint32(n))
	return binary.BigEndian.AppendUint16(preimage, uint16(maintainer))
}
