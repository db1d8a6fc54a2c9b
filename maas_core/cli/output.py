"""Shows any record as a table or as JSON."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What could move the cursor, change colours or turn text round: data comes from other parties."""

WIDTH_OF_A_PIPE = 250


def as_json(value: Any) -> str:
    """Dataclasses as objects, bytes as lower-case hex, enums by their value."""
    return json.dumps(plain(value), indent=2)


def plain(value: Any) -> Any:
    """A value in what JSON knows; what it does not know as text, so that a secret stays masked."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(plain(key)): plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case set() | frozenset():
            return sorted(plain(one) for one in value)
        case type():
            return value.__name__
    return value.hex() if isinstance(value, bytes) else str(value)


def printable(text: str) -> str:
    """Text that a terminal shows and does not obey."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def cell(value: Any) -> str:
    """A value in a table's cell."""
    shown = value if isinstance(value, PurePath) else plain(value)
    match shown:
        case None | "" | []:
            return "-"
        case bool():
            return "yes" if shown else "no"
        case list():
            return printable(", ".join(map(cell, shown)))
        case dict():
            return printable(", ".join(f"{key}={cell(one)}" for key, one in shown.items()) or "-")
    return printable(str(shown))


def print_table(value: Any, title: str = "", columns: tuple[str, ...] = ()) -> None:
    """Print a list as a table with a row for each, anything else as one with a row for each field."""
    from rich.table import Table  # noqa: PLC0415 - takes longer to import than most commands run

    many = isinstance(value, (list, tuple))
    rows = [plain(one) for one in value] if many else []
    if many and not rows:
        _console().print(f"{title or 'Result'}: none", markup=False, highlight=False)
        return
    table = Table(title=title or None, title_justify="left", title_style="bold", show_header=many)
    if many:
        shown = columns or tuple(rows[0])
        cells = [[cell(row.get(name)) for name in shown] for row in rows]
    else:
        shown = ("", "")
        cells = [[_heading(name), cell(one)] for name, one in _flat(plain(value)).items()]
    for name in shown:
        table.add_column(_heading(name), overflow="fold")
    for row in cells:
        table.add_row(*map(_text, row))
    _console().print(table)


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted names."""
    flat: dict[str, Any] = {}
    for name, one in value.items():
        flat |= _flat(one, f"{prefix}{name}.") if isinstance(one, Mapping) and one else {f"{prefix}{name}": one}
    return flat


def _text(text: str) -> Any:
    from rich.text import Text  # noqa: PLC0415 - as above

    return Text(text)


def _heading(name: str) -> str:
    return name.replace("_", " ")


def _console() -> "Console":
    from rich.console import Console  # noqa: PLC0415 - as above

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH_OF_A_PIPE)
