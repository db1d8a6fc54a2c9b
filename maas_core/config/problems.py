"""What is wrong with a config: told so that one knows where to look and what to write, without telling a secret."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from maas_core.ports.secret import MASK, safe_text

KeyPath = tuple[str, ...]

SECRET_KEY = re.compile(r"pass|secret|token|credential|api_?key|private|mnemonic", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FromEnvironment:
    """A value that an environment variable put into the config."""

    variable: str
    text: str = field(repr=False)


@dataclass(slots=True)
class Problems:
    """Collects all that is wrong, so that one run tells everything."""

    file: str
    lines: list[str] = field(default_factory=list)

    def wrong(self, path: KeyPath, value: Any, accepted: str) -> None:
        """A value that is not accepted."""
        self.add(path, f"{shown(path, value)} is not accepted; accepted: {accepted}", value)

    def missing(self, path: KeyPath, accepted: str) -> None:
        """A key that must be there."""
        self.add(path, f"is missing; accepted: {accepted}")

    def unknown(self, path: KeyPath, value: Any, accepted: Iterable[str]) -> None:
        """A key that nobody reads."""
        keys = sorted(accepted)
        close = get_close_matches(path[-1], keys, 1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        self.add(path, f"unknown key; {hint}accepted: {', '.join(keys) or 'nothing'}", value)

    def add(self, path: KeyPath, text: str, value: Any = None) -> None:
        """Anything else; `value` only tells where it comes from."""
        variables = _variables(value)
        origin = self.file if variables is None else f"environment {', '.join(variables)}"
        self.lines.append(f"{origin}: {'.'.join(path)}: {text}" if path else f"{origin}: {text}")


def shown(path: KeyPath, value: Any) -> str:
    """A value as a message may show it: short, and masked where it may be a secret."""
    plain = value.text if isinstance(value, FromEnvironment) else value
    if isinstance(plain, dict):
        return "a table"
    if any(SECRET_KEY.search(key) for key in path):
        return MASK
    if isinstance(plain, list):
        return f"a list of {len(plain)}"
    return safe_text(repr(plain))


def _variables(value: Any) -> list[str] | None:
    """The variables that a value consists of; None if any of it stands in the file."""
    if isinstance(value, FromEnvironment):
        return [value.variable]
    if not isinstance(value, dict) or not value:
        return None
    found: list[str] = []
    for inner in map(_variables, value.values()):
        if inner is None:
            return None
        found += inner
    return found
