"""Hyperledger Fabric: each command endorsed by the chaincode of most organisations, ordered, and final when committed.

settings.py     what the config says
connection.py   from settings to identities and connections
gateway.py      the client over the peers' gateway service
workflow.py     submit commands, follow events, facts about blocks
membership.py   organisations of the channel
hfc/            another client, over fabric-sdk-py in a process of its own
devnet/         a network on this machine
commands.py     `maasctl fabric`
"""

from typing import TYPE_CHECKING

from maas_core.hookspecs import hookimpl, later

if TYPE_CHECKING:
    import click
    from maas_ledger_fabric.settings import Settings

    from maas_core.ports.backends import Context, LedgerBackend, OpenLedger
    from maas_core.ports.devnet import DevnetBackend

PROTOCOLS = ("maas/1",)


@hookimpl
def maas_ledgers() -> "list[LedgerBackend]":
    """One channel."""
    from maas_ledger_fabric.profile import profile_of
    from maas_ledger_fabric.settings import Settings

    from maas_core.ports.backends import LedgerBackend

    summary = "Hyperledger Fabric 2.5: organisations endorse each command"
    return [LedgerBackend("fabric", summary, Settings, profile_of, _open)]


def _open(settings: "Settings", context: "Context") -> "OpenLedger":
    import os

    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # it would write to stderr what is in the reasons given here
    from maas_ledger_fabric.opening import open_ledger

    return open_ledger(settings, context)


@hookimpl
def maas_devnets() -> "list[DevnetBackend]":
    """Peers of several organisations and Raft orderers as processes."""
    from maas_ledger_fabric.devnet.settings import Settings

    from maas_core.ports.devnet import DevnetBackend

    summary = "Hyperledger Fabric 2.5 with peers of several organisations, without containers"
    devnet = "maas_ledger_fabric.devnet"
    opened, placed = later(f"{devnet}.network:FabricDevnet"), later(f"{devnet}.network:open_placed")
    return [DevnetBackend("fabric", summary, Settings, opened, placed, later(f"{devnet}.access:profile_in"))]


@hookimpl
def maas_commands() -> "list[click.Command]":
    """`maasctl fabric`."""
    from maas_ledger_fabric.commands import command

    return [command]
