"""The agent of who uses or owns machines: stops what is in alarm, opens tickets, sees them to their end.

Each decision is an action of its own, made from final records. What one action has to wait for is asked of the ledger's
records and of the actions before it, never remembered in memory, so the agent goes on where any process ended.
"""

from typing import TYPE_CHECKING

from maas_core.config.maintenance import OnRecovery
from maas_core.maintenance.alarms import recovered_at
from maas_core.maintenance.documents import alarm_table, evidence_document, reason_document
from maas_core.maintenance.downtime import ticket_of
from maas_core.maintenance.owner import Circumstances, OwnerPolicy, Step, next_step, rating
from maas_core.maintenance.schedule import Plan, due
from maas_core.maintenance.tickets import Entry, Key, Story, stories
from maas_core.maintenance.times import Stop, first_start, runs, stops
from maas_core.node.maintenance.actions import Action, Actions, ActionState, Subject
from maas_core.node.maintenance.facts import EVIDENCE, REASON, Facts
from maas_core.node.maintenance.opening import Opening
from maas_core.node.maintenance.watching import HANDLED, NEW, SUPERSEDED, Seen, Watchdog
from maas_core.protocol.commands import (
    AwardTicket,
    CloseTicket,
    Command,
    OpenTicket,
    ReleaseTicket,
    ReopenTicket,
    ResetMachine,
    StartMachine,
    StopMachine,
)
from maas_core.protocol.records import Machine, Ticket
from maas_core.protocol.states import (
    UNFINISHED,
    BidState,
    MachineState,
    StopCause,
    TicketKind,
    TicketState,
)

if TYPE_CHECKING:
    from maas_core.node.node import Node

STOP, OPEN, START, RESET = "stop", "open", "start", "reset"


class OwnerAgent:
    """Acts for the customer or the OEM of machines."""

    def __init__(self, node: "Node", facts: Facts, actions: Actions, watchdog: Watchdog) -> None:
        self._node = node
        self._facts = facts
        self._actions = actions
        self._watchdog = watchdog
        self._opening = Opening(node, facts)
        self._section = node.config.maintenance

    def step(self) -> list[str]:
        """Decide what there is to decide; returns what was decided, for people."""
        me = self._node.parties.me().party
        told: list[str] = []
        on_their_way = {one.subject.machine for one in self._actions.planned()}
        for machine in self._facts.machines():
            if me in (machine.oem, machine.customer) and machine.machine not in on_their_way:
                told += self._machine(machine, me)
        return told

    def _machine(self, machine: Machine, me: int) -> list[str]:
        entries = self._facts.entries(machine.machine)
        told = stories(entries)
        done = self._tickets(machine, told, me)
        if not done and machine.customer == me:
            done = self._alarms(machine) or self._after_award(machine, entries, told)
            done = done or self._restart(machine, entries, told)
        return done or self._preventive(machine, entries, told)

    # Alarms

    def _alarms(self, machine: Machine) -> list[str]:
        if not self._section.owner.watch:
            return []
        for seen in self._watchdog.alarms(machine.machine):
            if seen.outcome == NEW:
                done = self._alarm(machine, seen)
                if done:
                    return done
        return []

    def _alarm(self, machine: Machine, seen: Seen) -> list[str]:
        """The next thing to do about an alarm, which has been stopped for, or not."""
        stop_key = f"{STOP}/{machine.machine.hex()}/{seen.alarm.rule}/{seen.alarm.at}"
        stopped = self._actions.find(stop_key)
        if stopped is not None and stopped.state is ActionState.DONE:
            return self._open_for(machine, seen)
        if not self._actions.may_plan(stop_key):
            return []
        if seen.alarm.rule not in self._section.rules:
            self._watchdog.settle(seen, SUPERSEDED)
            return [f"{_name(machine)}: alarm {seen.alarm.rule} is of a rule that is gone"]
        if machine.state == MachineState.STOPPED and seen.alarm.at >= machine.last_at:
            return []  # it stands still: whether this is news is known when it runs again
        if machine.state != MachineState.EXECUTED or seen.alarm.at < machine.last_at:
            self._watchdog.settle(seen, SUPERSEDED)
            return [f"{_name(machine)}: alarm {seen.alarm.rule} is from a time in which it did not run"]
        self._actions.plan(self._stop(stop_key, machine, seen))
        return [f"{_name(machine)}: alarm {seen.alarm.rule}, is stopped"]

    def _stop(self, key: str, machine: Machine, seen: Seen) -> Action:
        table = self._section.rules[seen.alarm.rule]
        said = {
            "kind": table.kind.value, "signal": table.signal, "above": table.above, "below": table.below,
            "clear": table.clear, "states": list(table.states), "hold": table.hold, "recover": table.recover,
            "valid": table.valid,
        }  # fmt: skip
        content = evidence_document(machine.machine, said, self._table_of(seen))
        evidence = self._node.documents.publish(EVIDENCE, content, self._facts.readers(machine), machine.machine)
        cause = StopCause[table.cause.name]
        command = StopMachine(machine.machine, machine.version, seen.alarm.at, cause, evidence)
        return Action(key, STOP, Subject(machine.machine), command)

    def _open_for(self, machine: Machine, seen: Seen) -> list[str]:
        key = f"{OPEN}/{machine.machine.hex()}/{seen.alarm.rule}/{seen.alarm.at}"
        opened = self._actions.find(key)
        if opened is not None and opened.state is ActionState.DONE:
            self._watchdog.settle(seen, HANDLED, opened.subject.n)
            return []
        last = self._facts.ticket(machine.machine, TicketKind.REACTIVE)
        if last is not None and last.state in UNFINISHED:
            self._watchdog.settle(seen, HANDLED, last.n)
            return [f"{_name(machine)}: alarm {seen.alarm.rule} is a matter of ticket {last.n}, opened by others"]
        if machine.state != MachineState.STOPPED:
            self._watchdog.settle(seen, SUPERSEDED)
            return [f"{_name(machine)}: was started again before alarm {seen.alarm.rule} had its ticket"]
        if not self._actions.may_plan(key):
            return []
        what = self._section.tickets.work
        command = self._opening.command(machine, TicketKind.REACTIVE, what, alarm=self._table_of(seen))
        return self._open(key, machine, command)

    def _table_of(self, seen: Seen) -> dict[str, object]:
        rule = self._section.rules.get(seen.alarm.rule)
        return alarm_table(seen.alarm, "" if rule is None else rule.signal)

    def _open(self, key: str, machine: Machine, command: OpenTicket) -> list[str]:
        self._actions.plan(Action(key, OPEN, Subject(machine.machine, command.kind, command.n), command))
        return [f"{_name(machine)}: opens {TicketKind(command.kind).name.lower()} ticket {command.n}"]

    def _after_award(self, machine: Machine, entries: list[Entry], told: dict[Key, Story]) -> list[str]:
        """A ticket that nobody bid on was cancelled by our award: the next one is for the first who comes."""
        stop = _current(entries)
        story = None if stop is None else ticket_of(stop, told)
        if story is None or machine.state != MachineState.STOPPED or story.state != TicketState.CANCELLED:
            return []
        award = f"{Step.AWARD.value}/{machine.machine.hex()}/{story.kind}/{story.n}/"
        ours = [one for one in self._actions.of_machine(machine.machine) if one.key.startswith(award)]
        key = f"{OPEN}/{machine.machine.hex()}/{story.kind}/{story.n + 1}"
        if not any(one.state is ActionState.DONE for one in ours) or not self._actions.may_plan(key):
            return []
        what = self._section.tickets.work
        return self._open(key, machine, self._opening.command(machine, story.kind, what, first_come=True))

    # Tickets that we opened

    def _tickets(self, machine: Machine, told: dict[Key, Story], me: int) -> list[str]:
        done: list[str] = []
        for kind in TicketKind:
            ticket = self._facts.ticket(machine.machine, kind)
            story = None if ticket is None else told.get((machine.machine, kind, ticket.n))
            if ticket is not None and story is not None and ticket.opener == me:
                done += self._ticket(machine, ticket, story)
        return done

    def _ticket(self, machine: Machine, ticket: Ticket, story: Story) -> list[str]:
        owner = self._section.owner
        policy = OwnerPolicy(owner.award, owner.release_late, owner.close, owner.reopen_seconds, self._section.margin)
        step = next_step(ticket, policy, self._circumstances(machine, ticket, story))
        if step is None:
            return []
        key = f"{step.value}/{machine.machine.hex()}/{ticket.kind}/{ticket.n}/{ticket.version}"
        if not self._actions.may_plan(key):
            return []
        command = self._command(step, machine, ticket, story)
        self._actions.plan(Action(key, step.value, Subject(machine.machine, ticket.kind, ticket.n), command))
        return [f"{_name(machine)}: {step.value}s {TicketKind(ticket.kind).name.lower()} ticket {ticket.n}"]

    def _circumstances(self, machine: Machine, ticket: Ticket, story: Story) -> Circumstances:
        alarmed = any(seen.alarm.over is None for seen in self._watchdog.alarms(machine.machine))
        bids = self._node.tickets.bids(machine.machine, TicketKind(ticket.kind))
        placed = [seen for seen in bids if not seen.provisional and seen.record.state == BidState.PLACED]
        return Circumstances(
            now=self._node.clock.now(),
            bids=len(placed),
            recovered=self._recovered(machine, ticket, story, alarmed=alarmed),
            alarmed=alarmed,
        )

    def _recovered(self, machine: Machine, ticket: Ticket, story: Story, *, alarmed: bool) -> bool:
        if ticket.state != TicketState.COMPLETED:
            return False
        if ticket.kind == TicketKind.PREVENTIVE:
            return not alarmed and bool(self._watchdog.sights(machine))
        return self._recovery(machine, story) is not None

    def _recovery(self, machine: Machine, story: Story) -> int | None:
        """When telemetry shows that the machine is well again after a repair; business time."""
        report = self._facts.report(story)
        finished = machine.last_at if report is None else max(machine.last_at, report.finished_at)
        alarms = [seen.alarm for seen in self._watchdog.alarms(machine.machine)]
        return recovered_at(alarms, self._watchdog.sights(machine), finished)

    def _command(self, step: Step, machine: Machine, ticket: Ticket, story: Story) -> Command:
        named = (ticket.machine, ticket.kind, ticket.n, ticket.version)
        match step:
            case Step.AWARD:
                return AwardTicket(*named)
            case Step.RELEASE:
                return ReleaseTicket(*named)
            case Step.CLOSE:
                rated = 0 if story.assignee == ticket.opener else rating(story)
                return CloseTicket(*named, rated)
            case Step.REOPEN:
                content = reason_document("telemetry still shows an alarm")
                readers = self._facts.readers(machine, ticket.assignee)
                return ReopenTicket(*named, self._node.documents.publish(REASON, content, readers, machine.machine))

    # The machine again

    def _restart(self, machine: Machine, entries: list[Entry], told: dict[Key, Story]) -> list[str]:
        """Start a machine whose ticket was closed, at the moment at which telemetry showed that it is well."""
        wanted = self._section.owner.on_recovery
        stop = _current(entries)
        story = None if stop is None else ticket_of(stop, told)
        if wanted is OnRecovery.NOTHING or stop is None or story is None or story.state != TicketState.CLOSED:
            return []
        if not self._is_ours(machine, stop):
            return []  # who stopped it by hand starts it by hand
        reset = self._actions.find(f"{RESET}/{machine.machine.hex()}/{machine.version - 1}")
        if machine.state == MachineState.ACCEPTED and reset is not None and reset.state is ActionState.DONE:
            return self._move(START, machine, machine.last_at)
        if machine.state != MachineState.STOPPED:
            return []
        at = self._recovery(machine, story)
        if at is None:
            return []
        return self._move(RESET if wanted is OnRecovery.RESET_AND_START else START, machine, at)

    def _is_ours(self, machine: Machine, stop: Stop) -> bool:
        """Whether the watchdog stopped the machine."""
        done = [one.command for one in self._actions.of_machine(machine.machine) if one.state is ActionState.DONE]
        return any(isinstance(one, StopMachine) and one.evidence == stop.evidence for one in done)

    def _move(self, name: str, machine: Machine, at: int) -> list[str]:
        key = f"{name}/{machine.machine.hex()}/{machine.version}"
        if not self._actions.may_plan(key):
            return []
        made = StartMachine if name == START else ResetMachine
        self._actions.plan(Action(key, name, Subject(machine.machine), made(machine.machine, machine.version, at)))
        return [f"{_name(machine)}: {name} as of business time {at}"]

    # Preventive work

    def _preventive(self, machine: Machine, entries: list[Entry], told: dict[Key, Story]) -> list[str]:
        running = (MachineState.ACCEPTED, MachineState.EXECUTED, MachineState.STOPPED)
        last = self._facts.ticket(machine.machine, TicketKind.PREVENTIVE)
        start = first_start(entries)
        unfinished = last is not None and last.state in UNFINISHED
        if not self._section.plans or machine.state not in running or start is None or unfinished:
            return []
        now = self._node.clock.now()
        since = max([start, *self._done_before(machine, told)])
        for name, table in self._section.plans.items():
            if not self._watchdog.concerns(table.machines, machine):
                continue
            why = due(Plan(name, table.every_days, table.every_running_hours), since, runs(entries, now), now)
            key = f"{OPEN}/{machine.machine.hex()}/{TicketKind.PREVENTIVE}/{1 if last is None else last.n + 1}"
            if why and self._actions.may_plan(key):
                what = f"{table.work} ({why})"
                return self._open(key, machine, self._opening.command(machine, TicketKind.PREVENTIVE, what))
        return []

    def _done_before(self, machine: Machine, told: dict[Key, Story]) -> list[int]:
        """When preventive work was done, or given up, before."""
        known = [story for story in told.values() if story.kind == TicketKind.PREVENTIVE]
        done = [story.completed_at[-1] for story in known if story.completed_at]
        return done + [story.cancelled_at for story in known if story.cancelled_at is not None]


def _current(entries: list[Entry]) -> Stop | None:
    """The stop that no start has ended."""
    found = stops(entries)
    return found[-1] if found and found[-1].time_to is None else None


def _name(machine: Machine) -> str:
    return f"machine {machine.machine.hex()[:8]}"
