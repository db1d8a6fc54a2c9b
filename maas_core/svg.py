"""Plots as SVG text, for pages that need nothing but themselves."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from maas_core.errors import PluginError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Size = tuple[float, float]
"""Width and height, inches."""


def one_plot(draw: Callable[[Any], None], size: Size) -> str:
    """What `draw` puts on the axes of a figure. Raises `PluginError` without the extra `report`."""

    def on_figure(figure: Any) -> None:
        axes = figure.add_subplot()
        draw(axes)
        tidy(axes)

    return figure_of(on_figure, size)


def figure_of(draw: Callable[[Any], None], size: Size) -> str:
    """What `draw` puts on a figure. Raises as `one_plot`."""
    try:
        from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415 - only for reports
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        raise PluginError("the report needs plots: install maas-core[report]") from None
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasSVG(figure)
    draw(figure)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def tidy(axes: "Axes") -> None:
    """A light grid, and no frame where no scale is."""
    axes.grid(visible=True, color="#e3e7eb", linewidth=0.7, zorder=0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
