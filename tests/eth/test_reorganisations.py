"""A network of five signers falls apart and comes together again, and the chain changes under the nodes."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from maas_core.errors import HaltedError
from maas_core.ledgerio.sql.repair import resolve
from maas_core.ledgerio.submission import SubmissionState
from maas_core.ports.clock import SystemClock
from maas_core.ports.workflow import LedgerEvent
from maas_core.protocol import commands as c
from maas_core.protocol.records import Ticket
from maas_core.protocol.states import TicketKind
from maas_core.testing.ledger_cast import FIRST_COME, NUMBER, Cast, fresh_id
from tests.support.eth_network import EthNetwork, EthNode, gather, run, together, wait

MAJORITY, MINORITY = (0, 1, 2), (3, 4)
FINAL, REJECTED = SubmissionState.FINAL, SubmissionState.REJECTED


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


def apart(network: EthNetwork) -> None:
    """3 | 2 at a moment from which both of the minority can still seal a block, and both sides have noticed.

    A signer seals one of any three blocks, so neither may have sealed one of the last two.
    """
    few = {network.signers[place].address for place in MINORITY}

    def may_seal() -> bool:
        height = network.height(3)
        sealed = network.ask(3, *(("clique_getSigner", [hex(one)]) for one in (height - 1, height)))
        return few.isdisjoint(sealed)

    def is_apart() -> bool:
        network.split(MAJORITY, MINORITY)
        counts = [int(network.ask(place, ("net_peerCount", []))[0], 16) for place in (*MAJORITY, *MINORITY)]
        return counts == [2, 2, 2, 1, 1]

    wait(may_seal, 60)
    wait(is_apart, 20)


def together_again(network: EthNetwork) -> None:
    """All signers on one chain, whose head moves; the majority's, since it is longer by then."""
    wait(lambda: network.height(0) > network.height(3) + 1, 60)
    network.heal()
    start = network.height(0)
    wait(lambda: network.height(3) > start + 1, 60)
    wait(lambda: network.ask(0, block_at(start)) == network.ask(3, block_at(start)), 60)


def block_at(height: int) -> tuple[str, list[object]]:
    return "eth_getBlockByNumber", [hex(height), False]


def test_what_vanishes_is_sent_again_and_applied_once(
    five_signers: EthNetwork, cast: Cast, tmp_path: Path, stack: ExitStack
) -> None:
    lonely = node(stack, five_signers, "oem", tmp_path, signer=3)
    witness = node(stack, five_signers, "customer", tmp_path, signer=0)
    run([lonely, witness], lambda: lonely.engine.chain.checkpoint is not None)
    apart(five_signers)
    machine = fresh_id()
    [sent] = lonely.submit(cast.registration(machine))
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
    """Splits until the minority seals two blocks: how many it can depends on who sealed last before the split."""

    def is_contradicted() -> bool:
        checkpoint = hasty.engine.chain.checkpoint
        assert checkpoint is not None
        [told] = network.ask(0, block_at(checkpoint.height))
        return told is not None and told["hash"] != "0x" + checkpoint.digest.hex()

    for _ in range(8):
        apart(network)
        until = time.monotonic() + 8
        while time.monotonic() < until:
            hasty.engine.step()
            if is_contradicted():
                return
            time.sleep(0.1)
        together_again(network)
    raise AssertionError("the minority never sealed two blocks")


def test_eighty_tickets_have_one_winner_each_also_where_a_reorganisation_swaps_them(
    five_signers: EthNetwork, cast: Cast, tmp_path: Path, stack: ExitStack
) -> None:
    lonely = node(stack, five_signers, "rival", tmp_path, signer=3)
    other = node(stack, five_signers, "maintainer", tmp_path, signer=0)
    for _ in range(4):
        if contest(five_signers, cast, lonely, other):
            return
    raise AssertionError("no decision was ever swapped: the test tested nothing")


def contest(network: EthNetwork, cast: Cast, lonely: EthNode, other: EthNode) -> bool:
    """Both accept all tickets on their sides of a split; returns whether the loser had seen itself win."""
    machines = sorted(fresh_id() for _ in range(80))
    together(cast.network, "oem", [cast.registration(machine) for machine in machines])
    together(cast.network, "customer", [c.AcceptMachine(machine, 1, cast.terms) for machine in machines])
    together(cast.network, "oem", [cast.ticket(machine, FIRST_COME) for machine in machines])
    run([lonely, other], lambda: all(assignees(one, machines) == [0] * 80 for one in (lonely, other)), 60)
    apart(network)
    accepts = [c.AcceptTicket(machine, TicketKind.PREVENTIVE, 1, 1) for machine in machines]
    sent = {one.name: one.submit(*(accepts if one is other else reversed(accepts))) for one in (lonely, other)}
    dispatched: dict[str, set[bytes]] = {"rival": set(), "maintainer": set()}
    included: dict[str, set[bytes]] = {"rival": set(), "maintainer": set()}

    def look() -> bool:
        for one in (lonely, other):
            for submission in map(one.found, sent[one.name]):
                assert isinstance(submission.command, c.AcceptTicket)
                if submission.state is FINAL:
                    dispatched[one.name].add(submission.command.machine)
                if submission.state is SubmissionState.INCLUDED and submission.rejection is None:
                    included[one.name].add(submission.command.machine)
        return all(one.states(sent[one.name]) <= {FINAL, REJECTED} for one in (lonely, other))

    run([lonely, other], lambda: look() or len(included["maintainer"]) == 80, 60)
    wait(lambda: look() or network.height(0) > network.height(3) + 2, 60)
    lonely.engine.step()
    look()
    together_again(network)
    run([lonely, other], look, 120)

    assert assignees(lonely, machines) == assignees(other, machines)
    assert set(assignees(other, machines)) <= {NUMBER["rival"], NUMBER["maintainer"]}
    assert dispatched["rival"].isdisjoint(dispatched["maintainer"])
    assert dispatched["rival"] | dispatched["maintainer"] == set(machines)
    return bool(included["rival"] - dispatched["rival"])


def assignees(one: EthNode, machines: Sequence[bytes]) -> list[int | None]:
    """Who has the tickets by a node's final records; None for a ticket that it does not know."""
    found = [one.engine.records().get(("ticket", machine, TicketKind.PREVENTIVE)) for machine in machines]
    return [ticket.assignee if isinstance(ticket, Ticket) else None for ticket in found]


def machine_of(one: LedgerEvent) -> bytes | None:
    return getattr(one.event, "machine", None)
