from pathlib import Path

import pytest

from maas_core.bench.scenario import Kind, load_scenario
from maas_core.errors import ConfigError

SCENARIOS = sorted((Path(__file__).parents[3] / "examples" / "scenarios").glob("*.toml"))
GOOD = """
name = "try"
question = "Does it?"
[workload]
kind = 'anchoring'
[load]
kind = 'open'
rate = 2.0
"""


def refused(tmp_path: Path, text: str) -> str:
    file = tmp_path / "scenario.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_scenario(file)
    return str(caught.value)


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_every_example_is_accepted_and_named_after_its_file(file: Path) -> None:
    assert load_scenario(file).name == file.stem


def test_the_scenarios_that_the_documents_name_are_there() -> None:
    wanted = {"paper-table1", "paper-fig8", "fleet-1000", "bidding-fairness", "faults", "storage"}
    assert wanted <= {file.stem for file in SCENARIOS}


def test_what_is_left_out_has_defaults(tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text(GOOD)
    scenario = load_scenario(file)
    assert (scenario.workload.kind, scenario.repetitions, scenario.baseline) == (Kind.ANCHORING, 3, True)
    assert scenario.region("oem") == ""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("kind = 'anchoring'", "kind = 'anchorin'"), "workload.kind: 'anchorin' is not accepted"),
        (("rate = 2.0", "rat = 2.0"), "load.rat: unknown key; did you mean 'rate'?"),
        (("rate = 2.0", "rate = -1"), "load.rate: -1 is not accepted"),
        (("rate = 2.0", ""), "load.rate: accepted with kind"),
        (("rate = 2.0", "rate = 2.0\nshare_of_raw = 0.5"), "either `rate` or `share_of_raw`"),
        (("rate = 2.0", "share_of_raw = 0.5"), "load.sessions: is missing"),
        (("kind = 'open'\nrate = 2.0", "kind = 'burst'"), "load.sessions: is missing"),
        (("kind = 'open'\nrate = 2.0", "kind = 'closed'"), "load.think_seconds: is 0"),
        (("kind = 'anchoring'", "kind = 'storage'"), "workload.object_bytes: is 0"),
        (("kind = 'anchoring'", "kind = 'mixed'"), "workload.mix: accepted"),
        (("kind = 'anchoring'", "kind = 'mixed'\nmix = { storage = 1 }"), "workload.mix: 'storage'"),
        (("kind = 'anchoring'", "kind = 'anchoring'\nmachines = 3\nitems = 4"), "workload.items: 4 is not accepted"),
        (("[load]", "[participants.boss]\n[load]"), "participants: there is no 'boss'"),
        (("[load]", "[participants.oem]\nregion = 'mars'\n[load]"), "links: none is between 'mars'"),
        (("[load]", "[[thresholds]]\nfigure = 'speed'\nat_most = 1\n[load]"), "there is no 'speed'"),
        (("[load]", "[[thresholds]]\nfigure = 'goodput'\n[load]"), "either at_most or at_least"),
        (("[load]", "[[thresholds]]\nfigure = 'included_p50'\nat_most = 1\n[load]"), "operation: accepted with"),
        (("[load]", "[[faults]]\nkind = 'restart'\ntarget = 'x'\nat = 1\nseconds = 1\n[load]"), "no participant 'x'"),
        (("[load]", "[[faults]]\nkind = 'pause'\ntarget = 'x'\nat = 34\nseconds = 2\n[load]"), "the one at 34 s"),
        (("[load]", "[capacity]\nmachines = 5\n[load]"), "capacity.machines: 5 is not accepted"),
        (("kind = 'anchoring'", "kind = 'storage'\nobject_bytes = 9\n[capacity]"), "capacity: accepted with workloads"),
        (("[load]", "[[links]]\nbetween = ['a']\ndelay_ms = 1\n[load]"), "names 1 regions"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_file_key_and_what_is_accepted(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    assert change[0] in GOOD
    assert told in refused(tmp_path, GOOD.replace(*change))
