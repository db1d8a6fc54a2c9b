"""How a daemon treats blocks, as its configuration says: does it sync them, does a put replace one that is there?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Habits:
    """What can be relied on, and need not be asked for with every block."""

    syncs: bool
    """Blocks are on the disk before the daemon answers."""
    replaces: bool
    """A put writes a block even if one of that name is there, which may be damaged."""


UNKNOWN = Habits(syncs=False, replaces=False)


def habits_of(config: object) -> Habits:
    """From the answer to `config/show`."""
    match config:
        case {"Datastore": dict(store)}:
            return Habits(_blocks_sync(store.get("Spec")), _replaces(store))
    return UNKNOWN


def _blocks_sync(spec: object) -> bool:
    match spec:
        case {"mounts": [*mounts]}:
            blocks = [one for one in mounts if isinstance(one, dict) and one.get("mountpoint") == "/blocks"]
            return bool(blocks) and _syncs(blocks[0])
    return _syncs(spec)


def _syncs(store: object) -> bool:
    match store:
        case {"child": child}:
            return _syncs(child)
        case {"type": "flatfs", "sync": bool(sync)}:
            return sync
        case {"type": "levelds" | "pebbleds"}:
            return True
    return False


def _replaces(store: dict[str, object]) -> bool:
    """Kubo writes through since 0.33, but not past its cache of keys, whose size can be set since then, too."""
    return store.get("BlockKeyCacheSize") == 0 and store.get("WriteThrough", True) is True
