"""Payments: how money moves. Never on the ledger; the ledger records only a reference to the payment."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import Unavailable


@dataclass(frozen=True, slots=True)
class Account:
    """Where one side of a payment can be reached, from that party's profile document."""

    name: str
    details: tuple[tuple[str, str], ...] = ()
    """What this way of paying needs, e.g. ("iban", ...), ("bic", ...)."""


@dataclass(frozen=True, slots=True)
class Payment:
    """An accepted invoice that is to be paid."""

    invoice: bytes
    """The invoice's id, 16 bytes: it also names the payment, so that asking twice pays once."""
    debtor: Account
    creditor: Account
    amount: int
    """Minor units, above 0."""
    currency: str
    """ISO 4217."""
    due: int
    """Seconds UTC."""


class PaymentState(StrEnum):
    """Where a payment stands, as far as this side can know."""

    UNKNOWN = "unknown"
    """Never ordered here, and not received."""
    ORDERED = "ordered"
    """Handed to the bank or network; may still fail."""
    PAID = "paid"
    """Received: the payee can settle the invoice with `reference`."""
    FAILED = "failed"
    """Did not and will not take place; it may be ordered again."""


@dataclass(frozen=True, slots=True)
class PaymentReport:
    """What is known of a payment."""

    state: PaymentState
    reference: bytes = b""
    """Names the payment outside: a statement line, a transaction. Its SHA-256 goes into `settle_invoice`."""
    detail: str = ""
    """For people, e.g. which file to hand to the bank."""


class Payments(Protocol):
    """One way of paying. The payer's node orders, the payee's node looks up."""

    def order(self, payment: Payment, deadline: Deadline) -> PaymentReport | Unavailable:
        """Have it paid; what was ordered before is not ordered again unless it FAILED.

        After `Unavailable` it may or may not have been ordered: the core asks `look_up` before it orders again.
        """

    def look_up(self, payment: Payment, deadline: Deadline) -> PaymentReport | Unavailable:
        """Where a payment stands, asked by either side."""

    def close(self) -> None:
        """Give back connections and files."""


@dataclass(frozen=True, slots=True)
class PaymentsBackend:
    """A way of paying that can be chosen by `[payments] backend = name`."""

    name: str
    summary: str
    settings: type[Any]
    open: Callable[[Any, Context], Payments]
