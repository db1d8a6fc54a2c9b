"""The keys of a config as Markdown tables, made from the dataclasses that read them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

from maas_core.config.reading import RAW_TABLE, accepted, without_none
from maas_core.config.tables import ConfigFile
from maas_core.plugins import Plugins


def node_tables() -> str:
    """The tables that every node's config may hold."""
    return "\n\n".join(_tables(ConfigFile, ""))


def backend_tables(plugins: Plugins) -> str:
    """The settings of the installed backends."""
    kinds = (
        ("ledger.settings", plugins.ledgers.all()),
        ("storage.NAME.settings", plugins.storages.all()),
        ("telemetry.NAME.settings", plugins.telemetry_sources.all()),
        ("signer.settings", plugins.signers.all()),
        ("payments.settings", plugins.payments.all()),
        ("maintenance.settings", plugins.bid_strategies.all()),
    )
    return "\n\n".join(part for table, backends in kinds for backend in backends for part in _settings(table, backend))


def _settings(table: str, backend: Any) -> Iterator[str]:
    yield f'### `[{table}]` of backend `"{backend.name}"`\n\n{backend.summary}.\n\n{_rows(backend.settings)}'
    yield from _tables(backend.settings, table)


def _tables(kind: type[Any], path: str) -> Iterator[str]:
    hints = get_type_hints(kind)
    for one in fields(kind):
        hint = without_none(hints[one.name])
        inner = f"{path}.{one.name}" if path else one.name
        if get_origin(hint) in (dict, Mapping) and hint != RAW_TABLE:
            hint, inner = get_args(hint)[1], f"{inner}.NAME"
        if is_dataclass(hint) and isinstance(hint, type):
            if any(not _is_table(kept) for kept in get_type_hints(hint).values()):
                yield f"### `[{inner}]`\n\n{(hint.__doc__ or '').strip()}\n\n{_rows(hint)}"
            yield from _tables(hint, inner)


def _rows(kind: type[Any]) -> str:
    hints = get_type_hints(kind)
    lines = ["| key | accepted | if left out | meaning |", "| --- | --- | --- | --- |"]
    for one in fields(kind):
        if not _is_table(hints[one.name]):
            takes = "a table" if hints[one.name] == RAW_TABLE else accepted(hints[one.name], one.metadata)
            lines.append(f"| `{one.name}` | {takes} | {_default(one)} | {one.metadata.get('help', '')} |")
    return "\n".join(lines)


def _is_table(hint: Any) -> bool:
    hint = without_none(hint)
    holds = get_args(hint)[1] if get_origin(hint) in (dict, Mapping) and hint != RAW_TABLE else hint
    return is_dataclass(holds)


def _default(one: Field[Any]) -> str:
    if one.default is MISSING:
        return "must be there" if one.default_factory is MISSING else "empty"
    if one.default is None or one.default in ("", (), frozenset()):
        return "nothing"
    value = one.default.value if isinstance(one.default, Enum) else one.default
    if isinstance(value, tuple):
        return f"`{json.dumps([each if isinstance(each, int) else str(each) for each in value])}`"
    return f"`{value}`" if not isinstance(value, bool) else f"`{str(value).lower()}`"
