"""Runs `maasctl` on a machine whose clock was set back by an hour."""

import sys
import time

HOUR = 3600


def main() -> int:
    """Run the command line an hour earlier."""
    real = time.time
    time.time = lambda: real() - HOUR
    from maas_core.cli.app import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
