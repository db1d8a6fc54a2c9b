"""Stories of tickets, the maintainers' record, downtime."""

import pytest

from maas_core.maintenance.downtime import downtimes
from maas_core.maintenance.owner import rating
from maas_core.maintenance.performance import Performance, Seconds, performance, repeat_of
from maas_core.maintenance.tickets import Assignment, Story
from maas_core.maintenance.times import first_start, running_seconds, runs, stops
from maas_core.ports.downtime import Attribution, Downtime
from maas_core.protocol.events import MisbehaviourCounted
from maas_core.protocol.states import Misbehaviour, StopCause, TicketKind, TicketState
from tests.unit.maintenance.ledger import CUSTOMER, DAY, FAST, MACHINE, OTHER, SEALED, SLOW, Ledger, P, R, block


def sealed_ticket() -> Ledger:
    """Opened at 10, two sealed bids of which one is revealed, awarded at 210, done at 500, closed at 600."""
    ledger = Ledger().open(10, selection=SEALED)
    return ledger.reveal(FAST, 700).award(210, FAST, SLOW).complete(500).close(600, FAST, 5, (200, 490))


def test_a_story_tells_all_that_happened_to_a_ticket() -> None:
    story = sealed_ticket().stories()[MACHINE, R, 1]
    assert story.state == TicketState.CLOSED
    assert story.bids[FAST].price == 700
    assert story.assignments == (Assignment(FAST, 10, 210, awarded=True, block=block(3)),)
    assert (story.completed_at, story.closed_at, story.closed_in) == ((500,), 600, block(6))
    assert (story.rating, story.response, story.resolution) == (5, 200, 490)
    assert story.blamed == ((SLOW, Misbehaviour.UNREVEALED_BID),)
    assert story.assignee == FAST


def test_a_released_ticket_begins_anew_for_the_next_maintainer() -> None:
    ledger = Ledger().open(0).accept(50, SLOW).release(1000, CUSTOMER, SLOW).accept(1030, FAST)
    story = ledger.stories()[MACHINE, R, 1]
    assert [(one.maintainer, one.open_since, one.at, one.ended) for one in story.assignments] == [
        (SLOW, 0, 50, 1000),
        (FAST, 1000, 1030, None),
    ]
    assert story.blamed == ((SLOW, Misbehaviour.MISSED_DEADLINE),)
    assert story.assignee == FAST
    assert Ledger().open(0).accept(50, SLOW).release(60, SLOW).stories()[MACHINE, R, 1].assignee is None


@pytest.mark.parametrize(
    ("completed", "reopened", "expected"), [(900, 0, 5), (1001, 0, 3), (900, 1, 4), (1001, 2, 1), (1001, 9, 1)]
)
def test_the_rating_falls_with_delay_and_with_each_time_that_work_is_sent_back(
    completed: int, reopened: int, expected: int
) -> None:
    ledger = Ledger().open(0).accept(50, FAST)
    for time in range(reopened):
        ledger.complete(100 + time).reopen(100 + time)
    assert rating(ledger.complete(completed).stories()[MACHINE, R, 1]) == expected


def test_the_record_of_each_maintainer_follows_from_the_events() -> None:
    ledger = sealed_ticket()
    ledger.open(500 + 89 * DAY, 2).accept(510 + 89 * DAY, SLOW, 2).release(520 + 89 * DAY, SLOW, n=2)
    ledger.accept(530 + 89 * DAY, FAST, 2).complete(540 + 89 * DAY, 2).reopen(550 + 89 * DAY, 2)
    ledger.complete(560 + 89 * DAY, 2).close(570 + 89 * DAY, FAST, 2, (10, 40), 2)
    ledger.add(MisbehaviourCounted(FAST, Misbehaviour.LOST_RULING))
    fast, slow = performance(list(ledger.stories().values()), ledger.entries)
    assert fast == Performance(
        maintainer=FAST,
        assigned=2,
        awarded=1,
        completed=2,
        closed=2,
        sent_back=1,
        given_back=0,
        repeat_failures=1,
        response=Seconds(2, 105, 10, 200),
        resolution=Seconds(2, 265, 40, 490),
        rated=2,
        rating_hundredths=350,
        unrevealed_bids=0,
        missed_deadlines=0,
        lost_rulings=1,
    )
    assert (slow.assigned, slow.given_back, slow.completed, slow.unrevealed_bids) == (1, 1, 0, 1)
    assert slow.response == Seconds(1, 10, 10, 10)
    assert slow.resolution == Seconds(0, 0, 0, 0)


def test_the_record_on_one_machine_leaves_the_others_out() -> None:
    ledger = sealed_ticket().open(0, machine=OTHER).accept(9, SLOW, machine=OTHER)
    stories = list(ledger.stories().values())
    assert [(one.maintainer, one.assigned) for one in performance(stories, ledger.entries, machine=OTHER)] == [
        (SLOW, 1)
    ]


@pytest.mark.parametrize(("opened", "repeated"), [(500 + 90 * DAY - 1, True), (500 + 90 * DAY, False)])
def test_a_repeat_is_the_next_failure_within_the_days_since_completion(opened: int, repeated: bool) -> None:
    told = sealed_ticket().open(opened, 2).stories()
    again = repeat_of(told[MACHINE, R, 1], told.values(), 90)
    assert (again is not None) is repeated


def test_neither_preventive_work_nor_another_machine_is_a_repeat() -> None:
    told = sealed_ticket().open(700, 1, P).open(700, 1, machine=OTHER).stories()
    assert repeat_of(told[MACHINE, R, 1], told.values(), 90) is None


def test_a_machine_runs_from_start_to_stop_and_stands_still_until_the_next_start() -> None:
    ledger = Ledger().start(100).stop(300).start(450).stop(500, StopCause.PLANNED)
    assert first_start(ledger.entries) == 100
    assert runs(ledger.entries, 600) == ((100, 300), (450, 500))
    assert runs(Ledger().start(100).entries, 600) == ((100, 600),)
    assert [(one.time_from, one.time_to, one.cause) for one in stops(ledger.entries)] == [
        (300, 450, StopCause.FAILURE),
        (500, None, StopCause.PLANNED),
    ]
    assert running_seconds(((100, 300), (450, 500)), 200, 460) == 110


def test_downtime_is_cut_at_the_window_and_names_ticket_and_attribution() -> None:
    ledger = Ledger().start(0).stop(100).open(110).accept(120, FAST).complete(150).start(200)
    ledger.stop(300, StopCause.OPERATOR).start(310).stop(900, StopCause.QUALITY)
    told = ledger.stories()
    found = downtimes(stops(ledger.entries), told, lambda _: Attribution.OEM, (150, 1000))
    assert found == (
        Downtime(150, 200, StopCause.FAILURE, Attribution.OEM, (R, 1), ongoing=False),
        Downtime(300, 310, StopCause.OPERATOR, Attribution.CUSTOMER, None, ongoing=False),
        Downtime(900, 1000, StopCause.QUALITY, Attribution.UNKNOWN, None, ongoing=True),
    )


def test_a_report_that_says_nothing_leaves_the_attribution_to_the_cause() -> None:
    ledger = Ledger().start(0).stop(100).open(110).start(200)
    found = downtimes(stops(ledger.entries), ledger.stories(), lambda _: None, (0, 1000))
    assert found[0].attribution == Attribution.UNKNOWN


def test_downtime_belongs_to_the_ticket_that_was_worked_on() -> None:
    ledger = Ledger().start(0).stop(100).open(110).cancel(120).open(130, 2).accept(140, FAST, 2).start(200)
    seen: list[Story] = []

    def attribution(story: Story) -> None:
        seen.append(story)

    found = downtimes(stops(ledger.entries), ledger.stories(), attribution, (0, 1000))
    assert found[0].ticket == (TicketKind.REACTIVE, 2)
    assert [story.n for story in seen] == [2]


def test_a_window_splits_downtime_without_loss() -> None:
    ledger = Ledger().start(0).stop(100).start(200).stop(300)
    whole = downtimes(stops(ledger.entries), {}, lambda _: None, (0, 1000))
    parts = [
        one
        for cut in range(0, 1000, 125)
        for one in downtimes(stops(ledger.entries), {}, lambda _: None, (cut, cut + 125))
    ]
    assert sum(one.time_to - one.time_from for one in parts) == sum(one.time_to - one.time_from for one in whole) == 800
