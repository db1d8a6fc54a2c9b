"""The demo's HTML page: one file that needs nothing else."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from maas_core.demo.result import Story, Summary
from maas_core.objects.atomic_file import write_whole


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture with its words."""

    title: str
    svg: str
    note: str


def write_report(file: Path, summary: Summary, story: Story, plots: Sequence[Plot], currency: str, now: int) -> None:
    """Write the page."""
    folder = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page = environment.get_template("report.html.j2").render(
        summary=summary,
        story=story,
        plots=plots,
        currency=currency,
        money=money,
        when=datetime.fromtimestamp(now, UTC).strftime("%d %B %Y, %H:%M UTC"),
        tiles=[(name, f"{count:,}") for name, count in asdict(summary.counts).items()],
        verdicts=[
            ("every invoice recomputed", summary.checked.all_recomputed),
            ("every batch verified", summary.checked.verified),
        ],
    )
    write_whole(file.absolute().parent, file, page.encode(), durable=False)


def money(amount: int) -> str:
    """Minor units with two digits, for people."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100:,}.{abs(amount) % 100:02d}"
