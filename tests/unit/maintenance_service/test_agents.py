"""From a failure in real telemetry to repair and restart, by the agents of real nodes."""

from pathlib import Path

import pytest

from maas_core.errors import UsageError
from maas_core.node.maintenance.actions import Action, ActionState, Subject
from maas_core.ports.downtime import Attribution
from maas_core.protocol.commands import StartMachine
from maas_core.protocol.model.maintenance import FIRST_COME
from maas_core.protocol.states import (
    MachineState,
    SelectionPolicy,
    StopCause,
    TicketState,
)
from tests.support.repair import (
    BEGIN,
    BIDS,
    FIRST_FAILURE,
    FIRST_RECOVERY,
    NAB,
    SECOND_FAILURE,
    SERVICE,
    WATCH,
    R,
    fail_and_award,
    repaired,
    ticket,
)
from tests.support.shop import CUSTOMER, FAR, NEAR, OEM, Shop, Tree, temperatures


def test_a_failure_in_real_telemetry_leads_to_stop_sealed_bids_repair_and_restart(shop: Shop) -> None:
    fail_and_award(shop)
    with shop.node(CUSTOMER) as customer:
        customer.sync()
        machine = customer.machines.get(shop.machine).record
        assert (machine.state, machine.last_at) == (MachineState.STOPPED, FIRST_FAILURE + 900)
        awarded = customer.tickets.get(shop.machine, R).record
        assert (awarded.state, awarded.assignee, awarded.n) == (TicketState.ASSIGNED, NEAR, 1)
        assert awarded.selection.policy == SelectionPolicy.SEALED
        assert len(customer.tickets.bids(shop.machine, R)) == 2
    with shop.node(NEAR) as near:
        [job] = near.maintenance.jobs()
        assert job.block is not None
    with shop.node(FAR) as far:
        assert far.maintenance.jobs() == []
    repaired(shop, NEAR, FIRST_RECOVERY - 600)
    shop.run(CUSTOMER, NEAR, CUSTOMER)
    with shop.node(CUSTOMER) as customer:
        closed, second = customer.maintenance.stories(shop.machine)
        assert (closed.state, closed.rating, closed.assignee) == (TicketState.CLOSED, 5, NEAR)
        assert second.n == 2
        first, again = customer.maintenance.downtime(shop.machine, 0, 2**33)
        assert (first.time_from, first.time_to) == (FIRST_FAILURE + 900, FIRST_RECOVERY + 1800)
        assert (first.cause, first.attribution, first.ticket) == (StopCause.FAILURE, Attribution.OEM, (R, 1))
        assert (again.time_from, again.ongoing, again.attribution) == (SECOND_FAILURE + 900, True, Attribution.UNKNOWN)


def test_first_come_first_served_has_one_winner_and_the_loser_never_dispatches(shop: Shop) -> None:
    shop.configure(CUSTOMER, WATCH.format(selection="fcfs", owner=""))
    shop.add_readings(temperatures(NAB))
    shop.run(CUSTOMER)
    with shop.node(NEAR) as near, shop.node(FAR) as far:
        for node in (near, far):
            node.sync()
            assert len(node.maintenance.step()) == 1, "both decide to take it"
        far.sync()
        near.sync()
        for node in (near, far, near, far):
            node.maintenance.catch_up()
        accepted = {node: node.maintenance.actions.named("accept")[0] for node in (near, far)}
        assert [one.state for one in accepted.values()] == [ActionState.REFUSED, ActionState.DONE]
        assert accepted[near].reason == "WRONG_STATE"
        assert [len(node.maintenance.actions.named("dispatch")) for node in (near, far)] == [0, 1]
    assert ticket(shop).assignee == FAR


@pytest.fixture
def tree_shop(tmp_path: Path) -> Shop:
    """On a ledger whose blocks may be undone: a machine in alarm, and a ticket for the first who comes."""
    shop = Shop(tmp_path / "all", dict(BIDS))
    shop.tree = Tree(shop.clock)
    shop.make().register(BEGIN)
    (shop.folder / "customer" / "service.json").write_text(SERVICE, encoding="utf-8")
    shop.configure(CUSTOMER, WATCH.format(selection="fcfs", owner=""))
    shop.add_readings(temperatures(NAB))
    shop.run(CUSTOMER)
    shop.wait_for(2)
    return shop


def test_nobody_is_sent_out_on_a_decision_that_may_be_undone(tree_shop: Shop) -> None:
    shop, tree = tree_shop, tree_shop.tree
    assert tree is not None
    tree.mine(2)
    with shop.node(NEAR) as near, shop.node(FAR) as far:
        for node in (near, far):
            assert len(node.maintenance.catch_up()) == 1, "decides to take it"
        fork = tree.chain.head
        tree.chain.adopt(tree.chain.mine(shop.clock.now(), choose=lambda one: one.sender == near.identity))
        for node in (near, far):
            node.maintenance.catch_up()
            seen = node.tickets.get(shop.machine, R)
            assert (seen.record.assignee, seen.provisional) == (NEAR, True)
            assert node.maintenance.actions.named("dispatch") == []
        tree.chain.adopt(tree.chain.mine(shop.clock.now(), on=fork, choose=lambda one: one.sender == far.identity))
        tree.mine(1)
        for node in (near, far):
            node.maintenance.catch_up()
            seen = node.tickets.get(shop.machine, R)
            assert (seen.record.assignee, seen.provisional) == (FAR, True)
            assert node.maintenance.actions.named("dispatch") == []
        tree.mine(2)
        for node in (near, far):
            node.maintenance.catch_up()
        assert near.maintenance.actions.named("dispatch") == []
        [dispatch] = far.maintenance.actions.named("dispatch")
        assert dispatch.block is not None
        assert dispatch.block.height == fork.ref.height + 1


def test_a_ticket_without_bids_is_opened_again_for_the_first_who_comes(shop: Shop) -> None:
    shop.add_readings(temperatures(NAB))
    shop.run(CUSTOMER)
    shop.clock.pass_time(1200)
    shop.run(CUSTOMER)
    assert (ticket(shop).n, ticket(shop).selection.policy) == (2, SelectionPolicy.FCFS)
    shop.run(FAR, NEAR)
    assert ticket(shop).assignee == FAR


def test_a_late_assignee_loses_the_ticket_and_does_not_take_it_again(shop: Shop) -> None:
    fail_and_award(shop)
    shop.clock.pass_time(604_800)
    shop.run(CUSTOMER, NEAR)
    assert ticket(shop).state == TicketState.OPEN
    shop.run(FAR)
    assert ticket(shop).assignee == FAR
    with shop.node(OEM) as oem:
        oem.sync()
        assert [one.missed_deadlines for one in oem.maintenance.performance()] == [1, 0]


def test_a_machine_is_reset_before_it_starts_if_the_policy_says_so(shop: Shop) -> None:
    shop.configure(CUSTOMER, WATCH.format(selection="fcfs", owner='on_recovery = "reset-and-start"'))
    shop.add_readings([one for one in temperatures(NAB) if one[0] < SECOND_FAILURE])
    shop.run(CUSTOMER, NEAR)
    repaired(shop, NEAR, FIRST_RECOVERY)
    shop.run(CUSTOMER)
    with shop.node(CUSTOMER) as customer:
        names = [type(entry.event).__name__ for entry in customer.machines.history(shop.machine)]
        assert names[-3:] == ["TicketClosed", "MachineReset", "MachineStarted"]
        assert customer.machines.get(shop.machine).record.last_at == FIRST_RECOVERY + 1800


def test_the_ledger_awards_what_the_preview_says(shop: Shop) -> None:
    shop.configure(CUSTOMER, WATCH.format(selection="scored", owner=""))
    shop.add_readings(temperatures(NAB))
    shop.run(CUSTOMER, FAR, NEAR)
    with shop.node(OEM) as oem:
        oem.sync()
        shown = oem.maintenance.preview(shop.machine, R)
    assert [(one.maintainer, one.wins) for one in shown] == [(NEAR, True), (FAR, False)]
    shop.clock.pass_time(600)
    shop.run(CUSTOMER)
    assert ticket(shop).assignee == NEAR


def test_a_strategy_that_fails_leaves_the_ticket_to_others(shop: Shop) -> None:
    from maas_bidding.strategies import AcceptAtOnce

    def fails(*_: object) -> None:
        raise RuntimeError("no mood")

    shop.configure(CUSTOMER, WATCH.format(selection="fcfs", owner=""))
    shop.configure(NEAR, BIDS[NEAR].replace("fixed-price", "accept").replace("price = 30000, eta = 3600", ""))
    shop.add_readings(temperatures(NAB))
    shop.run(CUSTOMER)
    with pytest.MonkeyPatch.context() as patch, shop.node(NEAR) as near:
        patch.setattr(AcceptAtOnce, "decide", fails)
        assert near.maintenance.catch_up() == []
        [reason] = near.maintenance.passed.values()
        assert reason == "the strategy failed: RuntimeError: no mood"


def test_a_refused_decision_is_made_again_later_each_time_and_not_for_ever(shop: Shop) -> None:
    with shop.node(CUSTOMER) as customer:
        customer.sync()
        actions = customer.maintenance.actions
        wrong = Action("start/x/99", "start", Subject(shop.machine), StartMachine(shop.machine, 99, BEGIN))
        submissions = set()
        for pause in (30, 60, 120, 240, 480, 0):
            planned = actions.plan(wrong)
            assert actions.plan(wrong) == planned, "what is on its way is not decided again"
            submissions.add(planned.submission)
            actions.pump()
            customer.sync()
            [ended] = actions.pump()
            assert (ended.state, ended.reason) == (ActionState.REFUSED, "WRONG_STATE")
            shop.clock.pass_time(max(0, pause - 1))
            assert not actions.may_plan(wrong.key)
            shop.clock.pass_time(1)
            assert actions.may_plan(wrong.key) == (pause > 0)
        assert len(submissions) == 6
        [listed] = actions.unfinished()
        assert listed.exhausted
        actions.give_another_chance(wrong.key)
        assert actions.may_plan(wrong.key)
        assert actions.plan(wrong).attempt == 7
        with pytest.raises(UsageError, match="was refused"):
            actions.give_another_chance("start/y/1")


def test_a_machine_that_was_stopped_by_hand_is_started_by_hand(shop: Shop) -> None:
    shop.configure(CUSTOMER, WATCH.format(selection="fcfs", owner=""))
    shop.add_readings([one for one in temperatures(NAB) if one[0] < FIRST_FAILURE])
    with shop.node(CUSTOMER) as customer:
        customer.sync()
        customer.submissions.wait(customer.machines.stop(shop.machine, StopCause.OPERATOR, BEGIN + 3600))
        deadline = shop.clock.now() + 86_400
        customer.submissions.wait(customer.tickets.open(shop.machine, R, FIRST_COME, b"w" * 32, deadline, CUSTOMER))
    shop.run(NEAR)
    repaired(shop, NEAR, BEGIN + 7200)
    shop.run(CUSTOMER)
    with shop.node(CUSTOMER) as customer:
        assert customer.tickets.get(shop.machine, R).record.state == TicketState.CLOSED
        assert customer.machines.get(shop.machine).record.state == MachineState.STOPPED
