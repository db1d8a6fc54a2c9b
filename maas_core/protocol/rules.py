"""The rules of a deployment, set when it is founded and changed by governance."""

from dataclasses import dataclass, fields, replace
from typing import Annotated, get_type_hints

from maas_core.protocol.states import Rule
from maas_core.protocol.types import MAX_ANCHOR_ITEMS, MAX_BOARD, Uint


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules; the fields are in the order of `Rule`."""

    quorum: Annotated[int, Uint(16, 1, MAX_BOARD)]
    """Votes that execute a proposal; never more than there are active BOARD parties."""
    proposal_lifetime: Annotated[int, Uint(32, 60, 31_536_000)]
    """Seconds from a proposal to its expiry."""
    anchor_items: Annotated[int, Uint(16, 1, MAX_ANCHOR_ITEMS)]
    """Anchors that one command may carry."""
    clock_bound: Annotated[int, Uint(32, 1, 86_400)]
    """Seconds that a business time may lie ahead of the ledger's."""
    close_after: Annotated[int, Uint(32, 60, 31_536_000)]
    """Seconds after which the side that waits may end what the other side left undone."""
    finality_depth: Annotated[int, Uint(16, 0, 65_535)]
    """The default number of blocks that nodes wait for; no check on the ledger depends on it."""


FIELD_OF: dict[Rule, str] = {rule: field.name for rule, field in zip(Rule, fields(Rules), strict=True)}


def domain(rule: Rule) -> Uint:
    """The accepted values of a rule."""
    hint = get_type_hints(Rules, include_extras=True)[FIELD_OF[rule]]
    spec = hint.__metadata__[0]
    assert isinstance(spec, Uint)
    return spec


def with_rule(rules: Rules, rule: Rule, value: int) -> Rules:
    """`rules` with one of them changed."""
    return replace(rules, **{FIELD_OF[rule]: value})
