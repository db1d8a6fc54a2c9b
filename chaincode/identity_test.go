package chaincode

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"testing"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"

	"github.com/maas-core/chaincode/protocol"
)

type creatorStub struct {
	shim.ChaincodeStubInterface
	creator []byte
}

func (stub creatorStub) GetCreator() ([]byte, error) { return stub.creator, nil }

// creator is what a peer passes for a member of an MSP, its certificate with a key of its own.
func creator(t *testing.T, mspID, issuer, subject string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: subject}}
	authority := &x509.Certificate{Subject: pkix.Name{CommonName: issuer}}
	signed, err := x509.CreateCertificate(rand.Reader, certificate, authority, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed})
	serialized, err := proto.Marshal(&msp.SerializedIdentity{Mspid: mspID, IdBytes: text})
	if err != nil {
		t.Fatal(err)
	}
	return serialized
}

func identity(t *testing.T, mspID, issuer, subject string) protocol.Identity {
	t.Helper()
	sender, err := Certificates{}.Sender(creatorStub{creator: creator(t, mspID, issuer, subject)})
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func TestARenewedCertificateKeepsTheIdentity(t *testing.T) {
	before, after := identity(t, "Org1MSP", "ca.org1", "node"), identity(t, "Org1MSP", "ca.org1", "node")
	if before != after {
		t.Error("a new key for the same subject is another identity")
	}
}

func TestMSPIssuerAndSubjectTellIdentitiesApart(t *testing.T) {
	known := identity(t, "Org1MSP", "ca.org1", "node")
	for _, other := range []protocol.Identity{
		identity(t, "Org2MSP", "ca.org1", "node"),
		identity(t, "Org1MSP", "ca.org2", "node"),
		identity(t, "Org1MSP", "ca.org1", "nodf"),
	} {
		if other == known {
			t.Error("two identities are the same")
		}
	}
}

func TestTheIdentityIsTheDocumentedDigest(t *testing.T) {
	certificate := &x509.Certificate{RawIssuer: []byte("issuer"), RawSubject: []byte("subject")}
	sender := identityOf("Org1MSP", certificate)
	// printf 'maas/1/fabric\0\0\0\0\007Org1MSP\0\006issuer\0\007subject' | sha256sum
	const expected = "c27e4120b39253fc5eb023bac1bcb8c2d48477c24cc2a86b4d99bed536a35c58"
	if hex.EncodeToString(sender[:]) != expected {
		t.Errorf("the identity is %x", sender)
	}
}

func TestACreatorWithoutCertificateHasNoIdentity(t *testing.T) {
	for _, bad := range [][]byte{nil, {0xff}, []byte("\x0a\x01a\x12\x01b")} {
		_, err := Certificates{}.Sender(creatorStub{creator: bad})
		var refusal identityError
		if !errors.As(err, &refusal) {
			t.Errorf("%q: %v", bad, err)
		}
		if status := refused(err).GetStatus(); status != StatusIdentity {
			t.Errorf("%q: status %d", bad, status)
		}
	}
}

func TestAFailureIsNoRejection(t *testing.T) {
	response := refused(errors.New("peer's state: away"))
	if response.GetStatus() != 500 || response.GetMessage() != `{"refused":"FAILURE","reason":"peer's state: away"}` {
		t.Errorf("it answers %v", response)
	}
}
