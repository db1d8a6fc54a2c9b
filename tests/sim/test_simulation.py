"""Simulated nodes keep every promise under a thousand schedules, and a failing one can be run again."""

import os

import pytest

from maas_core.ledgerio import outbox
from maas_core.ledgerio.submission import Submission
from maas_core.testing.sim_checks import InvariantError
from maas_core.testing.simulate import STEPS, Schedule, main, run_schedules

SCHEDULES = int(os.environ.get("MAAS_SCHEDULES", "1000"))
PARTS = 20
FIRST = int(os.environ.get("MAAS_SEED", "1"))


@pytest.mark.parametrize("part", range(PARTS))
def test_no_schedule_breaks_a_promise(part: int) -> None:
    count = SCHEDULES // PARTS

    run_schedules(FIRST + part * count, count)


def story(seed: int) -> list[object]:
    """Everything that a schedule left behind."""
    schedule = Schedule(seed)
    schedule.run(STEPS)
    kept = [(node.journal.chain, dict(node.journal.submissions), node.journal.records) for node in schedule.nodes]
    return [schedule.world.chain.head.ref, *kept]


@pytest.mark.parametrize("seed", [3, 14, 159])
def test_a_schedule_depends_on_its_seed_alone(seed: int) -> None:
    assert story(seed) == story(seed)


def test_schedules_differ() -> None:
    assert story(3) != story(4)


def forgets(submission: Submission, _: int) -> Submission:
    """A bug: what was in a block that left the chain counts as included all the same."""
    return submission


def test_a_failing_seed_is_named_and_fails_again_in_the_same_way(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(outbox, "undone", forgets)
    with pytest.raises(InvariantError, match=r"^seed \d+: ") as caught:
        run_schedules(1, 100)
    first = str(caught.value)
    seed = int(first.removeprefix("seed ").split(":")[0])

    with pytest.raises(InvariantError) as again:
        run_schedules(seed, 1)
    assert str(again.value) == first
    assert main(["--schedules", "1", "--seed", str(seed)]) == 1
    assert first in capsys.readouterr().out

    monkeypatch.undo()
    assert main(["--schedules", "1", "--seed", str(seed)]) == 0
    assert "no violation" in capsys.readouterr().out
