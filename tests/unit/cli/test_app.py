"""The root of `maasctl`: finding commands, telling what went wrong, exit codes."""

import json
import re
import stat
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from maas_core import errors, plugins
from maas_core.cli.app import BUILTIN, root, run
from maas_core.cli.base import CliContext, Command, pass_cli
from maas_core.cli.exits import table
from maas_core.errors import MaasError
from maas_core.hookspecs import hookimpl
from maas_core.plugins import build_plugin_manager

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def maasctl(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = run(arguments)
        out, err = capsys.readouterr()
        return status, out, err

    return call


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Installs a plugin with these commands."""

    def install(*commands: click.Command) -> None:
        class Acme:
            @hookimpl
            def maas_commands(self) -> list[click.Command]:
                return list(commands)

        loaded = build_plugin_manager([Acme()], installed=())
        monkeypatch.setattr(plugins, "build_plugin_manager", lambda: loaded)

    return install


def raising(error: BaseException) -> click.Command:
    @click.command("fail", cls=Command)
    def fail() -> None:
        """Fail."""
        raise error

    return fail


def test_the_help_lists_every_command(maasctl: Run) -> None:
    status, out, _ = maasctl("--help")
    assert status == 0
    assert all(f"\n  {name} " in out for name in BUILTIN)


@pytest.mark.parametrize("name", BUILTIN)
def test_a_commands_line_in_the_help_is_its_own_docstring(name: str) -> None:
    command = import_module(BUILTIN[name].module).command
    assert BUILTIN[name].help == (command.help or "").strip().splitlines()[0]


@pytest.mark.parametrize("name", BUILTIN)
def test_every_command_has_help(maasctl: Run, name: str) -> None:
    status, out, _ = maasctl(name, "--help")
    assert (status, out[:6]) == (0, "Usage:")


def test_the_version_is_told(maasctl: Run) -> None:
    assert maasctl("--version")[1].startswith("maasctl, version ")


def test_without_a_command_the_help_is_shown(maasctl: Run) -> None:
    status, out, err = maasctl()
    assert status == 2
    assert "Commands:" in out + err


USAGE = {
    "unknown command": (("confg",), "No such command 'confg'"),
    "unknown option": (("--jsn",), "No such option '--jsn'"),
    "unknown subcommand": (("config", "chek"), "No such command 'chek'"),
    "unknown choice": (("completion", "tcsh"), "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
    "superfluous argument": (("plugins", "x"), "unexpected extra argument"),
}


@pytest.mark.parametrize(("arguments", "told"), USAGE.values(), ids=USAGE.keys())
def test_wrong_usage_is_told_with_the_way_to_the_help(maasctl: Run, arguments: tuple[str, ...], told: str) -> None:
    status, out, err = maasctl(*arguments)
    assert (status, out) == (2, "")
    assert told in err
    assert "--help" in err


def test_with_json_an_error_is_json_on_stderr(maasctl: Run) -> None:
    status, out, err = maasctl("--json", "confg")
    assert (status, out) == (2, "")
    told = json.loads(err)
    assert (told["error"], told["exit_code"]) == ("UsageError", 2)


@pytest.mark.parametrize("arguments", [("--json", "plugins"), ("plugins", "--json")])
def test_shared_options_stand_before_or_after_the_command(maasctl: Run, arguments: tuple[str, ...]) -> None:
    status, out, _ = maasctl(*arguments)
    assert status == 0
    assert "plugins" in json.loads(out)


def raised() -> list[type[MaasError]]:
    return [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, MaasError)]


@pytest.mark.parametrize("kind", raised(), ids=lambda kind: kind.__name__)
def test_every_error_raised_on_purpose_has_its_exit_code(
    maasctl: Run, acme: Callable[..., None], kind: type[MaasError]
) -> None:
    acme(raising(kind("what is wrong")))
    assert maasctl("fail") == (kind.exit_code, "", "maasctl: what is wrong\n")


def test_exit_codes_are_different() -> None:
    codes = [code for code, _, _ in table()]
    assert len(codes) == len(set(codes))


def test_an_error_that_nobody_expected_is_one_line_without_a_traceback(
    maasctl: Run, acme: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    acme(raising(KeyError("https://me:canary@host/\nx")))
    status, out, err = maasctl("fail")
    assert (status, out, err.count("\n")) == (70, "", 1)
    assert "internal error: KeyError" in err
    assert "canary" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", ["option", "variable"])
def test_details_of_such_an_error_go_to_a_file_if_asked_for(
    maasctl: Run, acme: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("MAAS_DEBUG", "1" if how == "variable" else "")
    acme(raising(KeyError("x")))
    status, _, err = maasctl("fail", *(["--debug"] if how == "option" else []))
    file = tmp_path / "maas" / "debug.log"
    assert status == 70
    assert f"details are in {file}" in err
    assert "Traceback" not in err
    assert "Traceback" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_details_that_cannot_be_written_are_told_in_the_same_line(
    maasctl: Run, acme: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "maas").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    acme(raising(KeyError("x")))
    status, _, err = maasctl("fail", "--debug")
    assert (status, err.count("\n")) == (70, 1)
    assert "could not be written" in err


def test_ctrl_c_ends_quietly(maasctl: Run, acme: Callable[..., None]) -> None:
    acme(raising(KeyboardInterrupt()))
    status, out, err = maasctl("fail")
    assert (status, out, err.strip()) == (130, "", "maasctl: interrupted")


def test_what_a_terminal_would_obey_is_not_printed(maasctl: Run, acme: Callable[..., None]) -> None:
    acme(raising(MaasError("\x1b[31mred\u202e")))
    assert maasctl("fail")[2] == "maasctl: \ufffd[31mred\ufffd\n"


def test_commands_of_plugins_appear_and_run(maasctl: Run, acme: Callable[..., None]) -> None:
    @click.command("acme", cls=Command)
    @pass_cli
    def command(cli: CliContext) -> None:
        """Do what Acme does."""
        cli.show({"done": True})

    acme(command)
    assert re.search(r"^  acme +Do what Acme does\.", maasctl("--help")[1], re.MULTILINE)
    assert json.loads(maasctl("acme", "--json")[1]) == {"done": True}


def test_a_plugin_cannot_take_a_built_in_commands_name(maasctl: Run, acme: Callable[..., None]) -> None:
    acme(click.Command("config", help="Stolen."))
    assert "Stolen" not in maasctl("--help")[1]
    assert "check" in maasctl("config", "--help")[1]


def test_resources_are_closed_when_a_command_fails(acme: Callable[..., None], maasctl: Run) -> None:
    closed: list[bool] = []

    @click.command("fail", cls=Command)
    @pass_cli
    def fail(cli: CliContext) -> None:
        cli.resources.callback(closed.append, True)
        raise MaasError("x")

    acme(fail)
    assert maasctl("fail")[0] == 1
    assert closed == [True]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_printed(shell: str) -> None:
    result = CliRunner().invoke(root, ["completion", shell])
    assert result.exit_code == 0
    assert "_MAASCTL_COMPLETE" in result.output


def test_commands_and_options_are_completed() -> None:
    environment = {"_MAASCTL_COMPLETE": "bash_complete", "COMP_WORDS": "maasctl con", "COMP_CWORD": "1"}
    result = CliRunner(env=environment).invoke(root, [], prog_name="maasctl")
    assert result.output.splitlines() == ["plain,config"]
