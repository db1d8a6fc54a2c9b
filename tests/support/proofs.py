"""Real evidence files over forged invoices."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from maas_core.billing.bill import Bill
from maas_core.billing.engine import Result
from maas_core.evidence.file import Evidence
from tests.support.billing import APRIL, CUSTOMER, DAY, FEBRUARY, JANUARY, MARCH, NAMES, OEM, Trade
from tests.support.forgery import dearer_slice, issue_forged, readings_times, restated


@dataclass(frozen=True)
class Proofs:
    """Real evidence files, and the nodes' keys with which a forger might work."""

    metering: Evidence
    pricing: Evidence
    totals: Evidence
    carry: Evidence
    trade: Trade
    bills: dict[bytes, Bill]
    results: dict[bytes, Result]


def make_proofs(template: Trade, folder: Path) -> Iterator[Proofs]:
    """Forged invoices and what shows it."""
    trade = _copy(template, folder / "one")
    customer = trade.nodes[CUSTOMER]
    invoices = [
        issue_forged(trade, FEBRUARY, readings_times(3, JANUARY + 5 * DAY)),
        issue_forged(trade, MARCH, dearer_slice(100, "energy", 500)),
        issue_forged(trade, APRIL, restated(lambda one: {"meters": tuple(replace(m, quantity=1) for m in one.meters)})),
    ]
    metering, pricing, totals = (customer.billing.evidence(one)[0] for one in invoices)
    other = _copy(template, folder / "two")
    other.issue(FEBRUARY)
    grown = restated(lambda one: {
        "carry_in": replace(one.carry_in, balance=one.carry_in.balance + Fraction(100)), "amount": one.amount + 100,
    })  # fmt: skip
    carry, _ = other.nodes[CUSTOMER].billing.evidence(issue_forged(other, MARCH, grown))
    other.close()
    timeline = customer.billing.results(trade.machine).source.timeline
    bills = {one.invoice: customer.billing._papers.bill(one.statement, OEM) for one in timeline.invoices}
    results = {one: customer.billing._compared(one).ours for one in invoices}
    yield Proofs(metering, pricing, totals, carry, trade, bills, results)
    trade.close()


def _copy(template: Trade, folder: Path) -> Trade:
    trade = Trade(shutil.copytree(template.folder, folder), template.more, template.machine)
    for party in NAMES:
        trade.nodes[party] = trade.open(party)
    trade.sync()
    return trade
