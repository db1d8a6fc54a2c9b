"""Two maintainers' agents want the same eighty tickets while the signers are split, and the chain changes its mind."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from maas_core.config import load_config
from maas_core.config.writing import as_toml
from maas_core.ledgerio.submission import SubmissionState
from maas_core.node import Node
from maas_core.node.maintenance.actions import Action, ActionState
from maas_core.node.setup import make_node
from maas_core.plugins import build_plugin_manager
from maas_core.protocol import commands as c
from maas_core.protocol.states import TicketKind
from maas_core.testing.ledger_cast import FIRST_COME, NUMBER, Cast, fresh_id
from tests.support.eth_network import EthNetwork, gather, together, wait
from tests.support.eth_split import apart, block_at, let_seal, together_again

TICKETS = 80
DEEP = 6
"""Blocks that a split of 3 | 2 does not take back: the minority seals two."""
MORE = """
[node]
name = "{name}"

[party]
name = "{name}"

[storage.main]
backend = "local"
settings = {{ directory = "../objects" }}

[maintenance]
strategy = "accept"
settings = {{ most_tickets = 1000 }}
"""
KIND = TicketKind.PREVENTIVE


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def maintainer(stack: ExitStack, network: EthNetwork, name: str, folder: Path, signer: int) -> Node:
    """A node with the agent that takes tickets of the first who comes; it knows one signer."""
    [access] = [one for one in network.accesses if one.participant == name]
    tables = {key: dict(value) for key, value in access.config.items()}
    tables["ledger"] = {
        "backend": "eth",
        "settings": {**access.config["ledger"]["settings"], "endpoints": list(network.only(signer))},
    }
    tables["finality"] = {"default": {"policy": "depth", "blocks": DEEP}}
    (folder / name).mkdir(parents=True)
    file = folder / name / "maas.toml"
    file.write_text(as_toml(tables, {}) + MORE.format(name=name), "utf-8")
    config = load_config(file, build_plugin_manager(), {})
    make_node(config, new_key=False)
    return stack.enter_context(Node.open(config))


def offer(cast: Cast) -> list[bytes]:
    """Machines with a ticket each for the first who comes."""
    machines = sorted(fresh_id() for _ in range(TICKETS))
    together(cast.network, "oem", [cast.registration(machine) for machine in machines])
    together(cast.network, "customer", [c.AcceptMachine(machine, 1, cast.terms) for machine in machines])
    together(cast.network, "oem", [cast.ticket(machine, FIRST_COME, KIND) for machine in machines])
    return machines


def until(seconds: float, nodes: Sequence[Node], holds: Callable[[], bool]) -> None:
    """Let agents do what they do until something holds."""
    end = time.monotonic() + seconds
    while True:
        for node in nodes:
            node.maintenance.step()
        progress = [node.sync() for node in nodes]
        if holds():
            return
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {progress}")
        time.sleep(0.1)


def acts(node: Node, name: str) -> list[Action]:
    """What an agent decided."""
    return node.maintenance.actions.named(name)


def is_offered(node: Node) -> bool:
    """Whether a node knows all tickets for sure."""
    return sum(not one.provisional for one in node.tickets.all()) == TICKETS


def winners(node: Node, machines: Sequence[bytes]) -> list[tuple[int, bool]]:
    """Who has the tickets as a node sees it, and whether that may still change."""
    seen = [node.tickets.get(machine, KIND) for machine in machines]
    return [(one.record.assignee, one.provisional) for one in seen]


def test_eighty_tickets_have_one_winner_each_and_the_loser_never_sent_anybody_out(
    five_signers: EthNetwork, tmp_path: Path, stack: ExitStack
) -> None:
    cast = gather(five_signers.suite())
    rival = maintainer(stack, five_signers, "rival", tmp_path, signer=3)
    other = maintainer(stack, five_signers, "maintainer", tmp_path, signer=0)
    both = (rival, other)
    machines = offer(cast)
    for node in both:
        wait(lambda node=node: bool(node.sync()) and is_offered(node), 60)  # type: ignore[misc]

    apart(five_signers)
    until(60, both, lambda: {one.state for one in rival.submissions.unfinished()} == {SubmissionState.SENT})
    let_seal(five_signers)
    until(60, [rival], lambda: winners(rival, machines) == [(NUMBER["rival"], True)] * TICKETS)
    until(60, [other], lambda: {winner for winner, _ in winners(other, machines)} == {NUMBER["maintainer"]})
    assert acts(rival, "dispatch") == [], "what it has won may still be undone"

    together_again(five_signers)
    until(120, both, lambda: all(node.maintenance.settled() for node in both))
    until(30, both, lambda: len(acts(other, "dispatch")) == TICKETS)

    assert winners(rival, machines) == winners(other, machines) == [(NUMBER["maintainer"], False)] * TICKETS
    assert {one.state for one in acts(rival, "accept")} == {ActionState.REFUSED}
    assert {one.state for one in acts(other, "accept")} == {ActionState.DONE}
    assert acts(rival, "dispatch") == []
    for one in acts(other, "dispatch"):
        assert one.block is not None
        [block] = five_signers.ask(3, block_at(one.block.height))
        assert block["hash"] == "0x" + one.block.digest.hex()
