"""Every command of every workload is accepted by the reference model when it runs in its order."""

from collections.abc import Sequence

import numpy as np
import pytest

from maas_core.bench.operations import Put, Session, Step
from maas_core.bench.scenario import Kind, Workload
from maas_core.bench.workloads import MACHINE_CLASS, PARTY, ROLES, Workloads
from maas_core.node.parties import FIRST_RULES
from maas_core.protocol import commands as c
from maas_core.protocol.commands import Command
from maas_core.protocol.model import EMPTY, State, apply, decide
from maas_core.protocol.rejections import Rejection
from maas_core.protocol.states import ActionKind
from maas_core.protocol.types import ZERO_DIGEST

NOW = 1_800_000_000


def identity(actor: str) -> bytes:
    return PARTY[actor].to_bytes(32, "big")


class World:
    """The reference model with everybody in their roles."""

    def __init__(self) -> None:
        self.state: State = EMPTY
        self.time = NOW
        self.does("board", c.Found(b"d" * 32, ZERO_DIGEST, b"p" * 32, FIRST_RULES))
        for name, role in ROLES.items():
            if name != "board":
                action = c.Action(ActionKind.INVITE, PARTY[name], identity(name), role, 0, 0, ZERO_DIGEST)
                self.does("board", c.Propose(PARTY[name].to_bytes(16, "big"), action))
                self.does(name, c.Join(b"p" * 32))
        for version, name in enumerate(("maintainer", "rival")):
            self.does("oem", c.Accredit(PARTY[name], MACHINE_CLASS, version))

    def tries(self, actor: str, command: Command) -> Rejection | None:
        self.time += 1
        answer = decide(self.state, command, identity(actor), self.time)
        if isinstance(answer, Rejection):
            return answer
        self.state = apply(self.state, answer)
        return None

    def does(self, actor: str, command: Command) -> None:
        assert self.tries(actor, command) is None, (actor, command, self.tries(actor, command))

    def play(self, session: Session) -> list[tuple[Step, Rejection | None]]:
        works = [(step, step.work(self.time)) for step in session]
        return [(step, self.tries(step.actor, work)) for step, work in works if isinstance(work, Command)]


def made(workload: Workload) -> Workloads:
    return Workloads(workload, np.random.default_rng(1), NOW)


def failures(workload: Workload, sessions: int) -> Sequence[tuple[str, Rejection]]:
    world, workloads = World(), made(workload)
    for session in workloads.preparation():
        world.play(session)
    played = [world.play(workloads.session(index)) for index in range(sessions)]
    return [(step.operation, no) for one in played for step, no in one if no is not None and not step.may_lose]


LEDGER_WORKLOADS = [
    Workload(Kind.PROVISIONING, object_bytes=100),
    Workload(Kind.MAINTENANCE),
    Workload(Kind.CYCLES, object_bytes=100),
    Workload(Kind.ANCHORING, machines=7, items=3),
    Workload(Kind.INVOICING, machines=3),
    Workload(Kind.BIDDING),
    Workload(Kind.BIDDING, selection="scored"),
    Workload(Kind.MIXED, machines=4, items=2, mix={"anchoring": 5, "invoicing": 2, "cycles": 1, "bidding": 1}),
]


@pytest.mark.parametrize("workload", LEDGER_WORKLOADS, ids=lambda one: f"{one.kind}-{one.selection}")
def test_every_command_takes_effect_in_its_order(workload: Workload) -> None:
    assert failures(workload, 20) == []


def test_of_a_contested_ticket_exactly_one_maintainer_wins() -> None:
    world, workloads = World(), made(Workload(Kind.BIDDING))
    for index in range(10):
        raced = [no for step, no in world.play(workloads.session(index)) if step.may_lose]
        assert sorted(no is None for no in raced) == [False, True]
    assert len(workloads.contested) == 10


def test_which_maintainer_is_handed_over_first_is_random() -> None:
    workloads = made(Workload(Kind.BIDDING))
    first = [next(step.actor for step in workloads.session(0) if step.may_lose) for _ in range(200)]
    assert 60 < first.count("rival") < 140


def test_making_ready_does_not_count() -> None:
    workloads = made(Workload(Kind.MAINTENANCE))
    assert [step.operation for step in workloads.session(0) if step.measured] == [
        "stop_machine", "open_ticket", "accept_ticket", "complete_ticket", "close_ticket", "reset_machine",
    ]  # fmt: skip


def test_no_two_objects_are_the_same_and_all_have_their_size() -> None:
    workloads = made(Workload(Kind.STORAGE, object_bytes=1000))
    works = [workloads.session(index)[0].work(0) for index in range(5)]
    contents = [work.content.whole() for work in works if isinstance(work, Put)]
    assert {len(one) for one in contents} == {1000}
    assert len(set(contents)) == 5


@pytest.mark.parametrize("workload", LEDGER_WORKLOADS, ids=lambda one: f"{one.kind}-{one.selection}")
def test_all_who_act_are_among_the_actors(workload: Workload) -> None:
    workloads = made(workload)
    acting = {
        step.actor for index in range(60) for step in workloads.session(index) if not step.operation.startswith("store")
    }
    assert acting <= set(workloads.actors)
