"""JSON from others, of bounded depth.

Python's parser goes down one level of the stack for each level of the text. How deep it may go is a setting of the
whole process, which libraries raise (to 100,000, far more than the stack has), so the depth is looked at first.
"""

import json
import re
from typing import Any

DEEPEST = 64
"""Levels of nesting that any document may have."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|[\[{\]}]', re.DOTALL)
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


def parsed(text: str, **hooks: Any) -> Any:
    """`json.loads` with its hooks. Raises ValueError for what is no JSON or is nested too deeply."""
    if text.count("[") + text.count("{") > DEEPEST:
        _check_depth(text)
    return json.loads(text, **hooks)


def _check_depth(text: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += _STEP.get(token[0], 0)
        if depth > DEEPEST:
            raise ValueError(f"it has more than {DEEPEST} levels of nesting")
