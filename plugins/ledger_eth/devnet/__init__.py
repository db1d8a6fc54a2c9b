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

from maas_core.ports.devnet import Devnet, DevnetBackend, Placement
from maas_core.ports.workflow import LedgerProfile


def _open(settings: DevnetSettings, folder: Path) -> Devnet:
    from maas_ledger_eth.devnet.network import CliqueDevnet

    return CliqueDevnet(settings, folder)


def _open_placed(settings: DevnetSettings, folder: Path, placement: Placement) -> Devnet:
    from maas_ledger_eth.devnet.network import CliqueDevnet

    return CliqueDevnet(settings, folder, placement)


def _profile(settings: DevnetSettings) -> LedgerProfile:
    from maas_ledger_eth.profile import profile
    from maas_ledger_eth.settings import ChainKind, Settings

    endpoints = ("http://127.0.0.1",) * settings.signers
    return profile(Settings(endpoints=endpoints, contract="0x" + "00" * 20, chain=ChainKind.CLIQUE))


BACKEND = DevnetBackend(
    "eth",
    "An Ethereum Clique network of geth signers, with the contract deployed",
    DevnetSettings,
    _open,
    _open_placed,
    _profile,
)
