"""The watchdog: the config's rules over each machine's telemetry, and the alarms that they raise.

How far a rule has looked and the alarms that it raised are stored together, so a process may end at any time. Readings
that arrive for a time that a rule has gone past are not looked at any more: an alarm is not invented afterwards.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, insert, select, update

from maas_core.config.maintenance import Against, RuleKind, RuleTable
from maas_core.errors import IntegrityError, NoAccessError, UsageError
from maas_core.ledgerio.sql import rows
from maas_core.maintenance.alarms import Alarm, Sight
from maas_core.maintenance.rules import Rule, Test, above, among, below
from maas_core.maintenance.rules import Silent as SilentTest
from maas_core.maintenance.times import first_start
from maas_core.maintenance.watchdog import Change, Watch, advance, begin
from maas_core.node.maintenance.facts import Facts
from maas_core.node.maintenance.feed import Feed
from maas_core.ports.readings import Quality, Series, empty_series
from maas_core.ports.telemetry_source import Signal
from maas_core.protocol.records import Machine
from maas_core.protocol.states import StopCause
from maas_core.store.tables import AlarmRow, WatchRow

if TYPE_CHECKING:
    from maas_core.node.node import Node

WATCHES: Any = WatchRow.__table__
ALARMS: Any = AlarmRow.__table__
NEW, SUPERSEDED, HANDLED = "new", "superseded", "handled"
"""What was made of an alarm."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An alarm on a machine."""

    machine: bytes
    alarm: Alarm
    outcome: str
    n: int | None
    """The reactive ticket that it led to."""


@dataclass(frozen=True, slots=True)
class _Watching:
    """A rule on a machine."""

    rule: Rule
    table: RuleTable
    watch: Watch


class Watchdog:
    """Evaluates rules and keeps alarms."""

    def __init__(self, node: "Node", facts: Facts, feed: Feed) -> None:
        self._node = node
        self._facts = facts
        self._feed = feed
        self._section = node.config.maintenance
        self.blind: dict[bytes, str] = {}
        """Machines whose rules or telemetry do not fit, and why, as of the last run; the others are watched."""

    def run(self) -> list[Seen]:
        """Look at all telemetry that has come since the last time; returns the alarms that were raised or ended."""
        changed: list[Seen] = []
        self.blind = {}
        for machine in self._facts.machines():
            if self.tables_of(machine):
                try:
                    changed += self._run(machine)
                except (IntegrityError, NoAccessError, UsageError) as error:
                    self.blind[machine.machine] = str(error)
        return changed

    def tables_of(self, machine: Machine) -> Mapping[str, RuleTable]:
        """The config's rules that hold for a machine."""
        return {name: table for name, table in self._section.rules.items() if self.concerns(table.machines, machine)}

    def concerns(self, machines: tuple[str, ...], machine: Machine) -> bool:
        """Whether a list of names in the config means a machine; an empty one means all that we are the customer of."""
        if not machines:
            return machine.customer == self._node.parties.me().party
        return machine.machine in {self._node.aliases.resolve("machine", name) for name in machines}

    def _run(self, machine: Machine) -> list[Seen]:
        start = first_start(self._facts.entries(machine.machine))
        signals = self._feed.signals(machine.machine)
        if start is None or not signals:
            return []
        rules, before = self._rules(machine, signals), self.alarms(machine.machine)
        watching = [self._resumed(machine.machine, rule, table, start) for rule, table in rules]
        for chunk in self._feed.chunks(machine.machine, min(one.watch.seen_to for one in watching)):
            watching = [self._looked(machine.machine, one, chunk) for one in watching]
        for one in watching:
            self._pass_time(machine.machine, one)
        return [seen for seen in self.alarms(machine.machine) if seen not in before]

    def _rules(self, machine: Machine, signals: Mapping[str, Signal]) -> list[tuple[Rule, RuleTable]]:
        return [(_rule(name, table, signals), table) for name, table in self.tables_of(machine).items()]

    def _resumed(self, machine: bytes, rule: Rule, table: RuleTable, start: int) -> _Watching:
        """Where the rule stopped. A rule that says something else now begins anew there, and its old alarm is over."""
        with self._node.database.writing() as connection:
            row = connection.execute(select(WATCHES).where(_of(WATCHES, machine, rule.name))).one_or_none()
            watch = begin(rule, start) if row is None else Watch.from_json(json.loads(row.watch))
            if row is None or row.definition != rule.digest():
                watch = begin(rule, watch.seen_to)
                _end_alarm(connection, machine, rule.name, watch.seen_to)
                _store_watch(connection, machine, rule, watch)
        return _Watching(rule, table, watch)

    def _looked(self, machine: bytes, one: _Watching, chunk: Mapping[str, Series]) -> _Watching:
        series = chunk.get(one.rule.signal, empty_series())
        told = chunk.values() if one.table.against is Against.MACHINE else [series]
        to = max((int(each.time[-1]) + 1 for each in told if len(each)), default=0)
        return self._advanced(machine, one, series, to)

    def _pass_time(self, machine: bytes, one: _Watching) -> None:
        """Let the clock tell how long a live signal has been silent."""
        if isinstance(one.rule.test, SilentTest) and one.table.against is Against.CLOCK:
            self._advanced(machine, one, empty_series(), self._node.clock.now() - self._section.delay)

    def _advanced(self, machine: bytes, one: _Watching, series: Series, to: int) -> _Watching:
        watch, changes = advance(one.rule, one.watch, series, to)
        if watch is one.watch:
            return one
        with self._node.database.writing() as connection:
            kept = connection.execute(select(WATCHES.c.watch).where(_of(WATCHES, machine, one.rule.name))).scalar_one()
            if kept != rows.compact(one.watch.as_json()):  # another process has looked meanwhile
                return replace(one, watch=Watch.from_json(json.loads(kept)))
            _store_watch(connection, machine, one.rule, watch)
            for change in changes:
                _store_change(connection, machine, one.rule.name, change)
        return replace(one, watch=watch)

    def alarms(self, machine: bytes) -> list[Seen]:
        """A machine's alarms in the order in which they were raised."""
        query = select(ALARMS).where(ALARMS.c.machine == machine).order_by(ALARMS.c.at, ALARMS.c.rule)
        with self._node.database.reading() as connection:
            return [_seen(row) for row in connection.execute(query)]

    def sights(self, machine: Machine) -> list[Sight]:
        """How far each rule of a machine has looked; empty if one of them has not begun."""
        with self._node.database.reading() as connection:
            found = connection.execute(select(WATCHES).where(WATCHES.c.machine == machine.machine)).all()
        seen_to = {row.rule: json.loads(row.watch)["seen_to"] for row in found}
        tables = self.tables_of(machine)
        if not tables.keys() <= seen_to.keys():
            return []
        return [Sight(seen_to[name], table.recover) for name, table in tables.items()]

    def settle(self, seen: Seen, outcome: str, n: int | None = None) -> None:
        """Note what was made of an alarm."""
        key = _of(ALARMS, seen.machine, seen.alarm.rule) & (ALARMS.c.at == seen.alarm.at)
        with self._node.database.writing() as connection:
            connection.execute(update(ALARMS).where(key).values(outcome=outcome, n=n))


def _rule(name: str, table: RuleTable, signals: Mapping[str, Signal]) -> Rule:
    signal = signals.get(table.signal)
    if signal is None:
        told = ", ".join(sorted(signals))
        raise UsageError(f"maintenance.rules.{name}.signal: there is no signal {table.signal!r}; accepted: {told}")
    try:
        test = _test(table, signal)
    except UsageError as error:
        raise UsageError(f"maintenance.rules.{name}: {error}") from None
    return Rule(
        name=name,
        signal=table.signal,
        test=test,
        hold=table.hold,
        recover=table.recover,
        valid=table.valid,
        worst=Quality[table.worst.name],
        cause=StopCause[table.cause.name],
    )


def _test(table: RuleTable, signal: Signal) -> Test:
    match table.kind:
        case RuleKind.STATUS:
            return among(table.states, signal.states)
        case RuleKind.SILENCE:
            return SilentTest()
        case RuleKind.THRESHOLD if table.above:
            return above(table.above, table.clear, signal.decimals)
        case RuleKind.THRESHOLD:
            return below(table.below, table.clear, signal.decimals)


def _of(table: Any, machine: bytes, rule: str) -> Any:
    return (table.c.machine == machine) & (table.c.rule == rule)


def _store_watch(connection: Connection, machine: bytes, rule: Rule, watch: Watch) -> None:
    kept = {"definition": rule.digest(), "watch": rows.compact(watch.as_json())}
    connection.execute(delete(WATCHES).where(_of(WATCHES, machine, rule.name)))
    connection.execute(insert(WATCHES), {"machine": machine, "rule": rule.name, **kept})


def _store_change(connection: Connection, machine: bytes, rule: str, change: Change) -> None:
    if change.raised:
        alarm = {"at": change.at, "since": change.since, "value": change.value, "over": None, "outcome": NEW, "n": None}
        connection.execute(insert(ALARMS), {"machine": machine, "rule": rule, **alarm})
    else:
        _end_alarm(connection, machine, rule, change.at)


def _end_alarm(connection: Connection, machine: bytes, rule: str, at: int) -> None:
    running = _of(ALARMS, machine, rule) & ALARMS.c.over.is_(None)
    connection.execute(update(ALARMS).where(running).values(over=at))


def _seen(row: Any) -> Seen:
    return Seen(bytes(row.machine), Alarm(row.rule, row.since, row.at, row.value, row.over), row.outcome, row.n)
