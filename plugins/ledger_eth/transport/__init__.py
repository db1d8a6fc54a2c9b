"""JSON-RPC to one or several endpoints, each call within its deadline."""
