"""Where gas costs something: a transaction that offers too little is outbid, and all attempts are remembered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from maas_ledger_eth.transaction import Draft, Offer, offer_of, sign

from maas_core.ledgerio.submission import AttemptState, SubmissionState
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import Pending, Prepared
from maas_core.protocol import commands as c
from maas_core.testing.ledger_cast import fresh_id
from tests.support.eth_network import EthNetwork, EthNode, gather

GAS = 500_000


@pytest.fixture
def funded(tmp_path: Path) -> Iterator[EthNetwork]:
    """One signer under London's rules, whose base fee begins at 1 gwei and falls by an eighth with each empty block."""
    with EthNetwork(tmp_path / "funded", signers=1, free_gas=False) as network:
        yield network


def base_fee(network: EthNetwork) -> int:
    [head] = network.ask(0, ("eth_getBlockByNumber", ["latest", False]))
    return int(head["baseFeePerGas"], 16)


def test_what_offers_less_than_the_base_fee_is_outbid_and_all_attempts_are_remembered(
    funded: EthNetwork, tmp_path: Path
) -> None:
    cast = gather(funded.suite())
    node = EthNode(funded, "oem", tmp_path / "oem.db", depth=2)
    node.run(lambda: node.engine.chain.checkpoint is not None)
    workflow, signer = node.ledger.workflow, funded.signer_of("oem")
    prepare, signed = workflow.prepare, list[Prepared]()
    low = base_fee(funded) // 200  # some forty blocks until that is enough

    def below_the_market(command: c.Command, pending: Pending, deadline: Deadline) -> object:
        """As if gas had been cheaper when the first attempt was signed."""
        prepared = prepare(command, pending, deadline)
        assert isinstance(prepared, Prepared)
        if not signed:
            data = workflow._codec.encode_command(command)  # type: ignore[attr-defined]
            contract = workflow.contract  # type: ignore[attr-defined]
            nonce = prepared.attempt.sequence
            assert nonce is not None
            draft = Draft(nonce, Offer(low, 1), GAS, contract, data)
            prepared = Prepared(sign(draft, funded.plan.chain_id, signer))
        signed.append(prepared)
        return prepared

    workflow.prepare = below_the_market  # type: ignore[method-assign,assignment]
    sent = node.submit(cast.registration(fresh_id()), cast.registration(fresh_id()))
    node.run(lambda: node.states(sent) == {SubmissionState.FINAL}, 30)

    first, second = node.found(sent[0]).attempts
    assert first.attempt.sequence == second.attempt.sequence
    assert offer_of(first.attempt) == Offer(low, 1)
    assert offer_of(second.attempt).price > 2 * low
    assert second.state is AttemptState.INCLUDED
    assert len(node.found(sent[1]).attempts) == 1, "what waited behind it was not signed again"
    node.close()
