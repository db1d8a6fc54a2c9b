from pathlib import Path

import maas_storage_local

from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.storage import PutStatus, StorageAbility, Stored
from maas_core.testing.storage_suite import digest_of


def test_the_plugin_offers_one_storage_that_opens_with_what_a_new_node_gets(tmp_path: Path) -> None:
    (backend,) = maas_storage_local.maas_storages()
    assert backend.name == "local"
    assert backend.embedded is not None
    settings = backend.settings(**{key: Path(value) for key, value in backend.embedded(Path("shared")).items()})
    clock = SystemClock()
    storage = backend.open(settings, Context(clock, None, tmp_path))
    assert storage.put(digest_of(b"x"), b"x", None, Deadline.after(clock, 10)) == Stored(PutStatus.DURABLE)
    assert list((tmp_path / "shared/objects/objects").rglob(digest_of(b"x").hex()))


def test_abilities_follow_from_the_settings() -> None:
    (backend,) = maas_storage_local.maas_storages()
    plain = backend.profile(backend.settings())
    full = backend.profile(backend.settings(replicas=(Path("second"),), region="eu-central"))
    assert full.abilities - plain.abilities == {StorageAbility.REPLICAS, StorageAbility.RESIDENCY}
    assert (plain.region, full.region) == ("", "eu-central")
