"""What openers and maintainers do, when preventive work is due, when a machine has recovered."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.maintenance.alarms import Alarm, Sight, recovered_at
from maas_core.maintenance.bidding import Refusal, Way, fitting, gave_back, may_reveal, way
from maas_core.maintenance.owner import Circumstances, OwnerPolicy, Step, next_step
from maas_core.maintenance.schedule import DAY, HOUR, Plan, due
from maas_core.ports.bid_strategy import Accept, Offer, Pass
from maas_core.protocol.commands import Selection
from maas_core.protocol.model.maintenance import FIRST_COME
from maas_core.protocol.records import Ticket
from maas_core.protocol.states import SelectionPolicy, TicketState
from tests.unit.maintenance.ledger import CUSTOMER, FAST, MACHINE, OEM, SEALED, SLOW, WORK, Ledger, R

SCORED = Selection(SelectionPolicy.SCORED, 150, 2, 0, 0, 4000, 3000, 2000, 1000)
POLICY = OwnerPolicy(margin=0)


def ticket(state: TicketState = TicketState.OPEN, selection: Selection = FIRST_COME) -> Ticket:
    return Ticket(
        machine=MACHINE, kind=R, n=1, oem=OEM, machine_class=7, opener=CUSTOMER, assignee=0, state=state, version=1,
        selection=selection, open_since=10, assigned_at=0, deadline=1000, time=500, work=WORK, payer=OEM,
    )  # fmt: skip


def seen(now: int, bids: int = 0, *, recovered: bool = False, alarmed: bool = False) -> Circumstances:
    return Circumstances(now, bids, recovered, alarmed)


@pytest.mark.parametrize(
    ("selection", "now", "bids", "step"),
    [
        (FIRST_COME, 999, 0, None),
        (SCORED, 149, 1, None),
        (SCORED, 149, 2, Step.AWARD),
        (SCORED, 150, 0, Step.AWARD),
        (replace(SCORED, award_from=0), 149, 9, None),
        (SEALED, 199, 9, None),
        (SEALED, 200, 0, Step.AWARD),
    ],
)
def test_an_open_ticket_is_awarded_when_the_ledger_would(
    selection: Selection, now: int, bids: int, step: Step | None
) -> None:
    assert next_step(ticket(selection=selection), POLICY, seen(now, bids)) == step
    assert next_step(ticket(selection=selection), replace(POLICY, award=False), seen(now, bids)) is None


def test_the_margin_allows_for_a_ledger_that_lags_behind() -> None:
    policy = replace(POLICY, margin=5)
    assert next_step(ticket(selection=SEALED), policy, seen(204)) is None
    assert next_step(ticket(selection=SEALED), policy, seen(205)) == Step.AWARD


@pytest.mark.parametrize(("now", "step"), [(999, None), (1000, Step.RELEASE)])
def test_a_late_assignee_loses_the_ticket(now: int, step: Step | None) -> None:
    assert next_step(ticket(TicketState.ASSIGNED), POLICY, seen(now)) == step
    assert next_step(ticket(TicketState.ASSIGNED), replace(POLICY, release_late=False), seen(now)) is None


def test_completed_work_is_accepted_when_telemetry_shows_recovery() -> None:
    done = ticket(TicketState.COMPLETED)
    assert next_step(done, POLICY, seen(600)) is None
    assert next_step(done, POLICY, seen(600, recovered=True)) == Step.CLOSE
    assert next_step(done, replace(POLICY, close_on_recovery=False), seen(600, recovered=True)) is None


def test_completed_work_is_sent_back_when_telemetry_goes_on_to_alarm() -> None:
    done, policy = ticket(TicketState.COMPLETED), replace(POLICY, reopen_after=100)
    assert next_step(done, policy, seen(599, alarmed=True)) is None
    assert next_step(done, policy, seen(600, alarmed=True)) == Step.REOPEN
    assert next_step(done, policy, seen(600)) is None
    assert next_step(done, POLICY, seen(9999, alarmed=True)) is None


@pytest.mark.parametrize(
    ("selection", "now", "chosen"),
    [
        (FIRST_COME, 9999, Way.ACCEPT),
        (SCORED, 149, Way.BID),
        (SCORED, 150, None),
        (SEALED, 99, Way.COMMIT),
        (SEALED, 100, None),
    ],
)
def test_an_open_ticket_can_be_answered_in_one_way(selection: Selection, now: int, chosen: Way | None) -> None:
    assert way(ticket(selection=selection), now) == chosen
    assert way(ticket(TicketState.ASSIGNED, selection), now) is None


@pytest.mark.parametrize(
    ("now", "margin", "may"),
    [
        (99, 0, False),
        (100, 0, True),
        (104, 5, False),
        (105, 5, True),
        (150, 999, True),
        (199, 0, True),
        (200, 0, False),
    ],
)
def test_a_commitment_is_opened_between_the_two_times(now: int, margin: int, may: bool) -> None:
    assert may_reveal(ticket(selection=SEALED), now, margin) is may


def test_an_answer_has_to_fit_the_ticket() -> None:
    offer = Offer(1, 2, 3)
    assert fitting(Accept(), Way.ACCEPT) == Accept()
    assert fitting(offer, Way.BID) == fitting(offer, Way.COMMIT) == offer
    assert fitting(Pass("too far"), Way.BID) == Refusal("too far")
    assert isinstance(fitting(Accept(), Way.COMMIT), Refusal)
    assert isinstance(fitting(offer, Way.ACCEPT), Refusal)


def test_who_gave_a_ticket_back_does_not_take_it_again() -> None:
    story = Ledger().open(0).accept(50, SLOW).release(60, SLOW).stories()[MACHINE, R, 1]
    assert gave_back(story, SLOW)
    assert not gave_back(story, FAST)


@pytest.mark.parametrize(
    ("plan", "now", "is_due"),
    [
        (Plan("oil", every_days=10), 100 + 10 * DAY - 1, False),
        (Plan("oil", every_days=10), 100 + 10 * DAY, True),
        (Plan("oil", every_running_hours=2), 100 + 9 * HOUR, False),
        (Plan("oil", every_running_hours=1), 100 + 9 * HOUR, True),
        (Plan("oil", every_days=10, every_running_hours=1), 100 + 9 * HOUR, True),
        (Plan("oil"), 10**9, False),
    ],
)
def test_preventive_work_is_due_by_days_or_by_running_hours(plan: Plan, now: int, is_due: bool) -> None:
    ran_one_hour_since = ((0, 100 + HOUR // 2), (5 * HOUR, 5 * HOUR + HOUR // 2))
    assert bool(due(plan, 100, ran_one_hour_since, now)) is is_due


def alarm(at: int, over: int | None) -> Alarm:
    return Alarm("hot", at, at, 1, over)


@pytest.mark.parametrize(
    ("alarms", "seen_to", "moment"),
    [
        ([alarm(50, 90)], 160, 160),
        ([alarm(50, 90)], 159, None),
        ([alarm(50, None)], 999, None),
        ([alarm(50, 200)], 999, 200),
        ([alarm(50, 90), alarm(150, 300)], 999, 300),
        ([alarm(50, 90), alarm(161, 300)], 999, 160),
        ([], 999, 160),
    ],
)
def test_a_machine_has_recovered_once_all_rules_were_quiet_since_the_repair(
    alarms: list[Alarm], seen_to: int, moment: int | None
) -> None:
    assert recovered_at(alarms, [Sight(seen_to, 60), Sight(10**6, 10)], 100) == moment


def test_without_a_rule_nothing_shows_recovery() -> None:
    assert recovered_at([], [], 100) is None


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60)), max_size=6),
    st.integers(0, 300),
    st.integers(0, 400),
    st.integers(0, 50),
)
def test_recovery_lies_in_no_alarm(spans: list[tuple[int, int]], finished: int, seen_to: int, recover: int) -> None:
    alarms = [alarm(start, start + length) for start, length in spans]
    moment = recovered_at(alarms, [Sight(seen_to, recover)], finished)
    fit = [
        second
        for second in range(finished + recover, seen_to + 1)
        if not any(one.at <= second < (one.over or 0) for one in alarms)
    ]
    assert moment == (fit[0] if fit else None)
