"""`docs/protocol-coverage.md`: what the vectors reach, command by command."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from maas_core.protocol.commands import COMMANDS
from maas_core.protocol.rejections import Code
from maas_core.protocol.vectors.coverage import Coverage
from maas_core.protocol.vectors.domains import domain_positions
from maas_core.protocol.vectors.positions import positions_of
from maas_core.protocol.vectors.reach import UNREACHABLE
from maas_core.protocol.vectors.subjects import ROLES, Cell, all_cells
from maas_core.protocol.wire import command_name

HEAD = """# What the protocol vectors reach

Made by `python -m maas_core.protocol.vectors --write`, which fails if anything is missing. What there is to reach is
read from the code: the checks from the calls of `require` in the model, the bounds from the wire types, the cells from
the states and roles.

"""
LEGEND = """
## Outcomes

*Checks* are the places where a command can be refused, *bounds* the sides of its arguments' domains that can be
overstepped, *cells* the states of the records that it is about, times who sends it.

"""
CHECKS = """
## Checks

How often each check refuses, in directed vectors and in generated sequences, in the order in which the checks run.

"""
CELLS = """
## Cells

How often a command was sent by a party with exactly this role (or several, or by nobody known) while the record that it
is about was in this state; a dash is a cell that cannot exist.

"""


def report(directed: Coverage, generated: Coverage, sequences: int) -> str:
    """The document; `sequences` is how many generated ones there are."""
    both = directed + generated
    return "".join(
        (
            HEAD,
            _summary(directed, generated, sequences),
            LEGEND,
            _table(("command", "accepted", "refused", "checks", "bounds", "cells", "codes"), _outcomes(both)),
            CHECKS,
            _table(("command", "check", "code", "directed", "generated"), _checks(directed, generated)),
            CELLS,
            _table(("command", "record", "state", *ROLES), _cells(both)),
        )
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    lines = [list(head), *([str(one) for one in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _summary(directed: Coverage, generated: Coverage, sequences: int) -> str:
    rows = (
        ("directed vectors", directed.steps, f"{directed.share():.1%}"),
        (f"{sequences} generated sequences", generated.steps, f"{generated.share():.1%}"),
    )
    return _table(("", "steps", "accepted"), rows)


def _outcomes(both: Coverage) -> Iterator[tuple[object, ...]]:
    reached = {str(one) for one in both.features}
    cells = {cell for cell in both.features if isinstance(cell, Cell)}
    for command in COMMANDS:
        name = command_name(command)
        checks = {str(one) for one in positions_of(command)} - UNREACHABLE.keys()
        bounds = set(domain_positions(command))
        own = {cell for cell in all_cells() if cell.command == name}
        yield (
            f"`{name}`",
            both.accepted[name],
            both.refused(name),
            f"{len(checks & reached)}/{len(checks)}",
            f"{len(bounds & reached)}/{len(bounds)}",
            f"{len(own & cells)}/{len(own)}",
            ", ".join(f"{code.name} {n}" for code in Code if (n := both.codes[name, code.name])),
        )


def _checks(directed: Coverage, generated: Coverage) -> Iterator[tuple[object, ...]]:
    for command in COMMANDS:
        for one in positions_of(command):
            condition = f"`{' > '.join((*one.calls[:-1], one.condition))}`".replace("|", "\\|")
            why = UNREACHABLE.get(str(one))
            hits = (f"never: {why}", "") if why else (directed.features[one], generated.features[one])
            yield f"`{one.command}`", condition, one.code, *hits


def _cells(both: Coverage) -> Iterator[tuple[object, ...]]:
    exists = set(all_cells())
    for (name, subject, state), _ in groupby(all_cells(), key=lambda cell: (cell.command, cell.subject, cell.state)):
        cells = [Cell(name, subject, state, role) for role in ROLES]
        yield f"`{name}`", subject, state, *(both.features[cell] if cell in exists else "-" for cell in cells)
