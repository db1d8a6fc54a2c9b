"""The demo's plots, from the customer's node."""

from maas_core.demo.plots import bills_plot, daily_plot, telemetry_plot, timeline_plot
from maas_core.demo.repair import COLD
from maas_core.demo.report import Plot
from maas_core.demo.story import Ending
from maas_core.node import Node


def pictures(customer: Node, ending: Ending) -> tuple[Plot, ...]:
    """What the report shows."""
    bills = [bill for bill in ending.told.bills if bill.machine == "steel-plant" and "final" not in bill.period]
    energy = customer.readings.all(ending.mill)["energy"]
    energy = energy.between(0, max(entry.time_to for entry in customer.readings.batched(ending.mill)))
    temperature = customer.readings.all(ending.furnace)["temperature"]
    decimals = {
        name: customer.readings.signals(machine)[name].decimals
        for machine, name in ((ending.mill, "energy"), (ending.furnace, "temperature"))
    }
    return (
        Plot(
            "The rolling mill's monthly bill", bills_plot(bills, ending.currency),
            "What was settled. The dashed bar is what the OEM claimed at first in the false invoice.",
        ),
        Plot(
            "The rolling mill's energy", daily_plot(energy, decimals["energy"], "kWh a day"),
            "Sums of the 15-minute readings that were anchored and billed.",
        ),
        Plot(
            "The furnace's temperature",
            telemetry_plot(temperature, decimals["temperature"], "degrees Fahrenheit", ending.told.stops, COLD),
            "Shaded: stopped by the watchdog, until telemetry showed recovery.",
        ),
        Plot(
            "The ledger", timeline_plot(ending.told.entries),
            "Every final event, in the order of the ledger.",
        ),
    )  # fmt: skip
