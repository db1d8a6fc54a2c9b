"""The judge: a ledger under test must answer every step as the model does."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from maas_core.protocol.digests import state_digest
from maas_core.protocol.model.state import DEPLOYMENT
from maas_core.protocol.records import Deployment, Key, Record
from maas_core.protocol.schema import fields_of
from maas_core.protocol.types import FixedBytes
from maas_core.protocol.vectors.cast import identity
from maas_core.protocol.vectors.files import render
from maas_core.protocol.vectors.story import Overwrite, Step, Story, Vector
from tests.equivalence.keys import keys_named
from tests.equivalence.ledger import LedgerUnderTest, ListingLedger

CASES = Path("build/disagreements")
Steps = Sequence[Step | Overwrite]


def judge(name: str, ledger: LedgerUnderTest, steps: Steps, *, checked_from: int = 0) -> None:
    """Raise `AssertionError` with a small runnable case if the ledger disagrees with the model on any step.

    Records are compared from step `checked_from` on, after each step those that it changed or named, at the end all.
    """
    complaint = complaint_about(ledger, steps, checked_from)
    if complaint is None:
        return
    few = shrunk(steps, lambda fewer: complaint_about(ledger, fewer) is not None)
    raise AssertionError(_case(name, few, complaint_about(ledger, few) or complaint))


def complaint_about(ledger: LedgerUnderTest, steps: Steps, checked_from: int = 0) -> str | None:
    """What the ledger does otherwise than the model, None if nothing."""
    ledger.reset()
    known: dict[Key, Record] = {}
    last = max((index for index, step in enumerate(steps) if isinstance(step, Step)), default=0)
    for index, step in enumerate(steps):
        if isinstance(step, Overwrite):
            ledger.overwrite(step.key, step.field, step.value)
            known[step.key] = overwritten(known[step.key], step)
            continue
        known |= {key: as_stored(record) for key, record in step.records.items()}
        reads = _reads(step, known, is_last=index == last) if index >= checked_from else []
        if complaint := _step_complaint(ledger, step, reads, known):
            return f"step {index}, {step.note or type(step.command).__name__}: {complaint}"
    if isinstance(ledger, ListingLedger) and len(ledger.dump()) != len(known):
        return f"the model stores {len(known)} records, the ledger {len(ledger.dump())}"
    return None


def _reads(step: Step, known: dict[Key, Record], *, is_last: bool) -> list[Key]:
    keys = [*step.records, *keys_named(step.command), *(known if is_last else ())]
    return list(dict.fromkeys(keys))


def _step_complaint(ledger: LedgerUnderTest, step: Step, reads: list[Key], known: dict[Key, Record]) -> str | None:
    answer = ledger.step(step.command, identity(step.sender), step.time, reads)
    if answer.outcome != step.outcome:
        return f"the model answers\n    {step.outcome}\n  the ledger\n    {answer.outcome}"
    for key in reads:
        if answer.records[key] != known.get(key):
            return f"{key}: the model stores\n    {known.get(key)}\n  the ledger\n    {answer.records[key]}"
    stored = {key: answer.records[key] for key in known if key in reads}
    if len(stored) == len(known) and _digest(stored) != step.digest:
        return "the state digests differ"
    return None


def _digest(stored: dict[Key, Any]) -> bytes:
    founded: Deployment | None = stored.get(DEPLOYMENT)
    return state_digest(founded.deployment if founded else bytes(32), stored.values())


def overwritten(record: Any, step: Overwrite) -> Record:
    """A record after a step that writes one field directly."""
    changed: Record = replace(record, **{step.field: step.value})
    return changed


def as_stored(record: Record) -> Record:
    """A record as ledgers store it: event-only fields are zero."""
    stored: Any = record
    kind: Any = type(record)
    zeroed: Record = replace(stored, **_event_only(kind))
    return zeroed


@cache
def _event_only(record: Any) -> dict[str, int | bytes]:
    specs = [spec for spec in fields_of(record) if spec.event_only]
    return {spec.name: bytes(spec.wire.size) if isinstance(spec.wire, FixedBytes) else 0 for spec in specs}


def shrunk(steps: Steps, still_fails: Callable[[Steps], bool]) -> Steps:
    """As few of the steps as still fail, answered anew by the model after each removal."""
    size = len(steps) // 2
    while size:
        start = 0
        while start < len(steps):
            fewer = replayed([*steps[:start], *steps[start + size :]])
            if still_fails(fewer):
                steps = fewer
            else:
                start += size
        size //= 2
    return steps


def replayed(steps: Steps) -> Steps:
    """The same commands, times and senders with the model's answers of now."""
    story = Story("replayed")
    for step in steps:
        if isinstance(step, Step):
            story.clock = step.time
            story.play(step.sender, step.command, step.note)
        elif step.key in story.state:
            story.overwrite(step.key, step.field, step.value)
    return tuple(story.steps)


def _case(name: str, steps: Steps, complaint: str) -> str:
    text = render([Vector(name, None, (), None, tuple(steps))])
    path = CASES / f"{sha256(text.encode()).hexdigest()[:12]}.json"
    CASES.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return f"{name}: {complaint}\n\n{text}\nreplay: python -m tests.equivalence.replay {path}"
