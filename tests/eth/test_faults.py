"""Signers that are killed, nonces that others use, accounts without funds, and signers voted in and out."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from maas_ledger_eth.address import signer_address
from maas_ledger_eth.keystore import new_secret, signer_of
from maas_ledger_eth.membership import FORCE
from maas_ledger_eth.transaction import Draft, Offer, sign

from maas_core.errors import MembershipError
from maas_core.ledgerio.submission import SubmissionState
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.membership import ChangeKind, DraftState, Member, MemberChange
from maas_core.ports.membership import Draft as MemberDraft
from maas_core.ports.workflow import Attempt, Broadcast, BroadcastStatus, Pending, Prepared
from maas_core.protocol import commands as c
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.testing.ledger_cast import RULES, Cast, fresh_digest, fresh_id
from tests.support.eth_anvil import Anvil
from tests.support.eth_network import EthNetwork, EthNode, gather, wait

FINAL = SubmissionState.FINAL
DEEP = 6
"""Blocks that three signers do not take back, even when some are killed."""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def shared(eth: EthNetwork) -> Cast:
    return gather(eth.suite())


def node(stack: ExitStack, network: EthNetwork, name: str, tmp_path: Path, depth: int = 2) -> EthNode:
    made = EthNode(network, name, tmp_path / f"{name}.db", depth)
    stack.callback(made.close)
    return made


def soon(seconds: float = 20) -> Deadline:
    return Deadline.after(SystemClock(), seconds)


def foreign(network: EthNetwork, name: str, nonce: int) -> Attempt:
    """A transaction of a participant's key that its node knows nothing of."""
    signer = network.signer_of(name)
    return sign(Draft(nonce, Offer(0), 21_000, signer_address(signer), b""), network.plan.chain_id, signer)


def nonce_of(network: EthNetwork, name: str) -> int:
    address = "0x" + signer_address(network.signer_of(name)).hex()
    return int(network.ask(0, ("eth_getTransactionCount", [address, "latest"]))[0], 16)


def test_nodes_outlive_kill_9_of_one_signer_and_of_all(own_eth: EthNetwork, tmp_path: Path, stack: ExitStack) -> None:
    cast = gather(own_eth.suite())
    own = node(stack, own_eth, "oem", tmp_path, depth=DEEP)
    own_eth.kill(1)
    first = own.submit(*(cast.registration(fresh_id()) for _ in range(20)))
    own.run(lambda: own.states(first) == {FINAL}, 90)

    own_eth.start(1)
    second = own.submit(*(cast.registration(fresh_id()) for _ in range(20)))
    own.engine.step()
    own_eth.each(own_eth.kill)
    assert own.engine.step().trouble
    own_eth.devnet.up(lambda _: None)
    own.run(lambda: own.states(second) == {FINAL}, 90)
    own.run(lambda: not own.engine.unfinished())


def test_nonces_that_somebody_else_uses_cost_nothing_but_time(
    eth: EthNetwork, shared: Cast, tmp_path: Path, stack: ExitStack
) -> None:
    own = node(stack, eth, "oem", tmp_path)
    own.run(lambda: own.engine.chain.checkpoint is not None)
    nonce = nonce_of(eth, "oem")
    for taken in (nonce, nonce + 3):
        eth.ask(0, ("eth_sendRawTransaction", ["0x" + foreign(eth, "oem", taken).payload.hex()]))
    sent = own.submit(*(shared.registration(fresh_id()) for _ in range(8)))
    own.run(lambda: own.states(sent) == {FINAL}, 90)
    own.run(lambda: own.found(sent[0]).cost is not None)


def test_a_gap_that_nothing_else_fills_is_filled_by_what_waits_behind_it(
    eth: EthNetwork, shared: Cast, tmp_path: Path, stack: ExitStack
) -> None:
    own = node(stack, eth, "oem", tmp_path)
    own.run(lambda: own.engine.chain.checkpoint is not None)
    [submission] = own.submit(shared.registration(fresh_id()))
    workflow = own.ledger.workflow
    before = nonce_of(eth, "oem")
    blocker = foreign(eth, "oem", before)
    prepare = workflow.prepare

    def with_a_gap(command: c.Command, pending: Pending, deadline: Deadline) -> object:
        """As if an attempt with the next nonce had been signed before, and were given up afterwards."""
        if pending.replaces is None:
            return prepare(command, Pending((*pending.attempts, blocker), None), deadline)
        return prepare(command, pending, deadline)

    workflow.prepare = with_a_gap  # type: ignore[method-assign,assignment]
    own.run(lambda: own.found(submission).state is FINAL, 60)
    found = own.found(submission)
    assert [one.attempt.sequence for one in found.attempts] == [before + 1, before]


def test_known_nonce_too_low_and_underpriced_are_told_apart(eth: EthNetwork, shared: Cast) -> None:
    workflow = eth.open("auditor").workflow
    attest = c.UpdateProfile(99, fresh_digest())
    prepared = workflow.prepare(attest, Pending(), soon())
    assert isinstance(prepared, Prepared)
    other = workflow.prepare(c.UpdateProfile(98, fresh_digest()), Pending(), soon())
    assert isinstance(other, Prepared)
    assert prepared.attempt.sequence == other.attempt.sequence
    height = eth.height(0)
    wait(lambda: eth.height(0) > height, 20)  # there is a second until the next block
    assert status(workflow.broadcast([prepared.attempt], soon())) == BroadcastStatus.ACCEPTED
    assert status(workflow.broadcast([prepared.attempt], soon())) == BroadcastStatus.KNOWN
    assert status(workflow.broadcast([other.attempt], soon())) == BroadcastStatus.RESIGN
    shared.network.actor("auditor").receipt(prepared.attempt.transaction)
    assert status(workflow.broadcast([other.attempt], soon())) == BroadcastStatus.DEAD
    assert status(workflow.broadcast([prepared.attempt], soon())) == BroadcastStatus.KNOWN


def status(outcomes: list[Broadcast]) -> BroadcastStatus:
    [outcome] = outcomes
    return outcome.status


def test_an_account_without_funds_waits_until_it_has_some() -> None:
    with Anvil(gas_price=10**9) as anvil:
        signer = signer_of(new_secret())
        workflow = anvil.open(signer).workflow
        prepared = workflow.prepare(c.Found(fresh_digest(), ZERO_DIGEST, fresh_digest(), RULES), Pending(), soon())
        assert isinstance(prepared, Prepared)
        [poor] = workflow.broadcast([prepared.attempt], soon())
        assert poor.status is BroadcastStatus.RETRY_SAME
        assert "insufficient funds" in poor.reason.lower()
        anvil.ask("anvil_setBalance", "0x" + signer_address(signer).hex(), hex(10**20))
        assert status(workflow.broadcast([prepared.attempt], soon())) == BroadcastStatus.ACCEPTED


def test_signers_are_voted_in_and_out_and_votes_are_discarded(own_eth: EthNetwork) -> None:
    views = [own_eth.open("board", endpoints=own_eth.only(place)).membership for place in range(3)]
    newcomers = ["0x" + signer_address(signer_of(new_secret())).hex() for _ in range(2)]
    board = views[0]
    assert board is not None
    with pytest.raises(MembershipError, match="there would be 4 signers"):
        board.draft(MemberChange(ChangeKind.ADMIT, Member("new", newcomers[0])), soon())
    admitted = board.draft(MemberChange(ChangeKind.ADMIT, Member("new", newcomers[0]), FORCE), soon())
    assert isinstance(admitted, MemberDraft)
    for view in views[:2]:
        assert view is not None
        admitted = view.sign(admitted, soon())
        assert isinstance(admitted, MemberDraft)
    assert len(admitted.signatures) == 2
    wait(lambda: state(views[0], admitted) is DraftState.EFFECTIVE, 60)
    wait(lambda: state(views[1], admitted) is DraftState.EFFECTIVE, 10)
    members = board.members(soon())
    assert isinstance(members, list)
    assert len(members) == 4
    assert own_eth.ask(0, ("clique_proposals", []))[0] == {}

    removed = board.draft(MemberChange(ChangeKind.REMOVE, Member("new", newcomers[0])), soon())
    for view in views:
        assert view is not None
        assert isinstance(removed, MemberDraft)
        removed = view.sign(removed, soon())
    wait(lambda: state(views[0], removed) is DraftState.EFFECTIVE, 60)


def state(view: object, draft: object) -> DraftState:
    told = view.status(draft, soon())  # type: ignore[attr-defined]
    time.sleep(0.2)
    return told.state  # type: ignore[no-any-return]
