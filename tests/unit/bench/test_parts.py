"""Refusals, far participants, faults, and what a fleet costs."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from maas_core.bench.checks import refuse, refuse_before
from maas_core.bench.cost import YEAR, Fleet, Slopes, counts, estimate, merged
from maas_core.bench.faults import FaultMaker
from maas_core.bench.network import Network, Pairing, Place
from maas_core.bench.regions import FarBatching, FarWorkflow, placed
from maas_core.bench.scenario import Fault, FaultKind, Link, Needs
from maas_core.bench.target import RunClock
from maas_core.cli.app import run as maasctl
from maas_core.errors import ConfigError, UsageError
from maas_core.plugins import Plugins, build_plugin_manager
from maas_core.ports.backends import OpenLedger
from maas_core.ports.devnet import DevnetProcess
from maas_core.ports.storage import StorageAbility, StorageProfile
from maas_core.ports.workflow import Ability
from tests.unit.bench.conftest import SCENARIO

HERE = Pairing("local", "local")


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    return build_plugin_manager()


# Refusals


def test_a_scenario_that_needs_an_ability_is_refused_before_anything_starts(plugins: Plugins) -> None:
    needing = replace(SCENARIO, needs=Needs(ledger=frozenset({Ability.CHANGE_MEMBERS})))
    with pytest.raises(UsageError, match="change_members"):
        refuse_before(needing, HERE, Place(plugins))


def test_a_storage_that_lacks_an_ability_or_room_is_refused() -> None:
    profile = StorageProfile("local", max_object=1000)
    needing = replace(SCENARIO, needs=Needs(storage=frozenset({StorageAbility.RETENTION})))
    with pytest.raises(UsageError, match="retention"):
        refuse(needing, HERE, None, profile)
    large = replace(SCENARIO, workload=replace(SCENARIO.workload, object_bytes=2000))
    with pytest.raises(UsageError, match="takes up to 1000"):
        refuse(large, HERE, None, profile)


def test_a_fault_of_the_network_is_refused_where_there_is_no_network(plugins: Plugins) -> None:
    faulty = replace(SCENARIO, faults=(Fault(FaultKind.PAUSE, 1.0, 1.0, "signer"),))
    with pytest.raises(UsageError, match="needs processes of a devnet"):
        refuse_before(faulty, HERE, Place(plugins))


def test_a_refused_scenario_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = Path(__file__).parents[3] / "examples" / "scenarios" / "faults-network.toml"
    assert maasctl(["bench", "run", str(file), "--out", str(tmp_path / "out")]) == 2
    assert "no fault is meant for ledger 'local'; accepted: eth, fabric" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("ledger", "storage", "needs", "told"),
    [
        ("eth", "local", Needs(ledger=frozenset({Ability.FUND})), "fund"),
        ("fabric", "local", Needs(ledger=frozenset({Ability.PUBLISH_SOURCE})), "publish_source"),
        ("local", "s3", Needs(storage=frozenset({StorageAbility.NOT_YET})), "not_yet"),
        ("local", "ipfs", Needs(storage=frozenset({StorageAbility.RETENTION})), "retention"),
    ],
)
def test_what_a_devnet_will_lack_is_refused_before_it_is_started(
    plugins: Plugins, ledger: str, storage: str, needs: Needs, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        refuse_before(replace(SCENARIO, needs=needs), Pairing(ledger, storage), Place(plugins))


def test_what_a_devnet_can_do_by_its_settings_is_accepted(plugins: Plugins) -> None:
    needing = replace(SCENARIO, needs=Needs(ledger=frozenset({Ability.CHANGE_MEMBERS, Ability.OBSERVERS})))
    for ledger in ("eth", "fabric"):
        refuse_before(needing, Pairing(ledger, "local"), Place(plugins))
    lonely = Place(plugins, options={"eth": {"signers": 1}, "fabric": {"orgs": "oem"}})
    for ledger in ("eth", "fabric"):
        with pytest.raises(UsageError, match="observers"):
            refuse_before(needing, Pairing(ledger, "local"), lonely)


def test_wrong_options_of_a_devnet_are_refused_before_it_is_started(plugins: Plugins) -> None:
    with pytest.raises(ConfigError, match=r"settings\.eth.*signers"):
        refuse_before(SCENARIO, Pairing("eth", "local"), Place(plugins, options={"eth": {"signers": 2}}))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--ledger", "moon"], "there is no ledger 'moon'"),
        (["--ledger", "local,local"], "each once"),
        (["--network", "existing"], "go together"),
    ],
)
def test_what_does_not_exist_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    file = Path(__file__).parents[3] / "examples" / "scenarios" / "storage.toml"
    assert maasctl(["bench", "run", str(file), "--out", str(tmp_path / "out"), *arguments]) in (2, 11)
    assert told in capsys.readouterr().err


def test_a_folder_that_bench_did_not_write_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert maasctl(["bench", "report", str(tmp_path)]) in (2, 10)
    assert "maasctl:" in capsys.readouterr().err


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    file = Path(__file__).parents[3] / "examples" / "scenarios" / "storage.toml"
    assert maasctl(["bench", "run", str(file), "--out", str(tmp_path)]) == 2
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


# Networks, regions, faults


def test_a_participants_key_is_the_same_for_all_its_nodes(plugins: Plugins, tmp_path: Path) -> None:
    with Network(HERE, Place(plugins), tmp_path / "net", lambda _: None) as network:
        first, second = (network.config("oem", tmp_path / name) for name in ("a", "b"))
        signers = [one.signer for one in (first, second) if one.signer is not None]
        keys = {one.backend.open(one.settings, tmp_path).public_key for one in signers}
        other = network.config("customer", tmp_path / "c")
    assert len(keys) == 1
    assert first.directory != second.directory
    assert other.signer is not None


class Quick:
    """Answers at once."""

    def __getattr__(self, name: str) -> object:
        return lambda *_: name


class QuickBatching(Quick):
    def prepare_all(self, *_: object) -> str:
        return "prepared"


def test_a_far_participant_waits_there_and_back_at_every_call() -> None:
    link = Link(("a", "b"), delay_ms=20)
    ledger = placed(OpenLedger(Quick(), Quick()), link)  # type: ignore[arg-type]
    begun = time.perf_counter()
    assert ledger.workflow.broadcast((), None) == "broadcast"  # type: ignore[arg-type, comparison-overlap]
    assert time.perf_counter() - begun >= 0.04


def test_a_far_ledger_prepares_many_at_once_only_if_the_near_one_does() -> None:
    link = Link(("a", "b"), delay_ms=0.1)
    plain = placed(OpenLedger(Quick(), Quick()), link).workflow  # type: ignore[arg-type]
    assert type(placed(OpenLedger(QuickBatching(), Quick()), link).workflow) is FarBatching  # type: ignore[arg-type]
    assert type(plain) in (FarBatching, FarWorkflow)


def test_nobody_far_means_nothing_in_between() -> None:
    near = OpenLedger(Quick(), Quick())  # type: ignore[arg-type]
    assert placed(near, None) is near
    assert placed(near, Link(("a", "b"), delay_ms=0)) is near


@contextmanager
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        try:
            yield process
        finally:
            process.kill()


def state_of(process: subprocess.Popen[bytes]) -> str:
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]


class OneProcess:
    def __init__(self, pid: int) -> None:
        self.pid = pid

    def processes(self) -> list[DevnetProcess]:
        return [DevnetProcess("signer-1", self.pid, "", Path())]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_paused_process_stands_still_and_goes_on_though_the_run_is_cut_short() -> None:
    with sleeper() as process:
        network = OneProcess(process.pid)
        clock = RunClock.start()
        faults = [Fault(FaultKind.PAUSE, 0.0, 60.0, "signer")]
        with FaultMaker(faults, network, lambda *_: False, clock) as maker:  # type: ignore[arg-type]
            end = time.monotonic() + 10
            while state_of(process) != "T" and time.monotonic() < end:
                time.sleep(0.01)
            assert state_of(process) == "T"
        assert state_of(process) != "T"
        assert [one.target for one in maker.happened] == ["signer-1"]


def test_a_fault_that_nothing_answers_to_is_named() -> None:
    maker = FaultMaker([Fault(FaultKind.KILL, 0.0, 1.0, "peer")], OneProcess(1), lambda *_: False, RunClock.start())  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"'peer'.*signer-1"), maker:
        time.sleep(0.2)


# What a fleet costs

NAMES = (
    "anchor_telemetry register_machine accept_machine start_machine issue_invoice accept_invoice settle_invoice "
    "stop_machine open_ticket accept_ticket complete_ticket close_ticket reset_machine"
)
ALL = dict.fromkeys(NAMES.split(" "), 10.0)


def test_a_years_operations_counted_by_hand() -> None:
    counted = counts(Fleet(batch=YEAR / 4, invoices=12, failures=2), 10)
    assert counted["anchor_telemetry"] == 40
    assert (counted["register_machine"], counted["issue_invoice"], counted["open_ticket"]) == (10, 120, 20)
    assert counted["start_machine"] == 30


def test_a_bill_counted_by_hand() -> None:
    fleet = Fleet(
        machines=10, interval=YEAR / 100, batch=YEAR / 4, items=2, reading_bytes=2**30, batch_bytes=0, redundancy=3,
        invoices=1, failures=0, unit_price=2.0, gib_price=1.0,
    )  # fmt: skip
    told = estimate(fleet, [Slopes("p", ALL, "gas", 3600.0, 1.0)])
    bill = next(one for one in told.bills if one.machines == 10)
    assert bill.commands == 40 / 2 + 3 * 10 + 3 * 10
    assert bill.cost == 10 * (40 + 30 + 30)
    assert bill.stored_gib == 10 * 100 * 3
    assert bill.client_core_hours == round(80 / 1000, 1)
    assert bill.money == 2 * 1000 + 3000 / 2 * 12


def test_growth_is_in_proportion_and_reaches_a_million_machines() -> None:
    bills = estimate(Fleet(), [Slopes("p", ALL, "gas", 1.0, 50.0)]).bills
    assert [one.machines for one in bills] == [1_000, 10_000, 100_000, 1_000_000]
    first, last = bills[0], bills[-1]
    assert last.cost == pytest.approx(1000 * (first.cost or 0), rel=1e-6)


def test_what_was_not_measured_gives_no_cost_and_is_named() -> None:
    told = estimate(Fleet(), [Slopes("p", {"anchor_telemetry": 1.0}, "gas", 1.0, 50.0)])
    assert all(one.cost is None for one in told.bills)
    assert any("register_machine" in line for line in told.assumptions)


def test_several_folders_add_up_to_one_pairing() -> None:
    [one] = merged([Slopes("p", {"a": 1.0}, "gas", 1.0, 5.0), Slopes("p", {"a": 2.0, "b": 3.0}, "gas", 2.0, 4.0)])
    assert one == Slopes("p", {"a": 1.0, "b": 3.0}, "gas", 2.0, 5.0)
