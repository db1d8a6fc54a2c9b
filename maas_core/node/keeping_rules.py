"""Whether storages can keep what terms ask for: pure."""

from collections.abc import Mapping, Sequence

from maas_core.billing.data_terms import Data, Guard
from maas_core.ports.storage import StorageAbility, StorageProfile

Profiles = Mapping[str, StorageProfile]
"""Of the storages that are written to, by their names in the config."""


def problems(demands: Data, written: Sequence[Profiles], what: str, *, batches: bool) -> list[str]:
    """What stands against it, a line for each; empty: nothing.

    `written` are the storages that have an object before it counts as stored, and those that get it later: the former
    must retain, and none of either may lie elsewhere.
    """
    first, later = written
    found = []
    days = demands.batches_days if batches else demands.documents_days
    if days and (wrong := _unretained(demands.lock, first)):
        found.append(f"{what} are to be kept for {days} days: {wrong}")
    for name, profile in {**first, **later}.items():
        region = profile.region if StorageAbility.RESIDENCY in profile.abilities else ""
        if not demands.allows(region):
            found.append(
                f"{what} may not lie in {region or 'a region that is not told'} (storage.{name}); "
                f"accepted: {_accepted(demands)}"
            )
    return found


def _unretained(lock: Guard, first: Profiles) -> str:
    """Why none of the storages retains; empty if one does."""
    wanted = StorageAbility.COMPLIANCE if lock is Guard.COMPLIANCE else StorageAbility.RETENTION
    if any(wanted in profile.abilities for profile in first.values()):
        return ""
    return f"none of the storages {', '.join(first)} declares the ability '{wanted}'"


def _accepted(demands: Data) -> str:
    allowed = [one for one in demands.regions if demands.allows(one)]
    return ", ".join(allowed) or f"a region that is told, and is none of {', '.join(demands.forbidden_regions)}"
