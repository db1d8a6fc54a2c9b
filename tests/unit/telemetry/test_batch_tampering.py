"""Each way to tamper with a batch is caught, with the reason named. The forger has all keys but the device's."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from maas_core.errors import IntegrityError, NoAccessError
from maas_core.objects.tree import Reference
from maas_core.ports.readings import Series
from maas_core.proofs.merkle import leaf_hash
from maas_core.protocol.states import AnchorKind
from maas_core.sealing.devices import DeviceKey
from maas_core.sealing.epochs import Place
from maas_core.sealing.keys import EncryptionKey
from maas_core.sealing.symmetric import commitment, new_key
from maas_core.telemetry.columns import to_parquet
from maas_core.telemetry.envelope import wrapped
from maas_core.telemetry.gaps import Gap
from maas_core.telemetry.manifest import Manifest
from maas_core.telemetry.proof import SliceProof, from_json, to_json
from tests.unit.telemetry.batch_world import (
    BEGIN,
    DAY,
    DEPLOYMENT,
    HOUR,
    READER,
    SIGNALS,
    BatchWorld,
    Forgery,
    some_series,
    with_series,
)

Tampering = Callable[[BatchWorld], object]
STRANGER = DeviceKey.of(Ed25519PrivateKey.generate())


def test_an_honest_chain_is_read() -> None:
    world = BatchWorld()
    for _ in range(3):
        world.add()
    assert [batch.manifest.counter_to for batch in world.read()] == [1455, 2910, 4365]


def power(change: Callable[[Series], Series]) -> dict[str, Series]:
    series = some_series(BEGIN, BEGIN + DAY)
    return series | {"power": change(series["power"])}


def forged(forgery: Forgery) -> Tampering:
    return lambda world: world.add(forgery)


def signed_so(change: Callable[[Manifest], Manifest]) -> Tampering:
    return forged(Forgery(before_signing=change))


def second(change: Callable[[BatchWorld], Forgery]) -> Tampering:
    """An honest batch, then a forged one."""

    def tamper(world: BatchWorld) -> None:
        world.add()
        world.add(change(world))

    return tamper


def on_ledger(**changes: object) -> Tampering:
    """The ledger says something else than the manifest."""

    def tamper(world: BatchWorld) -> None:
        world.add()
        world.anchors[0] = replace(world.anchors[0], **changes)  # type: ignore[arg-type]

    return tamper


def in_storage(which: Callable[[BatchWorld], Reference], change: Callable[[bytes], bytes | None]) -> Tampering:
    """The storage gives other bytes under the same address, or none."""

    def tamper(world: BatchWorld) -> None:
        world.add()
        name = which(world).digest
        data = change(world.storage.objects[name])
        if data is None:
            del world.storage.objects[name]
        else:
            world.storage.objects[name] = data

    return tamper


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def where_manifest(world: BatchWorld) -> Reference:
    return world.access(world.anchors[0]).where.manifest


def where_envelope(world: BatchWorld) -> Reference:
    return world.access(world.anchors[0]).where.envelope


def where_data(world: BatchWorld) -> Reference:
    return world.manifests[0].data


def swapped(world: BatchWorld) -> None:
    """Two anchors change places on the ledger."""
    one, two = world.add(), world.add()
    world.anchors[:] = [replace(two, seq=1), replace(one, seq=2)]


def reordered(world: BatchWorld) -> None:
    """The second batch is missing, and the third takes its number."""
    for _ in range(3):
        world.add()
    del world.anchors[1]


def replayed(world: BatchWorld) -> None:
    """The first batch's objects are anchored again as the second."""
    one = world.add()
    world.anchors.append(replace(one, seq=2))


def locator_of_another_batch(world: BatchWorld) -> None:
    one, two = world.add(), world.add()
    world.anchors[0] = replace(one, locator=two.locator)


def another_group_key(world: BatchWorld) -> None:
    world.add()
    world.group = replace(world.group, key=bytes(32))


def for_strangers(key: bytes, place: Place) -> bytes:
    return wrapped(key, {1: EncryptionKey.generate().public}, place)


def another_key_for_the_reader(world: BatchWorld) -> None:
    """The forger gives this reader another key than the manifest commits to, for the manifest's commitment."""
    reader = world.reader.public

    def envelope(key: bytes, place: Place) -> bytes:
        entries = wrapped(key, {READER: reader}, place)
        other = wrapped(new_key(), {READER: reader}, place)
        return entries[:6] + other[6:]

    world.add(Forgery(envelope=envelope))


def envelope_of_another_seq(world: BatchWorld) -> None:
    reader = world.reader.public
    world.add(Forgery(envelope=lambda key, place: wrapped(key, {READER: reader}, replace(place, seq=9))))


def envelope_of_another_deployment(world: BatchWorld) -> None:
    reader = world.reader.public
    world.add(Forgery(envelope=lambda key, place: wrapped(key, {READER: reader}, replace(place, deployment=bytes(32)))))


def two_keys(world: BatchWorld) -> None:
    """The manifest commits to one key, the data are sealed with another."""
    world.add(Forgery(data_key=new_key()))


def columns_of(series: dict[str, Series]) -> Callable[[bytes], bytes]:
    return lambda _: to_parquet(tuple(SIGNALS.values()), series)


OTHER_VALUE = power(lambda one: Series(one.time, one.value + (one.time == BEGIN + 600), one.quality))
OTHER_QUALITY = power(lambda one: Series(one.time, one.value, one.quality + np.uint8(1)))
ONE_LESS = power(lambda one: Series(one.time[1:], one.value[1:], one.quality[1:]))
BACKWARDS = power(lambda one: Series(one.time[::-1], one.value[::-1], one.quality[::-1]))
TWICE = power(lambda one: Series(np.maximum(one.time, BEGIN + 60), one.value, one.quality))
OUTSIDE = power(lambda one: Series(one.time + DAY, one.value, one.quality))
NO_QUALITY = power(lambda one: Series(one.time, one.value, one.quality + np.uint8(9)))
EXCHANGED = {"power": some_series()["state"], "state": some_series()["power"]}

TAMPERINGS: dict[str, tuple[Tampering, str]] = {
    # manifests
    "manifest changed after signing": (
        forged(Forgery(after_signing=lambda one: replace(one, dropped=7))), "signature does not fit"),
    "manifest signed by a stranger's device": (forged(Forgery(device=STRANGER)), "the specification does not name"),
    "manifest signed by a stranger in the device's name": (
        forged(Forgery(device=STRANGER, after_signing=lambda one: replace(
            one, device=bytes.fromhex("00" * 32)))), "the specification does not name"),
    "signature left out": (
        forged(Forgery(after_signing=lambda one: replace(one, signature=b""))), "signature does not fit"),
    "signature of another manifest": (
        second(lambda world: Forgery(after_signing=lambda one: replace(
            one, signature=world.manifests[0].signature))), "signature does not fit"),
    "manifest not canonical": (forged(Forgery(bytes_of=lambda raw: raw + b"\n")), "not a canonical JSON document"),
    "manifest cut short": (forged(Forgery(bytes_of=lambda raw: raw[:-1])), "not a canonical JSON document"),
    "manifest of an unknown version": (
        forged(Forgery(bytes_of=lambda raw: raw.replace(b"maas/1 b", b"maas/2 b"))), "version that is not known"),
    "manifest with a further field": (
        forged(Forgery(bytes_of=lambda raw: b'{"aaa":1,' + raw[1:])), "manifest is malformed"),
    "manifest with a counter that does not add up": (
        forged(Forgery(bytes_of=lambda raw: raw.replace(b'"to":1455}', b'"to":1456}'))), "manifest is malformed"),
    "manifest of another deployment": (
        forged(Forgery(link=lambda one: replace(one, deployment=bytes(32)))), "another deployment"),
    "manifest of another machine": (
        forged(Forgery(link=lambda one: replace(one, machine=bytes(16)))), "another machine"),
    "manifest of another sequence number": (
        forged(Forgery(link=lambda one: replace(one, seq=2))), "another sequence number"),
    "manifest of another kind": (
        signed_so(lambda one: replace(one, kind=AnchorKind.CORRECTION)), "another kind"),
    "manifest that corrects another anchor": (
        signed_so(lambda one: replace(one, corrects=1)), "another corrected anchor"),
    "manifest of a window that begins elsewhere": (
        signed_so(lambda one: replace(one, slicing=replace(one.slicing, time_from=BEGIN - HOUR))), "another beginning"),
    "manifest of a window that ends elsewhere": (
        signed_so(lambda one: replace(one, slicing=replace(one.slicing, time_to=BEGIN + 2 * DAY))), "another end"),
    "slices of no length": (
        signed_so(lambda one: replace(one, slicing=replace(one.slicing, seconds=0))), "no length"),
    "slices without number": (
        signed_so(lambda one: replace(one, slicing=replace(one.slicing, time_from=0, seconds=1))), "another beginning"),
    "a number written as text": (
        forged(Forgery(bytes_of=lambda raw: raw.replace(b'"slice_seconds":3600', b'"slice_seconds":"3600"'))),
        "manifest is malformed"),
    "slices of another length": (
        signed_so(lambda one: replace(one, slicing=replace(one.slicing, seconds=1800))), "Merkle root"),
    "signals in another order": (
        signed_so(lambda one: replace(one, signals=one.signals[::-1], counts=one.counts[::-1])), "not in order"),
    "a signal named otherwise": (
        signed_so(lambda one: replace(one, signals=(replace(one.signals[0], name="energy"), one.signals[1]))),
        "signals of a batch are not those of its manifest"),
    "a gap left out": (forged(Forgery(content=with_series(ONE_LESS), before_signing=lambda one: replace(
        one, gaps=()))), "gaps that the manifest tells"),
    "a gap invented": (
        signed_so(lambda one: replace(one, gaps=(Gap("power", BEGIN, BEGIN + 60, 1),))), "gaps that the manifest"),
    "another root": (signed_so(lambda one: replace(one, root=bytes(32))), "Merkle root"),
    # the chain
    "a batch left out": (reordered, "does not follow that of the anchor before it"),
    "another batch before": (
        second(lambda _: Forgery(link=lambda one: replace(one, previous=bytes(32)))), "does not follow"),
    "a first batch that follows something": (
        forged(Forgery(link=lambda one: replace(one, previous=b"x" * 32))), "does not follow"),
    "a counter with a hole": (
        second(lambda _: Forgery(link=lambda one: replace(one, counter_from=one.counter_from + 5))), "counter begins"),
    "a counter that goes back": (
        second(lambda _: Forgery(link=lambda one: replace(one, counter_from=0))), "counter begins at"),
    "a first counter that does not begin at 0": (
        forged(Forgery(link=lambda one: replace(one, counter_from=3))), "counter begins at 3"),
    "two anchors that changed places": (swapped, "locator of anchor"),
    "a batch that is anchored twice": (replayed, "locator of anchor"),
    # what the ledger says
    "another manifest digest on the ledger": (on_ledger(manifest=b"x" * 32), "locator of anchor"),
    "another machine on the ledger": (on_ledger(machine=b"n" * 16), "locator of anchor"),
    "another number of readings on the ledger": (on_ledger(readings=1), "another number of readings"),
    "another window on the ledger": (on_ledger(time_to=BEGIN + 2 * DAY), "another end"),
    # locators
    "the locator of another batch": (locator_of_another_batch, "locator of anchor 1"),
    "a locator cut short": (lambda world: world.anchors.append(replace(world.add(), locator=b"\x01" * 40)),
        "locator is malformed"),
    "a locator of an unknown version": (lambda world: world.anchors.append(
        replace(world.add(), locator=b"\x02" + world.anchors[0].locator[1:])), "locator is malformed"),
    "a locator with one bit changed": (lambda world: world.anchors.append(
        replace(world.add(), locator=flipped(world.anchors[0].locator))), "locator of anchor 1"),
    "the key of another group": (another_group_key, "locator of anchor 1"),
    # envelopes
    "an envelope for others": (forged(Forgery(envelope=for_strangers)), "not among the readers of this batch"),
    "an envelope without anybody": (
        forged(Forgery(envelope=lambda key, place: wrapped(key, {}, place))), "not among the readers"),
    "an envelope cut short": (
        forged(Forgery(envelope=lambda key, place: for_strangers(key, place)[:-1])), "envelope is malformed"),
    "an empty envelope": (forged(Forgery(envelope=lambda *_: b"")), "envelope is cut short"),
    "another key than the manifest commits to": (another_key_for_the_reader, "key in the envelope was changed"),
    "the envelope of another anchor": (envelope_of_another_seq, "key in the envelope was changed"),
    "the envelope of another deployment": (envelope_of_another_deployment, "key in the envelope was changed"),
    "a manifest that commits to another key": (
        signed_so(lambda one: replace(one, key_commitment=commitment(bytes(32)))), "key in the envelope was changed"),
    # data
    "data sealed with another key": (two_keys, "data of a batch was changed, or belongs to another key"),
    "another value": (forged(Forgery(data=columns_of(OTHER_VALUE))), "Merkle root"),
    "another quality": (forged(Forgery(data=columns_of(OTHER_QUALITY))), "Merkle root"),
    "one reading less": (forged(Forgery(data=columns_of(ONE_LESS))), "readings, its manifest says"),
    "signals exchanged": (forged(Forgery(data=columns_of(EXCHANGED))), "signals of a batch are not those"),
    "readings backwards": (forged(Forgery(content=with_series(BACKWARDS))), "not in the order of time"),
    "a reading twice": (forged(Forgery(content=with_series(TWICE))), "not in the order of time"),
    "readings outside the window": (forged(Forgery(content=with_series(OUTSIDE))), "outside the window"),
    "a quality that there is not": (forged(Forgery(content=with_series(NO_QUALITY))), "quality that there is not"),
    "no Parquet at all": (forged(Forgery(data=lambda _: b"not parquet")), "no Parquet file"),
    "data cut short": (forged(Forgery(data=lambda parquet: parquet[:-9])), "no Parquet file"),
    "the data of another batch": (
        second(lambda world: Forgery(before_signing=lambda one: replace(one, data=world.manifests[0].data))),
        "data of a batch was changed, or belongs to another key"),
    # the storage
    "a bit of the manifest flipped in the storage": (in_storage(where_manifest, flipped), "no storage has the right"),
    "a bit of the envelope flipped in the storage": (in_storage(where_envelope, flipped), "no storage has the right"),
    "a bit of the data flipped in the storage": (in_storage(where_data, flipped), "no storage has the right"),
    "the data cut short in the storage": (in_storage(where_data, lambda data: data[:-1]), "no storage has the right"),
    "the manifest gone": (in_storage(where_manifest, lambda _: None), "the manifest of anchor 1 is in none"),
    "the envelope gone": (in_storage(where_envelope, lambda _: None), "envelope of anchor 1 .*is in none"),
    "the data gone": (in_storage(where_data, lambda _: None), "the data of anchor 1 is in none"),
}  # fmt: skip


@pytest.mark.parametrize(("tamper", "reason"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_tampering_is_caught_with_the_reason_named(tamper: Tampering, reason: str) -> None:
    world = BatchWorld()
    tamper(world)
    with pytest.raises((IntegrityError, NoAccessError), match=reason):
        world.read()


def test_a_chain_that_is_replayed_in_another_deployment_is_caught() -> None:
    world = BatchWorld()
    world.add()
    with pytest.raises(IntegrityError, match="another anchor, machine, deployment or group"):
        world.read(deployment=b"e" * 32)


def proven(world: BatchWorld) -> SliceProof:
    return world.read()[0].slice_proof(5)


def renumbered(proof: SliceProof) -> SliceProof:
    return replace(proof, index=6)


def other_readings(proof: SliceProof) -> SliceProof:
    return replace(proof, content=flipped(proof.content))


PROOFS: dict[str, tuple[Callable[[SliceProof], SliceProof], str]] = {
    "another index": (renumbered, "slice 6 is not part of the batch"),
    "an index outside": (lambda one: replace(one, index=24), "slice 24 is not part of the batch"),
    "other readings": (other_readings, "slice 5 is not part of the batch"),
    "readings cut short": (lambda one: replace(one, content=one.content[:-17]), "is not part of the batch"),
    "a path cut short": (lambda one: replace(one, path=one.path[:-1]), "is not part of the batch"),
    "a path with more": (lambda one: replace(one, path=(*one.path, bytes(32))), "is not part of the batch"),
    "a path in another order": (lambda one: replace(one, path=one.path[::-1]), "is not part of the batch"),
    "a node passed off as a leaf": (
        lambda one: replace(one, content=leaf_hash(one.content) + one.path[0], path=one.path[1:]), "is not part"),
    "another manifest": (lambda one: replace(one, manifest=one.manifest[:-1]), "whose digest was anchored"),
}  # fmt: skip


@pytest.mark.parametrize(("tamper", "reason"), PROOFS.values(), ids=PROOFS)
def test_a_forged_proof_is_caught_with_the_reason_named(
    tamper: Callable[[SliceProof], SliceProof], reason: str
) -> None:
    world = BatchWorld()
    anchor = world.add()
    honest = proven(world)
    assert honest.check(anchor, DEPLOYMENT, {world.device.public_key}).span == (BEGIN + 5 * HOUR, BEGIN + 6 * HOUR)
    assert from_json(to_json(honest)) == honest
    with pytest.raises(IntegrityError, match=reason):
        tamper(honest).check(anchor, DEPLOYMENT, {world.device.public_key})


def test_a_proof_holds_for_its_own_anchor_only() -> None:
    world = BatchWorld()
    first = world.add()
    proof = proven(world)
    second_anchor = world.add()
    for wrong in (second_anchor, replace(first, seq=2), replace(first, machine=bytes(16))):
        with pytest.raises(IntegrityError):
            proof.check(wrong, DEPLOYMENT, {world.device.public_key})
    with pytest.raises(IntegrityError, match="another deployment"):
        proof.check(first, bytes(32), {world.device.public_key})


@pytest.mark.parametrize("value", [7, {}, {"content": "zz"}, []])
def test_a_malformed_proof_is_refused(value: object) -> None:
    with pytest.raises(IntegrityError, match="slice proof is malformed"):
        from_json(value)
