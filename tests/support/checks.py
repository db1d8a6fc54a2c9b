"""Reads from the source of the model which checks each command's handler makes, in which order.

The handlers are straight-line code: `require(condition, Code.X)` and calls of functions that contain such calls. So the
codes in order of evaluation are the documented order of checks. Two branches with the same checks count once.
"""

import ast
import inspect
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType

from maas_core.protocol import events
from maas_core.protocol.commands import COMMANDS, Command
from maas_core.protocol.model import (
    DECIDE,
    bidding,
    consortium,
    governance,
    invoices,
    machines,
    maintenance,
    state,
    telemetry,
)

ROOMS = (state, governance, consortium, machines, telemetry, invoices, maintenance, bidding)
EFFECT = "effect_of"
"""Not expanded within a command: the checks of an action are documented once."""

EVENT_NAMES = {event.__name__ for event in events.EVENTS}


@dataclass
class Found:
    """What a piece of source does: the codes of its checks in order, and the events it makes."""

    codes: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    calls: set[str] = field(default_factory=set)

    def add(self, other: "Found") -> None:
        """Append what follows."""
        self.codes += other.codes
        self.events += [event for event in other.events if event not in self.events]
        self.calls |= other.calls


def of_command(command: type[Command]) -> Found:
    """What the handler of a command does."""
    return of_function(DECIDE[command].__name__)


@cache
def functions() -> dict[str, ast.FunctionDef]:
    """Every function of the model by name; those of two rooms with one name make no checks."""
    found: dict[str, ast.FunctionDef] = {}
    for room in ROOMS:
        found.update(_functions_of(room))
    return found


@cache
def _functions_of(room: ModuleType) -> dict[str, ast.FunctionDef]:
    body = ast.parse(inspect.getsource(room)).body
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}


def _function(name: str, room: dict[str, ast.FunctionDef]) -> ast.FunctionDef | None:
    return room.get(name) or functions().get(name)


def of_function(name: str) -> Found:
    """What a function of the model does."""
    room = next(_functions_of(room) for room in ROOMS if name in _functions_of(room))
    return _of_block(room[name].body, room)


def _of_block(statements: list[ast.stmt], room: dict[str, ast.FunctionDef]) -> Found:
    found = Found()
    for statement in statements:
        found.add(_of_statement(statement, room))
    return found


def _of_statement(node: ast.stmt, room: dict[str, ast.FunctionDef]) -> Found:
    match node:
        case ast.If(test, body, orelse):
            found = _of_expression(test, room)
            first, second = _of_block(body, room), _of_block(orelse, room)
            if first.codes == second.codes:
                second.codes = []
            found.add(first)
            found.add(second)
            return found
        case ast.For(_, iterated, body):
            found = _of_expression(iterated, room)
            found.add(_of_block(body, room))
            return found
        case ast.Match(_, cases):
            found = Found()
            for case in cases:
                found.add(_of_block(case.body, room))
            return found
        case _:
            return _of_expression(node, room)


def _of_expression(node: ast.AST, room: dict[str, ast.FunctionDef]) -> Found:
    found = Found()
    for child in ast.iter_child_nodes(node):
        found.add(_of_expression(child, room))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        found.add(_of_call(node.func.id, node, room))
    return found


def _of_call(name: str, node: ast.Call, room: dict[str, ast.FunctionDef]) -> Found:
    if name == "require":
        return Found(codes=[node.args[1].attr] if isinstance(node.args[1], ast.Attribute) else [])
    if name == EFFECT:
        return Found(codes=[EFFECT], calls={name})
    if name in EVENT_NAMES:
        return Found(events=[name])
    called = _function(name, room)
    found = Found(calls={name})
    if called is not None:
        found.add(_of_block(called.body, room))
    return found


if __name__ == "__main__":
    for one in COMMANDS:
        print(one.__name__, of_command(one))  # noqa: T201
