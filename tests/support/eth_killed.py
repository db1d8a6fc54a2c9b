"""A node's process for tests that kill it: `python -m tests.support.eth_killed SETTINGS.json`."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from maas_ledger_eth.keystore import read, signer_of
from maas_ledger_eth.opening import open_ledger
from maas_ledger_eth.settings import ChainKind, Settings

from maas_core.ledgerio.engine import Engine, EngineSettings
from maas_core.ledgerio.policy import Depth, FinalityPolicies
from maas_core.ledgerio.sql.journal import SqlJournal
from maas_core.ledgerio.sql.lease import WriterLease
from maas_core.ports.clock import SystemClock
from maas_core.ports.secret import Secret
from maas_core.store.database import Database
from tests.support.eth import context_of


def main(told: dict[str, Any]) -> None:
    """Run the engine of a database until killed."""
    ledger_settings = told["ledger"] | {"endpoints": tuple(told["ledger"]["endpoints"]), "chain": ChainKind.CLIQUE}
    signer = signer_of(read(Path(told["key"]), Secret(told["passphrase"])))
    ledger = open_ledger(Settings(**ledger_settings), context_of(signer))
    database = Database(f"sqlite:///{told['database']}")
    with WriterLease(database) as lease:
        journal = SqlJournal(database, lease.epoch)
        engine = Engine(ledger, journal, FinalityPolicies(Depth(2)), SystemClock(), EngineSettings(resend_seconds=2))
        while True:
            if not engine.step().moved:
                time.sleep(0.02)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text("utf-8")))
