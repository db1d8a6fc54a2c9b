"""JSON in one spelling only: RFC 8785, and in our documents no floats.

Integers beyond 2^53 - 1 and fractions are written as decimal strings by whoever makes a document.
"""

from collections.abc import Mapping
from typing import Any, NoReturn

import rfc8785

from maas_core.errors import IntegrityError, UsageError
from maas_core.proofs.shallow import DEEPEST, parsed

LARGEST_INTEGER = 2**53 - 1


def dumps(value: Any) -> bytes:
    """The one spelling of a value. Raises `UsageError` for what a document cannot hold."""
    _check(value, "", DEEPEST)
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise UsageError(f"a document cannot hold this: {error}") from None


def loads(content: bytes) -> Any:
    """The value of a document. Raises `IntegrityError` unless `content` is the canonical spelling of it."""
    try:
        value = parsed(
            content.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
        spelled = dumps(value)
    except (ValueError, UsageError) as error:
        raise IntegrityError(f"not a canonical JSON document: {error}") from None
    if spelled != content:
        at = next((i for i, (a, b) in enumerate(zip(spelled, content, strict=False)) if a != b), len(spelled))
        raise IntegrityError(f"not a canonical JSON document: spelled otherwise than RFC 8785 wants from byte {at} on")
    return value


def _check(value: Any, place: str, levels: int) -> None:
    if levels == 0:
        raise UsageError(f"a document has at most {DEEPEST} levels")
    match value:
        case None | bool() | str():
            return
        case int():
            if abs(value) > LARGEST_INTEGER:
                raise UsageError(f"{place or 'the value'}: integers beyond 2^53 - 1 are written as decimal strings")
        case list() | tuple():
            for number, one in enumerate(value):
                _check(one, f"{place}[{number}]", levels - 1)
        case Mapping():
            for key, one in value.items():
                if not isinstance(key, str):
                    raise UsageError(f"{place or 'the value'}: a key is a string, not {key!r}")
                _check(one, f"{place}.{key}" if place else key, levels - 1)
        case _:
            raise UsageError(f"{place or 'the value'}: a document holds no {type(value).__name__}")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key appears twice in one object")
    return found


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]} is not an integer; fractions are written as decimal strings")
