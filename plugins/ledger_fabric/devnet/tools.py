"""Fabric's own commands and the chaincode's service."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from maas_ledger_fabric.devnet.settings import Settings

from maas_core.devnets.building import fitting_binary, go_tool
from maas_core.errors import UsageError

COMMANDS = ("configtxgen", "cryptogen", "orderer", "osnadmin", "peer")
HERE = Path(__file__).resolve().parent.parent
SOURCES = HERE / "tools"
"""go.mod and go.sum that pin Fabric."""
CHAINCODE_SOURCE = HERE.parent.parent / "chaincode"
"""In a checkout of this project."""
PACKAGE = "github.com/maas-core/chaincode/cmd/maas"
RELEASE = "2.5.0"
WANTED = "Fabric 2.5"


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the commands are."""

    folder: Path
    service: Path
    """The chaincode's service."""

    def command(self, name: str) -> Path:
        """One of Fabric's commands."""
        return self.folder / name


def find_tools(settings: Settings, progress: Callable[[str], None]) -> Tools:
    """Named, found or built. Raises `UsageError` for what is named and does not fit, and where Go is missing."""
    return Tools(_fabric(settings.tools, progress), chaincode_service(settings.chaincode, progress))


def _fabric(named: Path | None, progress: Callable[[str], None]) -> Path:
    if named is not None:
        for name in COMMANDS:
            if not os.access(named / name, os.X_OK):
                raise UsageError(f"{named} has no command {name!r}; accepted: a folder with {', '.join(COMMANDS)}")
        fitting_binary("peer", named / "peer", ("version",), _fits, WANTED)
        return named.absolute()
    peer = fitting_binary("peer", None, ("version",), _fits, WANTED)
    if peer is not None and all(shutil.which(name) == str(peer.parent / name) for name in COMMANDS):
        return peer.parent
    packages = [f"github.com/hyperledger/fabric/cmd/{name}" for name in COMMANDS]
    return go_tool(f"fabric-{RELEASE}", SOURCES, packages, progress=progress)


def _fits(printed: str) -> bool:
    return "Version: v2.5" in printed or "Version: 2.5" in printed


def chaincode_service(named: Path | None, progress: Callable[[str], None]) -> Path:
    """The executable that is named, or built from the folder that is named or lies in this checkout."""
    if named is not None and named.is_file():
        return named.absolute()
    source = named or CHAINCODE_SOURCE
    if not (source / "go.mod").is_file():
        raise UsageError(f"there is no chaincode in {source}: name its folder, or its executable, by --chaincode")
    return go_tool("maas-chaincode", source, [PACKAGE], progress=progress) / "maas"
