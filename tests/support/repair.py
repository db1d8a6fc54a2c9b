"""A failure in real telemetry and its repair: what the tests of maintenance have in common."""

from pathlib import Path

from maas_core.maintenance.documents import Report
from maas_core.ports.downtime import Attribution
from maas_core.protocol.records import Ticket
from maas_core.protocol.states import TicketKind
from tests.support.shop import CUSTOMER, FAR, NEAR, Shop, temperatures

NAB = Path(__file__).parents[2] / "examples" / "data" / "nab" / "machine_temperature_system_failure.csv"
R = TicketKind.REACTIVE
BEGIN = 1_386_018_900
"""2013-12-02T21:15:00Z, the first reading."""
FIRST_FAILURE = 1_387_208_400
"""2013-12-16T15:40:00Z: the first reading below 40 degrees; the alarm is 15 minutes later."""
FIRST_RECOVERY = 1_387_219_500
"""2013-12-16T18:45:00Z: the first reading of 70 degrees or more after it."""
SECOND_FAILURE = 1_391_832_900
"""2014-02-08T04:15:00Z."""

WATCH = """
[maintenance]
margin = 0

[maintenance.rules.cold]
signal = "temperature"
kind = "threshold"
below = "40"
clear = "70"
hold = 900
recover = 1800

[maintenance.tickets]
selection = "{selection}"
service = "service.json"
payer = "customer"
commit_seconds = 600
reveal_seconds = 600
award_seconds = 600

[maintenance.owner]
accept_bills = true
claim_repeats = true
{owner}
"""
SERVICE = """{"version": 1, "currency": "EUR", "price": 40000,
 "response": [{"within": 3600, "bonus": 500}, {"penalty": 1000}],
 "repeat": {"days": 90, "penalty": 5000}, "most": {"bonus": 1000, "penalty": 6000}}"""
BIDS = {
    NEAR: '[maintenance]\nstrategy = "fixed-price"\nsettings = { price = 30000, eta = 3600 }\nmargin = 0\n'
    "[maintenance.maintainer]\nbill = true\naccept_claims = true\n",
    FAR: '[maintenance]\nstrategy = "fixed-price"\nsettings = { price = 50000, eta = 9000 }\nmargin = 0\n'
    "[maintenance.maintainer]\nbill = true\naccept_claims = true\n",
}


def ticket(shop: Shop, party: int = CUSTOMER) -> Ticket:
    with shop.node(party) as node:
        node.sync()
        return node.tickets.get(shop.machine, R).record


def repaired(shop: Shop, party: int, finished_at: int, attribution: Attribution = Attribution.OEM) -> None:
    with shop.node(party) as node:
        node.sync()
        node.maintenance.complete(shop.machine, R, Report(attribution, "new bearing", finished_at))
        node.maintenance.catch_up()


def fail_and_award(shop: Shop) -> None:
    """From the readings to the award."""
    shop.add_readings(temperatures(NAB))
    shop.run(CUSTOMER, NEAR, FAR)
    shop.clock.pass_time(600)
    shop.run(NEAR, FAR)
    shop.clock.pass_time(600)
    shop.run(CUSTOMER, NEAR, FAR)
