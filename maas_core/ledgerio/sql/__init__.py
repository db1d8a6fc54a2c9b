"""The engine's journal in the node's database, the lease on writing it, and its repair."""
