"""Publishes a file as a document of a node, and prints its digest: `CONFIG FILE`. Tests kill it meanwhile."""

import sys
from pathlib import Path

from maas_core.config import load_config
from maas_core.node import Node
from maas_core.plugins import build_plugin_manager
from tests.storage.agreement import OEM


def main(config: Path, file: Path) -> None:
    with Node.open(load_config(config, build_plugin_manager(), {})) as node:
        node.sync()
        sys.stdout.write(node.documents.publish("evidence", file.read_bytes(), [OEM]).hex())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
