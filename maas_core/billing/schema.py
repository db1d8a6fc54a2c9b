"""The JSON Schema of a document and the tables of its reference, made from its dataclasses.

The schema is shipped as terms.schema.json for editors and other programs; a test keeps it in step.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from enum import Enum
from fractions import Fraction
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from maas_core.billing.exact import decimal_text
from maas_core.billing.reading import accepted, choices, is_shape, kinds_of, required, without_none
from maas_core.billing.shapes import MOMENT_PATTERN, NUMBER_PATTERN
from maas_core.billing.terms import Terms

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def terms_schema() -> dict[str, Any]:
    """The schema of a terms document."""
    shapes = dict(_shapes(Terms))
    definitions = {shape.__name__: _object(shape) for shape in shapes.values() if shape is not Terms}
    return {"$schema": DIALECT, "title": "maas-terms/1", **_object(Terms), "$defs": definitions}


def terms_tables() -> str:
    """Every object of a terms document as a Markdown table."""
    return "\n\n".join(_table(shape) for _, shape in _shapes(Terms))


def _shapes(shape: type[Any]) -> Iterator[tuple[str, type[Any]]]:
    """A shape and all that it is made of, each once, outer ones first."""
    queue, seen = [shape], {shape.__name__: shape}
    while queue:
        one = queue.pop(0)
        yield one.__name__, one
        for hint in get_type_hints(one, include_extras=True).values():
            for inner in _inner(hint):
                if inner.__name__ not in seen:
                    seen[inner.__name__] = inner
                    queue.append(inner)


def _inner(hint: Any) -> list[type[Any]]:
    hint = without_none(hint)
    if get_origin(hint) is tuple:
        return _inner(get_args(hint)[0])
    if kinds := kinds_of(hint):
        return list(kinds.values())
    return [hint] if is_shape(hint) else []


def _object(shape: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(shape, include_extras=True)
    return {
        "description": shape.__doc__,
        "type": "object",
        "properties": {one.name: _property(hints[one.name], one) for one in fields(shape)},
        "required": [one.name for one in fields(shape) if required(one)],
        "additionalProperties": False,
    }


def _property(hint: Any, one: Field[Any]) -> dict[str, Any]:
    described = {"description": one.metadata["help"]} if "help" in one.metadata else {}
    return {**_type(without_none(hint), one.metadata), **described}


def _type(hint: Any, metadata: Mapping[str, Any]) -> dict[str, Any]:
    if kinds := kinds_of(hint):
        return {"oneOf": [{"$ref": f"#/$defs/{one.__name__}"} for one in kinds.values()]}
    if is_shape(hint):
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if get_origin(hint) is tuple:
        items = _type(get_args(hint)[0], {"pattern": metadata.get("pattern")})
        return {"type": "array", "items": items} | _bounds(metadata, "least", "minItems", "most", "maxItems")
    if found := choices(hint):
        return {"enum": list(found)}
    if hint is bool:
        return {"type": "boolean"}
    if hint is int:
        return {"type": "integer"} | _bounds(metadata, "low", "minimum", "high", "maximum")
    return {"type": "string"} | _text(hint, metadata)


def _text(hint: Any, metadata: Mapping[str, Any]) -> dict[str, Any]:
    if hint is Fraction:
        return {"pattern": NUMBER_PATTERN}
    if get_origin(hint) is Annotated:
        return {"pattern": MOMENT_PATTERN}
    pattern = {"pattern": metadata["pattern"]} if metadata.get("pattern") else {}
    return pattern | _bounds(metadata, "least", "minLength", "most", "maxLength")


def _bounds(metadata: Mapping[str, Any], low: str, low_name: str, high: str, high_name: str) -> dict[str, int]:
    found = {low_name: metadata.get(low), high_name: metadata.get(high)}
    return {name: bound for name, bound in found.items() if bound is not None and (low != "least" or bound)}


def _table(shape: type[Any]) -> str:
    hints = get_type_hints(shape, include_extras=True)
    kind = choices(hints["kind"]) if "kind" in hints else {}
    heading = f"### {shape.__name__}" + "".join(f', kind `"{one}"`' for one in kind)
    lines = [heading, "", (shape.__doc__ or "").strip(), ""]
    lines += ["| key | accepted | if left out | meaning |", "| --- | --- | --- | --- |"]
    for one in fields(shape):
        if one.name in ("kind", "format"):
            continue
        taken = _taken(hints[one.name], one).replace("|", "\\|")
        lines.append(f"| `{one.name}` | {taken} | {_default(one)} | {one.metadata['help']} |")
    return "\n".join(lines)


def _taken(hint: Any, one: Field[Any]) -> str:
    hint = without_none(hint)
    inner = without_none(get_args(hint)[0]) if get_origin(hint) is tuple else hint
    if kinds := kinds_of(inner):
        shown = ", ".join(kind.__name__ for kind in kinds.values())
        return f"list of {shown}" if inner is not hint else shown
    if is_shape(inner):
        return f"list of {inner.__name__}" if inner is not hint else inner.__name__
    shown = accepted(hint, one.metadata)
    return shown if "text like" not in shown else shown.replace("text like ", "text like `", 1) + "`"


def _default(one: Field[Any]) -> str:
    if one.default is MISSING:
        return "must be there"
    match one.default:
        case None:
            return "nothing"
        case ():
            return "empty"
        case tuple():
            return ", ".join(f"`{entry}`" for entry in one.default)
        case bool():
            return f"`{str(one.default).lower()}`"
        case Enum():
            return f"`{one.default.value}`"
        case Fraction():
            return f"`{decimal_text(one.default, 9)}`"
    return "as each key says" if is_shape(type(one.default)) else f"`{one.default}`"
