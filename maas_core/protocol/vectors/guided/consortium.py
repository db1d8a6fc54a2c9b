"""Plans for the consortium's commands."""

from itertools import count
from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol.records import Accreditation, Attestation, Machine, Party, Proposal
from maas_core.protocol.rules import Rules, domain
from maas_core.protocol.states import ActionKind, MachineState, PartyState, ProposalState, Role, Rule
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.protocol.vectors.cast import DAY, digest, identity, name
from maas_core.protocol.vectors.guided.choices import Choices
from maas_core.protocol.vectors.guided.plan import Plan
from maas_core.protocol.vectors.guided.world import GHOST_MACHINE, GHOST_PARTY, LABELS, NOBODY, World
from maas_core.protocol.vectors.probes import action

MAX_INVITED = 14
CLASSES = (1, 2)


def fresh(world: World, kind: str, known: int) -> bytes:
    """An id that nobody has used, where so many records of the kind are known."""
    while (kind, made := name(f"{kind} {known}")) in world.state:
        known += 1
    return made


def some_digest(choose: Choices) -> bytes:
    """One of a few digests."""
    return digest(f"document {choose.below(4)}")


def _found(_world: World, _subject: Any, _sender: int, choose: Choices) -> c.Found:
    rules = Rules(
        quorum=1,
        proposal_lifetime=choose.pick((7 * DAY, 60, 365 * DAY)),
        anchor_items=choose.pick((10, 1, 200)),
        clock_bound=choose.pick((900, 1, DAY)),
        close_after=choose.pick((DAY, 60, 365 * DAY)),
        finality_depth=choose.pick((12, 0, 65_535)),
    )
    return c.Found(digest("deployment"), choose.pick((ZERO_DIGEST, digest("predecessor"))), digest("board"), rules)


def _no_deployment(world: World) -> list[Any]:
    return [None] if ("deployment",) not in world.state else []


def _board(world: World, _subject: Any) -> list[int]:
    return world.active(Role.BOARD)


def _propose(world: World, act: c.Action) -> c.Propose:
    return c.Propose(fresh(world, "proposal", len(world.proposals)), act)


def _unused_label(world: World) -> str:
    return next(label for label in LABELS if ("identity", identity(label)) not in world.state)


def _invite(world: World, subject: Party, _sender: int, choose: Choices) -> c.Propose:
    number = subject.party
    if number == NOBODY:
        number = next(n for n in count(1) if ("party", n) not in world.state)
    roles = choose.pick((8, 8, 2, 4, 16, 1, 31, 12))
    new = identity(_unused_label(world))
    return _propose(world, action(ActionKind.INVITE, party=number, identity=new, roles=roles))


def _about_party(kind: ActionKind) -> Any:
    def make(world: World, subject: Party, _sender: int, choose: Choices) -> c.Propose:
        fields: dict[str, Any] = {"party": subject.party}
        if kind == ActionKind.SET_ROLES:
            fields["roles"] = choose.pick((subject.roles | Role.BOARD, 31, subject.roles, 2, 12, 16, 1))
        if kind == ActionKind.REBIND:
            fields["identity"] = identity(_unused_label(world))
        return _propose(world, action(kind, **fields))

    return make


def _set_rule(world: World, _subject: Any, _sender: int, choose: Choices) -> c.Propose:
    rule = choose.pick(tuple(Rule))
    accepted = domain(rule)
    values = {
        Rule.QUORUM: (1, 2, world.deployment.board, world.deployment.board + 1),
        Rule.PROPOSAL_LIFETIME: (7 * DAY, 60),
        Rule.ANCHOR_ITEMS: (10, 1, 2),
        Rule.CLOCK_BOUND: (900, 1, 60),
        Rule.CLOSE_AFTER: (DAY, 60),
        Rule.FINALITY_DEPTH: (12, 0),
    }[rule]
    value = choose.pick((*values, accepted.low, accepted.high))
    return _propose(world, action(ActionKind.SET_RULE, rule=rule, value=value))


def _to_close_out(world: World) -> list[Machine]:
    over = (MachineState.DECLINED, MachineState.TERMINATED)
    return [one for one in world.machines if one.state not in over and _removed_sides(world, one)]


def _removed_sides(world: World, machine: Machine) -> list[int]:
    removed = [party.party for party in world.parties if party.state == PartyState.REMOVED]
    return [side for side in (machine.oem, machine.customer) if side in removed]


def _close_out(world: World, subject: Machine, _sender: int, choose: Choices) -> c.Propose:
    removed = [party.party for party in world.parties if party.state == PartyState.REMOVED]
    sides = _removed_sides(world, subject) or [*removed, subject.oem, subject.customer, NOBODY]
    data = subject.machine + bytes(16)
    return _propose(world, action(ActionKind.CLOSE_OUT, party=choose.pick(sides), data=data))


def _retire(world: World, _subject: Any, _sender: int, _choose: Choices) -> c.Propose:
    return _propose(world, action(ActionKind.RETIRE, data=digest("successor")))


def _voters(world: World, subject: Proposal) -> list[int]:
    return [party for party in world.active(Role.BOARD) if party not in subject.voters]


def _open_proposals(world: World) -> list[Proposal]:
    return [one for one in world.proposals if one.state == ProposalState.OPEN and world.now < one.expires]


def _every_proposal(world: World) -> list[Any]:
    ghost = Proposal(name("ghost"), 1, action(ActionKind.RETIRE), 0, ProposalState.OPEN, ())
    return [*world.proposals, ghost]


def _in_state(*states: PartyState) -> Any:
    return lambda world: [party for party in world.parties if party.state in states]


def _every_party(world: World) -> list[Party]:
    return [*world.parties, GHOST_PARTY]


def _itself(_world: World, subject: Party) -> list[int]:
    return [subject.party]


def _update_profile(world: World, subject: Party, sender: int, choose: Choices) -> c.UpdateProfile:
    party = world.state.get(("party", sender), subject)
    return c.UpdateProfile(party.version, some_digest(choose))


def _maintainers(world: World) -> list[Party]:
    return [party for party in world.parties if party.party in world.active(Role.MAINTAINER)]


def _accredit(world: World, subject: Party, sender: int, choose: Choices) -> c.Accredit:
    without = [one for one in CLASSES if subject.party not in world.accreditation(sender, one).maintainers]
    machine_class = choose.pick(without or CLASSES)
    return c.Accredit(subject.party, machine_class, world.accreditation(sender, machine_class).version)


def _accreditors(world: World, subject: Party) -> list[int]:
    found: list[Accreditation] = world.all(Accreditation)
    return [one.oem for one in found if subject.party in one.maintainers and world.is_engaged(one.oem)]


def _withdraw(world: World, subject: Party, sender: int, choose: Choices) -> c.WithdrawAccreditation:
    holding = [one for one in CLASSES if subject.party in world.accreditation(sender, one).maintainers]
    machine_class = choose.pick(holding or CLASSES)
    version = world.accreditation(sender, machine_class).version
    return c.WithdrawAccreditation(subject.party, machine_class, version)


def _attest(world: World, subject: Machine, _sender: int, choose: Choices) -> c.Attest:
    known: list[Attestation] = world.all(Attestation)
    fresh_id = fresh(world, "attestation", len(known))
    attestation = choose.pick((fresh_id, fresh_id, *(one.attestation for one in known[:1])))
    return c.Attest(attestation, subject.machine, 1 + choose.below(5), some_digest(choose))


def _founded(_world: World) -> list[Any]:
    return [None]


PLANS = (
    Plan(c.Found, 50, _no_deployment, _founded, lambda _world, _subject: [1], _found),
    Plan(
        c.Propose,
        3,
        lambda world: [GHOST_PARTY] if len(world.parties) < MAX_INVITED else [],
        _every_party,
        _board,
        _invite,
    ),
    *(
        Plan(c.Propose, weight, _in_state(*states), _every_party, _board, _about_party(kind))
        for kind, weight, states in (
            (ActionKind.SET_ROLES, 2, (PartyState.INVITED, PartyState.ACTIVE, PartyState.SUSPENDED)),
            (ActionKind.SUSPEND, 1, (PartyState.ACTIVE,)),
            (ActionKind.REINSTATE, 3, (PartyState.SUSPENDED,)),
            (ActionKind.REMOVE, 1, (PartyState.INVITED, PartyState.ACTIVE, PartyState.SUSPENDED)),
            (ActionKind.REBIND, 1, (PartyState.ACTIVE, PartyState.SUSPENDED)),
        )
    ),
    Plan(c.Propose, 1, _founded, _founded, _board, _set_rule),
    Plan(c.Propose, 4, _to_close_out, lambda world: [*world.machines, GHOST_MACHINE], _board, _close_out),
    Plan(c.Propose, 1, lambda world: _founded(world) if world.now % 8 == 0 else [], _founded, _board, _retire),
    Plan(
        c.Approve,
        14,
        _open_proposals,
        _every_proposal,
        _voters,
        lambda _world, subject, _sender, _choose: c.Approve(subject.proposal),
    ),
    Plan(
        c.Join,
        8,
        _in_state(PartyState.INVITED),
        _every_party,
        _itself,
        lambda _world, _subject, _sender, choose: c.Join(some_digest(choose)),
    ),
    Plan(
        c.UpdateProfile, 2, _in_state(PartyState.ACTIVE, PartyState.SUSPENDED), _every_party, _itself, _update_profile
    ),
    Plan(c.Accredit, 4, _maintainers, _every_party, lambda world, _subject: world.active(Role.OEM), _accredit),
    Plan(
        c.WithdrawAccreditation,
        1,
        lambda world: [party for party in world.parties if _accreditors(world, party)],
        _every_party,
        _accreditors,
        _withdraw,
    ),
    Plan(
        c.Attest,
        2,
        lambda world: world.machines,
        lambda world: [*world.machines, GHOST_MACHINE],
        lambda world, _subject: world.active(Role.AUDITOR),
        _attest,
    ),
)
