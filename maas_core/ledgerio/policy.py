"""When an event counts as final: a policy for all business actions, and others for some of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maas_core.ports.workflow import Ability, FinalityKind, LedgerProfile

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Native:
    """Final when the ledger says so: included (INSTANT), or up to its own final block (TAG)."""

    time_limit: float = DAY
    """Seconds after which waiting is reported as overdue."""


@dataclass(frozen=True, slots=True)
class Depth:
    """Final with so many blocks on top."""

    blocks: int | None = None
    """None: the deployment's rule `finality_depth`."""
    time_limit: float = DAY


@dataclass(frozen=True, slots=True)
class Agreement:
    """Final when `k` of all observers, this node's own endpoint included, hold it for canonical at a depth."""

    k: int
    blocks: int = 0
    time_limit: float = DAY


FinalityPolicy = Native | Depth | Agreement


@dataclass(frozen=True, slots=True)
class FinalityPolicies:
    """The policy of each business action; an action is a command's name on the wire."""

    default: FinalityPolicy
    by_action: Mapping[str, FinalityPolicy] = field(default_factory=dict)

    def of(self, action: str) -> FinalityPolicy:
        """The policy of one action."""
        return self.by_action.get(action, self.default)

    def all(self) -> tuple[FinalityPolicy, ...]:
        """Each policy in use once."""
        return tuple(dict.fromkeys((self.default, *self.by_action.values())))

    @property
    def follow_rule(self) -> bool:
        """Whether any of them is the depth that the deployment's rule says."""
        return any(isinstance(one, Depth) and one.blocks is None for one in self.all())


def missing_ability(policy: FinalityPolicy, profile: LedgerProfile) -> str:
    """What a ledger would have to declare for a policy and does not; empty if it can serve it."""
    match policy:
        case Native():
            fits = bool(profile.finality & {FinalityKind.INSTANT, FinalityKind.TAG})
            return "" if fits else "finality instant or tag"
        case Depth():
            return "" if FinalityKind.DEPTH in profile.finality else "finality depth"
        case Agreement():
            fits = FinalityKind.QUORUM in profile.finality and Ability.OBSERVERS in profile.abilities
            return "" if fits else "finality quorum and ability observers"
