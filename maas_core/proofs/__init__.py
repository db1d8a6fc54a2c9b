"""What lets somebody check without trusting: Merkle trees, one spelling of JSON, signatures. Pure; reads nothing.

merkle.py      trees and inclusion proofs as in RFC 6962, section 2.1
canonical.py   JSON in one spelling only (RFC 8785), so that a document has one digest
signatures.py  signatures of the three schemes that signers know, checked without a signer
"""
