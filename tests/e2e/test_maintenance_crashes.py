"""Agents that die at any point of any run: what they go on to do is what they would have done."""

import shutil
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from maas_core.maintenance.documents import Report
from maas_core.node import Node
from maas_core.ports.downtime import Attribution
from maas_core.protocol.states import InvoiceState, TicketKind
from tests.support.repair import BEGIN, BIDS, SERVICE, WATCH
from tests.support.shop import CUSTOMER, FAR, NEAR, Shop

WATCHED = ("/maas_core/node/maintenance/", "/maas_core/ledgerio/sql/journal.py", "/maas_core/node/documents.py")
R = TicketKind.REACTIVE
COLD, WARM = 10 * 10**8, 80 * 10**8
READINGS = [(BEGIN + 300 * step, COLD if 50 <= step < 80 else WARM) for step in range(120)]
"""Fifteen minutes into the cold there is an alarm; half an hour after it, it is over."""
REPAIRED = BEGIN + 300 * 80

EXPECTED = [
    "MachineRegistered",
    "MachineAccepted",
    "MachineStarted",
    "MachineStopped",
    "TicketOpened",
    "BidCommitted",
    "BidCommitted",
    "BidRevealed",
    "BidRevealed",
    "TicketAwarded",
    "TicketCompleted",
    "TicketClosed",
    "MachineStarted",
]


class Died(BaseException):
    """The process ends here."""


class Tracer:
    """Ends the process at the n-th call into the watched files."""

    def __init__(self, point: int) -> None:
        self.left = point

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and any(part in frame.f_code.co_filename for part in WATCHED):
            self.left -= 1
            if self.left == 0:
                raise Died


def live(shop: Shop, party: int, points: list[int], action: Any) -> None:
    """Do something with a party's node; each point ends the process in the middle, and the next one begins anew."""
    while True:
        tracer = Tracer(points.pop() if points else 0)
        before = sys.gettrace()
        try:
            with shop.node(party) as node:
                sys.settrace(tracer)
                try:
                    action(node)
                finally:
                    sys.settrace(before)
        except Died:
            continue
        return


def agents(node: Node) -> None:
    node.maintenance.catch_up()


def whole_story(shop: Shop, points: list[int]) -> None:
    """From the failure to the paid repair, with a life ended at each of the points."""

    def report(node: Node) -> None:
        node.maintenance.catch_up()
        if node.maintenance.jobs():
            node.maintenance.complete(shop.machine, R, Report(Attribution.OEM, "bearing", REPAIRED))
        node.maintenance.catch_up()

    shop.add_readings(READINGS)
    for party in (CUSTOMER, NEAR, FAR):
        live(shop, party, points, agents)
    shop.clock.pass_time(600)
    for party in (NEAR, FAR):
        live(shop, party, points, agents)
    shop.clock.pass_time(600)
    live(shop, CUSTOMER, points, agents)
    live(shop, NEAR, points, report)
    for party in (CUSTOMER, NEAR, CUSTOMER):
        live(shop, party, points, agents)


def check(shop: Shop) -> None:
    with shop.node(CUSTOMER) as customer:
        customer.sync()
        assert [type(entry.event).__name__ for entry in customer.machines.history(shop.machine)] == EXPECTED
        [bill] = customer.invoices.all()
        assert (bill.record.amount, bill.record.state) == (31_500, InvoiceState.ACCEPTED)
    for party in (CUSTOMER, NEAR, FAR):
        with shop.node(party) as node:
            kept = [one for one in node.maintenance.actions.of_machine(shop.machine) if one.name != "dispatch"]
            assert Counter(one.state for one in kept) == {"done": len(kept)}
            assert all(one.attempt == 1 for one in kept)
            assert len(node.maintenance.actions.named("dispatch")) == (party == NEAR)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A consortium with a running machine."""
    shop = Shop(tmp_path_factory.mktemp("crashes") / "all", dict(BIDS))
    shop.make().register(BEGIN)
    (shop.folder / "customer" / "service.json").write_text(SERVICE, encoding="utf-8")
    shop.configure(CUSTOMER, WATCH.format(selection="sealed", owner=""))
    return shop


def copied(shop: Shop, folder: Path) -> Shop:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(shop.folder, folder)
    copy = Shop(folder, shop.configs, machine=shop.machine)
    copy.clock.seconds = shop.clock.seconds
    return copy


@settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(points=st.lists(st.integers(1, 600), min_size=1, max_size=12))
def test_agents_that_die_anywhere_do_everything_once(
    ready: Shop, tmp_path_factory: pytest.TempPathFactory, points: list[int]
) -> None:
    shop = copied(ready, tmp_path_factory.getbasetemp() / "crash" / "all")
    whole_story(shop, list(points))
    check(shop)


def test_an_agent_that_dies_before_and_after_each_command_sends_it_once(
    ready: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from maas_core.node.maintenance.actions import Actions
    from maas_core.node.submissions import Submissions

    shop = copied(ready, tmp_path / "all")
    send, lives = Submissions.send, Counter[bytes]()
    names: set[str] = set()

    def dying(self: Submissions, command: Any, submission_id: bytes | None = None) -> Any:
        planned = {one.submission: one.name for one in Actions(self._node).planned()}
        if submission_id not in planned:
            return send(self, command, submission_id)
        names.add(planned[submission_id])
        lives[submission_id] += 1
        if lives[submission_id] == 1:
            raise Died
        sent = send(self, command, submission_id)
        if lives[submission_id] == 2:
            raise Died
        return sent

    monkeypatch.setattr(Submissions, "send", dying)
    whole_story(shop, [])
    assert names == {"stop", "open", "commit", "reveal", "award", "complete", "close", "start", "bill", "accept-bill"}
    check(shop)
