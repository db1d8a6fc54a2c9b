"""Files that hold a secret: only their owner can read them, and none is ever replaced."""

import os
from pathlib import Path

from maas_core.errors import SignerError


def write_private(file: Path, content: bytes) -> None:
    """Write a new file durably. Raises `SignerError`, also if it exists."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
    except FileExistsError:
        raise SignerError(f"{file}: exists; a key is never replaced") from None
    except OSError as error:
        raise SignerError(f"{file}: cannot be written: {error.strerror}") from None
