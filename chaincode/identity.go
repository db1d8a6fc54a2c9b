package chaincode

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"

	"github.com/maas-core/chaincode/protocol"
)

const identityTag = "maas/1/fabric"

// identityError: the creator of a transaction has no identity that the protocol could know.
type identityError struct{ error }

// Certificates knows a sender by its X.509 certificate: SHA-256 of
//
//	tag "maas/1/fabric" | MSP id | issuer | subject
//
// the tag padded with zeros to 16 bytes, each of the others its length as u16 and its bytes; issuer and subject are the
// DER names of the certificate.
//
// Issuer and subject, as in Fabric's own client id, and not the key: certificates expire within a year or so, renewal
// usually makes a new key, and the party must stay who it is without a vote of the board. The MSP has vouched that the
// CA issued the certificate, and a CA gives a subject to one holder only. The MSP id is part of it because two
// organisations' CAs may have the same name. A change of CA name or subject is a new identity: governance rebinds it.
type Certificates struct{}

// Sender is the identity of a transaction's creator.
func (Certificates) Sender(stub shim.ChaincodeStubInterface) (protocol.Identity, error) {
	creator, err := stub.GetCreator()
	if err != nil {
		return protocol.Identity{}, fmt.Errorf("creator: %w", err)
	}
	serialized := &msp.SerializedIdentity{}
	if err := proto.Unmarshal(creator, serialized); err != nil {
		return protocol.Identity{}, identityError{fmt.Errorf("creator: %w", err)}
	}
	block, _ := pem.Decode(serialized.GetIdBytes())
	if block == nil {
		return protocol.Identity{}, identityError{errors.New("the creator has no X.509 certificate")}
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return protocol.Identity{}, identityError{fmt.Errorf("the creator's certificate: %w", err)}
	}
	return identityOf(serialized.GetMspid(), certificate), nil
}

func identityOf(mspID string, certificate *x509.Certificate) protocol.Identity {
	preimage := make([]byte, 16)
	copy(preimage, identityTag)
	for _, part := range [][]byte{[]byte(mspID), certificate.RawIssuer, certificate.RawSubject} {
		preimage = binary.BigEndian.AppendUint16(preimage, uint16(len(part)))
		preimage = append(preimage, part...)
	}
	return sha256.Sum256(preimage)
}
