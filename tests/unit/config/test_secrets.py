"""A secret is where it is needed and nowhere else."""

import json
import logging
import pickle
from pathlib import Path

import pytest

from maas_core.cli.output import as_json, print_table
from maas_core.config import load_config
from maas_core.errors import ConfigError
from maas_core.ports.secret import Secret, safe_text
from tests.support.fake_backends import fake_plugins

CANARY = "canary-4711"
NODE = (
    '[ledger]\nbackend = "full"\nsettings = {{ endpoint = {{ url = "u" }}, {} }}\n[storage.main]\nbackend = "vault"\n'
)


def write(folder: Path, settings: str, rest: str = "") -> Path:
    file = folder / "maas.toml"
    file.write_text(NODE.format(settings) + rest)
    return file


def test_a_secret_shows_asterisks_however_it_is_printed(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(CANARY)
    logging.getLogger("test").warning("%s %r", secret, secret)
    shown = f"{secret} {secret!r} {secret:>20} {[secret]} {caplog.text} {as_json({'a': secret})}"
    assert CANARY not in shown
    assert secret.reveal() == CANARY


def test_a_secret_can_be_compared_and_hashed_but_not_pickled() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1
    with pytest.raises(TypeError):
        pickle.dumps(Secret(CANARY))


def test_a_secret_comes_from_a_file_without_its_last_line_break(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{CANARY}\n")
    config = load_config(write(tmp_path, 'password = { file = "password" }'), fake_plugins(), {})
    assert config.ledger.settings.password.reveal() == CANARY


def test_a_secret_comes_from_a_variable_that_the_config_names(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, 'password = { env = "PW" }'), fake_plugins(), {"PW": CANARY})
    assert config.ledger.settings.password.reveal() == CANARY


def test_a_secret_comes_from_an_override(tmp_path: Path) -> None:
    overrides = {"MAAS_LEDGER__SETTINGS__PASSWORD": CANARY}
    config = load_config(write(tmp_path, "count = 1"), fake_plugins(), overrides)
    assert config.ledger.settings.password.reveal() == CANARY


def test_an_override_can_name_the_file_of_a_secret(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(CANARY)
    overrides = {"MAAS_LEDGER__SETTINGS__PASSWORD__FILE": "password"}
    config = load_config(write(tmp_path, "count = 1"), fake_plugins(), overrides)
    assert config.ledger.settings.password.reveal() == CANARY


def test_a_loaded_config_shows_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, 'password = { env = "PW" }', '[database]\nurl="postgresql://a@b/c"\npassword={env="PW"}\n')
    config = load_config(file, fake_plugins(), {"PW": CANARY})
    print_table(config)
    assert CANARY not in repr(config) + as_json(config) + json.dumps(str(config)) + capsys.readouterr().out


LEAKS = {
    "inline": f'password = "{CANARY}"',
    "inline list": f'password = ["{CANARY}"]',
    "inline table": f'password = {{ value = "{CANARY}" }}',
    "misspelt": f'pasword = "{CANARY}"',
    "URL where a number is expected": f'count = "http://user:{CANARY}@host"',
    "token in a query": f'count = "http://host?token={CANARY}"',
    "a key pasted in": f'count = "-----BEGIN PRIVATE KEY----- {CANARY}"',
}


@pytest.mark.parametrize("settings", LEAKS.values(), ids=LEAKS.keys())
def test_no_error_shows_a_secret(tmp_path: Path, settings: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, settings), fake_plugins(), {})
    assert "maas.toml: ledger.settings." in str(caught.value)
    assert CANARY not in str(caught.value)


DATABASES = {
    "password in the URL": f"postgresql://me:{CANARY}@host/name",
    "password in the URL of another database": f"mysql://me:{CANARY}@host/name",
    "password in what is no URL": f"postgresql://me:{CANARY}@[host/name",
}


@pytest.mark.parametrize("url", DATABASES.values(), ids=DATABASES.keys())
def test_no_error_shows_a_password_of_a_database(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, "count = 1", f'[database]\nurl = "{url}"\n'), fake_plugins(), {})
    assert "database.url: " in str(caught.value)
    assert CANARY not in str(caught.value)


def test_an_error_about_an_override_shows_no_secret(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, "count = 1"), fake_plugins(), {"MAAS_LEDGER__SETTINGS__TOKEN": CANARY})
    assert CANARY not in str(caught.value) + repr(caught.value.__context__)


MISSING = {
    "no file": '{ file = "none" }',
    "a folder": '{ file = "." }',
    "an empty file": '{ file = "empty" }',
    "not text": '{ file = "binary" }',
    "no variable": '{ env = "NONE" }',
    "file and variable": '{ env = "PW", file = "empty" }',
    "nothing": "{}",
    "no name": "{ file = 5 }",
}


@pytest.mark.parametrize("source", MISSING.values(), ids=MISSING.keys())
def test_a_secret_that_cannot_be_had_is_told_by_its_key(tmp_path: Path, source: str) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"ledger\.settings\.password"):
        load_config(write(tmp_path, f"password = {source}"), fake_plugins(), {"PW": CANARY})


def test_what_comes_from_elsewhere_is_cut_and_masked() -> None:
    assert safe_text("x" * 1000) == "x" * 200 + "..."
    assert safe_text("to https://a:b@c/?key=d&e=f") == "to https://********@c/?key=********&e=f"
