"""Appends to an embedded log and prints the id of each transaction that was accepted: python -m ... FOLDER COUNT."""

import sys
from pathlib import Path

from maas_ledger_local.log import Settings, open_log

from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.workflow import BroadcastStatus
from tests.support.keys import Ed25519Signer

BATCH = 3


def main(folder: Path, count: int) -> None:
    clock = SystemClock()
    log = open_log(Settings(), Context(clock, Ed25519Signer(), folder))
    for number in range(count):
        attempts = [log.seal(b"payload %d %d" % (number, place)) for place in range(BATCH)]
        for outcome in log.append(attempts, Deadline.after(clock, 10)):
            assert outcome.status is BroadcastStatus.ACCEPTED, outcome
            sys.stdout.write(outcome.transaction.hex() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
