"""Lists the packages. All other metadata is in setup.cfg.

setup.cfg can either search for packages or map folders to import names, but
not both; `maas_core` wants the first and `plugins/` the second.
"""

from configparser import ConfigParser

from setuptools import find_packages, setup


def _plugin_packages() -> list[str]:
    config = ConfigParser()
    config.read("setup.cfg", encoding="utf-8")
    names: list[str] = []
    for line in config["options"]["package_dir"].split("\n"):
        if not line.strip():
            continue
        name, folder = (part.strip() for part in line.split("="))
        names += [name, *(f"{name}.{sub}" for sub in find_packages(folder))]
    return names


setup(packages=find_packages(include=["maas_core", "maas_core.*"]) + _plugin_packages())
