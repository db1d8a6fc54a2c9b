"""Each bad config is refused with file, key, wrong value and what is accepted."""

from pathlib import Path

import pytest

from maas_core.config import load_config
from maas_core.errors import ConfigError
from tests.support.fake_backends import fake_plugins

LEDGER = '[ledger]\nbackend = "instant"\n'
STORAGE = '[storage.main]\nbackend = "vault"\n'
GOOD = LEDGER + STORAGE
DEEP = '[ledger]\nbackend = "deep"\n' + STORAGE
FULL = STORAGE + '[ledger]\nbackend = "full"\n'
ENDPOINT = '[ledger.settings.endpoint]\nurl = "u"\n'

BAD = {
    "no ledger": (STORAGE, "ledger: is missing; accepted: a table with backend, settings, needs"),
    "no storage table": (LEDGER, "storage: is missing; accepted: a table"),
    "no storage": (LEDGER + "[storage]\n", "storage: is missing; accepted: at least one table [storage.NAME]"),
    "unknown table": (GOOD + "[nod]\n", "nod: unknown key; did you mean 'node'? accepted: billing, cache, "),
    "misspelt key": (
        GOOD + "[node]\nlog_levl = 'info'\n",
        "node.log_levl: unknown key; did you mean 'log_level'? accep",
    ),
    "key like nothing": (GOOD + "[node]\nzzz = 1\n", "node.zzz: unknown key; accepted: log_level, name"),
    "table expected": ("ledger = 5\n" + STORAGE, "ledger: 5 is not accepted; accepted: a table with backend"),
    "backend not text": ("[ledger]\nbackend = 7\n" + STORAGE, "ledger.backend: 7 is not accepted; accepted: text"),
    "backend missing": ("[ledger]\n" + STORAGE, "ledger.backend: is missing; accepted: text"),
    "unknown ledger": (
        '[ledger]\nbackend = "instnat"\n' + STORAGE,
        "ledger.backend: there is no ledger 'instnat'; known: deep, faulty, full, instant, odd, old, quorum; d",
    ),
    "unknown storage": (
        LEDGER + '[storage.main]\nbackend = "x"\n',
        "storage.main.backend: there is no storage 'x'; known: choosy, vault",
    ),
    "unknown signer": (GOOD + '[signer]\nbackend = "x"\n', "signer.backend: there is no signer 'x'; known: token"),
    "other protocol": ('[ledger]\nbackend = "old"\n' + STORAGE, "ledger.backend: 'old' knows maas/0, this is maas/"),
    "faulty plugin": (
        '[ledger]\nbackend = "faulty"\n' + STORAGE,
        "ledger.backend: its plugin is broken: KeyError: 'profile'",
    ),
    "settings that a plugin refuses": (
        LEDGER + '[storage.main]\nbackend = "choosy"\n',
        "storage.main.settings: not with these settings",
    ),
    "settings that no config can hold": (
        '[ledger]\nbackend = "odd"\nsettings = { value = 1 }\n' + STORAGE,
        "ledger.backend: 'odd' is broken: a settings dataclass has a field of type <class 'complex'>",
    ),
    "list where text is expected": (
        GOOD + "[node]\nname = ['a']\n",
        "node.name: a list of 1 is not accepted; accepted",
    ),
    "table where text is expected": (GOOD + "[node.name]\n", "node.name: a table is not accepted; accepted: text"),
    "enum": (
        GOOD + "[node]\nlog_level = 'loud'\n",
        'node.log_level: \'loud\' is not accepted; accepted: one of "debug", "info", "warning", "error"',
    ),
    "enum not text": (GOOD + "[node]\nlog_level = 3\n", "node.log_level: 3 is not accepted; accepted: one of"),
    "number below": (GOOD + "[submission]\nbatch = 0\n", "submission.batch: 0 is not accepted; accepted: a whole nu"),
    "number above": (
        GOOD + "[submission]\nbatch = 10001\n",
        "submission.batch: 10001 is not accepted; accepted: a whole number from 1 to 10000",
    ),
    "only a least": (
        GOOD + "[cache]\nmax_mib = -1\n",
        "cache.max_mib: -1 is not accepted; accepted: a whole number from 0",
    ),
    "not whole": (GOOD + "[submission]\nbatch = 1.5\n", "submission.batch: 1.5 is not accepted; accepted: a whole"),
    "not a number": (GOOD + "[submission]\ncall_seconds = nan\n", "submission.call_seconds: nan is not accepted"),
    "endless": (GOOD + "[submission]\ncall_seconds = inf\n", "submission.call_seconds: inf is not accepted"),
    "true as number": (
        GOOD + "[submission]\nbatch = true\n",
        "submission.batch: True is not accepted; accepted: a whole",
    ),
    "a date": (
        GOOD + "[node]\nname = 2020-01-01\n",
        "node.name: datetime.date(2020, 1, 1) is not accepted; accepted: text",
    ),
    "party zero": (GOOD + "[party]\nid = 0\n", "party.id: 0 is not accepted; accepted: a whole number from 1 to 65535"),
    "empty path": (GOOD + "[cache]\ndirectory = ''\n", "cache.directory: '' is not accepted; accepted: a path"),
    "two-line path": (
        GOOD + '[cache]\ndirectory = "a\\nb"\n',
        r"cache.directory: 'a\nb' is not accepted; accepted: a pa",
    ),
    "other database": (
        GOOD + "[database]\nurl = 'mysql://h/n'\n",
        "database.url: 'mysql://h/n' is not accepted; accepted: sqlite:///PATH or postgresql://USER@HOST:PORT/NAME",
    ),
    "no database URL": (
        GOOD + "[database]\nurl = 'http://[x'\n",
        "database.url: 'http://[x' is not a URL; accepted: sql",
    ),
    "sqlite host": (GOOD + "[database]\nurl = 'sqlite://h/n'\n", "database.url: 'sqlite://h/n' is not accepted; accep"),
    "bool as text": (
        FULL + ENDPOINT + "[ledger.settings]\neager = 'yes'\n",
        "ledger.settings.eager: 'yes' is not accept",
    ),
    "literal": (
        FULL + ENDPOINT + "[ledger.settings]\nmode = 'slow'\n",
        'ledger.settings.mode: \'slow\' is not accepted; accepted: one of "fast", "safe"',
    ),
    "inner table missing": (FULL, "ledger.settings.endpoint: is missing; accepted: a table with url, weight"),
    "inner key missing": (
        FULL + "[ledger.settings.endpoint]\n",
        "ledger.settings.endpoint.url: is missing; accepted: te",
    ),
    "list": (
        FULL + ENDPOINT + "[ledger.settings]\nhosts = 'h'\n",
        "ledger.settings.hosts: 'h' is not accepted; accepted:",
    ),
    "list element": (
        FULL + ENDPOINT + "[ledger.settings]\nhosts = ['h', 5]\n",
        "ledger.settings.hosts.1: 5 is not accepted; accepted: text",
    ),
    "set element": (
        FULL + ENDPOINT + "[ledger.settings]\ncolours = ['green']\n",
        'ledger.settings.colours.0: \'green\' is not accepted; accepted: one of "red", "blue"',
    ),
    "map": (
        FULL + ENDPOINT + "[ledger.settings]\nendpoints = 5\n",
        "ledger.settings.endpoints: 5 is not accepted; acce",
    ),
    "map element": (
        FULL + ENDPOINT + "[ledger.settings.endpoints.a]\nurl = 'u'\nweight = 11\n",
        "ledger.settings.endpoints.a.weight: 11 is not accepted; accepted: a whole number from 1 to 10",
    ),
    "the dataclass's own check": (
        FULL + ENDPOINT + "[ledger.settings]\nlabel = 'forbidden'\n",
        "ledger.settings.label: 'forbidden' is not accepted; accepted: any other text",
    ),
    "ability not declared": (
        '[ledger]\nbackend = "deep"\nneeds = ["fund", "change_members"]\n' + STORAGE,
        "ledger.needs: 'change_members' is not declared by 'deep'; it declares: fund",
    ),
    "ability unknown": (
        '[ledger]\nbackend = "deep"\nneeds = ["fly"]\n' + STORAGE,
        "ledger.needs.0: 'fly' is not accepted; accepted: one of \"fund\"",
    ),
    "storage ability not declared": (
        LEDGER + '[storage.main]\nbackend = "vault"\nneeds = ["replicas"]\n',
        "storage.main.needs: 'replicas' is not declared by 'vault'; it declares: retention",
    ),
    "region not told": (
        LEDGER + '[storage.main]\nbackend = "vault"\nregions = ["eu"]\n',
        "storage.main.regions: bytes would lie in a region not told; accepted: eu",
    ),
    "wrong region": (
        LEDGER + '[storage.main]\nbackend = "vault"\nregions = ["eu"]\nsettings = { region = "us" }\n',
        "storage.main.regions: bytes would lie in us; accepted: eu",
    ),
    "native not declared": (
        DEEP + "[finality.default]\npolicy = 'native'\n",
        "finality.default.policy: 'native' needs finality instant or tag, which ledger 'deep' does not declare; it dec",
    ),
    "depth not declared": (
        GOOD + "[finality.actions.accept_ticket]\npolicy = 'depth'\n",
        "finality.actions.accept_ticket.policy: 'depth' needs finality depth, which ledger 'instant' does not declare",
    ),
    "agreement not declared": (
        GOOD + "[finality.default]\npolicy = 'agreement'\nk = 2\n",
        "finality.default.policy: 'agreement' needs finality quorum and ability observers",
    ),
    "agreement of how many": (
        '[ledger]\nbackend = "quorum"\n' + STORAGE + "[finality.default]\npolicy = 'agreement'\n",
        "finality.default.k: is missing; accepted: how many observers have to agree, from 1",
    ),
    "superfluous": (
        GOOD + "[finality.default]\npolicy = 'native'\nblocks = 3\n",
        "finality.default.blocks: 3 is not used by policy 'native'; leave it out",
    ),
    "policy for no command": (
        GOOD + "[finality.actions.acept_ticket]\npolicy = 'native'\n",
        "finality.actions.acept_ticket: unknown key; did you mean 'accept_ticket'? accepted: accept_change",
    ),
    "no time at all": (
        GOOD + "[finality.default]\npolicy = 'native'\ntime_limit = 0\n",
        "finality.default.time_limit: 0 is not accepted; accepted: a number from 0.001",
    ),
}


@pytest.mark.parametrize(("text", "told"), BAD.values(), ids=BAD.keys())
def test_a_bad_config_is_refused_with_file_key_value_and_what_is_accepted(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "maas.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(file, fake_plugins(), {})
    assert f"{file}: {told}" in str(caught.value)
    assert str(caught.value).count("\n") == 0


ENVIRONMENT = {
    "whole number": ({"MAAS_SUBMISSION__BATCH": "many"}, "submission.batch: 'many' is not accepted; accepted: a whole"),
    "number": ({"MAAS_SUBMISSION__CALL_SECONDS": "x"}, "submission.call_seconds: 'x' is not accepted; accepted: a num"),
    "unknown key": ({"MAAS_NODE__NAM": "x"}, "node.nam: unknown key; did you mean 'name'?"),
    "unknown table": ({"MAAS_NOD__NAME": "x"}, "nod: unknown key; did you mean 'node'?"),
    "a table": ({"MAAS_LEDGER__SETTINGS": "x"}, "ledger.settings: 'x' is not accepted; accepted: a table"),
    "no table": ({"MAAS_LEDGER__BACKEND__X": "x"}, "ledger.backend.x: ledger.backend is not a table in the file"),
    "no key": ({"MAAS___X": "x"}, "is not a key; accepted: MAAS_SECTION__KEY"),
}


@pytest.mark.parametrize(("variables", "told"), ENVIRONMENT.values(), ids=ENVIRONMENT.keys())
def test_a_bad_override_is_refused_with_the_name_of_the_variable(
    tmp_path: Path, variables: dict[str, str], told: str
) -> None:
    file = tmp_path / "maas.toml"
    file.write_text(GOOD)
    with pytest.raises(ConfigError) as caught:
        load_config(file, fake_plugins(), variables)
    assert f"environment {next(iter(variables))}: " in str(caught.value)
    assert told in str(caught.value)


UNREADABLE = {
    "not TOML": (b"[ledger\n", "is not TOML: "),
    "cut off": (GOOD.encode()[:-3], "is not TOML: "),
    "key twice": (b"a = 1\na = 2\n", "is not TOML: "),
    "zeros": (bytes(100), "is not TOML: "),
    "not UTF-8": (b"a = '\xff'", "byte 5 is not UTF-8; accepted: a TOML file"),
    "too deep": (b"a = " + b"[" * 100_000, "is nested too deeply"),
    "too large": (b"#" * (2**20 + 1), "larger than 1048576 bytes, so it is no config"),
}


@pytest.mark.parametrize(("content", "told"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_file_that_is_no_config_is_refused_by_name(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "maas.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_config(file, fake_plugins(), {})
    assert str(caught.value).startswith(f"{file}: {told}")


def test_a_missing_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file; `maasctl init` writes one"):
        load_config(tmp_path / "none.toml", fake_plugins(), {})


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(tmp_path, fake_plugins(), {})


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "maas.toml"
    file.write_text(GOOD + "[node]\nnme = 1\nlog_level = 2\n[cache]\nmax_mib = 'x'\n")
    with pytest.raises(ConfigError) as caught:
        load_config(file, fake_plugins(), {})
    assert len(str(caught.value).splitlines()) == 3
