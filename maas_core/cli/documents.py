"""Documents that commands take from files."""

from pathlib import Path

import click

from maas_core.errors import UsageError
from maas_core.proofs.shallow import parsed

document = click.Path(path_type=Path, exists=True, dir_okay=False)
"""The type of an option that names such a file."""


def content_of(file: Path) -> bytes:
    """A file's content; JSON is brought into its canonical spelling, so that spaces and order make no difference."""
    content = file.read_bytes()
    try:
        value = parsed(content.decode())
    except ValueError:
        return content
    return _canonical(value, file)


def json_of(file: Path) -> bytes:
    """A file that holds a JSON object, in its canonical spelling. Raises `UsageError`."""
    try:
        value = parsed(file.read_bytes().decode())
    except ValueError as error:
        raise UsageError(f"{file}: is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise UsageError(f"{file}: must hold a JSON object, not a {type(value).__name__}")
    return _canonical(value, file)


def _canonical(value: object, file: Path) -> bytes:
    from maas_core.proofs import canonical  # noqa: PLC0415 - only when a document is read

    try:
        return canonical.dumps(value)
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from None
