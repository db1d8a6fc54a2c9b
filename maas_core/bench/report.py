"""The report: a page that needs nothing but itself, and summary.json."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from maas_core.bench.figures import OVERHEAD_FIGURES, RUN_FIGURES, unit_of
from maas_core.bench.glance import capacity_lines, pairing_lines, per_million
from maas_core.bench.measured import Measured
from maas_core.bench.pictures import pictures
from maas_core.bench.record import PROVENANCE, REPORT, SUMMARY, read_json, write_json
from maas_core.bench.results import Summary
from maas_core.bench.scenario import Scenario
from maas_core.bench.summary import summarise
from maas_core.bench.topology.placed import REGIONS, without_links
from maas_core.bench.topology.shown import shown
from maas_core.bench.trips import trip_table
from maas_core.bench.words import answers, compared, findings, headlines, paper_rows, seconds, told, troubles, warnings
from maas_core.objects.atomic_file import write_whole

FEW = 2
"""More pairings than this are told by the table alone."""


def report(folder: Path) -> tuple[Scenario, Summary]:
    """Write report.html and summary.json into a folder that `bench run` wrote. Raises `MaasError`."""
    scenario, measured, summary = summarise(folder)
    provenance = read_json(folder / PROVENANCE)
    if REGIONS in provenance:
        scenario = without_links(scenario)
    write_json(
        folder / SUMMARY, {"valid": summary.valid, "met": summary.met, "answers": answers(summary), **asdict(summary)}
    )
    page = _page(scenario, measured, summary, provenance)
    write_whole(folder.absolute(), folder.absolute() / REPORT, page.encode(), durable=False)
    return scenario, summary


def _page(scenario: Scenario, measured: Sequence[Measured], summary: Summary, provenance: Mapping[str, Any]) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals.update(told=told, unit_of=unit_of, seconds=seconds)
    return environment.get_template("report.html.j2").render(
        scenario=scenario,
        summary=summary,
        compared=compared(scenario, summary),
        headlines=headlines(summary),
        answers=findings(summary) if len(summary.pairings) > FEW else answers(summary)[len(headlines(summary)) :],
        troubles=troubles(summary),
        warnings=warnings(summary),
        plots=pictures(scenario, measured, summary),
        lines=pairing_lines(scenario, summary),
        capacities=capacity_lines(summary),
        run_figures=RUN_FIGURES,
        overhead_figures=OVERHEAD_FIGURES,
        paper=paper_rows(summary.pairings),
        gas_names=[
            one.name for one in summary.pairings if "core" in one.modes and one.modes["core"].cost_unit == "gas"
        ],
        costs=_cost_per_million(scenario, summary),
        trips=trip_table(scenario, measured, provenance.get(REGIONS, {}).get("participants", {})),
        in_regions=shown(provenance),
        provenance=provenance,
        when=datetime.fromtimestamp(provenance["began"], UTC).strftime("%d %B %Y, %H:%M UTC"),
        runs=[one.run for one in measured],
    )


def _cost_per_million(scenario: Scenario, summary: Summary) -> list[tuple[str, str, str]]:
    """For one million readings anchored: pairing, ledger's cost, bytes stored."""
    stored = scenario.workload.object_bytes * 1e6 / (scenario.workload.readings * scenario.workload.items)
    told = [(one.name, per_million(scenario, one)) for one in summary.pairings]
    return [(name, cost, f"{stored:,.0f} bytes") for name, cost in told if cost]
