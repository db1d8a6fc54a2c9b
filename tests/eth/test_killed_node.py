"""A node that is killed under load leaves nothing unfinished and nothing done twice."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from secrets import token_bytes

import pytest
from maas_ledger_eth.devnet.layout import PASSPHRASE

from maas_core.ledgerio.journal import NewSubmission
from maas_core.ledgerio.sql.journal import SqlJournal
from maas_core.ledgerio.submission import SubmissionState
from maas_core.store.database import Database
from maas_core.testing.ledger_cast import Cast, fresh_id
from tests.support.eth_network import EthNetwork, gather, wait

COMMANDS = 400


@pytest.fixture(scope="module")
def cast(eth: EthNetwork) -> Cast:
    return gather(eth.suite())


def test_kill_9_under_load_three_times(eth: EthNetwork, cast: Cast, tmp_path: Path) -> None:
    [access] = [one for one in eth.accesses if one.participant == "oem"]
    told = {
        "ledger": access.config["ledger"]["settings"],
        "key": access.config["signer"]["settings"]["key"],
        "passphrase": PASSPHRASE,
        "database": str(tmp_path / "node.db"),
    }
    (tmp_path / "told.json").write_text(json.dumps(told))
    database = Database(f"sqlite:///{tmp_path / 'node.db'}")
    database.migrate()
    journal = SqlJournal(database)
    before = cast.oem.head()
    machines = [fresh_id() for _ in range(COMMANDS)]
    ids = [
        one.id for one in journal.submit([NewSubmission(token_bytes(16), cast.registration(m), 0) for m in machines])
    ]

    def unfinished() -> int:
        return sum(not one.finished for one in map(journal.find, ids) if one is not None)

    for seconds in (1.2, 1.7, 2.3, None):
        command = [sys.executable, "-m", "tests.support.eth_killed", str(tmp_path / "told.json")]
        with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as process:
            try:
                if seconds is None:
                    wait(lambda: unfinished() == 0, 90)
                else:
                    time.sleep(seconds)
            finally:
                process.kill()
    states = Counter(found.state for found in map(journal.find, ids) if found is not None)
    assert states == {SubmissionState.FINAL: COMMANDS}
    registered = Counter(
        getattr(one.event, "machine", None) for block in cast.customer.blocks(before) for one in block.events
    )
    assert all(registered[machine] == 1 for machine in machines)
    database.close()
