"""An action has exactly the fields of its kind."""

from dataclasses import replace
from typing import Any

import pytest

from maas_core.protocol.model.governance import is_consistent
from maas_core.protocol.states import ActionKind, Rule
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.protocol.vectors.cast import digest, identity
from tests.support.world import PRESS, action

K = ActionKind
MACHINE_DATA = PRESS + bytes(16)
FULL = {
    K.INVITE: action(K.INVITE, party=7, identity=identity("x"), roles=2),
    K.SET_ROLES: action(K.SET_ROLES, party=7, roles=2),
    K.SUSPEND: action(K.SUSPEND, party=7),
    K.REINSTATE: action(K.REINSTATE, party=7),
    K.REMOVE: action(K.REMOVE, party=7),
    K.REBIND: action(K.REBIND, party=7, identity=identity("x")),
    K.SET_RULE: action(K.SET_RULE, rule=Rule.CLOCK_BOUND, value=9),
    K.CLOSE_OUT: action(K.CLOSE_OUT, party=7, data=MACHINE_DATA),
    K.RETIRE: action(K.RETIRE, data=digest("successor")),
}
OTHER: dict[str, Any] = {"party": 7, "identity": identity("x"), "roles": 2, "rule": 1, "value": 9, "data": digest("x")}


@pytest.mark.parametrize("kind", K, ids=lambda kind: kind.name)
def test_an_action_has_exactly_the_fields_of_its_kind(kind: ActionKind) -> None:
    right = FULL[kind]
    used = {field for field in OTHER if getattr(right, field) not in (0, ZERO_DIGEST)}
    zeros: dict[str, Any] = {"identity": ZERO_DIGEST, "data": ZERO_DIGEST}

    assert is_consistent(right)
    for field in used:
        assert not is_consistent(replace(right, **{field: zeros.get(field, 0)})), field
    for field in OTHER.keys() - used:
        assert not is_consistent(replace(right, **{field: OTHER[field]})), field


@pytest.mark.parametrize(
    ("rule", "low", "high"),
    [(Rule.QUORUM, 1, 16), (Rule.CLOCK_BOUND, 1, 86_400), (Rule.FINALITY_DEPTH, 0, 65_535)],
)
def test_a_rule_is_set_within_its_domain(rule: Rule, low: int, high: int) -> None:
    def consistent(value: int) -> bool:
        return is_consistent(action(K.SET_RULE, rule=rule, value=value))

    assert consistent(low)
    assert consistent(high)
    assert not consistent(high + 1)
    assert low == 0 or not consistent(low - 1)


def test_the_data_of_a_close_out_is_the_machine_and_zeros() -> None:
    assert not is_consistent(action(K.CLOSE_OUT, party=7, data=PRESS + bytes(15) + b"\1"))
    assert not is_consistent(action(K.CLOSE_OUT, party=7, data=PRESS + b"\1" + bytes(15)))
