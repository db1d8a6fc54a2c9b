"""Give the plugin folders their import names under .venv/links, for tools that read files.

The installed package maps `maas_ledger_eth` to `plugins/ledger_eth` by an import hook. mypy does not run
import hooks; it follows these links instead.
"""

import shutil
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINKS = ROOT / ".venv" / "links"


def main() -> None:
    """Replace .venv/links by one link for each line of package_dir in setup.cfg."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    shutil.rmtree(LINKS, ignore_errors=True)
    LINKS.mkdir(parents=True)
    for line in filter(str.strip, config["options"]["package_dir"].split("\n")):
        name, folder = (part.strip() for part in line.split("="))
        (LINKS / name).symlink_to(Path("../..") / folder, target_is_directory=True)


if __name__ == "__main__":
    main()
