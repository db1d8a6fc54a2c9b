"""Fills a frozen dataclass from a TOML table by the types of its fields, and says what does not fit.

The types that a field may have are listed in `maas_core/hookspecs.py`.
"""

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, Literal, TypeGuard, TypeVar, Union, get_args, get_origin, get_type_hints

from maas_core.config.problems import FromEnvironment, KeyPath, Problems
from maas_core.errors import ConfigError, PluginError
from maas_core.ports.secret import Secret

FAILED: Final = object()
"""Instead of a value: the problem has been noted."""

RAW_TABLE = dict[str, Any]
"""A field of this type takes a table as it is; somebody else reads it."""

T = TypeVar("T")
PLAIN: dict[Any, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads tables of one config file."""

    directory: Path
    """Relative paths count from here."""
    environment: Mapping[str, str]
    """Where `{ env = NAME }` looks."""
    problems: Problems

    def table(self, kind: type[Any], value: Any, path: KeyPath) -> Any:
        """An instance of the dataclass `kind`, or `FAILED`."""
        if not isinstance(value, dict):
            self.problems.wrong(path, value, f"a table with {', '.join(one.name for one in fields(kind)) or 'no keys'}")
            return FAILED
        hints = get_type_hints(kind)
        wanted = {one.name: one for one in fields(kind) if one.init}
        for key in sorted(value.keys() - wanted.keys()):
            self.problems.unknown((*path, key), value[key], wanted)
        read = {
            name: self._field(one, hints[name], value, (*path, name))
            for name, one in wanted.items()
            if name in value or _required(one)
        }
        if FAILED in read.values() or value.keys() - wanted.keys():
            return FAILED
        try:
            return kind(**read)
        except ValueError as error:
            key, _, text = str(error).partition(": ")
            if key in wanted and text:
                self.problems.add((*path, key), text, value.get(key))
            else:
                self.problems.add(path, str(error))
            return FAILED

    def _field(self, one: Field[Any], hint: Any, value: dict[str, Any], path: KeyPath) -> Any:
        if one.name not in value:
            self.problems.missing(path, accepted(hint, one.metadata))
            return FAILED
        return self.value(hint, value[one.name], path, one.metadata)

    def value(self, hint: Any, value: Any, path: KeyPath, metadata: Mapping[str, Any]) -> Any:
        """A value of the type `hint`, or `FAILED`."""
        hint = without_none(hint)
        if hint is Secret:
            return self._secret(value, path)
        if _is_dataclass_type(hint):
            return self.table(hint, value, path)
        match get_origin(hint):
            case origin if origin in (tuple, frozenset):
                return self._list(hint, value, path, metadata)
            case origin if origin in (dict, Mapping):
                return self._mapping(hint, value, path, metadata)
        converted = self._plain(hint, value)
        if converted is FAILED or not _in_bounds(converted, metadata):
            self.problems.wrong(path, value, accepted(hint, metadata))
            return FAILED
        return converted

    def _plain(self, hint: Any, value: Any) -> Any:
        if isinstance(value, FromEnvironment):
            value = _from_text(hint, value.text)
        if hint is Path:
            fits = isinstance(value, str) and value and not set(value) & set("\0\r\n")
            return self.directory / Path(value).expanduser() if fits else FAILED
        if hint is float and type(value) is int:
            return float(value)
        if hint in PLAIN:
            return value if type(value) is hint else FAILED
        choices = _choices(hint)
        return choices.get(value, FAILED) if isinstance(value, str) else FAILED

    def _list(self, hint: Any, value: Any, path: KeyPath, metadata: Mapping[str, Any]) -> Any:
        element = get_args(hint)[0]
        if isinstance(value, FromEnvironment):
            parts = [part.strip() for part in value.text.split(",") if part.strip()]
            value = [FromEnvironment(value.variable, part) for part in parts]
        if not isinstance(value, list):
            self.problems.wrong(path, value, accepted(hint, metadata))
            return FAILED
        read = [self.value(element, one, (*path, str(index)), metadata) for index, one in enumerate(value)]
        return FAILED if FAILED in read else get_origin(hint)(read)

    def _mapping(self, hint: Any, value: Any, path: KeyPath, metadata: Mapping[str, Any]) -> Any:
        if not isinstance(value, dict):
            self.problems.wrong(path, value, accepted(hint, metadata))
            return FAILED
        if hint == RAW_TABLE:
            return value
        element = get_args(hint)[1]
        read = {key: self.value(element, one, (*path, key), metadata) for key, one in value.items()}
        return FAILED if FAILED in read.values() else types.MappingProxyType(read)

    def _secret(self, value: Any, path: KeyPath) -> Any:
        """From the environment, or from where { file = ... } or { env = ... } points; never from the config itself."""
        if isinstance(value, FromEnvironment):
            return Secret(value.text)
        if not isinstance(value, dict) or len(value) != 1 or value.keys() - {"file", "env"}:
            self.problems.add(path, f"a secret does not stand in the config; accepted: {accepted(Secret, {})}", value)
            return FAILED
        [(source, where)] = value.items()
        place = self.value(Path if source == "file" else str, where, (*path, source), {})
        if place is FAILED:
            return FAILED
        text = self._secret_file(place, path) if source == "file" else self.environment.get(place)
        if not text:
            self.problems.add((*path, source), f"{str(place)!r} is empty, not set or cannot be read", where)
            return FAILED
        return Secret(text)

    def _secret_file(self, file: Path, path: KeyPath) -> str:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            self.problems.add((*path, "file"), f"cannot be read ({type(error).__name__})")
            return ""


def accepted(hint: Any, metadata: Mapping[str, Any]) -> str:
    """What a field of this type takes, for people. Raises `PluginError` for a type that a field cannot have."""
    hint = without_none(hint)
    if hint is Secret:
        return '{ file = "PATH" } or { env = "NAME" }'
    if hint is Path:
        return "a path"
    if hint in PLAIN:
        return PLAIN[hint] + _bounds(metadata)
    if _is_dataclass_type(hint):
        return f"a table with {', '.join(one.name for one in fields(hint))}"
    if get_origin(hint) in (tuple, frozenset):
        return f"a list, each {accepted(get_args(hint)[0], metadata)}"
    if get_origin(hint) in (dict, Mapping):
        return "a table"
    return "one of " + ", ".join(f'"{choice}"' for choice in _choices(hint))


def without_none(hint: Any) -> Any:
    """`T` for `T | None`; a key that may be None is left out of the file."""
    if get_origin(hint) in (Union, types.UnionType):
        [*others] = [one for one in get_args(hint) if one is not type(None)]
        if len(others) == 1:
            return others[0]
    return hint


def _choices(hint: Any) -> dict[str, Any]:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {str(one.value): one for one in hint}
    if get_origin(hint) is Literal:
        return {str(one): one for one in get_args(hint)}
    raise PluginError(f"a settings dataclass has a field of type {hint!r}, which a config cannot hold")


def _from_text(hint: Any, text: str) -> Any:
    if hint is bool:
        return {"true": True, "false": False}.get(text.lower(), FAILED)
    if hint in (int, float):
        try:
            return hint(text)
        except ValueError:
            return FAILED
    return text


def _required(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _is_dataclass_type(hint: Any) -> TypeGuard[type[Any]]:
    return isinstance(hint, type) and is_dataclass(hint)


def _in_bounds(value: Any, metadata: Mapping[str, Any]) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return True
    return bool(metadata.get("min", value) <= value <= metadata.get("max", value))


def _bounds(metadata: Mapping[str, Any]) -> str:
    low, high = metadata.get("min"), metadata.get("max")
    if low is None and high is None:
        return ""
    if high is None:
        return f" from {low}"
    return f" up to {high}" if low is None else f" from {low} to {high}"


def read_table(kind: type[T], value: Any, source: str, directory: Path, path: KeyPath = ()) -> T:
    """The dataclass that a table fills, without an environment; relative paths count from `directory`.

    Raises `ConfigError` with a line for each thing that is wrong; lines begin with `source`.
    """
    problems = Problems(source)
    read = Reader(directory, {}, problems).table(kind, value, path)
    if read is FAILED or problems.lines:
        raise ConfigError("\n".join(problems.lines))
    assert isinstance(read, kind)
    return read
