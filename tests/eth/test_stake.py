"""Proof of stake: finality by the tag of the chain, fees of EIP-1559, and what the interfaces promise."""

from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes

import pytest
from maas_ledger_eth.keystore import new_secret, signer_of
from maas_ledger_eth.transaction import DYNAMIC_TYPE, offer_of

from maas_core.ledgerio.engine import Engine
from maas_core.ledgerio.journal import NewSubmission
from maas_core.ledgerio.policy import FinalityPolicies, Native
from maas_core.ledgerio.sql.journal import SqlJournal
from maas_core.ledgerio.sql.lease import WriterLease
from maas_core.ledgerio.submission import Submission, SubmissionState
from maas_core.ports.clock import SystemClock
from maas_core.store.database import Database
from maas_core.testing.ledger_cast import Cast, fresh_id
from maas_core.testing.ledger_network import PARTICIPANTS
from maas_core.testing.ledger_suite import LedgerPorts, Network
from tests.support.eth_network import gather, wait
from tests.support.eth_stake import EPOCH, Stake


@pytest.fixture(scope="module")
def stake() -> Iterator[Stake]:
    with Stake() as stake:
        yield stake


@pytest.fixture(scope="module")
def cast(stake: Stake) -> Cast:
    signers = {name: signer_of(new_secret()) for name in PARTICIPANTS}
    stake.fund(list(signers.values()))
    return gather(Network({name: stake.open(one) for name, one in signers.items()}, patience=20, poll=0.02))


class TestProofOfStake(LedgerPorts):
    """What the interfaces promise; the protocol is the same contract's as elsewhere."""


def test_only_what_the_chain_calls_final_ends_a_submission(stake: Stake, cast: Cast, tmp_path: Path) -> None:
    ledger, clock = cast.oem.ledger, SystemClock()
    database = Database(f"sqlite:///{tmp_path / 'oem.db'}")
    database.migrate()
    with WriterLease(database) as lease:
        journal = SqlJournal(database, lease.epoch)
        engine = Engine(ledger, journal, FinalityPolicies(Native()), clock)
        wait(lambda: stake.height("latest") % EPOCH < EPOCH // 2, 60)
        [sent] = engine.submit([NewSubmission(token_bytes(16), cast.registration(fresh_id()), clock.now())])

        def found() -> Submission:
            engine.step()
            stored = journal.find(sent.id)
            assert stored is not None
            return stored

        wait(lambda: found().state is SubmissionState.INCLUDED, 20)
        included = found()
        assert included.block is not None
        [tracked] = included.attempts
        assert tracked.attempt.payload[:1] == DYNAMIC_TYPE
        assert offer_of(tracked.attempt).tip

        height = included.block.height
        wait(lambda: stake.height("latest") >= height + 5, 20)
        assert found().state is SubmissionState.INCLUDED, "blocks on top say nothing here"
        wait(lambda: found().state is SubmissionState.FINAL, 60)
        assert stake.height("finalized") >= height
    database.close()
