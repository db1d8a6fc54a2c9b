"""A signer whose disk is full ends itself; nodes go on with the others, and it comes back when there is room."""

from pathlib import Path

from maas_core.ledgerio.submission import SubmissionState
from maas_core.testing.ledger_cast import fresh_id
from tests.support.eth_network import EthNetwork, EthNode, gather, wait
from tests.support.mounts import small_disk

MEGABYTES = 600
LONG = 90
"""Seconds: geth looks at its disk every half minute."""


def test_a_full_disk_costs_one_signer_for_a_while(tmp_path: Path) -> None:
    folder = tmp_path / "network"
    folder.mkdir()
    with small_disk(folder / "signer2", MEGABYTES) as disk, EthNetwork(folder) as network:
        cast = gather(network.suite())
        node = EthNode(network, "oem", tmp_path / "oem.db", depth=2)
        assert node.ledger.workflow.profile.abilities
        filler = disk.fill()
        wait(lambda: network.devnet.layout.process("signer2").pid() is None, LONG)

        sent = node.submit(*(cast.registration(fresh_id()) for _ in range(20)))
        node.run(lambda: node.states(sent) == {SubmissionState.FINAL}, 60)

        filler.unlink()
        network.start(1)
        height = network.height(0)
        wait(lambda: network.height(1) > height, 60)
        node.close()
