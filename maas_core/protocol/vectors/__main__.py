"""`python -m maas_core.protocol.vectors [--write | --check]`, from the root of the repository."""

import argparse
import difflib
import sys
from pathlib import Path

from maas_core.protocol.vectors.book import Book, make_book
from maas_core.protocol.vectors.files import FOLDER

SHOWN_LINES = 6
SHOWN_WIDTH = 300


def main() -> int:
    """Make the book, print what it reaches, and write or compare it."""
    parser = argparse.ArgumentParser(prog="python -m maas_core.protocol.vectors", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--write", action="store_true", help="write vectors/*.json and docs/protocol-coverage.md")
    what.add_argument("--check", action="store_true", help="exit with 1 if they are not what --write would write")
    arguments = parser.parse_args()
    book = make_book()
    print(book.summary)  # noqa: T201
    faults = list(book.faults)
    if arguments.write:
        _write(book)
    if arguments.check:
        faults += _differences(book)
    for fault in faults:
        print(fault, file=sys.stderr)  # noqa: T201
    return 1 if faults else 0


def _write(book: Book) -> None:
    for path in _strays(book):
        path.unlink()
    for path, text in book.texts.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _strays(book: Book) -> list[Path]:
    return sorted(set(FOLDER.glob("*.json")) - book.texts.keys())


def _differences(book: Book) -> list[str]:
    found = [f"{path}: should not be there" for path in _strays(book)]
    for path, text in book.texts.items():
        there = path.read_text(encoding="utf-8") if path.exists() else ""
        if there != text:
            lines = difflib.unified_diff(
                there.splitlines(), text.splitlines(), str(path), "from the model", "", "", 0, ""
            )
            shown = [line[:SHOWN_WIDTH] for _, line in zip(range(SHOWN_LINES), lines, strict=False)]
            found.append("\n".join([f"{path}: differs; run --write and look at the difference", *shown]))
    return found


if __name__ == "__main__":
    sys.exit(main())
