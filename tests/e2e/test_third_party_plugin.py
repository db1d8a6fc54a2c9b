"""A plugin of somebody else: from its own distribution, in a fresh environment, with no change to the core."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 600
PACKAGED = ("maas_core", "plugins", "setup.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "MAAS_", "COVERAGE"))}


def run(*command: object, folder: Path) -> str:
    done = subprocess.run(
        [str(one) for one in command],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with copies of both distributions and an environment that has them installed."""
    folder = tmp_path_factory.mktemp("fresh")
    (folder / "core").mkdir()
    for name in PACKAGED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / "core" / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / "core" / name)
    shutil.copytree(ROOT / "examples" / "third_party_plugin", folder / "plugin")
    run(sys.executable, "-m", "venv", "env", folder=folder)
    run("env/bin/python", "-m", "pip", "install", "--quiet", "./core", "./plugin[test]", folder=folder)
    return folder


def test_the_plugin_is_loaded_beside_the_built_in_ones(fresh: Path) -> None:
    listing = json.loads(run("env/bin/maasctl", "plugins", "--json", folder=fresh))
    plugins = {one["name"]: one for one in listing["plugins"]}
    assert (plugins["noticeboard"]["status"], plugins["noticeboard"]["distribution"]) == (
        "loaded",
        "maas-noticeboard 0.1.0",
    )
    assert plugins["noticeboard"]["backends"] == [["ledger", "noticeboard"], ["storage", "drawer"]]
    assert {"ledger_local", "storage_local", "signer_file"} <= plugins.keys()
    assert listing["conflicts"] == []


def test_its_log_and_its_storage_pass_the_suites(fresh: Path) -> None:
    report = run("../env/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", folder=fresh / "plugin")
    assert " passed" in report
    assert "failed" not in report


def test_nodes_run_on_it_without_a_change_to_the_core(fresh: Path) -> None:
    backends = ("--ledger", "noticeboard", "--storage", "drawer")
    run("env/bin/maasctl", "init", "--pair", "pair", *backends, folder=fresh)
    run("env/bin/maasctl", "party", "found", "-c", "pair/oem/maas.toml", folder=fresh)
    [board] = json.loads(
        run("env/bin/maasctl", "party", "list", "--json", "-c", "pair/customer/maas.toml", folder=fresh)
    )
    assert board["party"] == 1
    assert (fresh / "pair" / "shared" / "notices" / "1").exists()
