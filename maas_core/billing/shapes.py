"""What a document is made of: frozen dataclasses whose fields say what they take.

The reader (`reading.py`), the JSON Schema (`schema.py`) and the tables in docs/terms.md are made from these classes, so
they cannot disagree.
"""

from dataclasses import MISSING, field
from fractions import Fraction
from typing import Annotated, Any

Moment = Annotated[int, "moment"]
"""Seconds UTC; in a document "2018-01-31T00:00:00Z"."""

Number = Fraction
"""An exact decimal number; in a document a string, "0.1245"."""

MOMENT_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
NUMBER_PATTERN = r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?$"
NAME_PATTERN = r"^[a-z][a-z0-9_-]{0,39}$"
SIGNAL_PATTERN = r"^[^\x00-\x1f\x7f]{1,80}$"


def key(
    meaning: str,
    *,
    default: Any = MISSING,
    low: int | None = None,
    high: int | None = None,
    least: int = 0,
    most: int | None = None,
    pattern: str | None = None,
) -> Any:
    """A field of a document.

    `low` and `high` bound integers and numbers, `least` and `most` the length of texts and lists, `pattern` is a
    regular expression for a text, or for each text of a list.
    """
    metadata = {"help": meaning, "low": low, "high": high, "least": least, "most": most, "pattern": pattern}
    return field(default=default, metadata=metadata)


def label(meaning: str, **options: Any) -> Any:
    """A field for a name that the document gives or refers to: lower case, up to 40 characters."""
    return key(meaning, pattern=NAME_PATTERN, **options)


def labels(meaning: str, **options: Any) -> Any:
    """A field for a list of such names."""
    return key(meaning, pattern=NAME_PATTERN, most=64, **options)


def free_text(meaning: str, **options: Any) -> Any:
    """A field for free text of up to 200 characters."""
    return key(meaning, most=200, **options)
