"""`maasctl`: one file for each command group, imported when it is used."""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """The console script."""
    try:
        from maas_core.cli.app import run  # noqa: PLC0415 - Ctrl-C during the import ends without a traceback

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)
