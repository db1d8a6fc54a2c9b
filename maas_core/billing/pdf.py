"""A statement as PDF, by reportlab (extra `report`). The same statement gives the same bytes."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maas_core.billing.slices import SliceTree
from maas_core.billing.statement import Statement
from maas_core.billing.view import View, view
from maas_core.errors import PluginError

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

TEXT, BOLD = "DejaVuSans", "DejaVuSans-Bold"
INK, SOFT, RULE = "#1c2127", "#5c6670", "#d9dee3"
ACCENT, BAD, GOOD, STOPPED = "#1f5f8b", "#a8322d", "#2b6e4a", "#e7bcb9"
STATUS_COLOURS = {
    "production": GOOD,
    "setup": "#7a9e3d",
    "idle": "#c9a227",
    "down": BAD,
    "planned": "#5a7d9a",
    "unknown": "#b6bec6",
}
SPACED = "&nbsp;" * 4 + " "
MM = 72 / 25.4
WIDTH = 178 * MM
MARGIN = 16 * MM
PADDING = 6
"""What reportlab leaves free around a frame, in points."""


def pdf_of(statement: Statement, slices: SliceTree | None = None, *, heading: str = "Statement") -> bytes:
    """The document on A4 pages. Raises `PluginError` if the extra is not installed."""
    if find_spec("reportlab") is None or find_spec("matplotlib") is None:
        raise PluginError("a PDF needs more than is installed: install maas-core[report]")
    _register_fonts()
    return _Sheets(view(statement, slices, heading)).written()


def _register_fonts() -> None:
    """DejaVu, which matplotlib brings along; the standard fonts of PDF have Western letters only."""
    from reportlab.pdfbase.pdfmetrics import getRegisteredFontNames, registerFont  # noqa: PLC0415 - an extra
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415 - as above

    found = find_spec("matplotlib")
    folder = Path(found.origin if found and found.origin else "").parent / "mpl-data" / "fonts" / "ttf"
    for name in (TEXT, BOLD):
        if name not in getRegisteredFontNames():
            registerFont(TTFont(name, str(folder / f"{name}.ttf")))


class _Sheets:
    """The parts of a statement as reportlab lays them out."""

    def __init__(self, shown: View) -> None:
        from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415 - an extra

        self._view = shown
        plain = ParagraphStyle("plain", fontName=TEXT, fontSize=7.6, leading=10, textColor=INK)
        self._styles = {
            "plain": plain,
            "soft": ParagraphStyle("soft", plain, textColor=SOFT),
            "right": ParagraphStyle("right", plain, alignment=2),
            "head": ParagraphStyle("head", plain, fontName=BOLD, fontSize=6.8, textColor=SOFT),
            "headright": ParagraphStyle("headright", plain, fontName=BOLD, fontSize=6.8, textColor=SOFT, alignment=2),
            "strong": ParagraphStyle("strong", plain, fontName=BOLD, fontSize=9, leading=12),
            "strongright": ParagraphStyle("strongright", plain, fontName=BOLD, fontSize=9, leading=12, alignment=2),
            "section": ParagraphStyle("section", plain, fontName=BOLD, fontSize=9.5, spaceBefore=14, spaceAfter=5),
            "title": ParagraphStyle("title", plain, fontName=BOLD, fontSize=17, leading=22),
            "total": ParagraphStyle("total", plain, fontName=BOLD, fontSize=17, leading=22, alignment=2),
            "digest": ParagraphStyle("digest", plain, fontName="Courier", fontSize=7.2),
        }

    def written(self) -> bytes:
        """The PDF."""
        from reportlab.platypus import SimpleDocTemplate  # noqa: PLC0415 - an extra

        target = BytesIO()
        document = SimpleDocTemplate(
            target,
            pagesize=(210 * MM, 297 * MM),
            leftMargin=MARGIN - PADDING,
            rightMargin=MARGIN - PADDING,
            topMargin=MARGIN,
            bottomMargin=MARGIN,
            title=f"{self._view.heading}: {self._view.title}",
            subject=self._view.window,
            invariant=1,
        )
        document.build(list(self._parts()), onFirstPage=self._foot, onLaterPages=self._foot)
        return target.getvalue()

    def _foot(self, canvas: Any, document: Any) -> None:
        shown = self._view
        told = [shown.heading, shown.window, *([f"machine {shown.machine}"] if shown.machine else [])]
        canvas.setFont(TEXT, 6.5)
        canvas.setFillColor(SOFT)
        canvas.drawString(MARGIN, 9 * MM, ", ".join(told))
        canvas.drawRightString(210 * MM - MARGIN, 9 * MM, f"page {document.page}")

    def _parts(self) -> "Iterable[Flowable]":
        yield self._head()
        yield from self._lines()
        if self._view.bars:
            yield self._section("Charges day by day" if self._view.bar_days == 1 else "Charges over time")
            yield self._chart()
        if self._view.sla:
            yield self._section("What was promised")
            yield self._promised()
        if self._view.shares:
            yield self._section("How the machine was used (ISO 22400)")
            yield self._used()
        if self._view.meters:
            yield self._section("What was counted")
            rows = [
                [self._text(name), self._text(n, "right"), self._text(gaps, "right")]
                for name, n, gaps in self._view.meters
            ]
            yield self._table(["Meter", ">Quantity", ">Gaps"], rows, [98, 50, 30])
        yield self._section("Where it comes from")
        yield self._provenance()

    def _head(self) -> "Flowable":
        shown = self._view
        left = [
            self._text(shown.heading, "title"),
            self._text(shown.title),
            self._text(f"{shown.window}, times in UTC, the end exclusive", "soft"),
            *([self._text(f"Machine {shown.machine}", "soft")] if shown.machine else []),
        ]
        right = [
            self._text(shown.currency, "right"),
            self._text(shown.amount, "total"),
            self._text(shown.amount_text, "right"),
        ]
        return self._table(None, [[left, right]], [113, 65], [("LINEBELOW", (0, 0), (-1, -1), 1.4, INK)])

    def _lines(self) -> "Iterable[Flowable]":
        yield self._section("What it comes to")
        rows: list[list[Any]] = []
        for line in self._view.lines:
            kind = f' <font color="{SOFT}" size="6.5">({line.kind})</font>' if line.kind else ""
            why = f'<br/><font color="{SOFT}" size="6.5">{_safe(line.why)}</font>' if line.why else ""
            amount = f'<font color="{BAD}">{_safe(line.amount)}</font>' if line.negative else _safe(line.amount)
            rows.append(
                [
                    self._markup(f"{_safe(line.name)}{kind}{why}"),
                    self._text(line.span),
                    self._text(line.quantity, "right"),
                    self._text(line.rate, "right"),
                    self._markup(amount, "right"),
                ]
            )
        ends = len(rows)
        for one in self._view.sums:
            style = "strong" if one.strong else "plain"
            amount_style = "strongright" if one.strong else "right"
            rows.append([self._text(one.text, style), "", "", "", self._text(one.amount, amount_style)])
        looks: list[Any] = [("SPAN", (0, ends + 1 + at), (3, ends + 1 + at)) for at in range(len(self._view.sums))]
        last = ends + len(self._view.sums)
        looks += [("LINEBELOW", (0, ends + 1), (-1, -1), 0, "#ffffff"), ("LINEABOVE", (0, last), (-1, last), 1.2, INK)]
        yield self._table(
            ["For", "Time", ">Quantity", ">Rate", f">{self._view.currency}"], rows, [50, 56, 30, 16, 26], looks
        )

    def _promised(self) -> "Flowable":
        rows = [
            [
                self._text(one.name),
                self._text(one.span),
                self._text(one.ratio, "right"),
                self._markup(f'<font color="{GOOD if one.kept else BAD}">{_safe(one.outcome)}</font>'),
                self._text(one.amount, "right"),
            ]
            for one in self._view.sla
        ]
        heads = ["Service level", "Time", ">Figure", "Outcome", f">{self._view.currency}"]
        return self._table(heads, rows, [34, 52, 26, 42, 24])

    def _used(self) -> "Flowable":
        told = [
            f'<font color="{STATUS_COLOURS[one.name]}">\N{BLACK SQUARE}</font> {one.name} {_safe(one.hours)} h'
            for one in self._view.shares
        ]
        ratios = [f"{name} <b>{_safe(value)}</b>" for name, value in self._view.ratios]
        bar = self._drawing(12)
        at = 0.0
        for one in self._view.shares:
            width = WIDTH * one.percent / 100
            self._rectangle(bar, at, 1, width, 10, STATUS_COLOURS[one.name])
            at += width
        return self._table(
            None,
            [[bar], [self._markup(SPACED.join(told))], [self._markup(SPACED.join(ratios))]],
            [178],
            [("LINEBELOW", (0, 0), (-1, -1), 0, "#ffffff")],
        )

    def _chart(self) -> "Flowable":
        from reportlab.graphics.shapes import Line, String  # noqa: PLC0415 - an extra

        chart = self._drawing(104)
        step = WIDTH / len(self._view.bars)
        chart.add(Line(0, 95, WIDTH, 95, strokeColor=_colour(RULE), strokeWidth=0.5))
        chart.add(
            String(
                0,
                98,
                _plain(f"{self._view.currency} {self._view.bar_most}"),
                fontName=TEXT,
                fontSize=6,
                fillColor=_colour(SOFT),
            )
        )
        for number, bar in enumerate(self._view.bars):
            left, wide = step * (number + 0.1), step * 0.8
            self._rectangle(chart, left, 22, wide, 73 * bar.height, ACCENT)
            self._rectangle(chart, left, 15, wide, 4, STOPPED)
            self._rectangle(chart, left, 15, wide * bar.used, 4, GOOD)
            if bar.tick:
                chart.add(String(left, 4, bar.label, fontName=TEXT, fontSize=6, fillColor=_colour(SOFT)))
        chart.add(Line(0, 22, WIDTH, 22, strokeColor=_colour(INK), strokeWidth=0.7))
        return chart

    def _provenance(self) -> "Flowable":
        rows = [[self._text(name, "soft"), self._text(value, "digest")] for name, value in self._view.provenance]
        rows += [
            [self._text("Computed anew for late readings", "soft"), [self._text(span), self._text(root, "digest")]]
            for span, root in self._view.restated
        ]
        rows += [
            [self._text(f"Anchor {seq}", "soft"), self._text(digest, "digest")] for seq, digest in self._view.anchors
        ]
        return self._table(None, rows, [48, 130])

    def _section(self, text: str) -> "Flowable":
        return self._text(text, "section")

    def _text(self, text: str, style: str = "plain") -> "Flowable":
        return self._markup(_safe(text), style)

    def _markup(self, text: str, style: str = "plain") -> "Flowable":
        from reportlab.platypus import Paragraph  # noqa: PLC0415 - an extra

        return Paragraph(text, self._styles[style])

    def _table(
        self, heads: Sequence[str] | None, rows: list[Any], widths: Sequence[float], looks: Sequence[Any] = ()
    ) -> "Flowable":
        """A table with widths in millimetres; a head that begins with ">" stands at the right."""
        from reportlab.platypus import Table, TableStyle  # noqa: PLC0415 - an extra

        shown = list(rows)
        style: list[Any] = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("LEFTPADDING", (1, 0), (-1, -1), 4),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-2, -1), 2),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
        ]
        if heads is not None:
            shown.insert(
                0, [self._text(one.removeprefix(">"), "headright" if one.startswith(">") else "head") for one in heads]
            )
            style.append(("LINEBELOW", (0, 0), (-1, 0), 0.7, INK))
        repeat = 0 if heads is None else 1
        return Table(
            shown,
            [width * MM for width in widths],
            style=TableStyle([*style, *looks]),
            repeatRows=repeat,
            hAlign="LEFT",
        )

    @staticmethod
    def _drawing(height: float) -> Any:
        from reportlab.graphics.shapes import Drawing  # noqa: PLC0415 - an extra

        return Drawing(WIDTH, height)

    @staticmethod
    def _rectangle(drawing: Any, left: float, bottom: float, width: float, height: float, colour: str) -> None:
        from reportlab.graphics.shapes import Rect  # noqa: PLC0415 - an extra

        drawing.add(Rect(left, bottom, width, height, fillColor=_colour(colour), strokeColor=None))


def _colour(text: str) -> Any:
    from reportlab.lib.colors import HexColor  # noqa: PLC0415 - an extra

    return HexColor(text)


def _plain(text: str) -> str:
    """Without the narrow space, which not every font has."""
    return text.replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")


def _safe(text: str) -> str:
    """Text that reportlab does not take for markup."""
    return escape(_plain(text), quote=False)
