"""Test vectors of the protocol: what every ledger must answer, as JSON that any language can read.

`python -m maas_core.protocol.vectors --write` makes `vectors/*.json` and `docs/protocol-coverage.md` from the model,
`--check` says whether they are up to date. `vectors/README.md` describes the form of the files.

`story` records steps that are played on the model; `directed` tells stories written by hand, with `probes` that derive
every neighbour of an acceptable command; `guided` makes up sequences from a source of choices; `positions`, `domains`
and `subjects` enumerate what there is to reach, and `coverage` says what is reached.
"""
