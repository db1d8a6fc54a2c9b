"""Objects in a private IPFS swarm, through a Kubo daemon: one raw block for each object.

settings.py   what a config may say, and what the storage can do then
cid.py        the name of a block, which follows from the SHA-256
kubo.py       what is asked of a daemon, what its answers mean, and asking it by plain HTTP
library.py    the same through ipfshttpclient
habits.py     how a daemon treats blocks, as its configuration says
storage.py    the storage: put, get, stat, replicate, release
messages.py   signed requests between MaaS nodes to keep each other's objects
keepers.py    the asking side of them
keeper.py     the asked side: decides, counts quotas, pins
kept.py       what the asked side remembers
devnet.py     a private swarm on this machine
probing.py    looks at a daemon with an operator's eyes
commands.py   `maasctl ipfs`: check a daemon, make swarm keys, keep objects for others
"""

from typing import TYPE_CHECKING

from maas_core.hookspecs import hookimpl, later

if TYPE_CHECKING:
    import click

    from maas_core.ports.backends import StorageBackend
    from maas_core.ports.devnet import DevnetBackend

PROTOCOLS = ("maas/1",)


@hookimpl
def maas_storages() -> "list[StorageBackend]":
    """Chosen by `backend = "ipfs"`."""
    from maas_storage_ipfs.settings import Settings, profile_of

    from maas_core.ports.backends import StorageBackend

    return [
        StorageBackend(
            "ipfs",
            "A private IPFS swarm, through a Kubo daemon",
            Settings,
            profile_of,
            later("maas_storage_ipfs.storage:open_storage"),
        )
    ]


@hookimpl
def maas_devnets() -> "list[DevnetBackend]":
    """`maasctl devnet up ipfs`."""
    from maas_storage_ipfs.devnet import IpfsDevnet, Settings, profile_in

    from maas_core.ports.devnet import DevnetBackend

    summary = "A private IPFS swarm of Kubo daemons"
    return [DevnetBackend("ipfs", summary, Settings, IpfsDevnet, profile=profile_in)]


@hookimpl
def maas_commands() -> "list[click.Command]":
    """`maasctl ipfs`."""
    from maas_storage_ipfs.commands import command

    return [command]
