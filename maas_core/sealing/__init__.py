"""Encryption: what lies in a storage can be read by the parties that it is meant for, and by nobody else.

pem.py        private keys in files
keys.py       a party's encryption keys, and wrapping a key for a reader (HPKE, RFC 9180)
symmetric.py  AES-256-GCM with a key that the header commits to, and keys derived from keys
documents.py  sealed documents: what the digests on the ledger stand for
epochs.py     groups: an epoch's key, members and policy
"""
