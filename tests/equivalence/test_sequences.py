"""Fresh sequences through contract and chaincode.

MAAS_EQUIVALENCE_N says how many in all. Hypothesis draws; what fails is made small by the judge, which removes steps
and lets the model answer anew, and is faster at that than shrinking the draws.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from maas_core.protocol.vectors.story import Story
from tests.equivalence.judge import judge
from tests.equivalence.ledger import LedgerUnderTest
from tests.equivalence.ledgers import NAMES
from tests.support.sequences import stories

PARTS = 10
"""Parts that can run beside each other; each is a test of its own."""
SEQUENCES = int(os.environ.get("MAAS_EQUIVALENCE_N", "300"))


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", NAMES)
def test_a_ledger_answers_fresh_sequences_as_the_model_does(
    request: pytest.FixtureRequest, name: str, part: int
) -> None:
    ledger: LedgerUnderTest = request.getfixturevalue(name)

    @settings(
        max_examples=-(-SEQUENCES // PARTS),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(story=stories())
    def agrees(story: Story) -> None:
        steps = story.all_steps()
        judge(f"part {part}", ledger, steps, checked_from=len(steps) - len(story.steps))

    agrees()
