"""Rules over telemetry that real nodes took in or read, and what they lead to."""

from collections.abc import Iterator, Mapping

import pytest

from maas_core.maintenance.documents import Report
from maas_core.node.maintenance.feed import Feed
from maas_core.ports.downtime import Attribution
from maas_core.ports.readings import Series
from maas_core.protocol.states import (
    TicketKind,
    TicketState,
)
from tests.support.repair import BEGIN, FIRST_FAILURE, FIRST_RECOVERY, NAB, SECOND_FAILURE, WATCH, repaired, ticket
from tests.support.shop import CUSTOMER, NEAR, OEM, Shop, temperatures


def test_work_that_telemetry_contradicts_is_sent_back(shop: Shop) -> None:
    shop.configure(CUSTOMER, WATCH.format(selection="fcfs", owner="reopen_seconds = 3600"))
    shop.add_readings([one for one in temperatures(NAB) if one[0] < FIRST_RECOVERY])
    shop.run(CUSTOMER, NEAR)
    repaired(shop, NEAR, FIRST_RECOVERY)
    assert shop.run(CUSTOMER) == []
    shop.clock.pass_time(3600)
    shop.run(CUSTOMER, NEAR)
    assert ticket(shop).state == TicketState.ASSIGNED
    with shop.node(NEAR) as near:
        assert len(near.maintenance.actions.named("dispatch")) == 2
        assert len(near.maintenance.jobs()) == 1


def test_preventive_work_comes_round_by_running_hours(shop: Shop) -> None:
    plan = '[maintenance.plans.oil]\nwork = "change the oil"\nevery_running_hours = 1000\n'
    shop.configure(CUSTOMER, WATCH.format(selection="fcfs", owner="watch = false") + plan)
    shop.run(CUSTOMER, NEAR, CUSTOMER)
    with shop.node(NEAR) as near:
        near.sync()
        opened = near.tickets.get(shop.machine, TicketKind.PREVENTIVE).record
        assert (opened.n, opened.assignee) == (1, NEAR)
        work = near.maintenance.facts.work(opened.work)
        assert work is not None
        assert work.what == "change the oil (oil: 1000 running hours since the last time)"
        near.maintenance.complete(shop.machine, TicketKind.PREVENTIVE, Report(Attribution.UNKNOWN, "done", BEGIN))
        near.maintenance.catch_up()
    shop.run(CUSTOMER)
    with shop.node(CUSTOMER) as customer:
        assert customer.tickets.get(shop.machine, TicketKind.PREVENTIVE).record.state == TicketState.COMPLETED


def test_who_reads_anchored_batches_sees_the_same_alarms(shop: Shop) -> None:
    shop.add_readings(temperatures(NAB))
    with shop.node(CUSTOMER) as customer:
        customer.sync()
        own = customer.maintenance.watch()
        customer.telemetry.cut(shop.machine)
        customer.telemetry.anchor()
        assert customer.maintenance.watch() == [], "what was looked at is not looked at again"
    rule = WATCH.format(selection="fcfs", owner="").split("[maintenance.tickets]")[0]
    shop.configure(OEM, rule.replace("\nhold", f'\nmachines = ["{shop.machine.hex()}"]\nhold'))
    with shop.node(OEM) as oem:
        oem.sync()
        seen = oem.maintenance.watch()
        assert [one.alarm for one in seen] == [one.alarm for one in own]
        assert [one.alarm.at for one in seen] == [FIRST_FAILURE + 900, SECOND_FAILURE + 900]
        assert oem.maintenance.step() == [], "only the customer stops the machine"


def test_a_rule_that_changes_begins_anew_where_the_old_one_stopped(shop: Shop) -> None:
    readings = temperatures(NAB)
    shop.add_readings([one for one in readings if one[0] < FIRST_RECOVERY])
    with shop.node(CUSTOMER) as customer:
        customer.sync()
        [cold] = customer.maintenance.watch()
        assert cold.alarm.over is None
    shop.configure(CUSTOMER, WATCH.format(selection="fcfs", owner="").replace('below = "40"', 'below = "-10"'))
    shop.add_readings([one for one in readings if one[0] >= FIRST_RECOVERY])
    with shop.node(CUSTOMER) as customer:
        [cold] = customer.maintenance.watch()
        assert cold.alarm.over == FIRST_RECOVERY - 300 + 1


def test_a_signal_that_does_not_exist_is_refused_with_those_that_do(shop: Shop) -> None:
    shop.configure(CUSTOMER, WATCH.format(selection="fcfs", owner="").replace('"temperature"', '"pressure"'))
    shop.add_readings(temperatures(NAB)[:5])
    with shop.node(CUSTOMER) as customer:
        customer.sync()
        assert customer.maintenance.watch() == []
        [why] = customer.maintenance.watchdog.blind.values()
    assert why == "maintenance.rules.cold.signal: there is no signal 'pressure'; accepted: temperature"


def test_a_live_signal_that_falls_silent_raises_an_alarm(shop: Shop) -> None:
    now = shop.clock.now()
    silence = (
        '[maintenance]\ndelay = 60\n[maintenance.rules.mute]\nsignal = "temperature"\nkind = "silence"\nvalid = 300\n'
    )
    shop.configure(CUSTOMER, silence)
    shop.add_readings([(now - ago, 1) for ago in (900, 600, 300, 0)])
    shop.clock.pass_time(300)
    with shop.node(CUSTOMER) as customer:
        customer.sync()
        first = customer.maintenance.watch()
        assert first[-1].alarm.over == now - 900 + 600, "silent from its start to its first readings"
        shop.clock.pass_time(61)
        customer.maintenance.watch()
        [*_, last] = customer.maintenance.watchdog.alarms(shop.machine)
        assert (last.alarm.since, last.alarm.at) == (now + 300, now + 300)


def test_two_processes_that_watch_at_once_raise_an_alarm_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.add_readings(temperatures(NAB))
    with shop.node(CUSTOMER) as one, shop.node(CUSTOMER) as other:
        one.sync()
        chunks = Feed.chunks
        seen = []

        def interrupted(self: Feed, machine: bytes, time_from: int) -> Iterator[Mapping[str, Series]]:
            monkeypatch.setattr(Feed, "chunks", chunks)
            seen.extend(other.maintenance.watch())
            yield from chunks(self, machine, time_from)

        monkeypatch.setattr(Feed, "chunks", interrupted)
        one.maintenance.watch()
        assert [alarm.alarm.at for alarm in seen] == [FIRST_FAILURE + 900, SECOND_FAILURE + 900]
        assert one.maintenance.watchdog.alarms(shop.machine) == seen
