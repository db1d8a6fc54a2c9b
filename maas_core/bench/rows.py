"""A run's rows as a Parquet file, and read back as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from maas_core.bench.operations import Outcome, Row
from maas_core.errors import IntegrityError

TIMES = ("intended", "begun", "sent", "included", "final", "ended")
TEXTS = ("operation", "actor", "outcome", "reason")
SCHEMA = pa.schema(
    [
        ("number", pa.int64()),
        ("session", pa.int64()),
        *((name, pa.dictionary(pa.int32(), pa.string())) for name in TEXTS),
        ("measured", pa.bool_()),
        *((name, pa.float64()) for name in TIMES),
        ("undone", pa.int32()),
        ("cost", pa.int64()),
    ]
)


def write_rows(file: Path, rows: Sequence[Row]) -> None:
    """One line for each operation; times are seconds since the run began, null for what never came to pass."""
    columns: dict[str, list[Any]] = {name: [getattr(row, name) for row in rows] for name in SCHEMA.names}
    columns["outcome"] = [str(one) for one in columns["outcome"]]
    arrays = []
    for one in SCHEMA:
        values = pa.array(columns[one.name], pa.string() if one.name in TEXTS else one.type, from_pandas=True)
        arrays.append(values.dictionary_encode() if one.name in TEXTS else values)
    pq.write_table(pa.table(arrays, names=SCHEMA.names), file)


@dataclass(frozen=True, slots=True)
class Columns:
    """The rows of one run that count."""

    session: NDArray[np.int64]
    operation: NDArray[np.str_]
    actor: NDArray[np.str_]
    outcome: NDArray[np.str_]
    intended: NDArray[np.float64]
    begun: NDArray[np.float64]
    sent: NDArray[np.float64]
    included: NDArray[np.float64]
    final: NDArray[np.float64]
    cost: NDArray[np.float64]
    """nan where none was told."""
    undone: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.intended)

    def where(self, chosen: NDArray[np.bool_]) -> "Columns":
        """Some of the rows."""
        return Columns(*(getattr(self, name)[chosen] for name in self.__slots__))

    @property
    def ok(self) -> NDArray[np.bool_]:
        """Which ones took effect."""
        return np.asarray(self.outcome == str(Outcome.OK))

    @property
    def operations(self) -> list[str]:
        """Their names, in the order of their first appearance."""
        return list(dict.fromkeys(self.operation.tolist()))


def read_rows(file: Path, begin: float, end: float) -> Columns:
    """The measured rows that were intended within [begin, end). Raises `IntegrityError`."""
    try:
        table = pq.read_table(file)
    except (OSError, pa.ArrowInvalid) as error:
        raise IntegrityError(f"{file}: cannot be read as rows of a run: {type(error).__name__}") from None
    if missing := set(SCHEMA.names) - set(table.schema.names):
        raise IntegrityError(f"{file}: lacks the columns {', '.join(sorted(missing))}")
    columns = of_table(table)
    measured = table["measured"].to_numpy()
    return columns.where(measured & (columns.intended >= begin) & (columns.intended < end))


def of_table(table: pa.Table) -> Columns:
    """All rows of a table."""

    def numbers(name: str) -> Any:
        return table[name].cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)

    def texts(name: str) -> Any:
        return np.array(table[name].cast(pa.string()).to_pylist(), dtype=np.str_)

    return Columns(
        table["session"].to_numpy(), texts("operation"), texts("actor"), texts("outcome"), numbers("intended"),
        numbers("begun"), numbers("sent"), numbers("included"), numbers("final"), numbers("cost"),
        table["undone"].to_numpy().astype(np.int64),
    )  # fmt: skip
