import os
import stat
from pathlib import Path

import pytest

from maas_core.devnets.building import fitting_binary, go_tool
from maas_core.errors import UnavailableError, UsageError

GO = """#!/bin/sh
echo "$@" >> "$CALLS"
[ -z "$FAILS" ] || { echo "no required module" >&2; exit 1; }
case "$1" in
install) printf tool > "$GOBIN/tool" ;;
build) while [ "$1" != -o ]; do shift; done; printf tool > "$2/tool" ;;
esac
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `go` that notes how it is called; the cache is empty."""
    place = tmp_path / "bin"
    place.mkdir()
    _command(place / "go", GO)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.delenv("FAILS", raising=False)
    return tmp_path / "calls"


def _command(file: Path, text: str) -> Path:
    file.write_text(text)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def test_a_tool_is_built_once_and_kept(calls: Path) -> None:
    first = go_tool("tool", "example.org/tool@v1.2.3", ["example.org/tool/cmd/tool"])
    again = go_tool("tool", "example.org/tool@v1.2.3", ["example.org/tool/cmd/tool"])
    assert first == again
    assert (first / "tool").read_text() == "tool"
    assert calls.read_text().splitlines() == ["install -trimpath example.org/tool/cmd/tool@v1.2.3"]


def test_a_folder_is_built_again_when_its_sums_change_and_is_never_changed(calls: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "go.mod").write_text("module x")
    before = go_tool("tool", source, ["example.org/tool"], mod="mod")
    (source / "go.sum").write_text("other")
    assert go_tool("tool", source, ["example.org/tool"], mod="mod") != before
    assert len(calls.read_text().splitlines()) == 2
    assert sorted(file.name for file in source.iterdir()) == ["go.mod", "go.sum"]


@pytest.mark.usefixtures("calls")
def test_a_failed_build_is_told_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAILS", "yes")
    with pytest.raises(UnavailableError, match="no required module"):
        go_tool("tool", "example.org/tool@v1", ["example.org/tool"])
    monkeypatch.delenv("FAILS")
    assert (go_tool("tool", "example.org/tool@v1", ["example.org/tool"]) / "tool").exists()


@pytest.mark.usefixtures("calls")
def test_without_go_one_reads_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError, match="install Go, or tool"):
        go_tool("tool", "example.org/tool@v1", ["example.org/tool"])


@pytest.mark.usefixtures("calls")
def test_a_command_from_the_path_is_used_if_its_version_fits(tmp_path: Path) -> None:
    command = _command(tmp_path / "bin" / "tool", "#!/bin/sh\necho version 1.2.3\n")
    assert fitting_binary("tool", None, ["version"], lambda text: "1.2.3" in text, "1.2.3") == command
    assert fitting_binary("tool", None, ["version"], lambda text: "1.3" in text, "1.3") is None
    assert fitting_binary("other", None, ["version"], lambda _: True, "any") is None


@pytest.mark.usefixtures("calls")
def test_a_named_command_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    command = _command(tmp_path / "tool", "#!/bin/sh\necho version 1.2.3\n")
    with pytest.raises(UsageError, match=r"wanted is 1\.3, it is version 1\.2\.3"):
        fitting_binary("tool", command, ["version"], lambda text: "1.3" in text, "1.3")
