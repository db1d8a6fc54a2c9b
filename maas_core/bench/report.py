"""The report: a page that needs nothing but itself, and summary.json."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from maas_core.bench.figures import OVERHEAD_FIGURES, RUN_FIGURES, unit_of
from maas_core.bench.pictures import cost_of, pictures
from maas_core.bench.record import PROVENANCE, REPORT, SUMMARY, read_json, write_json
from maas_core.bench.results import Summary
from maas_core.bench.scenario import Kind, Scenario
from maas_core.bench.summary import Measured, summarise
from maas_core.bench.words import answers, compared, paper_rows, seconds, told, troubles, warnings
from maas_core.objects.atomic_file import write_whole


def report(folder: Path) -> Summary:
    """Write report.html and summary.json into a folder that `bench run` wrote. Raises `MaasError`."""
    scenario, measured, summary = summarise(folder)
    provenance = read_json(folder / PROVENANCE)
    write_json(
        folder / SUMMARY, {"valid": summary.valid, "met": summary.met, "answers": answers(summary), **asdict(summary)}
    )
    page = _page(scenario, measured, summary, provenance)
    write_whole(folder.absolute(), folder.absolute() / REPORT, page.encode(), durable=False)
    return summary


def _page(scenario: Scenario, measured: Sequence[Measured], summary: Summary, provenance: Mapping[str, Any]) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals.update(told=told, unit_of=unit_of, seconds=seconds)
    return environment.get_template("report.html.j2").render(
        scenario=scenario,
        summary=summary,
        compared=compared(scenario, summary),
        answers=answers(summary),
        troubles=troubles(summary),
        warnings=warnings(summary),
        plots=pictures(scenario, measured, summary),
        run_figures=RUN_FIGURES,
        overhead_figures=OVERHEAD_FIGURES,
        paper=paper_rows(summary.pairings),
        gas_names=[
            one.name for one in summary.pairings if "core" in one.modes and one.modes["core"].cost_unit == "gas"
        ],
        costs=_cost_per_million(scenario, summary),
        regions=_regions(scenario, measured),
        provenance=provenance,
        when=datetime.fromtimestamp(provenance["began"], UTC).strftime("%d %B %Y, %H:%M UTC"),
        runs=[one.run for one in measured],
    )


def _cost_per_million(scenario: Scenario, summary: Summary) -> list[tuple[str, str, str]]:
    """For one million readings anchored: pairing, ledger's cost, bytes stored."""
    if scenario.workload.kind is not Kind.ANCHORING and "anchoring" not in scenario.workload.mix:
        return []
    commands = 1e6 / (scenario.workload.readings * scenario.workload.items)
    rows = []
    for one in summary.pairings:
        cost = cost_of(one, "anchor_telemetry")
        unit = one.modes["core"].cost_unit if "core" in one.modes else ""
        stored = scenario.workload.object_bytes * commands
        shown = (
            f"{cost.value * commands:,.0f} {unit}" if cost is not None else f"{commands:,.1f} commands (no cost told)"
        )
        rows.append((one.name, shown, f"{stored:,.0f} bytes"))
    return rows


def _regions(scenario: Scenario, measured: Sequence[Measured]) -> list[tuple[str, str, str, list[str]]]:
    """Participant, region, added delay, and the round trips before and after, by pairing."""
    pairings = list(dict.fromkeys(one.run.pairing for one in measured))
    actors = list(dict.fromkeys(name for one in measured for name in one.run.before.ledger))
    rows = []
    for actor in actors:
        region = scenario.region(actor)
        link = scenario.link(region)
        trips = []
        for name in pairings:
            runs = [one.run for one in measured if one.run.pairing == name and actor in one.run.before.ledger]
            ends = [
                float(np.median([getattr(run, side).ledger[actor] for run in runs])) for side in ("before", "after")
            ]
            trips.append(" / ".join(map(seconds, ends)))
        rows.append((actor, region or "local", f"{link.delay_ms:g} ms" if link else "none", trips))
    return rows
