"""The report's plots as SVG text."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from maas_core.bench.record import HappenedFault
from maas_core.bench.statistics import Interval, Values
from maas_core.svg import figure_of, one_plot, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

COLOURS = (
    "#2f6db5", "#e08a1e", "#3b8f5a", "#8d5fb0", "#c8453b", "#4a9aa8", "#8a7a3a", "#d073a5", "#3d4a57", "#8fbf4d",
    "#b08a6a", "#6fa8ff",
)  # fmt: skip
UNNAMED = "_"
"""The label of a line that stands in no legend."""
RED = "#c8453b"
WIDE = (10.0, 3.4)
MOST_POINTS = 1_000
COLUMNS = 3
NARROW_DECADES = 2


def colours(names: Sequence[str]) -> dict[str, str]:
    """A colour for each name, the same in all plots."""
    return {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(names)}


def cdf_plot(lines: Sequence[tuple[str, str, str, Values]]) -> str:
    """Cumulative distributions: (label, colour, line style, seconds); the axis is logarithmic, since tails matter."""

    def draw(axes: "Axes") -> None:
        for label, colour, style, values in lines:
            if len(values) == 0:
                continue
            shares = np.linspace(0, 1, min(len(values), MOST_POINTS))
            axes.plot(np.quantile(values, shares), 100 * shares, color=colour, linestyle=style, label=label, zorder=3)
        _cdf_axes(axes)
        axes.set_xlabel("seconds from the intended time")
        axes.set_ylabel("% done by then")
        _legend(axes)

    return one_plot(draw, WIDE)


def cdf_grid(panels: Mapping[str, Sequence[tuple[str, str, str, Values]]]) -> str:
    """Small cumulative distributions side by side, one for each operation."""

    def draw(figure: Any) -> None:
        rows = -(-len(panels) // COLUMNS)
        shared = None
        for index, (title, lines) in enumerate(panels.items()):
            shared = axes = figure.add_subplot(rows, COLUMNS, index + 1, sharex=shared)
            for _, colour, style, values in lines:
                shares = np.linspace(0, 1, min(len(values), MOST_POINTS))
                axes.plot(np.quantile(values, shares), 100 * shares, color=colour, linestyle=style, zorder=3)
            _cdf_axes(axes)
            axes.set_title(title, fontsize=9, loc="left")
            axes.tick_params(labelsize=7)
            tidy(axes)

    return figure_of(draw, (WIDE[0], 1.9 * -(-len(panels) // COLUMNS)))


def _cdf_axes(axes: "Axes") -> None:
    axes.set_xscale("log")
    axes.set_ylim(0, 100)
    _plain_numbers(axes.xaxis)


def _plain_numbers(axis: Any) -> None:
    """0.01 instead of a power of ten; 1, 2 and 5 of each decade where there are few of them."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter  # noqa: PLC0415 - only for the report

    low, high = axis.get_view_interval()
    is_narrow = low > 0 and high < low * 10**NARROW_DECADES
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if is_narrow else (1.0,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def rate_plot(lines: Sequence[tuple[str, str, "NDArray[np.float64]", "NDArray[np.float64]"]],
              faults: Sequence[HappenedFault]) -> str:  # fmt: skip
    """Operations that came to be included, by second; faults are shaded."""

    def draw(axes: "Axes") -> None:
        for label, colour, seconds, counts in lines:
            axes.step(seconds, counts, where="post", color=colour, linewidth=1.0, label=label, zorder=3)
        _shade(axes, faults)
        axes.set_xlabel("seconds since the run began")
        axes.set_ylabel("included, 1/s")
        axes.set_ylim(bottom=0)
        _legend(axes)

    return one_plot(draw, WIDE)


def timeline_plot(dots: Sequence[tuple[str, str, Values, Values]], faults: Sequence[HappenedFault]) -> str:
    """Each operation by its intended time and its latency; faults are shaded."""

    def draw(axes: "Axes") -> None:
        for label, colour, at, took in dots:
            step = max(1, len(at) // (4 * MOST_POINTS))
            axes.scatter(at[::step], took[::step], s=5, color=colour, label=label, linewidths=0, zorder=3)
        _shade(axes, faults)
        axes.set_yscale("log")
        _plain_numbers(axes.yaxis)
        axes.set_xlabel("intended, seconds since the run began")
        axes.set_ylabel("seconds until included")
        _legend(axes)

    return one_plot(draw, WIDE)


def medians_plot(groups: Mapping[str, Mapping[str, Interval]], label: str, chosen: Mapping[str, str]) -> str:
    """By operation, a dot with its interval for each pairing; logarithmic, so dots and not bars."""

    def draw(axes: "Axes") -> None:
        for index, (name, colour) in enumerate(chosen.items()):
            shift = min(0.12, 0.8 / len(chosen)) * (index - (len(chosen) - 1) / 2)
            found = [(place + shift, group[name]) for place, group in enumerate(groups.values()) if name in group]
            values = [one.value for _, one in found]
            around = [[one.value - one.low for _, one in found], [one.high - one.value for _, one in found]]
            axes.errorbar([at for at, _ in found], values, around, fmt="o", markersize=4, color=colour, elinewidth=1.2,
                          capsize=3, label=name, zorder=3)  # fmt: skip
        axes.set_yscale("log")
        axes.set_xticks(range(len(groups)), list(groups), rotation=25, ha="right", fontsize=8)
        axes.set_ylabel(label)
        _plain_numbers(axes.yaxis)
        _legend(axes)

    return one_plot(draw, WIDE)


def bars_plot(groups: Mapping[str, Mapping[str, float]], label: str, chosen: Mapping[str, str]) -> str:
    """Groups of bars: by operation, one bar for each of `chosen`."""

    def draw(axes: "Axes") -> None:
        width = 0.8 / max(1, len(chosen))
        for index, (name, colour) in enumerate(chosen.items()):
            places = [place + (index - (len(chosen) - 1) / 2) * width for place in range(len(groups))]
            heights = [group.get(name, 0.0) for group in groups.values()]
            axes.bar(places, heights, width * 0.92, color=colour, label=name, zorder=3)
        axes.set_xticks(range(len(groups)), list(groups), rotation=25, ha="right", fontsize=8)
        axes.set_ylabel(label)
        _legend(axes)

    return one_plot(draw, WIDE)


def _shade(axes: "Axes", faults: Sequence[HappenedFault]) -> None:
    for index, one in enumerate(faults):
        axes.axvspan(one.begun, one.ended, color=RED, alpha=0.18, zorder=1)
        axes.annotate(
            f"{one.kind} {one.target}", (one.begun, 0.97 - 0.07 * (index % 3)), xycoords=("data", "axes fraction"),
            fontsize=7, color=RED, va="top",
        )  # fmt: skip


def _legend(axes: "Axes") -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8)
