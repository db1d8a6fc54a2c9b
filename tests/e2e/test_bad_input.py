"""What goes wrong ends in a clear message and an exit code, and nothing is lost."""

import sys
from pathlib import Path

import pytest

from tests.e2e.pair import Pair, Party, make_pair
from tests.support.mounts import small_disk

SET_BACK = (sys.executable, str(Path(__file__).with_name("clock_set_back.py")))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return make_pair(tmp_path_factory.mktemp("bad") / "pair")


@pytest.fixture(scope="module")
def machine(pair: Pair) -> str:
    return pair.register()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("machine", "show", "nobody"), 2, "'nobody'"),
        (("machine", "show", "0" * 32), 2, "knows no machine"),
        (("machine", "start", "zz"), 2, "a prefix of an id"),
        (("party", "invite", "3", "00ff", "--roles", "customer"), 2, "64 hexadecimal digits"),
        (("party", "invite", "3", "11" * 32, "--roles", "king"), 2, "board, oem, customer"),
        (("party", "show", "99"), 2, "knows no party 99"),
        (("ledger", "submission", "12"), 2, "32 hexadecimal digits"),
        (("ledger", "submission", "12" * 16), 2, "there is no submission"),
        (("ledger", "resolve", "--from", "1", "--note", "x"), 2, "nothing to resolve"),
        (("invoice", "show", "abc"), 2, "invoice ids begin with"),
    ],
)
def test_what_does_not_exist_is_named(pair: Pair, arguments: tuple[str, ...], code: int, told: str) -> None:
    exit_code, message = pair.oem.fails(*arguments)
    assert exit_code == code
    assert told in message


def test_a_command_in_the_wrong_state_is_rejected_with_its_code_and_advice(pair: Pair, machine: str) -> None:
    code, message = pair.customer.fails("machine", "stop", machine, "--cause", "operator")
    assert code == 20
    assert "WRONG_STATE" in message
    assert "look at it again" in message


def test_the_wrong_party_is_rejected_with_its_code_and_advice(pair: Pair, machine: str) -> None:
    code, message = pair.oem.fails("machine", "start", machine)
    assert code == 20
    assert "NOT_AUTHORISED" in message


def test_other_terms_than_the_registered_ones_are_not_accepted(pair: Pair, tmp_path: Path) -> None:
    made = pair.oem.ok(
        "machine", "register", "--oem", "1", "--customer", "2", "--terms", str(pair.terms), "--spec", str(pair.terms)
    )
    other = tmp_path / "other.json"
    other.write_text("{}", encoding="utf-8")
    code, message = pair.customer.fails("machine", "accept", made["made"]["machine"], "--terms", str(other))
    assert code == 2
    assert "is not the document that was registered" in message


def test_a_clock_that_is_set_back_by_an_hour_loses_nothing(pair: Pair, machine: str) -> None:
    before = pair.customer.ok("machine", "show", machine)["version"]
    done = pair.customer.run("machine", "start", machine, command=SET_BACK)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 20), done.stderr
    after = pair.customer.ok("machine", "show", machine)["version"]
    assert after == before + (done.returncode == 0)
    assert pair.customer.ok("verify")["different"] == []


def test_a_truncated_database_is_refused_and_can_be_built_again_from_the_ledger(tmp_path: Path) -> None:
    pair = make_pair(tmp_path / "pair")
    database = pair.customer.config.with_name("node.db")
    for file in database.parent.glob("node.db-*"):
        file.unlink()
    database.write_bytes(database.read_bytes()[:5000])
    code, message = pair.customer.fails("party", "list")
    assert code == 31
    assert "node.db" in message
    database.unlink()
    pair.customer.ok("node", "migrate")
    assert [one["party"] for one in pair.customer.ok("party", "list")] == [1, 2]


def test_a_full_disk_loses_nothing_that_was_reported_as_stored(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=4) as disk:
        pair = make_pair(disk / "pair")
        filler = disk.fill()
        code, message = pair.oem.fails("party", "profile")
        assert code in (21, 31)
        assert "space" in message or "full" in message
        filler.unlink()
        assert [one["state"] for one in pair.oem.ok("party", "list")] == ["ACTIVE", "ACTIVE"]
        pair.oem.ok("party", "profile")
        assert pair.oem.ok("verify")["different"] == []


def test_a_read_only_database_is_named(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=4) as disk:
        pair = make_pair(disk / "pair")
        disk.read_only()
        code, message = pair.oem.fails("party", "profile")
        assert code == 31
        assert "read-only" in message or "may be written" in message
        disk.writable()
        pair.oem.ok("party", "profile")


@pytest.mark.parametrize("content", ["", "[node", "\x00\x01", "[ledger]\nbackend = 7\n"])
def test_a_malformed_config_is_named(tmp_path: Path, content: str) -> None:
    config = tmp_path / "maas.toml"
    config.write_text(content, encoding="utf-8")
    code, message = Party(config).fails("party", "list")
    assert code == 10
    assert str(config) in message
