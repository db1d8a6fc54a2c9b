"""What an entry point's extra requires and whether it is installed, read from metadata without importing anything."""

from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError, version


def missing_extra(entry_point: EntryPoint) -> str:
    """What to install, if the distribution has an extra named like the entry point that is not satisfied; else ""."""
    distribution = entry_point.dist
    if distribution is None or entry_point.name not in (distribution.metadata.get_all("Provides-Extra") or ()):
        return ""
    unmet = _unmet(distribution, entry_point.name)
    return f"install {distribution.name}[{entry_point.name}] (needs {', '.join(unmet)})" if unmet else ""


def _unmet(distribution: Distribution, extra: str) -> list[str]:
    from packaging.requirements import Requirement  # noqa: PLC0415 - only plugins with an extra need it

    unmet: list[str] = []
    for requirement in map(Requirement, distribution.requires or ()):
        marker = requirement.marker
        if marker is None or marker.evaluate({"extra": ""}) or not marker.evaluate({"extra": extra}):
            continue
        have = _installed_version(requirement.name)
        if have is None or not requirement.specifier.contains(have, prereleases=True):
            unmet.append(f"{requirement.name} {requirement.specifier}".strip())
    return unmet


def _installed_version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
