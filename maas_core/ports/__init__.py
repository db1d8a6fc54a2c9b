"""What the core asks of ledgers, storages, signers and clocks: interfaces and the plain values that cross them."""
