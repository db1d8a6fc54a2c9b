"""The contract of MaaS on Ethereum chains: Clique, QBFT, proof of stake, or a machine in this process.

settings.py      what the config says
transport/       JSON-RPC over HTTP, WebSocket or in process; several endpoints, their health and agreement
transaction.py   a command as a signed transaction; fees.py, nonces.py: what it offers and in which order it goes
ledger.py        WorkflowLedger;  receipts.py, rejections.py, events.py: what came of transactions, and events
finality.py      FinalityWaiting; membership.py: ConsortiumMembership on Clique
deployment.py    deploy the contract, publish and verify its source, find it
keystore.py      keys in keystore files
devnet/          a Clique network on this machine
commands.py      `maasctl eth`
"""

from typing import TYPE_CHECKING

from maas_core.hookspecs import hookimpl, later

if TYPE_CHECKING:
    import click

    from maas_core.ports.backends import LedgerBackend, SignerBackend
    from maas_core.ports.devnet import DevnetBackend

PROTOCOLS = ("maas/1",)


@hookimpl
def maas_ledgers() -> "list[LedgerBackend]":
    """Chosen by `backend = "eth"`."""
    from maas_ledger_eth.profile import profile
    from maas_ledger_eth.settings import Settings

    from maas_core.ports.backends import LedgerBackend

    opened = later("maas_ledger_eth.opening:open_ledger")
    return [LedgerBackend("eth", "The contract on an Ethereum chain", Settings, profile, opened)]


@hookimpl
def maas_signers() -> "list[SignerBackend]":
    """Chosen by `backend = "keystore"`."""
    from maas_ledger_eth.keystore import BACKEND

    return [BACKEND]


@hookimpl
def maas_devnets() -> "list[DevnetBackend]":
    """`maasctl devnet up eth`."""
    from maas_ledger_eth.devnet import BACKEND

    return [BACKEND]


@hookimpl
def maas_commands() -> "list[click.Command]":
    """`maasctl eth`."""
    from maas_ledger_eth.commands import command

    return [command]
