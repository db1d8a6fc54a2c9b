"""Writes a new node's config file; only what differs from the defaults, with a word on each table."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

Table = Mapping[str, Any]


def as_toml(tables: Table, comments: Mapping[str, str]) -> str:
    """Tables as a TOML file; `comments` has a line for some of them, by dotted path."""
    lines: list[str] = []
    _write(lines, tables, (), comments)
    return "\n".join(lines).strip() + "\n"


def _write(lines: list[str], table: Table, path: tuple[str, ...], comments: Mapping[str, str]) -> None:
    values = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    if path and (values or not table):
        dotted = ".".join(map(_key, path))
        comment = comments.get(".".join(path))
        lines += ["", *([f"# {comment}"] if comment else []), f"[{dotted}]"]
    lines += [f"{_key(key)} = {_value(value)}" for key, value in values.items()]
    for key, value in table.items():
        if isinstance(value, Mapping):
            _write(lines, value, (*path, key), comments)


def _key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str() | Path():
            return _text(str(value))
        case Mapping():
            return f"{{ {', '.join(f'{_key(key)} = {_value(one)}' for key, one in value.items())} }}"
        case Sequence():
            return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"{type(value).__name__} has no form in TOML")


def _text(text: str) -> str:
    return '"' + "".join(ESCAPES.get(one) or _printable(one) for one in text) + '"'


def _printable(character: str) -> str:
    return character if character.isprintable() else f"\\U{ord(character):08x}"
