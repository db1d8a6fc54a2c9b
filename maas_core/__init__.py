"""Machine-as-a-Service: a ledger-neutral core with replaceable ledgers and storages."""
