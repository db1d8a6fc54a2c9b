"""Records as tables and as JSON."""

import json
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from maas_core.cli.output import as_json, cell, print_table
from maas_core.ports.secret import Secret
from tests.support.fake_backends import Colour


@dataclass(frozen=True)
class Inner:
    number: int


@dataclass(frozen=True)
class Row:
    some_name: str
    inner: Inner
    data: bytes = b"\x01\xff"
    colour: Colour = Colour.BLUE
    nothing: None = None
    paths: tuple[Path, ...] = (Path("a"),)
    words: frozenset[str] = frozenset({"b", "a"})
    yes: bool = True


def test_json_holds_every_field_in_a_plain_form() -> None:
    assert json.loads(as_json([Row("x", Inner(1))])) == [
        {
            "some_name": "x",
            "inner": {"number": 1},
            "data": "01ff",
            "colour": "blue",
            "nothing": None,
            "paths": ["a"],
            "words": ["a", "b"],
            "yes": True,
        }
    ]


def test_json_of_read_only_mappings_and_large_numbers_is_exact() -> None:
    assert as_json(MappingProxyType({"a": 2**63})) == '{\n  "a": 9223372036854775808\n}'


CELLS = {
    "nothing": (None, "-"),
    "no text": ("", "-"),
    "no elements": ((), "-"),
    "no members": ({}, "-"),
    "zero": (0, "0"),
    "yes": (True, "yes"),
    "no": (False, "no"),
    "list": ([1, "b"], "1, b"),
    "members": ({"a": 1, "b": None}, "a=1, b=-"),
    "bytes": (b"\xab", "ab"),
    "secret": (Secret("canary"), "********"),
    "control characters": ("a\x1b[2Jb\u202ec", "a\ufffd[2Jb\ufffdc"),
}


@pytest.mark.parametrize(("value", "shown"), CELLS.values(), ids=CELLS.keys())
def test_a_cell_shows_a_value_for_people(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_a_list_is_a_table_with_a_row_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([Row("first", Inner(1)), Row("second", Inner(2))], "Rows", ("some_name", "inner"))
    out = capsys.readouterr().out
    assert [word in out for word in ("Rows", "some name", "first", "second", "number=2", "colour")] == [True] * 5 + [
        False
    ]


def test_a_record_is_a_table_with_a_row_for_each_field(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(Row("x", Inner(7)))
    assert "inner.number" in capsys.readouterr().out


def test_an_empty_list_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([], "Machines")
    assert capsys.readouterr().out == "Machines: none\n"


def test_brackets_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([{"name": "[red]x[/red]"}])
    assert "[red]x[/red]" in capsys.readouterr().out


def test_in_a_pipe_long_values_stay_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([{"digest": bytes(64)}])
    assert "0" * 128 in capsys.readouterr().out
