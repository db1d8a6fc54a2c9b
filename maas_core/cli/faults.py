"""Internal errors: one line for the user, and the whole story in a file for whoever mends it, if asked for."""

import os
import traceback
from datetime import UTC, datetime
from pathlib import Path

from maas_core.ports.secret import safe_text


def told(error: Exception, *, in_full: bool) -> str:
    """One line about an exception that nobody expected; `in_full` writes its traceback to a file and says where."""
    line = safe_text(" ".join(f"{type(error).__name__}: {error}".split()))
    if not in_full:
        return f"internal error: {line}; run it again with --debug to have details written to a file"
    file = debug_file()
    try:
        _append(file, error)
    except OSError as failure:
        return f"internal error: {line}; details could not be written to {file}: {failure.strerror}"
    return f"internal error: {line}; details are in {file}"


def debug_file() -> Path:
    """Where details go: $XDG_STATE_HOME/maas/debug.log."""
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "maas" / "debug.log"


def _append(file: Path, error: Exception) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as target:
        target.write(f"{datetime.now(UTC).isoformat()}\n")
        target.write("".join(traceback.format_exception(error)))
