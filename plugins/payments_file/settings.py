"""What the config says about payments by files and by hand."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Files(StrEnum):
    """When transfers are written to a file for the bank."""

    EACH = "each"
    COLLECTED = "collected"


@dataclass(frozen=True, slots=True)
class BankSettings:
    """Table [payments.settings] with `backend = "pain001"`."""

    directory: Path = field(
        default=Path("payments"),
        metadata={
            "help": "What was ordered (orders), files to hand to the bank (outgoing), its statements (statements)."
        },
    )
    files: Files = field(
        default=Files.EACH,
        metadata={"help": "A file for each transfer, or `collected`: one when `maasctl payments-file collect` runs."},
    )


@dataclass(frozen=True, slots=True)
class ManualSettings:
    """Table [payments.settings] with `backend = "manual"`."""

    directory: Path = field(
        default=Path("payments"), metadata={"help": "Where it is written down what was ordered and confirmed."}
    )
