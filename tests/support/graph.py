"""The graph of all situations that a scenario can reach, computed from what the model accepts.

A node is a situation with versions, numbers and exact times left out: what is left decides which kinds of commands are
possible. Each node keeps one concrete state, from which the model decides what leads on. An edge has the label of who
takes it; letting time pass is an edge of nobody.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from maas_core.protocol.commands import Command
from maas_core.protocol.model import apply, decide
from maas_core.protocol.records import (
    Accreditation,
    AnchorHead,
    BidRecord,
    BillingHead,
    ChangeOffer,
    Invoice,
    Machine,
    Party,
    Ticket,
)
from maas_core.protocol.rejections import Rejection
from maas_core.protocol.vectors.cast import DAY, identity
from tests.support.world import World

Node = Hashable
Moves = Callable[[Any, int], Iterable[tuple[str, Command]]]
NOBODY = "nobody"
LONG = 60 * DAY
"""Longer than every deadline and rule of a scenario."""


@dataclass
class Graph:
    """Situations by node, and from each node the edges: who takes it, and where it leads."""

    situations: dict[Node, tuple[Any, int]]
    edges: dict[Node, set[tuple[str, Node]]]

    def reaches(self, goal: Callable[[Any], bool], without: Iterable[str]) -> set[Node]:
        """The nodes from which a state with `goal` is reached with no move of the parties `without`."""
        silent = set(without)
        backwards: dict[Node, set[Node]] = defaultdict(set)
        for source, edges in self.edges.items():
            for who, target in edges:
                if who not in silent:
                    backwards[target].add(source)
        found = {node for node, (state, _) in self.situations.items() if goal(state)}
        queue = deque(found)
        while queue:
            for source in backwards[queue.popleft()] - found:
                found.add(source)
                queue.append(source)
        return found


def explore(start: World, moves: Moves) -> Graph:
    """Everything that `moves` and time can lead to."""
    first = node_of(start.state, start.time)
    graph = Graph({first: (start.state, start.time)}, {})
    queue = deque([first])
    while queue:
        node = queue.popleft()
        graph.edges[node] = set()
        for who, state, time in _next(*graph.situations[node], moves):
            target = node_of(state, time)
            if target not in graph.situations:
                graph.situations[target] = (state, time)
                queue.append(target)
            graph.edges[node].add((who, target))
    return graph


def _next(state: Any, time: int, moves: Moves) -> Iterable[tuple[str, Any, int]]:
    yield NOBODY, state, time + LONG
    for who, command in moves(state, time):
        outcome = decide(state, command, identity(who), time)
        if not isinstance(outcome, Rejection):
            yield who, apply(state, outcome), time


def node_of(state: Any, time: int) -> Node:
    """What is left of a situation without versions, numbers and exact times."""
    close_after = state["deployment",].rules.close_after
    facts = ((key, _facts(record, time, close_after)) for key, record in state.items())
    return frozenset((key, fact) for key, fact in facts if fact is not None)


def _facts(record: Any, time: int, close_after: int) -> Hashable:
    match record:
        case Machine() | ChangeOffer() | BidRecord() | Party():
            return int(record.state)
        case AnchorHead():
            return record.closed
        case BillingHead():
            return record.final
        case Accreditation():
            return record.maintainers
        case Invoice():
            return int(record.state), time >= record.respond_by, time >= record.time + close_after
        case Ticket():
            policy = record.selection
            ends = (
                record.deadline,
                policy.award_at,
                policy.commit_until,
                policy.reveal_until,
                record.time + close_after,
            )
            reached = tuple(time >= end for end in ends)
            return int(record.state), int(policy.policy), record.opener, record.assignee, *reached
        case _:
            return None
