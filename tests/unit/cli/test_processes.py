"""`maasctl` as users start it: exit codes, and never a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "error"}


def maasctl(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "maas_core.cli", *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={**ENVIRONMENT, **variables}
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("node")
    assert maasctl("init", folder).returncode == 0
    return folder


def test_a_good_config_is_checked_with_exit_code_zero(node: Path) -> None:
    done = maasctl("config", "check", "--json", "-c", node / "maas.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["ledger"]["backend"] == "local"


@pytest.mark.parametrize("share", [0.1, 0.35, 0.6, 0.97])
def test_a_truncated_config_is_told_by_name(node: Path, tmp_path: Path, share: float) -> None:
    content = (node / "maas.toml").read_bytes()
    file = tmp_path / "maas.toml"
    file.write_bytes(content[: int(len(content) * share)])
    done = maasctl("config", "check", "-c", file)
    assert (done.returncode, done.stdout) == (10, "")
    assert str(file) in done.stderr


MALFORMED = {
    "binary": b"\x00\x01\xff",
    "another format": b'{"ledger": {}}',
    "empty": b"",
    "wrong types": b"ledger = []\nstorage = 1\nnode = true\n",
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_config_is_told_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "maas.toml"
    file.write_bytes(content)
    done = maasctl("config", "check", "-c", file)
    assert done.returncode == 10
    assert str(file) in done.stderr


def test_a_missing_config_and_a_folder_are_told(tmp_path: Path) -> None:
    assert maasctl("config", "check", "-c", tmp_path / "none").returncode == 10
    assert maasctl("config", "check", "-c", tmp_path).returncode == 10


def test_an_unreadable_config_is_told() -> None:
    done = maasctl("config", "check", "-c", "/proc/self/mem")
    assert done.returncode == 10
    assert "/proc/self/mem: cannot be read: Input/output error" in done.stderr


def test_errors_are_json_if_asked_for(tmp_path: Path) -> None:
    done = maasctl("config", "check", "--json", "-c", tmp_path / "none")
    assert json.loads(done.stderr)["exit_code"] == done.returncode == 10


def test_wrong_usage_has_exit_code_two() -> None:
    assert maasctl("nonsense").returncode == 2


def test_a_bad_override_is_told_by_its_variable(node: Path) -> None:
    done = maasctl("config", "check", "-c", node / "maas.toml", MAAS_SUBMISSION__BATCH="all")
    assert done.returncode == 10
    assert "environment MAAS_SUBMISSION__BATCH: submission.batch: 'all' is not accepted" in done.stderr


def test_a_reader_that_goes_away_causes_no_traceback() -> None:
    pipe = f"{sys.executable} -m maas_core.cli config reference | head -c 1"
    done = subprocess.run(["sh", "-c", pipe], capture_output=True, text=True, timeout=60, check=False)
    assert (len(done.stdout), done.stderr) == (1, "")


def test_the_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from maas_core.cli.app import run; run(['--help']);"
        "heavy = {'rich', 'sqlalchemy', 'cryptography', 'maas_core.protocol.commands', 'tomllib', 'numpy'};"
        "sys.exit(', '.join(sorted(heavy & sys.modules.keys())) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
