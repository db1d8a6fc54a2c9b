"""What this package takes from web3."""

from maas_ledger_eth.recursion import recursion_limit_kept

with recursion_limit_kept():
    import requests
    from web3 import EthereumTesterProvider, HTTPProvider, Web3
    from web3.exceptions import MethodUnavailable, Web3Exception
    from web3.types import RPCEndpoint

__all__ = [
    "EthereumTesterProvider",
    "HTTPProvider",
    "MethodUnavailable",
    "RPCEndpoint",
    "Web3",
    "Web3Exception",
    "requests",
]
