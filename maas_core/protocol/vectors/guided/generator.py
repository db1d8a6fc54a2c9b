"""The generator: one step after another, each chosen in view of the state."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from maas_core.protocol.commands import Command
from maas_core.protocol.records import Invoice, Proposal, Ticket
from maas_core.protocol.states import InvoiceState, ProposalState, TicketState
from maas_core.protocol.types import FOUNDER
from maas_core.protocol.vectors.cast import identity
from maas_core.protocol.vectors.features import Feature, Wanted, features_of
from maas_core.protocol.vectors.guided import consortium, invoices, machines, tickets
from maas_core.protocol.vectors.guided.choices import Choices, Simplest, Source
from maas_core.protocol.vectors.guided.perturb import at_bound, moved
from maas_core.protocol.vectors.guided.plan import Plan
from maas_core.protocol.vectors.guided.world import LABELS, World
from maas_core.protocol.vectors.story import Outcome, Story

PLANS: tuple[Plan, ...] = (*consortium.PLANS, *machines.PLANS, *invoices.PLANS, *tickets.PLANS)
TOO_FAR = 2 * 365 * 86_400
"""The generator waits for no moment that lies further ahead."""
PLAUSIBLE_PERCENT = 30
"""How often a plausible command is sent though something new is wanted."""


ReadyPlans = list[tuple[int, tuple[Plan, list[object]]]]
"""Weight, plan, and the subjects on which it could be accepted."""


@dataclass(frozen=True)
class Draft:
    """A command that is going to be sent."""

    sender: str
    command: Command
    note: str


class Generator:
    """Adds steps to a story; with `wanted` it prefers what reaches something new, and strikes out what it reached.

    `tries` is how many commands it looks at for that.
    """

    def __init__(self, story: Story, source: Source, wanted: Wanted | None = None, tries: int = 8) -> None:
        self.story = story
        self.story.pace = 1
        self._choose = Choices(source)
        self._wanted = wanted
        self._tries = tries
        self._ready: tuple[World | None, ReadyPlans] = (None, [])

    def step(self) -> Outcome:
        """Let some time pass and send a command."""
        self.story.clock += self._delay(World(self.story.state, self.story.clock))
        world = World(self.story.state, self.story.clock)
        draft = self._draft(world) if self._wanted is None else self._new_draft(world, self._wanted)
        return self.story.play(draft.sender, draft.command, draft.note)

    def _delay(self, world: World) -> int:
        moments = [moment - world.now for moment in _moments(world) if 1 < moment - world.now < TOO_FAR]
        way = self._choose.weighted(((16, 0), (4 if moments else 0, 1), (1, 2)))
        if way == 1:
            return self._choose.pick(sorted(set(moments))) + self._choose.pick((0, -1, 1))
        return 0 if way == 2 else 59

    def _draft(self, world: World) -> Draft:
        return self._choose.weighted(((58, self._plausible), *self._odd_ways(world)))(world)

    def _odd_ways(self, world: World) -> tuple[tuple[int, Callable[[World], Draft]], ...]:
        near = (10, self._perturbed), (8, self._at_bound)
        if ("deployment",) not in world.state:
            return near
        return (*near, (12, self._other_sender), (12, self._other_subject))

    def _new_draft(self, world: World, wanted: Wanted) -> Draft:
        draft = self._plausible(world)
        if not self._choose.chance(PLAUSIBLE_PERCENT):
            draft = self._found_new(world, wanted) or self._draft(world)
        wanted.strike(_features(world, draft))
        return draft

    def _found_new(self, world: World, wanted: Wanted) -> Draft | None:
        """A draft that reaches something new: tried by chance, then looked for among all subjects and senders."""
        ways = self._odd_ways(world)
        chances = (self._choose.weighted(ways)(world) for _ in range(self._tries))
        plans = [plan for plan in PLANS if len(ways) > 2 and wanted.wants_of(plan.command)]
        searched = _every_draft(world, self._choose.pick(plans)) if plans else ()
        return next((one for one in chain(chances, searched) if wanted.wants(_features(world, one))), None)

    def _plausible(self, world: World) -> Draft:
        plans = self._ready_plans(world)
        if not plans:
            return self._other_subject(world)
        plan, subjects = self._choose.weighted(plans)
        return self._drafted(world, plan, self._choose.pick(subjects), "plausible")

    def _ready_plans(self, world: World) -> ReadyPlans:
        if self._ready[0] is not world:
            ready = [(plan.weight, (plan, subjects)) for plan in PLANS if (subjects := _ready(plan, world))]
            self._ready = (world, ready)
        return self._ready[1]

    def _drafted(self, world: World, plan: Plan, subject: object, note: str) -> Draft:
        senders = plan.senders(world, subject) or [party.party for party in world.parties] or [FOUNDER]
        sender = self._choose.pick(senders)
        return Draft(world.label(sender), plan.make(world, subject, sender, self._choose), note)

    def _perturbed(self, world: World) -> Draft:
        draft = self._plausible(world)
        return Draft(draft.sender, moved(draft.command, world, self._choose), "one field moved")

    def _at_bound(self, world: World) -> Draft:
        draft = self._plausible(world)
        return Draft(draft.sender, at_bound(draft.command, self._choose), "one field at a bound")

    def _other_sender(self, world: World) -> Draft:
        plan = self._choose.pick(PLANS)
        draft = self._drafted(world, plan, self._choose.pick(plan.every(world)), "any sender on any subject")
        others = [LABELS[-1], *(world.label(party.party) for party in world.parties)]
        return Draft(self._choose.pick(others), draft.command, draft.note)

    def _other_subject(self, world: World) -> Draft:
        plan = self._choose.pick(PLANS)
        return self._drafted(world, plan, self._choose.pick(plan.every(world)), "any subject")


def _every_draft(world: World, plan: Plan) -> Iterator[Draft]:
    """A plan's simplest command on every subject by everybody."""
    for subject in plan.every(world):
        for party in (*(one.party for one in world.parties), 0):
            command = plan.make(world, subject, party, Choices(Simplest()))
            yield Draft(world.label(party), command, "not seen before")


def _features(world: World, draft: Draft) -> list[Feature]:
    return features_of(world.state, draft.command, identity(draft.sender), world.now)


def _ready(plan: Plan, world: World) -> list[object]:
    return [subject for subject in plan.ready(world) if plan.senders(world, subject)]


def _moments(world: World) -> list[int]:
    """When something in the state falls due."""
    return [
        *(moment for proposal in world.proposals for moment in _of_proposal(proposal)),
        *(moment for invoice in world.invoices for moment in _of_invoice(world, invoice)),
        *(moment for ticket in world.tickets for moment in _of_ticket(world, ticket)),
    ]


def _of_proposal(proposal: Proposal) -> list[int]:
    return [proposal.expires] if proposal.state == ProposalState.OPEN else []


def _of_invoice(world: World, invoice: Invoice) -> list[int]:
    match invoice.state:
        case InvoiceState.ISSUED:
            return [invoice.respond_by]
        case InvoiceState.ACCEPTED:
            return [invoice.time + world.rules.close_after]
        case _:
            return []


def _of_ticket(world: World, ticket: Ticket) -> list[int]:
    match ticket.state:
        case TicketState.OPEN:
            selection = ticket.selection
            return [selection.award_at, selection.commit_until, selection.reveal_until]
        case TicketState.ASSIGNED:
            return [ticket.deadline]
        case TicketState.COMPLETED:
            return [ticket.time + world.rules.close_after]
        case _:
            return []
