"""A Clique network on this machine: `maasctl devnet up eth`.

settings.py   its options
layout.py     what lies where in its folder
genesis.py    the first block
geth.py       geth: found or built, started, asked
network.py    up, status, down
watchdog.py   a process that notices when the signers block each other, and repairs it
"""

from pathlib import Path

from maas_ledger_eth.devnet.settings import DevnetSettings

from maas_core.ports.devnet import Devnet, DevnetBackend


def _open(settings: DevnetSettings, folder: Path) -> Devnet:
    from maas_ledger_eth.devnet.network import CliqueDevnet

    return CliqueDevnet(settings, folder)


BACKEND = DevnetBackend(
    "eth", "An Ethereum Clique network of geth signers, with the contract deployed", DevnetSettings, _open
)
