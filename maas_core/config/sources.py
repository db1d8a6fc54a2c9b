"""Where a config's values come from: the node's TOML file, and above it environment variables MAAS_SECTION__KEY."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from maas_core.config.problems import FromEnvironment, Problems
from maas_core.errors import ConfigError

PREFIX = "MAAS_"
SEPARATOR = "__"
LARGEST_FILE = 2**20


def read_file(path: Path) -> dict[str, Any]:
    """The tables of a TOML file. Raises `ConfigError`, which names the file and, where known, the line."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: there is no such file; `maasctl init` writes one, `--config` names another"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or type(error).__name__}") from None
    if len(content) > LARGEST_FILE:
        raise ConfigError(f"{path}: larger than {LARGEST_FILE} bytes, so it is no config")
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8; accepted: a TOML file") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path}: is nested too deeply; accepted: a TOML file") from None


def with_environment(tables: dict[str, Any], environment: Mapping[str, str], problems: Problems) -> dict[str, Any]:
    """The tables, with the values of MAAS_SECTION__KEY variables in their places; `tables` stays as it is."""
    merged = _copied(tables)
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and SEPARATOR in variable:
            _put(merged, variable, environment[variable], problems)
    return merged


def _put(tables: dict[str, Any], variable: str, text: str, problems: Problems) -> None:
    path = tuple(variable.removeprefix(PREFIX).lower().split(SEPARATOR))
    value = FromEnvironment(variable, text)
    if not all(path):
        problems.add(path, "is not a key; accepted: MAAS_SECTION__KEY", value)
        return
    table = tables
    for index, key in enumerate(path[:-1], start=1):
        inner = table.setdefault(key, {})
        if not isinstance(inner, dict):
            problems.add(path, f"{'.'.join(path[:index])} is not a table in the file", value)
            return
        table = inner
    table[path[-1]] = value


def _copied(table: dict[str, Any]) -> dict[str, Any]:
    return {key: _copied(value) if isinstance(value, dict) else value for key, value in table.items()}
