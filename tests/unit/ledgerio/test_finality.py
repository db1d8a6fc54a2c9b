"""Up to which height blocks are final."""

from collections.abc import Callable, Sequence

import pytest

from maas_core.ledgerio.finality import NOTHING, final_heights
from maas_core.ledgerio.policy import Agreement, Depth, FinalityPolicies, FinalityPolicy, Native, missing_ability
from maas_core.ports.clock import Deadline
from maas_core.ports.finality import FinalityWaiting
from maas_core.ports.workflow import Ability, BlockRef, FinalityKind, LedgerProfile, Unavailable
from maas_core.testing.sim_ledger import PROFILE
from tests.support.ledgerio import SOON, block, limited

SILENCE = Unavailable("silence")


def anything(_: BlockRef) -> bool:
    return True


def nothing(_: BlockRef) -> bool:
    return False


class Observer:
    """An endpoint with an opinion; counts how often its head was asked for."""

    def __init__(
        self,
        height: int | Unavailable,
        holds: Callable[[BlockRef], bool | Unavailable] = anything,
        final: int | Unavailable | None = None,
        others: Sequence[FinalityWaiting] = (),
    ) -> None:
        self._height, self._holds, self._final, self._others = height, holds, final, others
        self.heads = 0
        self.votes = 0

    def head(self, deadline: Deadline) -> BlockRef | Unavailable:
        limited(deadline)
        self.heads += 1
        return self._height if isinstance(self._height, Unavailable) else block(self._height)

    def is_canonical(self, one: BlockRef, deadline: Deadline) -> bool | Unavailable:
        limited(deadline)
        self.votes += 1
        return self._holds(one)

    def final_height(self, deadline: Deadline) -> int | Unavailable | None:
        limited(deadline)
        return self._final

    def observers(self) -> Sequence[FinalityWaiting]:
        return self._others


CANDIDATES = [block(height) for height in range(1, 11)]


def height(policy: FinalityPolicy, waiting: FinalityWaiting, default_depth: int = 6) -> int:
    return final_heights([policy], waiting, CANDIDATES, default_depth, SOON)[policy]


@pytest.mark.parametrize(
    ("policy", "waiting", "expected"),
    [
        (Native(), Observer(20, final=8), 8),
        (Native(), Observer(20, final=0), 0),
        (Native(), Observer(20, final=None), NOTHING),
        (Native(), Observer(20, final=SILENCE), NOTHING),
        (Depth(4), Observer(20), 16),
        (Depth(0), Observer(20), 20),
        (Depth(), Observer(20), 14),
        (Depth(4), Observer(SILENCE), NOTHING),
    ],
)
def test_the_ledgers_own_word_and_depth(policy: FinalityPolicy, waiting: Observer, expected: int) -> None:
    assert height(policy, waiting) == expected


def test_nothing_is_below_all_blocks() -> None:
    assert NOTHING == -1


def test_the_head_is_asked_for_once_for_all_depths() -> None:
    own = Observer(20)
    policies = [Depth(4), Depth(6), Depth()]

    heights = final_heights(policies, own, CANDIDATES, 2, SOON)

    assert (list(heights.values()), own.heads) == ([16, 14, 18], 1)


def agreed(k: int, own: Observer, *others: Observer, blocks: int = 0) -> int:
    own._others = others
    return height(Agreement(k, blocks), own)


def test_enough_observers_make_the_highest_block_final() -> None:
    assert agreed(2, Observer(20), Observer(20), Observer(20, nothing)) == 10


def test_too_few_observers_make_nothing_final() -> None:
    assert agreed(2, Observer(20), Observer(20, nothing), Observer(20, nothing)) == NOTHING


def test_an_observer_is_only_believed_up_to_its_depth() -> None:
    assert agreed(2, Observer(9), Observer(7), Observer(SILENCE), blocks=2) == 5
    assert agreed(2, Observer(7), Observer(9), blocks=2) == 5
    assert agreed(2, Observer(6), Observer(6), blocks=0) == 6


def test_silence_is_no_agreement() -> None:
    def silent(_: BlockRef) -> Unavailable:
        return SILENCE

    assert agreed(2, Observer(20), Observer(20, silent), Observer(SILENCE)) == NOTHING
    assert agreed(2, Observer(20), Observer(20, silent), Observer(20)) == 10


def test_one_liar_that_denies_does_not_stop_the_others() -> None:
    assert agreed(2, Observer(20, nothing), Observer(20), Observer(20)) == 10


def test_one_liar_that_claims_too_much_makes_nothing_final() -> None:
    own = Observer(12)

    assert agreed(2, own, Observer(9_000), Observer(SILENCE), blocks=4) == 8
    assert agreed(3, Observer(12), Observer(9_000), Observer(9, nothing), blocks=4) == NOTHING


def test_observers_that_see_different_branches_agree_on_what_is_below_the_fork() -> None:
    def before_the_fork(one: BlockRef) -> bool:
        return one.height <= 6

    assert agreed(3, Observer(20), Observer(20, before_the_fork), Observer(20)) == 6


def test_more_voices_than_there_are_can_never_agree() -> None:
    own = Observer(20)

    assert agreed(3, own, Observer(20)) == NOTHING
    assert own.votes == 0


def test_no_more_observers_are_asked_than_needed() -> None:
    own, second, third = Observer(20), Observer(20), Observer(20)

    assert agreed(2, own, second, third) == 10
    assert (own.votes, second.votes, third.votes) == (1, 1, 0)


def test_without_candidates_nobody_is_asked() -> None:
    own = Observer(20)

    assert final_heights([Agreement(1)], own, [], 0, SOON) == {Agreement(1): NOTHING}
    assert own.heads == 0


def test_each_action_has_its_policy_or_the_default() -> None:
    policies = FinalityPolicies(Native(), {"found": Depth(3), "join": Depth(3), "bid": Native()})

    assert (policies.of("found"), policies.of("propose")) == (Depth(3), Native())
    assert policies.all() == (Native(), Depth(3))


@pytest.mark.parametrize(
    ("policies", "follow"),
    [
        (FinalityPolicies(Depth()), True),
        (FinalityPolicies(Native(), {"bid": Depth()}), True),
        (FinalityPolicies(Depth(0), {"bid": Agreement(1)}), False),
    ],
)
def test_only_a_depth_without_a_number_follows_the_deployments_rule(policies: FinalityPolicies, follow: bool) -> None:
    assert policies.follow_rule is follow


def profile(*kinds: FinalityKind, observers: bool = False) -> LedgerProfile:
    values = {name: getattr(PROFILE, name) for name in PROFILE.__slots__}
    abilities = frozenset({Ability.OBSERVERS}) if observers else frozenset()
    return LedgerProfile(**values | {"finality": frozenset(kinds), "abilities": abilities})


@pytest.mark.parametrize(
    ("policy", "declared", "missing"),
    [
        (Native(), profile(FinalityKind.INSTANT), ""),
        (Native(), profile(FinalityKind.TAG), ""),
        (Native(), profile(FinalityKind.DEPTH), "finality instant or tag"),
        (Depth(3), profile(FinalityKind.DEPTH), ""),
        (Depth(3), profile(FinalityKind.INSTANT), "finality depth"),
        (Agreement(2), profile(FinalityKind.QUORUM, observers=True), ""),
        (Agreement(2), profile(FinalityKind.QUORUM), "finality quorum and ability observers"),
        (Agreement(2), profile(FinalityKind.DEPTH, observers=True), "finality quorum and ability observers"),
    ],
)
def test_a_policy_names_what_a_ledger_would_have_to_declare(
    policy: FinalityPolicy, declared: LedgerProfile, missing: str
) -> None:
    assert missing_ability(policy, declared) == missing
