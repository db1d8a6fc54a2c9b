"""The whole demo: makes the consortium, lets the story happen, has it checked, and writes report and figures."""

import json
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from maas_core.demo.audit import audited
from maas_core.demo.cast import Name
from maas_core.demo.consortium import Consortium
from maas_core.demo.network import Choice, Network
from maas_core.demo.pictures import pictures
from maas_core.demo.report import write_report
from maas_core.demo.result import Story, Summary
from maas_core.demo.settings import participants
from maas_core.demo.story import tell
from maas_core.devnets.processes import as_interrupts
from maas_core.errors import UsageError
from maas_core.objects.atomic_file import write_whole
from maas_core.plugins import Plugins

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for."""

    choice: Choice
    short: bool
    """Three months instead of twelve."""
    examples: Path | None
    """The folder with `data` and `terms`; None: found by itself."""
    folder: Path | None
    """Where the nodes are kept; None: nowhere."""
    report: Path
    result: Path | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    summary: Summary
    story: Story
    currency: str


def run(options: Options, plugins: Plugins, progress: Progress) -> Outcome:
    """Run it. Raises `UsageError` for a folder that is not empty or examples that are not found."""
    examples = _examples(options.examples)
    began = time.monotonic()
    with (
        as_interrupts(signal.SIGTERM, signal.SIGHUP),  # so that devnets end with the demo
        _folder(options.folder) as folder,
        Network(options.choice, plugins, folder, progress) as network,
    ):
        tables = participants(examples, folder, network.patience)
        with Consortium(folder, network, plugins, tables) as consortium:
            story = tell(consortium, examples, short=options.short, say=progress)
            progress("checking everything by processes that read ledger and storage only")
            checked = audited(consortium, (story.mill, story.furnace))
            ledger, storage = network.names()
            summary = Summary(ledger, storage, story.counts, checked, 0.0)
            plots = pictures(consortium[Name.CUSTOMER], story)
            now = consortium[Name.BOARD].clock.now()
    summary = replace(summary, seconds=round(time.monotonic() - began, 1))
    write_report(options.report, summary, story.told, plots, story.currency, now)
    if options.result is not None:
        content = json.dumps(summary.figures(), indent=2) + "\n"
        write_whole(options.result.absolute().parent, options.result, content.encode(), durable=False)
    return Outcome(summary, story.told, story.currency)


def _examples(given: Path | None) -> Path:
    """The folder `examples` of the project: as given, here, or where this package's sources lie."""
    places = [given] if given is not None else [Path("examples"), Path(__file__).resolve().parents[2] / "examples"]
    for place in places:
        if (place / "data" / "telemetry.toml").exists():
            return place.resolve()
    told = " or ".join(map(str, places))
    raise UsageError(f"the demo's data are not in {told}: run it in a checkout, or name the folder with --examples")


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is None:
        made = Path(tempfile.mkdtemp(prefix="maas-demo-"))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)
        return
    if given.exists() and any(given.iterdir()):
        raise UsageError(f"{given} is not empty: name a new folder, or an empty one")
    given.mkdir(parents=True, exist_ok=True)
    yield given.resolve()
