"""Where in the order of its checks a command is refused, found in the source of the model.

A position is a chain of calls from a command's handler to one `require`. All positions are enumerated from the syntax
trees, so that a new check is known without anybody listing it; which one refused is read from the traceback.
"""

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from types import CodeType, ModuleType, TracebackType
from typing import Any

from maas_core.protocol.commands import Command
from maas_core.protocol.model import DECIDE, State
from maas_core.protocol.rejections import Rejected, require
from maas_core.protocol.wire import command_name

MODEL = "maas_core.protocol.model"


@dataclass(frozen=True, slots=True)
class Position:
    """One check of one command: the calls that lead to it, and what it requires."""

    command: str
    calls: tuple[str, ...]
    """Each with its number within the calling function, e.g. "known_party.1"."""
    code: str
    condition: str

    def __str__(self) -> str:
        return " > ".join((self.command, *self.calls))


@dataclass(frozen=True, slots=True)
class Call:
    """A call within a function that may refuse."""

    node: ast.Call
    label: str
    target: Callable[..., Any]


def positions_of(command: type[Command]) -> tuple[Position, ...]:
    """All checks of a command but that of its arguments' domains, in the order of the source."""
    return positions_of_handler(command_name(command), DECIDE[command])


def position_of_refusal(state: State, command: Command, sender: bytes, time: int) -> Position | None:
    """Which check refuses the command; None if its handler accepts it."""
    handler = DECIDE[type(command)]
    try:
        handler(state, command, sender, time)
    except Rejected as refusal:
        return _locate(command_name(type(command)), handler, _frames(refusal.__traceback__))
    return None


@cache
def positions_of_handler(command: str, handler: Callable[..., Any]) -> tuple[Position, ...]:
    """The same, by the command's name and its handler."""
    return tuple(_below(command, handler, ()))


def _below(command: str, function: Callable[..., Any], path: tuple[str, ...]) -> list[Position]:
    found: list[Position] = []
    for call in _calls(function):
        here = (*path, call.label)
        if call.target is require:
            condition, code = call.node.args[:2]
            found.append(Position(command, here, _code_name(code), ast.unparse(condition)))
        else:
            found += _below(command, call.target, here)
    return found


def _code_name(node: ast.expr) -> str:
    assert isinstance(node, ast.Attribute)
    return node.attr


@cache
def _calls(function: Callable[..., Any]) -> tuple[Call, ...]:
    """The calls of a function that lead to a `require`, in the order of the source."""
    module = inspect.getmodule(function)
    assert module is not None
    found: list[Call] = []
    counts: dict[str, int] = {}
    for node in _call_nodes(_definition(module, function.__name__)):
        for target in filter(_may_refuse, _targets(module, node)):
            name = target.__name__
            counts[name] = counts.get(name, 0) + 1
            found.append(Call(node, f"{name}.{counts[name]}", target))
    return tuple(found)


def _call_nodes(definition: ast.FunctionDef) -> list[ast.Call]:
    nodes = [node for node in ast.walk(definition) if isinstance(node, ast.Call)]
    return sorted(nodes, key=lambda node: (node.lineno, node.col_offset))


@cache
def _definitions(module: ModuleType) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(module))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _definition(module: ModuleType, name: str) -> ast.FunctionDef:
    return _definitions(module)[name]


def _targets(module: ModuleType, node: ast.Call) -> list[Callable[..., Any]]:
    """The function that a call names, or all functions of the table that it looks one up in."""
    match node.func:
        case ast.Name(name):
            named = [getattr(module, name, None)]
        case ast.Subscript(ast.Name(table)):
            named = list(getattr(module, table, {}).values())
        case _:
            named = []
    return [target for target in named if inspect.isfunction(target)]


def _may_refuse(target: Callable[..., Any]) -> bool:
    if target is require:
        return True
    return target.__module__.startswith(MODEL) and bool(_calls(target))


@cache
def _locate(command: str, handler: Callable[..., Any], frames: tuple[tuple[CodeType, int], ...]) -> Position:
    path: list[str] = []
    function = handler
    for (code, last), (callee, _) in pairwise(frames):
        call = _call_at(function, code, last, callee.co_name)
        path.append(call.label)
        function = call.target
    return next(one for one in positions_of_handler(command, handler) if one.calls == tuple(path))


def _frames(trace: TracebackType | None) -> tuple[tuple[CodeType, int], ...]:
    """Code and last instruction of every frame, from the handler on."""
    frames = []
    while trace is not None:
        frames.append((trace.tb_frame.f_code, trace.tb_lasti))
        trace = trace.tb_next
    return tuple(frames[1:])


def _call_at(function: Callable[..., Any], code: CodeType, last: int, callee: str) -> Call:
    """The call that was under way: the innermost of that function that covers the instruction's place in the source."""
    line, end_line, column, end_column = list(code.co_positions())[last // 2]
    start, end = (line or 0, column or 0), (end_line or 0, end_column or 0)
    covering = [
        call
        for call in _calls(function)
        if call.target.__name__ == callee and _start(call) <= start and end <= _end(call)
    ]
    return max(covering, key=_start)


def _start(call: Call) -> tuple[int, int]:
    return call.node.lineno, call.node.col_offset


def _end(call: Call) -> tuple[int, int]:
    return call.node.end_lineno or 0, call.node.end_col_offset or 0
