"""The demo's plots as SVG text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from maas_core.demo.result import BillRow, LedgerEntry, Stop
from maas_core.ports.readings import Series
from maas_core.svg import one_plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, RED, GREY, GREEN = "#2f6db5", "#c8453b", "#8a94a0", "#3b8f5a"
WIDE = (10.0, 3.2)
MOST_POINTS = 4_000
"""A line has no more points than a screen can show."""


def bills_plot(bills: Sequence[BillRow], currency: str) -> str:
    """Bars of what was settled; where another amount was claimed first, that stands behind as an outline."""

    def draw(axes: "Axes") -> None:
        months = [bill.period for bill in bills]
        axes.bar(months, [bill.amount / 100 for bill in bills], color=BLUE, label="settled", zorder=3)
        disputed = [bill for bill in bills if bill.claimed != bill.amount]
        axes.bar(
            [bill.period for bill in disputed],
            [bill.claimed / 100 for bill in disputed],
            fill=False, edgecolor=RED, linestyle="--", linewidth=1.5, label="claimed first", zorder=4,
        )  # fmt: skip
        axes.set_ylabel(currency)
        axes.tick_params(axis="x", labelrotation=30)
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))

    return one_plot(draw, WIDE)


def telemetry_plot(series: Series, decimals: int, label: str, stops: Sequence[Stop], threshold: float | None) -> str:
    """A signal over time; stops are shaded."""

    def draw(axes: "Axes") -> None:
        step = max(1, len(series) // MOST_POINTS)
        times = series.time[::step] / 86_400
        axes.xaxis_date()
        axes.plot(times, series.value[::step] / 10**decimals, color=BLUE, linewidth=0.8, zorder=3)
        if threshold is not None:
            axes.axhline(threshold, color=GREY, linestyle=":", linewidth=1.2, label="watchdog's threshold")
        for index, stop in enumerate(stops):
            until = stop.until if stop.until is not None else int(series.time[-1])
            name = f"stopped ({stop.cause})" if index == 0 else None
            axes.axvspan(_days(stop.since), _days(until), color=RED, alpha=0.25, label=name, zorder=2)
        axes.set_ylabel(label)
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))

    return one_plot(draw, WIDE)


def daily_plot(series: Series, decimals: int, label: str) -> str:
    """Sums of each day, as bars."""

    def draw(axes: "Axes") -> None:
        axes.xaxis_date()
        days: dict[int, int] = {}
        for time, value in zip(series.time.tolist(), series.value.tolist(), strict=True):
            days[time // 86_400] = days.get(time // 86_400, 0) + value
        axes.bar(
            [float(day) for day in days], [value / 10**decimals for value in days.values()],
            width=1.0, color=BLUE, zorder=3,
        )  # fmt: skip
        axes.set_ylabel(label)

    return one_plot(draw, WIDE)


def timeline_plot(entries: Sequence[LedgerEntry]) -> str:
    """Each final event of the ledger as a dot, one row for each kind, in their order."""

    def draw(axes: "Axes") -> None:
        kinds = list(dict.fromkeys(entry.event for entry in entries))
        rows = {kind: len(kinds) - index for index, kind in enumerate(kinds)}
        axes.scatter(
            range(len(entries)), [rows[entry.event] for entry in entries], s=14, color=GREEN, zorder=3, linewidths=0
        )
        axes.set_yticks(list(rows.values()), list(rows), fontsize=7)
        axes.set_xlabel("event on the ledger, in its order")

    height = 1.0 + 0.19 * len({entry.event for entry in entries})
    return one_plot(draw, (WIDE[0], height))


def _days(time: int) -> float:
    """Days since 1970, as matplotlib's dates count."""
    return time / 86_400
