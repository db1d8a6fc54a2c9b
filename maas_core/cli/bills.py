"""How statements, checks and audits are shown."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from maas_core.cli.views import moment


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a statement."""

    name: str
    kind: str
    quantity: str
    rate: str
    amount: str
    why: str


@dataclass(frozen=True, slots=True)
class LevelView:
    """How a promise was kept."""

    name: str
    window: str
    percent: str
    credit_or_bonus: str
    amount: str


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement."""

    title: str
    machine: str
    terms: str
    window: str
    currency: str
    amount: str
    minor: int
    """The amount in minor units."""
    carried_on: str
    slices: int
    root: str
    lines: list[LineView]
    service_levels: list[LevelView]


def statement_view(one: Any) -> StatementView:
    """A statement for people."""
    from maas_core.billing.exact import decimal_text  # noqa: PLC0415 - brings the engine with it

    whole = 10**one.digits

    def money(minor: Any) -> str:
        return decimal_text(Fraction(minor) / whole, one.digits + 4, one.digits)

    return StatementView(
        title=one.title,
        machine=one.machine.hex(),
        terms=one.terms.hex(),
        window=_window(one.window.time_from, one.window.time_to),
        currency=one.currency,
        amount=money(one.amount),
        minor=one.amount,
        carried_on=money(one.carry_out.balance),
        slices=one.slices,
        root=one.root.hex(),
        lines=[
            LineView(
                name=line.name,
                kind=line.kind.value,
                quantity="" if line.quantity is None else f"{decimal_text(line.quantity, 6)} {line.unit}",
                rate="" if line.rate is None else decimal_text(line.rate, 8),
                amount=money(line.amount),
                why=line.why,
            )
            for line in one.lines
        ],
        service_levels=[
            LevelView(
                name=level.name,
                window=_window(level.span.time_from, level.span.time_to),
                percent="" if level.ratio is None else decimal_text(100 * level.ratio, 4),
                credit_or_bonus=decimal_text(level.percent, 4),
                amount=money(level.amount),
            )
            for level in one.sla
        ],
    )


def _window(begin: int, end: int) -> str:
    return f"{moment(begin)}/{moment(end)}"


@dataclass(frozen=True, slots=True)
class CheckView:
    """A recomputed invoice; amounts are minor units."""

    invoice: str
    ok: bool
    recomputed: int
    claimed: int
    fault: str
    slice: int | None
    exchanges: int
    difference: str


def check_view(one: Any) -> CheckView:
    """A check for people."""
    found = one.difference
    return CheckView(
        invoice=one.invoice.hex(),
        ok=one.ok,
        recomputed=one.ours,
        claimed=one.theirs,
        fault="" if found is None else found.fault.value,
        slice=None if found is None else found.slice,
        exchanges=0 if found is None else found.exchanges,
        difference="" if found is None else found.text,
    )


@dataclass(frozen=True, slots=True)
class AuditedView:
    """A recomputed bill; amounts are minor units."""

    machine: str
    invoice: str
    kind: str
    state: str
    window: str
    currency: int
    claimed: int
    recomputed: int
    stands: int
    statement_right: bool
    amount_right: bool
    fault: str
    slice: int | None
    difference: str


def audited_view(machine: bytes, one: Any) -> AuditedView:
    """What an audit says of a bill, for people."""
    return AuditedView(
        machine=machine.hex(),
        invoice=one.invoice.hex(),
        kind=one.kind,
        state=one.state,
        window=_window(one.window_from, one.window_to),
        currency=one.currency,
        claimed=one.claimed,
        recomputed=one.recomputed,
        stands=one.stands,
        statement_right=one.statement_right,
        amount_right=one.amount_right,
        fault=one.fault,
        slice=one.slice,
        difference=one.text,
    )


@dataclass(frozen=True, slots=True)
class VerdictView:
    """What an evidence file shows."""

    proven: bool
    invoice: str
    fault: str
    by: int
    text: str
    slice: int | None
    claimed: int
    signatures: list[dict[str, str]]
    devices: list[str]
    relies_on: list[str]
    ledger: str


def verdict_view(one: Any, ledger: str) -> VerdictView:
    """A verdict for people; `ledger` says what became of looking the facts up."""
    return VerdictView(
        proven=one.proven,
        invoice=one.invoice.hex(),
        fault=one.fault.value,
        by=one.by,
        text=one.text,
        slice=one.slice,
        claimed=one.claimed,
        signatures=[
            {"what": each.what, "party": str(each.party), "scheme": each.scheme, "key": each.key.hex()}
            for each in one.signatures
        ],
        devices=[each.hex() for each in one.devices],
        relies_on=[str(each) for each in one.relies_on],
        ledger=ledger,
    )
