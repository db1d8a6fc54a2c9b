"""Ethereum Clique backend of MaaS."""
