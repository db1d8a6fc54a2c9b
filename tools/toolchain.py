"""Commands of the tools that live outside the environment, at the versions of versions.toml."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS: dict[str, str] = tomllib.loads((ROOT / "tools" / "versions.toml").read_text(encoding="utf-8"))


def cache() -> Path:
    """Return the folder for tools that are built once per machine."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "maas"


def python_tool(package: str, version: str, program: str) -> Path:
    """Return a program of a Python package in an environment of its own, made when it is missing."""
    folder = cache() / f"{package}-{version}-py{sys.version_info[0]}.{sys.version_info[1]}"
    path = folder / "bin" / program
    if not path.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, f"{package}=={version}"], check=True)
    return path


def slither_command() -> tuple[str, ...]:
    """Analyse contracts/ with the compiler that npm installed."""
    return (sys.executable, "-m", "tools.slither")


def staticcheck_command(packages: str) -> tuple[str, ...]:
    """Check Go packages; the go command builds and caches the tool."""
    return ("go", "run", f"honnef.co/go/tools/cmd/staticcheck@{VERSIONS['staticcheck']}", packages)
