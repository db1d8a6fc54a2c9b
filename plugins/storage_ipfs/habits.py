"""How a daemon treats blocks, as its configuration says: is what is put synced, does it replace, what does it give?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Habits:
    """What can be relied on, and need not be asked for with every block."""

    syncs: bool
    """Blocks are on the disk before the daemon answers."""
    replaces: bool
    """A put writes a block even if one of that name is there, which may be damaged."""
    gateway_is_local: bool
    """Its gateway gives what the daemon has, and does not ask others for what it has not."""


UNKNOWN = Habits(syncs=False, replaces=False, gateway_is_local=False)


def habits_of(config: object) -> Habits:
    """From the answer to `config/show`."""
    match config:
        case {"Datastore": dict(store), **others}:
            return Habits(_blocks_sync(store.get("Spec")), _replaces(store), _is_local(others.get("Gateway")))
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


def _is_local(gateway: object) -> bool:
    return isinstance(gateway, dict) and gateway.get("NoFetch") is True
