"""Ways to tamper with evidence files."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from maas_core.evidence.facts import LedgerFact
from maas_core.evidence.file import Evidence, Role
from maas_core.proofs import canonical
from maas_core.telemetry import manifest as manifests


def flipped(content: bytes, at: int = -1) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)


def document(file: Evidence, of: Role, /, **change: Any) -> Evidence:
    """A file with a changed document."""
    return replace(file, documents=tuple(replace(one, **change) if one.role is of else one for one in file.documents))


def sealed(file: Evidence, role: Role, change: Callable[[bytes], bytes]) -> Evidence:
    """A file with a changed sealed object."""
    return replace(
        file,
        documents=tuple(replace(one, sealed=change(one.sealed)) if one.role is role else one for one in file.documents),
    )


def without(file: Evidence, role: Role) -> Evidence:
    return replace(file, documents=tuple(one for one in file.documents if one.role is not role))


def facts(file: Evidence, kind: type[Any], change: Callable[[Any], LedgerFact | None]) -> Evidence:
    """A file in which all facts of a kind are changed, or left out."""
    changed = [change(one) if isinstance(one.event, kind) else one for one in file.facts]
    return replace(file, facts=tuple(one for one in changed if one is not None))


def event(file: Evidence, kind: type[Any], **change: Any) -> Evidence:
    return facts(file, kind, lambda one: replace(one, event=replace(one.event, **change)))


def slices(file: Evidence, **change: Any) -> Evidence:
    assert file.slices is not None
    return replace(file, slices=replace(file.slices, **change))


def path(file: Evidence, change: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]) -> Evidence:
    """A file with another audit path of its last slice."""
    assert file.slices is not None
    return slices(file, path=change(file.slices.path))


def first_reading(file: Evidence, **change: Any) -> Evidence:
    return replace(file, readings=(replace(file.readings[0], **change), *file.readings[1:]))


def last_reading(file: Evidence, change: Callable[[bytes], bytes]) -> Evidence:
    last = file.readings[-1]
    return replace(file, readings=(*file.readings[:-1], replace(last, content=change(last.content))))


def other_manifest(file: Evidence, **change: Any) -> bytes:
    """The last reading's manifest, changed after it was signed."""
    return manifests.encode(replace(manifests.decode(file.readings[-1].manifest), **change))


def bill_with(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        value = canonical.loads(content)
        change(value)
        return canonical.dumps(value)

    return changed


def leaves_of(file: Evidence, change: Callable[[list[bytes]], list[bytes]]) -> Evidence:
    assert file.slices is not None
    return slices(file, leaves=tuple(change(list(file.slices.leaves))))


def swapped(leaves: list[bytes]) -> list[bytes]:
    return [leaves[1], leaves[0], *leaves[2:]]


def member(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        content[key] = value

    return change
