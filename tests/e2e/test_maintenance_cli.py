"""`maasctl maintenance` as operators run it, and as `kill -9` ends it."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from maas_core.cli.app import run
from maas_core.protocol.states import TicketKind, TicketState
from tests.e2e.pair import MAASCTL, Party
from tests.e2e.test_maintenance_crashes import READINGS, REPAIRED, copied
from tests.support.repair import BEGIN, BIDS, SERVICE, WATCH
from tests.support.shop import CUSTOMER, FAR, NAMES, NEAR, OEM, Shop

WRAPPER = Path(__file__).with_name("killed_at.py")
NOTHING: dict[str, object] = {"done": [], "left to others": {}, "not watched": {}}
POINTS = (2, 17, 41)
"""Calls after an intent was stored, spread over what one run does."""


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    made = Shop(tmp_path_factory.mktemp("cli") / "all", dict(BIDS))
    made.make().register(BEGIN)
    (made.folder / "customer" / "service.json").write_text(SERVICE, encoding="utf-8")
    made.configure(CUSTOMER, WATCH.format(selection="fcfs", owner=""))
    made.add_readings(READINGS)
    return made


@pytest.fixture
def shop(ready: Shop, tmp_path: Path) -> Shop:
    return copied(ready, tmp_path / "all")


def party(shop: Shop, number: int) -> Party:
    return Party(shop.folder / NAMES[number] / "maas.toml")


class InProcess(Party):
    """Runs `maasctl` without a process for each command."""

    def run(self, *arguments: str, command: Sequence[str] = MAASCTL) -> subprocess.CompletedProcess[str]:
        """Run a command line."""
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = run([*arguments, "--config", str(self.config), "--json"])
        return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


def test_operators_follow_a_repair_by_command_line(shop: Shop) -> None:
    machine = shop.machine.hex()
    customer, near, far, oem = (InProcess(party(shop, number).config) for number in (CUSTOMER, NEAR, FAR, OEM))
    [alarm] = customer.ok("maintenance", "watch")["changed"]
    assert (alarm["rule"], alarm["outcome"]) == ("cold", "new")
    assert customer.ok("maintenance", "run", "--once")["done"] == [
        f"machine {machine[:8]}: alarm cold, is stopped",
        f"machine {machine[:8]}: opens reactive ticket 1",
    ]
    assert customer.fails("maintenance", "preview", machine)[0] == 2
    assert len(near.ok("maintenance", "run", "--once")["done"]) == 2
    [job] = near.ok("maintenance", "jobs")
    assert (job["ticket"], job["kind"]) == (1, "reactive")
    assert far.ok("maintenance", "run", "--once") == NOTHING
    assert "assigned to this party" in far.fails("maintenance", "complete", machine, "--done", "nothing")[1]
    finished = ("--attribution", "oem", "--done", "bearing", "--finished-at", str(REPAIRED))
    assert near.ok("maintenance", "complete", machine, *finished)["state"] == "final"
    customer.ok("maintenance", "run", "--once")
    [stop] = oem.ok("maintenance", "downtime", machine)
    assert (stop["attribution"], stop["ticket"], stop["ongoing"]) == ("oem", "reactive 1", False)
    [record] = oem.ok("maintenance", "performance", "--machine", machine)
    assert (record["maintainer"], record["closed"], record["rating_hundredths"]) == (NEAR, 1, 500)
    assert customer.ok("maintenance", "actions") == []
    assert {one["state"] for one in customer.ok("maintenance", "actions", "--all")} == {"done"}
    [alarm] = customer.ok("maintenance", "alarms", machine)
    assert (alarm["outcome"], alarm["ticket"]) == ("handled", 1)
    shown = near.ok("maintenance", "bill", machine, "1")
    issued = near.ok("maintenance", "bill", machine, "1", "--issue")
    again = near.ok("maintenance", "bill", machine, "1", "--issue")
    assert issued["made"] == again["made"]
    found = customer.ok("maintenance", "check", issued["made"]["invoice"])
    assert (found["ok"], found["amount"]) == (True, shown["amount"])
    with redirect_stdout(StringIO()) as shown_to_people:
        assert run(["maintenance", "performance", "--config", str(oem.config)]) == 0
    assert "5.00" in shown_to_people.getvalue()


def test_agents_killed_again_and_again_do_everything_once(shop: Shop) -> None:
    killed = 0
    for number in (CUSTOMER, NEAR):
        for point in POINTS:
            command = (sys.executable, str(WRAPPER), str(point))
            done = party(shop, number).run("maintenance", "run", "--once", command=command)
            assert done.returncode in (0, -signal.SIGKILL), done.stderr
            killed += done.returncode != 0
        party(shop, number).ok("maintenance", "run", "--once")
    assert killed >= 3
    events = [one["event"] for one in party(shop, CUSTOMER).ok("machine", "history", shop.machine.hex())]
    assert events[3:] == ["MachineStopped", "TicketOpened", "TicketAccepted"]
    with shop.node(NEAR) as node:
        node.sync()
        assert node.tickets.get(shop.machine, TicketKind.REACTIVE).record.state == TicketState.ASSIGNED
        assert len(node.maintenance.actions.named("dispatch")) == 1


def test_the_loop_ends_when_it_is_told_to(shop: Shop) -> None:
    file = str(party(shop, CUSTOMER).config)
    command = [*MAASCTL, "maintenance", "run", "--config", file]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert "looks after maintenance" in lines[0]
    assert "is stopped" in lines[1]
    assert "opens reactive ticket 1" in lines[2]
