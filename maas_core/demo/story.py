"""What happens in the demo, scene by scene."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from maas_core.demo.agreements import Offer, rent
from maas_core.demo.billing import Rented, bill, forged, month_starts, settle_services
from maas_core.demo.cast import Name
from maas_core.demo.consortium import Consortium
from maas_core.demo.founding import DRIVE_CLASS, MILL_CLASS, found
from maas_core.demo.repair import repair
from maas_core.demo.report import money
from maas_core.demo.result import BillRow, Counts, LedgerEntry, Story
from maas_core.demo.settings import FURNACE, STEEL
from maas_core.node.records import HistoryEntry
from maas_core.protocol.events import InvoiceDisputed, InvoiceIssued, InvoiceRuled, TelemetryAnchored, TicketOpened
from maas_core.protocol.states import Rule, StopCause

Say = Callable[[str], None]
CURRENCY = "EUR"
YEAR = datetime(2018, 1, 1, tzinfo=UTC)
WINTER = datetime(2013, 12, 1, tzinfo=UTC)
FURNACE_START = int(datetime(2013, 12, 2, 21, 15, tzinfo=UTC).timestamp())
WINTER_MONTHS = 3
WEEK, MONTH = 7 * 86_400, 31 * 86_400
"""How much telemetry goes into a batch; none reaches over a month's end."""
FORGED_MONTH = 2
"""Which month's invoice is false, from 0."""
FORGED_HOUR = 15 * 86_400 + 10 * 3600
"""Which hour of that month is inflated, in seconds from its begin."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What the demo leaves behind."""

    told: Story
    counts: Counts
    currency: str
    mill: bytes
    furnace: bytes


class _Telling:
    """The state of the story while it is told."""

    def __init__(self, consortium: Consortium, examples: Path, say: Say, months: int) -> None:
        self.consortium = consortium
        self.examples = examples
        self.say = say
        self.months = month_starts(YEAR, months)
        self.facts: list[tuple[str, str]] = []
        self.bills: list[BillRow] = []
        self.readings = 0

    def fact(self, heading: str, sentence: str) -> None:
        """Something happened."""
        self.facts.append((heading, sentence))
        self.say(f"{heading}: {sentence}")


def tell(consortium: Consortium, examples: Path, *, short: bool, say: Say) -> Ending:
    """Let everything happen; returns what the report shows."""
    telling = _Telling(consortium, examples, say, 3 if short else 12)
    telling.fact("Consortium", found(consortium))
    mill, furnace = _agreements(telling)
    _telemetry(telling, mill, furnace, MONTH if short else WEEK)
    stops = repair(consortium, furnace.machine, say)
    services = settle_services(consortium, furnace.alias)
    telling.fact(
        "Maintenance",
        f"The watchdog stops the furnace {len(stops)} times and opens a ticket each time; two maintainers bid under "
        "seal, the ledger computes the winner, and the machine restarts when its temperature shows recovery. "
        f"{len(services)} service invoices follow from the ledger's record: for repairs, with bonus or penalty for the "
        "response time, and for failures that came back within 90 days.",
    )
    _bill_mill(telling, mill)
    _bill_furnace(telling, furnace)
    telling.bills += services
    _change_rule(telling)
    _terminate(telling, mill)
    events = consortium[Name.AUDITOR].records.events()
    story = Story(tuple(telling.bills), stops, _entries(events), tuple(telling.facts))
    return Ending(story, _counts(events), CURRENCY, mill.machine, furnace.machine)


def _agreements(telling: _Telling) -> tuple[Rented, Rented]:
    terms = telling.examples / "terms"
    offers = (
        Offer("steel-plant", MILL_CLASS, "Rolling mill", terms / "steel.json", 900, telling.months[0]),
        Offer("furnace", DRIVE_CLASS, "Furnace", terms / "furnace.json", 300, FURNACE_START),
    )
    mill, furnace = (rent(telling.consortium, offer) for offer in offers)
    telling.fact(
        "Agreements",
        "The OEM offers a rolling mill billed for each kWh in tiers, and a furnace billed for each hour of use with a "
        "promised availability. The customer reads the sealed terms, accepts them and starts both.",
    )
    return Rented("steel-plant", mill, "energy"), Rented("furnace", furnace, "started")


def _telemetry(telling: _Telling, mill: Rented, furnace: Rented, window: int) -> None:
    customer = telling.consortium[Name.CUSTOMER]
    for source in (STEEL, FURNACE):
        telling.readings += customer.readings.take(source).counts.kept
    for rented, ends in ((mill, telling.months[1:]), (furnace, month_starts(WINTER, WINTER_MONTHS)[1:])):
        for end in ends:
            customer.telemetry.cut(rented.machine, end, window)
    batches = len(customer.telemetry.anchor())
    telling.consortium.sync()
    telling.fact(
        "Telemetry",
        f"{telling.readings:,} readings become {batches} encrypted, signed batches, each anchored on the ledger.",
    )


def _bill_mill(telling: _Telling, mill: Rented) -> None:
    for month, (begin, end) in enumerate(zip(telling.months, telling.months[1:], strict=False)):
        if month != FORGED_MONTH:
            telling.bills.append(bill(telling.consortium, mill, end))
            continue
        false = forged(telling.consortium, mill, (begin, end), begin + FORGED_HOUR, "energy", telling.say)
        telling.bills.append(false.bill)
        telling.fact(
            "A false invoice",
            f"For {false.bill.period} the OEM claims {money(false.bill.claimed)} {CURRENCY}. The customer's node "
            f"recomputes {money(false.bill.amount)} {CURRENCY} and finds the first false hour in {false.exchanges} "
            f"exchanges. A proof of {false.size:,} bytes is checked without any node: {false.proven}. "
            "The auditor rules for the customer.",
        )
    telling.fact("Billing", f"{len(telling.bills)} months of energy are billed, recomputed, paid and settled.")


def _bill_furnace(telling: _Telling, furnace: Rented) -> None:
    for end in month_starts(WINTER, WINTER_MONTHS)[1:]:
        telling.bills.append(bill(telling.consortium, furnace, end))
    telling.fact("Availability", "The furnace's downtime that was the OEM's matter is credited in its invoices.")


def _change_rule(telling: _Telling) -> None:
    board = telling.consortium[Name.BOARD]
    before = board.parties.deployment().record.rules.close_after
    telling.consortium.done(Name.BOARD, board.proposals.set_rule(Rule.CLOSE_AFTER, before // 2))
    telling.fact("Governance", f"The board changes rule close_after from {before} to {before // 2} s while all runs.")


def _terminate(telling: _Telling, mill: Rented) -> None:
    consortium, end = telling.consortium, telling.months[-1]
    customer, oem = consortium[Name.CUSTOMER], consortium[Name.OEM]
    consortium.done(Name.CUSTOMER, customer.machines.stop(mill.machine, StopCause.PLANNED, end))
    number, offered = customer.machines.offer_termination(mill.machine, end)
    consortium.done(Name.CUSTOMER, offered)
    consortium.done(Name.OEM, oem.machines.accept_change(mill.machine, number))
    telling.bills.append(bill(consortium, mill, end, final=True))
    telling.fact("The end", "The rolling mill's agreement is terminated by both sides, and its final invoice settled.")


def _entries(events: list[HistoryEntry]) -> tuple[LedgerEntry, ...]:
    return tuple(LedgerEntry(type(entry.event).__name__) for entry in events)


def _counts(events: list[HistoryEntry]) -> Counts:
    """From the ledger's final events; a batch counts once it is anchored."""
    seen = Counter(type(entry.event) for entry in events)
    return Counts(
        readings=sum(entry.event.readings for entry in events if isinstance(entry.event, TelemetryAnchored)),
        batches=seen[TelemetryAnchored],
        anchors=seen[TelemetryAnchored],
        invoices=seen[InvoiceIssued],
        disputes=seen[InvoiceDisputed],
        rulings=seen[InvoiceRuled],
        tickets=seen[TicketOpened],
    )
