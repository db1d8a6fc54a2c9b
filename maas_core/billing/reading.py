"""Fills the dataclasses of a document from JSON by the types of their fields, and tells all that does not fit."""

import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from enum import Enum
from fractions import Fraction
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from maas_core.billing.shapes import MOMENT_PATTERN, NUMBER_PATTERN
from maas_core.errors import UsageError

FAILED: Final = object()
"""Instead of a value: the problem has been noted."""

LONGEST_SHOWN = 60


@dataclass(slots=True)
class Reader:
    """Reads one document and collects what is wrong with it."""

    problems: list[str] = field(default_factory=list)

    def document(self, kind: type[Any], value: Any, what: str) -> Any:
        """An instance of `kind`. Raises `UsageError` that lists every problem with its path."""
        read = self.value(kind, value, "", {})
        if self.problems:
            raise UsageError("\n  ".join([f"{what} cannot be used:", *self.problems]))
        return read

    def value(self, hint: Any, value: Any, path: str, metadata: Mapping[str, Any]) -> Any:
        """A value of the type `hint`, or `FAILED`."""
        hint = without_none(hint)
        if kinds := kinds_of(hint):
            return self._tagged(kinds, value, path)
        if is_shape(hint):
            return self._table(hint, value, path)
        if get_origin(hint) is tuple:
            return self._list(hint, value, path, metadata)
        read = _plain(hint, value, metadata)
        if read is FAILED:
            self._wrong(path, value, accepted(hint, metadata))
        return read

    def _tagged(self, kinds: dict[str, type[Any]], value: Any, path: str) -> Any:
        kind = value.get("kind") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in kinds:
            wanted = "one of " + ", ".join(f'"{one}"' for one in kinds)
            self._wrong(_joined(path, "kind"), kind, f"an object whose kind is {wanted}")
            return FAILED
        return self._table(kinds[kind], value, path)

    def _table(self, shape: type[Any], value: Any, path: str) -> Any:
        wanted = {one.name: one for one in fields(shape)}
        if not isinstance(value, dict):
            self._wrong(path, value, f"an object with {', '.join(wanted)}")
            return FAILED
        for unknown in sorted(value.keys() - wanted.keys()):
            near = get_close_matches(unknown, wanted, 1)
            hint = f"did you mean {near[0]}?" if near else f"accepted: {', '.join(wanted)}"
            self.problems.append(f"{_joined(path, unknown)}: there is no such key; {hint}")
        hints = get_type_hints(shape, include_extras=True)
        read = {key: self._field(one, hints[key], value, _joined(path, key)) for key, one in wanted.items()}
        if FAILED in read.values() or value.keys() - wanted.keys():
            return FAILED
        return shape(**{key: one for key, one in read.items() if one is not MISSING})

    def _field(self, one: Field[Any], hint: Any, value: dict[str, Any], path: str) -> Any:
        if one.name in value:
            return self.value(hint, value[one.name], path, one.metadata)
        if required(one):
            self.problems.append(f"{path}: is missing; accepted: {accepted(hint, one.metadata)}")
            return FAILED
        return MISSING

    def _list(self, hint: Any, value: Any, path: str, metadata: Mapping[str, Any]) -> Any:
        least, most = metadata.get("least") or 0, metadata.get("most")
        if not isinstance(value, list) or len(value) < least or (most is not None and len(value) > most):
            self._wrong(path, value, accepted(hint, metadata))
            return FAILED
        inner = {"pattern": metadata.get("pattern")}
        read = [self.value(get_args(hint)[0], one, f"{path}[{n}]", inner) for n, one in enumerate(value)]
        return FAILED if FAILED in read else tuple(read)

    def _wrong(self, path: str, value: Any, wanted: str) -> None:
        shown = "nothing" if value is None else repr(value)
        if len(shown) > LONGEST_SHOWN:
            shown = shown[:LONGEST_SHOWN] + "..."
        self.problems.append(f"{path or 'the document'}: {shown} does not fit; accepted: {wanted}")


def is_shape(hint: Any) -> bool:
    """Whether a type is a dataclass of a document."""
    return isinstance(hint, type) and is_dataclass(hint)


def without_none(hint: Any) -> Any:
    """`T` for `T | None`; a key that may be None is left out of the document."""
    if get_origin(hint) in (Union, types.UnionType):
        others = [one for one in get_args(hint) if one is not type(None)]
        if len(others) == 1:
            return others[0]
    return hint


def kinds_of(hint: Any) -> dict[str, type[Any]]:
    """The classes of a union by their `kind`; empty for anything else."""
    if get_origin(hint) not in (Union, types.UnionType):
        return {}
    return {get_args(get_type_hints(one)["kind"])[0]: one for one in get_args(hint)}


def required(one: Field[Any]) -> bool:
    """Whether a document must have a field. A `kind` or `format` is always written, though it has only one value."""
    return one.name in ("kind", "format") or (one.default is MISSING and one.default_factory is MISSING)


def choices(hint: Any) -> dict[str, Any]:
    """The texts that a choice takes, and what they mean; empty for anything else."""
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {str(one.value): one for one in hint}
    return {str(one): one for one in get_args(hint)} if get_origin(hint) is Literal else {}


def moment(text: str) -> int:
    """Seconds UTC of "2018-01-31T00:00:00Z". Raises `ValueError`."""
    if not re.fullmatch(MOMENT_PATTERN, text):
        raise ValueError(text)
    seconds = int(datetime.fromisoformat(text).timestamp())
    if seconds < 0:
        raise ValueError(text)
    return seconds


def moment_text(seconds: int) -> str:
    """As `moment` reads it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(hint: Any, value: Any, metadata: Mapping[str, Any]) -> Any:
    if found := choices(hint):
        return found.get(value, FAILED) if isinstance(value, str) else FAILED
    if hint is bool:
        return value if isinstance(value, bool) else FAILED
    if hint is int:
        return value if type(value) is int and _within(value, metadata) else FAILED
    if not isinstance(value, str):
        return FAILED
    if hint is Fraction:
        fits = re.fullmatch(NUMBER_PATTERN, value)
        return Fraction(value) if fits and _within(Fraction(value), metadata) else FAILED
    if get_origin(hint) is Annotated:
        return _moment(value)
    pattern, least, most = metadata.get("pattern"), metadata.get("least") or 0, metadata.get("most")
    fits_length = least <= len(value) and (most is None or len(value) <= most)
    return value if fits_length and (not pattern or re.fullmatch(pattern, value)) else FAILED


def _moment(value: str) -> Any:
    try:
        return moment(value)
    except ValueError:
        return FAILED


def _within(value: Any, metadata: Mapping[str, Any]) -> bool:
    low, high = metadata.get("low"), metadata.get("high")
    return (low is None or value >= low) and (high is None or value <= high)


def accepted(hint: Any, metadata: Mapping[str, Any]) -> str:
    """What a field takes, for people."""
    hint = without_none(hint)
    if kinds := kinds_of(hint):
        return "an object of kind " + ", ".join(f'"{one}"' for one in kinds)
    if is_shape(hint):
        return f"an object with {', '.join(one.name for one in fields(hint))}"
    if get_origin(hint) is tuple:
        return f"a list{_lengths(metadata)}, each {accepted(get_args(hint)[0], {'pattern': metadata.get('pattern')})}"
    if found := choices(hint):
        return "one of " + ", ".join(f'"{one}"' for one in found) if len(found) > 1 else f'"{next(iter(found))}"'
    if get_origin(hint) is Annotated:
        return 'a time, "2018-01-31T00:00:00Z"'
    plain = {bool: "true or false", int: "a whole number", Fraction: 'a decimal number in a string, "0.1245"'}
    if hint in plain:
        return plain[hint] + _bounds(metadata)
    pattern = metadata.get("pattern")
    return f"text like {pattern}" if pattern else f"text{_lengths(metadata)}"


def _bounds(metadata: Mapping[str, Any]) -> str:
    low, high = metadata.get("low"), metadata.get("high")
    if high is None:
        return "" if low is None else f", from {low}"
    return f", from {low} to {high}"


def _lengths(metadata: Mapping[str, Any]) -> str:
    least, most = metadata.get("least") or 0, metadata.get("most")
    if most is None:
        return f" of at least {least}" if least else ""
    return f" of {least} to {most}" if least else f" of up to {most}"


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
