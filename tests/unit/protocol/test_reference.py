"""`docs/protocol.md` says what the code does."""

import re
from pathlib import Path

import pytest

from maas_core.protocol.commands import COMMANDS, Command
from maas_core.protocol.model.governance import EFFECTS
from maas_core.protocol.reference import DOCUMENT, main, updated
from maas_core.protocol.states import ActionKind
from maas_core.protocol.wire import command_name
from tests.support.checks import EFFECT, of_command, of_function

PAGE = (Path(__file__).parents[3] / DOCUMENT).read_text(encoding="utf-8")
STEPS = ["arguments", "sender", "record", "role", "state", "version", "rule"]
CODE = re.compile(r"`([A-Z_]+)`|\[(effect)\]")

each_command = pytest.mark.parametrize("command", COMMANDS, ids=command_name)


def section(command: type[Command]) -> str:
    """The text under a command's heading."""
    found = re.search(rf"^### `{command_name(command)}`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, "the command has no section"
    return found[1]


def check_rows(command: type[Command]) -> list[list[str]]:
    """Step, condition and codes of each check."""
    lines = re.findall(r"^\| (\w+) \| (.*) \| (.*) \|$", section(command), re.MULTILINE)
    return [list(row) for row in lines if row[0] != "step"]


def codes_in(text: str) -> list[str]:
    """The codes that a cell names, in their order."""
    return [code or EFFECT for code, _ in CODE.findall(text)]


def test_the_generated_parts_are_up_to_date() -> None:
    assert updated(PAGE) == PAGE


def test_the_sections_of_commands_are_in_the_order_of_the_code() -> None:
    documented = re.findall(r"^### `(\w+)`$", PAGE, re.MULTILINE)

    assert documented == [command_name(command) for command in COMMANDS]


@each_command
def test_the_documented_checks_are_the_checks_of_the_model_in_their_order(
    command: type[Command],
) -> None:
    documented = [code for _, _, codes in check_rows(command) for code in codes_in(codes)]

    assert documented == of_command(command).codes


@each_command
def test_the_documented_events_are_the_events_of_the_model(command: type[Command]) -> None:
    emits = re.search(r"^Emits (.*?)[.:]", section(command), re.MULTILINE)

    assert emits
    assert set(re.findall(r"`(\w+)`", emits[1])) == set(of_command(command).events)


@each_command
def test_the_steps_of_the_checks_follow_the_one_order(command: type[Command]) -> None:
    steps = [step for step, condition, _ in check_rows(command) if step in STEPS]
    branches = _branches(check_rows(command)) if "else:" in section(command) else [steps]

    for branch in branches:
        assert branch == sorted(branch, key=STEPS.index)


def _branches(rows: list[list[str]]) -> list[list[str]]:
    """The steps of each branch of a command whose rows say to which branch they belong."""
    first = [step for step, condition, _ in rows if not condition.startswith(("else", "FINAL"))]
    second = [step for step, condition, _ in rows if not condition.startswith("SERVICE:")]
    return [first, second]


def test_the_commands_that_need_an_active_sender_are_the_ones_listed() -> None:
    listed = re.search(r"<!-- active: begin -->(.*?)<!-- active: end -->", PAGE, re.DOTALL)

    assert listed
    assert re.findall(r"`(\w+)`", listed[1]) == [
        command_name(command) for command in COMMANDS if "active_party" in of_command(command).calls
    ]


@pytest.mark.parametrize("kind", ActionKind, ids=lambda kind: kind.name)
def test_the_documented_conditions_of_an_action_are_those_of_the_model(kind: ActionKind) -> None:
    rows = re.findall(rf"^\| {kind.name} \| .* \| (.*) \| `(\w+)` \|$", PAGE, re.MULTILINE)
    effect = of_function(EFFECTS[kind].__name__)

    assert [(codes_in(codes), [event]) for codes, event in rows] == [(effect.codes, effect.events)]


def test_a_stale_document_is_reported_and_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = tmp_path / "protocol.md"
    document.write_text("# P\n\n<!-- generated: codes -->\n| old |\n<!-- end -->\n", encoding="utf-8")

    monkeypatch.setattr("sys.argv", ["reference", "--check", "--document", str(document)])
    with pytest.raises(SystemExit, match="is out of date"):
        main()
    monkeypatch.setattr("sys.argv", ["reference", "--write", "--document", str(document)])
    main()
    monkeypatch.setattr("sys.argv", ["reference", "--check", "--document", str(document)])
    main()

    assert "| 14 | `BAD_REVEAL` | What was revealed is not what was committed to. |" in document.read_text("utf-8")
