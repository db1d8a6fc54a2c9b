"""The generated parts of `docs/protocol.md`: what the code says about types, commands, events and records.

    python -m maas_core.protocol.reference --write     bring the document up to date
    python -m maas_core.protocol.reference --check     exit with an error if it is not

A generated part lies between `<!-- generated: NAME -->` and `<!-- end -->`; everything else is written by hand.
"""

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from enum import IntEnum, IntFlag
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from maas_core.protocol import commands, events, records, rejections, rules, states, types
from maas_core.protocol.model.governance import USED_FIELDS
from maas_core.protocol.schema import FieldSpec, fields_of
from maas_core.protocol.states import ActionKind, Rule
from maas_core.protocol.types import FixedBytes, ListOf, Uint, VarBytes, WireType
from maas_core.protocol.wire import command_name

DOCUMENT = Path("docs/protocol.md")
PART = re.compile(r"(<!-- generated: ([a-z_ ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
MODULES = (types, states, commands, events, records, rules, rejections)


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = [list(header), ["---"] * len(list(header)), *(list(row) for row in rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def text_of(docstring: str | None) -> str:
    """A docstring as one line, code marked up alike."""
    return " ".join((docstring or "").split()).replace("|", "\\|")


def number(value: int) -> str:
    """A bound, as a power of two where that is what it is."""
    if value >= 2**16 - 1 and (value + 1) & value == 0:
        return f"2^{value.bit_length()} - 1"
    return str(value)


def width(wire: WireType) -> str:
    """How a wire type is called."""
    match wire:
        case Uint(bits):
            return f"u{bits}"
        case FixedBytes(size):
            return f"bytes{size}"
        case VarBytes(most):
            return f"bytes up to {most}"
        case ListOf(least, most):
            return f"list of {least} to {most}"


def domain(wire: WireType) -> str:
    """What the check of arguments accepts."""
    match wire:
        case Uint(_, low, high):
            return f"{low} to {number(high)}"
        case FixedBytes(_, required):
            return "not all zero" if required else "any"
        case VarBytes(most):
            return f"at most {most} bytes"
        case ListOf(least, most):
            return f"{least} to {most} elements"


@cache
def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def _documented(body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, str]]:
    """Each statement with the bare string that follows it, if one does."""
    for statement, after in zip(body, [*body[1:], None], strict=True):
        text = ""
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            text = text_of(str(after.value.value))
        yield statement, text


def notes_of(struct: type[Any]) -> dict[str, tuple[str, str]]:
    """Field -> (the type as the source names it, the docstring below the field)."""
    [node] = [
        statement
        for module in MODULES
        for statement in _tree(module).body
        if isinstance(statement, ast.ClassDef) and statement.name == struct.__name__
    ]
    return {
        ast.unparse(statement.target): (_type_name(statement.annotation), text)
        for statement, text in _documented(node.body)
        if isinstance(statement, ast.AnnAssign)
    }


def _type_name(annotation: ast.expr) -> str:
    """`Digest` for Annotated[Digest, EVENT_ONLY], `AnchorItem` for Annotated[tuple[AnchorItem, ...], ListOf(..)]."""
    if not isinstance(annotation, ast.Subscript):
        return ast.unparse(annotation)
    inner = annotation.slice
    assert isinstance(inner, ast.Tuple)
    return _type_name(inner.elts[0])


def fields_line(struct: type[Any]) -> str:
    """All fields in their order, in one line."""
    notes = notes_of(struct)
    return ", ".join(f"`{spec.name}` {_shown_type(spec, notes)}" for spec in fields_of(struct))


def _shown_type(spec: FieldSpec, notes: dict[str, tuple[str, str]]) -> str:
    name = notes[spec.name][0]
    if isinstance(spec.wire, ListOf):
        return f"{width(spec.wire)} {name}"
    return width(spec.wire) if name == "int" and spec.wire else name


def part_types() -> str:
    """Every name that a field's type can have."""
    rows = []
    for module in (types, states):
        for statement, text in _documented(_tree(module).body):
            if isinstance(statement, ast.Assign):
                name = ast.unparse(statement.targets[0])
                marks = getattr(getattr(module, name), "__metadata__", None)
                if marks:
                    rows.append((f"`{name}`", width(marks[0]), domain(marks[0]), text))
    return table(("type", "wire", "domain", "meaning"), rows)


def part_limits() -> str:
    """The constants of the protocol."""
    rows = []
    for statement, text in _documented(_tree(types).body):
        if isinstance(statement, ast.Assign):
            name = ast.unparse(statement.targets[0])
            value = getattr(types, name)
            if isinstance(value, int):
                rows.append((f"`{name}`", str(value), text))
    return table(("limit", "value", "meaning"), rows)


def part_enumerations() -> str:
    """Every enumeration with its members' numbers."""
    enums = [
        value
        for value in vars(states).values()
        if isinstance(value, type) and issubclass(value, IntEnum | IntFlag)
        if value.__module__ == states.__name__
    ]
    return table(
        ("enumeration", "members", "meaning"),
        (
            (
                f"`{enum.__name__}`",
                ", ".join(f"{member.name} {member.value}" for member in enum),
                text_of(enum.__doc__),
            )
            for enum in enums
        ),
    )


def part_rules() -> str:
    """The rules with their numbers and domains."""
    notes = notes_of(rules.Rules)
    rows = []
    for rule in Rule:
        wire = rules.domain(rule)
        name = rules.FIELD_OF[rule]
        rows.append((str(rule.value), f"`{name}`", width(wire), domain(wire), notes[name][1]))
    return table(("number", "rule", "wire", "domain", "meaning"), rows)


def part_codes() -> str:
    """The rejection codes with their numbers."""
    [node] = [
        statement
        for statement in _tree(rejections).body
        if isinstance(statement, ast.ClassDef) and statement.name == "Code"
    ]
    rows = [
        (ast.unparse(statement.value), f"`{ast.unparse(statement.targets[0])}`", text)
        for statement, text in _documented(node.body)
        if isinstance(statement, ast.Assign)
    ]
    return table(("number", "code", "meaning"), rows)


def part_actions() -> str:
    """Which fields of an action its kind uses."""
    names = [spec.name for spec in fields_of(commands.Action) if spec.name not in ("kind", "value")]
    return table(
        ("kind", "fields that are not zero"),
        ((kind.name, ", ".join(f"`{name}`" for name in names if name in USED_FIELDS[kind])) for kind in ActionKind),
    )


def part_structs() -> str:
    """The flat structs that commands, events and records hold."""
    structs = (rules.Rules, commands.Action, commands.AnchorItem, commands.Selection)
    return table(
        ("struct", "fields in their order"),
        ((f"`{struct.__name__}`", fields_line(struct)) for struct in structs),
    )


def part_events() -> str:
    """Every event with its fields."""
    return table(
        ("event", "meaning", "fields in their order"),
        ((f"`{event.__name__}`", text_of(event.__doc__), fields_line(event)) for event in events.EVENTS),
    )


def part_records() -> str:
    """Every record: its key, and of each field whether it is stored."""
    return "\n".join(
        f"#### `{kind}`\n\n{text_of(record.__doc__)}\n\n{_record_table(record)}"
        for kind, (record, _) in records.RECORDS.items()
    )


def _record_table(record: type[Any]) -> str:
    notes = notes_of(record)
    rows = []
    for spec in fields_of(record):
        kept = "event only" if spec.event_only else "stored, opaque" if spec.opaque else "stored"
        rows.append((f"`{spec.name}`", _shown_type(spec, notes), kept, notes[spec.name][1]))
    return table(("field", "type", "kept", "note"), rows)


def command_part(command: type[commands.Command]) -> str:
    """Who may send a command and what it does, and its fields."""
    return f"{text_of(command.__doc__)}\n\nFields: {fields_line(command)}.\n"


def part(name: str) -> str:
    """The generated part `name`: that of a command, or one of the tables of this module."""
    by_name = {command_name(command): command for command in commands.COMMANDS}
    if name in by_name:
        return command_part(by_name[name])
    made: str = globals()[f"part_{name}"]()
    return made


def updated(document: str) -> str:
    """The document with all its generated parts as the code has them now."""
    return PART.sub(lambda match: f"{match[1]}{part(match[2])}{match[3]}", document)


def main() -> None:
    """Write or check the document."""
    parser = argparse.ArgumentParser(description="the generated parts of the protocol reference")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help="bring the document up to date")
    mode.add_argument("--check", action="store_true", help="fail if the document is not up to date")
    parser.add_argument("--document", type=Path, default=DOCUMENT)
    arguments = parser.parse_args()
    now = arguments.document.read_text(encoding="utf-8")
    if arguments.write:
        arguments.document.write_text(updated(now), encoding="utf-8")
    elif now != updated(now):
        sys.exit(f"{arguments.document} is out of date: run this module with --write")


if __name__ == "__main__":
    main()
