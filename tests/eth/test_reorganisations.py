"""A network of five signers falls apart and comes together again, and the chain changes under the nodes."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from maas_core.errors import HaltedError
from maas_core.ledgerio.sql.repair import resolve
from maas_core.ledgerio.submission import SubmissionState
from maas_core.ports.clock import SystemClock
from maas_core.ports.workflow import LedgerEvent
from maas_core.testing.ledger_cast import Cast, fresh_id
from tests.support.eth_network import EthNetwork, EthNode, gather, run
from tests.support.eth_split import apart, block_at, let_seal, together_again

FINAL = SubmissionState.FINAL


@pytest.fixture
def cast(five_signers: EthNetwork) -> Cast:
    return gather(five_signers.suite())


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def node(stack: ExitStack, network: EthNetwork, name: str, tmp_path: Path, signer: int, depth: int = 6) -> EthNode:
    """A participant's node that knows one signer."""
    made = EthNode(network, name, tmp_path / f"{name}.db", depth, endpoints=network.only(signer))
    stack.callback(made.close)
    return made


def test_what_vanishes_is_sent_again_and_applied_once(
    five_signers: EthNetwork, cast: Cast, tmp_path: Path, stack: ExitStack
) -> None:
    lonely = node(stack, five_signers, "oem", tmp_path, signer=3)
    witness = node(stack, five_signers, "customer", tmp_path, signer=0)
    run([lonely, witness], lambda: lonely.engine.chain.checkpoint is not None)
    apart(five_signers)
    machine = fresh_id()
    [sent] = lonely.submit(cast.registration(machine))
    lonely.run(lambda: lonely.found(sent).state is SubmissionState.SENT)
    let_seal(five_signers)
    lonely.run(lambda: lonely.found(sent).state is SubmissionState.INCLUDED, 30)
    before = lonely.found(sent).block

    together_again(five_signers)
    run([lonely, witness], lambda: lonely.found(sent).state is FINAL, 90)

    assert lonely.found(sent).block != before
    run([lonely, witness], lambda: ("machine", machine) in witness.engine.records(), 60)
    events = [one for block in cast.customer.blocks() for one in block.events if machine_of(one) == machine]
    assert len(events) == 1


def test_at_depth_one_a_deeper_reorganisation_halts_and_resolve_gets_out(
    five_signers: EthNetwork, cast: Cast, tmp_path: Path, stack: ExitStack
) -> None:
    hasty = node(stack, five_signers, "oem", tmp_path, signer=3, depth=1)
    hasty.run(lambda: hasty.engine.chain.checkpoint is not None)
    [sent] = hasty.submit(cast.registration(fresh_id()))
    make_final_what_others_do_not_have(five_signers, hasty)

    together_again(five_signers)
    hasty.run(lambda: hasty.engine.chain.halt is not None, 60)
    halt = hasty.engine.chain.halt
    assert halt is not None
    assert "no longer contains" in halt.reason or "left the chain" in halt.reason
    with pytest.raises(HaltedError, match="maasctl ledger resolve"):
        hasty.submit(cast.registration(fresh_id()))

    resolve(hasty.database, max(halt.block.height - 10, 1), SystemClock().now(), "a split of the signers")
    hasty.restart()
    [later] = hasty.submit(cast.registration(fresh_id()))
    hasty.run(lambda: hasty.states([sent, later]) == {FINAL}, 60)


def make_final_what_others_do_not_have(network: EthNetwork, hasty: EthNode) -> None:
    """A split in which the minority seals two blocks, and the node sees each of them as it comes."""

    def is_contradicted() -> bool:
        checkpoint = hasty.engine.chain.checkpoint
        assert checkpoint is not None
        [told] = network.ask(0, block_at(checkpoint.height))
        return told is not None and told["hash"] != "0x" + checkpoint.digest.hex()

    apart(network)
    let_seal(network, hasty.engine.step)
    hasty.run(is_contradicted, 30)


def machine_of(one: LedgerEvent) -> bytes | None:
    return getattr(one.event, "machine", None)
