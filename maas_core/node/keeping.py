"""What the terms of agreements ask of this node's storages: how long they keep data, and where the bytes may lie.

What terms ask for is noted when they are registered or accepted, so that it is known when the node opens and whenever
something is stored. Terms that the storages of the config cannot keep are refused, by whoever would have to keep them.
"""

import json
import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from maas_core.billing.data_terms import Data, Guard, kept_until, longest
from maas_core.errors import ConfigError, IntegrityError, NoAccessError, UsageError
from maas_core.node.keeping_rules import problems
from maas_core.node.service import Service
from maas_core.node.stored import GoneError, put_durably
from maas_core.ports.clock import Deadline
from maas_core.ports.storage import Missing
from maas_core.proofs import canonical
from maas_core.protocol.records import Machine
from maas_core.protocol.states import ChangeKind, MachineState, OfferState
from maas_core.store.tables import DataDemandRow

if TYPE_CHECKING:
    from maas_core.node.node import Node

_log = logging.getLogger(__name__)
DEMANDS: Any = DataDemandRow.__table__
NONE = Data()
TERMS = "terms"
BOUND = (MachineState.ACCEPTED, MachineState.EXECUTED, MachineState.STOPPED, MachineState.TERMINATING)
"""States of a machine whose agreement holds."""
SECONDS = 60.0
HOUR = 3600


class Keeping(Service):
    """Demands by machine."""

    def __init__(self, node: "Node") -> None:
        super().__init__(node)
        self._held: dict[bytes, tuple[tuple[int, int], Data]] = {}
        """By machine: its version and the hour that it was looked at, and what holds."""

    def check_config(self) -> None:
        """Whether the config's storages keep what agreements ask for that hold. Raises `ConfigError`."""
        wrong: list[str] = []
        for row in self._rows():
            demands = _decoded(row.demands)
            if demands == NONE:
                continue
            machine = self._node.records.find(Machine, ("machine", bytes(row.machine)))
            if machine is None or machine.record.state not in BOUND:
                continue
            if bytes(row.terms) in self._in_force(machine.record):
                wrong += self._problems(demands, bytes(row.machine), anchors=row.anchors)
        if wrong:
            raise ConfigError("\n".join(f"{self._node.config.file}: {one}" for one in wrong))

    def promise(self, machine: bytes, terms: bytes, *, anchors: bool) -> None:
        """Note what terms ask for that this party is about to register or accept.

        Raises `UsageError` if the config's storages cannot keep it, and as `node.documents.read`. Terms that no storage
        has, or that are not in the format of this version, ask for nothing that could be known.
        """
        self._check(self._demands(machine, terms, anchors=anchors), machine, anchors=anchors)

    def terms_until(self, content: bytes) -> int | None:
        """Until when documents are retained by terms that are about to be published, seconds UTC.

        Raises `UsageError` if the terms cannot be read or this node's storages cannot keep documents so.
        """
        demands = demands_of(content)
        self._check(demands, None, anchors=False)
        return kept_until(demands.documents_days, self._node.clock.now())

    def documents_until(self, machine: bytes) -> int | None:
        """Until when a document of a machine's agreement that is stored now is retained, seconds UTC.

        None where the terms ask for nothing, or are not for this party. Raises as `promise`.
        """
        return kept_until(self._held_for(machine).documents_days, self._node.clock.now())

    def batches_until(self, machine: bytes) -> int | None:
        """The same of a batch of its telemetry. Raises as `promise`."""
        return kept_until(self._held_for(machine).batches_days, self._node.clock.now())

    def retain(self, digest: bytes, kind: str, until: int) -> None:
        """Keep a document that this party can read at least until then. Raises as `node.documents.opened`."""
        blobs, clock = self._node.blobs, self._node.clock
        for one in self._node.documents.objects(digest, kind):
            deadline = Deadline.after(clock, SECONDS)
            if blobs.retained_until(one, deadline) >= until:
                continue
            stored = blobs.get_object(one, deadline)
            if isinstance(stored, Missing):
                raise GoneError(f"a part of the {kind} document", one)
            put_durably(blobs, stored, clock, f"the {kind} document", until)

    def retain_readable(self, machine: bytes, group: bytes, until: int) -> None:
        """Keep what a batch is read and verified by: its group's keys, the specification, the terms."""
        record = self._node.machines.get(machine).record
        for digest, kind in (
            (group, "group"),
            (record.spec, "spec"),
            *((one, TERMS) for one in self._in_force(record)),
        ):
            try:
                self.retain(digest, kind, until)
            except (NoAccessError, IntegrityError) as error:
                _log.warning("the %s document of machine %s cannot be retained: %s", kind, machine.hex(), error)

    def _held_for(self, machine: bytes) -> Data:
        """The longest that terms ask for that hold now or will, checked against the config."""
        record = self._node.machines.get(machine).record
        seen = record.version, self._node.clock.now() // HOUR
        if machine not in self._held or self._held[machine][0] != seen:
            self._held[machine] = seen, self._read_held(record)
        return self._held[machine][1]

    def _read_held(self, record: Machine) -> Data:
        machine, found = record.machine, []
        for terms in self._in_force(record):
            anchors = record.customer == self._node.parties.me().party
            try:
                demands = self._demands(machine, terms, anchors=anchors)
            except NoAccessError:
                continue  # a maintainer's: the terms are between others
            self._check(demands, machine, anchors=anchors)
            found.append(demands)
        return longest(found)

    def _in_force(self, record: Machine) -> tuple[bytes, ...]:
        """The digests of the terms that hold now, or from a later time on."""
        accepted = [
            one.record
            for one in self._node.machines.offers(record.machine)
            if one.record.kind == ChangeKind.AMEND and one.record.state == OfferState.ACCEPTED
        ]
        if not accepted:
            return (record.terms,)
        from maas_core.node.billing.timeline import NOW, Timeline  # noqa: PLC0415 - brings billing with it

        held = Timeline(record.machine, self._node.machines.history(record.machine), ()).terms(NOW)
        begun = max((one.since for one in held if one.since <= self._node.clock.now()), default=0)
        return tuple({record.terms: None} | {one.digest: None for one in held if one.since >= begun})

    def _demands(self, machine: bytes, terms: bytes, *, anchors: bool) -> Data:
        query = select(DEMANDS).where(DEMANDS.c.machine == machine, DEMANDS.c.terms == terms)
        with self._node.database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is not None:
            return _decoded(row.demands)
        try:
            demands = demands_of(self._node.documents.read(terms, TERMS))
        except GoneError as error:
            _log.warning("what the terms of machine %s ask of storages is not known: %s", machine.hex(), error)
            return NONE
        self._note(machine, terms, demands, anchors=anchors)
        return demands

    def _note(self, machine: bytes, terms: bytes, demands: Data, *, anchors: bool) -> None:
        kept = {key: list(one) if isinstance(one, tuple) else one for key, one in asdict(demands).items()}
        row = {"machine": machine, "terms": terms, "anchors": anchors, "demands": json.dumps(kept)}
        with self._node.database.writing() as connection:
            connection.execute(delete(DEMANDS).where(DEMANDS.c.machine == machine, DEMANDS.c.terms == terms))
            connection.execute(insert(DEMANDS).values(row))

    def _rows(self) -> list[Any]:
        with self._node.database.reading() as connection:
            return list(connection.execute(select(DEMANDS)))

    def _check(self, demands: Data, machine: bytes | None, *, anchors: bool) -> None:
        if wrong := self._problems(demands, machine, anchors=anchors):
            raise UsageError("the terms ask for what this node's storages do not give:\n  " + "\n  ".join(wrong))

    def _problems(self, demands: Data, machine: bytes | None, *, anchors: bool) -> list[str]:
        if demands == NONE:
            return []
        storages, name = self._node.storages, "" if machine is None else machine.hex()
        documents = storages.written_for(None)
        wrong = problems(demands, documents, f"documents of machine {name}".rstrip(), batches=False)
        if anchors:
            wrong += problems(demands, documents, f"what reads batches of machine {name}", batches=True)
            wrong += problems(demands, storages.written_for(machine), f"batches of machine {name}", batches=True)
        return list(dict.fromkeys(wrong))


def demands_of(content: bytes) -> Data:
    """What a terms document asks of storages; nothing if it is of another format. Raises `UsageError`."""
    try:
        value = canonical.loads(content)
    except IntegrityError:
        return NONE
    if not isinstance(value, dict) or value.get("format") != "maas-terms/1":
        return NONE
    from maas_core.billing.terms_file import read_terms  # noqa: PLC0415 - brings all of billing with it

    return read_terms(content).data or NONE


def _decoded(text: str) -> Data:
    told = json.loads(text)
    return Data(
        batches_days=told["batches_days"],
        documents_days=told["documents_days"],
        lock=Guard(told["lock"]),
        regions=tuple(told["regions"]),
        forbidden_regions=tuple(told["forbidden_regions"]),
    )
