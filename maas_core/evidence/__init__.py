"""Proofs of misbehaviour: that a statement somebody signed contradicts what devices signed and the ledger says.

A file holds all that its check needs; whoever checks it needs neither of the two nodes nor their storages. Pure.

    file.py        the file: documents, ledger facts, readings, slices
    faults.py      what can be wrong with a statement, and which of it comes first
    facts.py       the ledger's facts in a file: events with their transactions
    signed.py      the documents in a file: opened with their keys, signatures and authors checked
    replay.py      a statement's own slices, priced anew
    metering.py    a slice's figures, metered anew from proven readings
    checking.py    the check
"""
