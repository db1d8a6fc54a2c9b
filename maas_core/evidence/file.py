"""The evidence file: canonical JSON, bytes in hexadecimal digits or, where long, base64."""

import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from maas_core.errors import IntegrityError
from maas_core.evidence.facts import LedgerFact
from maas_core.proofs import canonical
from maas_core.telemetry import proof as slice_proof
from maas_core.telemetry.proof import SliceProof

FORMAT = "maas-evidence/1"
LARGEST = 64 * 2**20
"""Bytes of a file, and of what is unpacked from it."""


class Fault(StrEnum):
    """In which way a statement is false; in the order in which they are looked for."""

    AMOUNT = "amount"
    """The ledger's amount or currency is not the statement's."""
    BASIS = "basis"
    """It is about another machine, time, terms or set of batches than the ledger says."""
    SUM = "sum"
    """Its own lines do not come to its own amount."""
    CARRY = "carry"
    """It begins with something else than the same issuer's statement before it ended with."""
    METERING = "metering"
    """A slice's figures are not those of the readings."""
    PRICING = "pricing"
    """A slice's charges do not follow from its figures by the terms."""
    TOTALS = "totals"
    """Its lines do not follow from its own slices by the terms."""
    RECOMPUTED = "recomputed"
    """It differs in what a file cannot show; whoever reads the batches can compute it anew."""


ON_PAPER_ALONE = (Fault.AMOUNT, Fault.SUM, Fault.CARRY, Fault.RECOMPUTED)
"""Faults that statements and invoices alone show, whatever the machine's history is."""


class Role(StrEnum):
    """What a document is in a file."""

    STATEMENT = "statement"
    """The one that is false."""
    OWN = "own statement"
    """What the party that made the file computed."""
    PREVIOUS = "previous statement"
    TERMS = "terms"
    SPEC = "spec"
    REPORT = "report"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class SealedDocument:
    """A document as it is stored, with the key that opens it."""

    role: Role
    kind: str
    sealed: bytes
    key: bytes
    packed: bytes = b""
    """The content by zlib, if it lies outside the sealed object."""


@dataclass(frozen=True, slots=True)
class ProvenSlices:
    """Slices of a statement: the first ones of its tree up to one, and that one's audit path."""

    first: int
    """The index of the first one that is here; the others follow without gap."""
    leaves: tuple[bytes, ...]
    path: tuple[bytes, ...]
    """Of the last one."""

    @property
    def last(self) -> int:
        """The index of the last one."""
        return self.first + len(self.leaves) - 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """The file."""

    deployment: bytes
    invoice: bytes
    fault: Fault
    documents: tuple[SealedDocument, ...]
    facts: tuple[LedgerFact, ...]
    slices: ProvenSlices | None = None
    readings: tuple[SliceProof, ...] = ()
    warm_from: int = 0
    """From when on readings are here, seconds UTC; before the slice, since meters go on from earlier readings."""
    note: str = ""
    """For people."""

    def dumps(self) -> bytes:
        """The file's bytes."""
        return canonical.dumps({
            "format": FORMAT,
            "deployment": self.deployment.hex(),
            "invoice": self.invoice.hex(),
            "fault": self.fault.value,
            "note": self.note,
            "documents": [_document_out(one) for one in self.documents],
            "facts": [one.to_json() for one in self.facts],
            "slices": None if self.slices is None else _slices_out(self.slices),
            "readings": [slice_proof.to_json(one) for one in self.readings],
            "warm_from": self.warm_from,
        })  # fmt: skip

    @staticmethod
    def loads(content: bytes) -> "Evidence":
        """From the file's bytes. Raises `IntegrityError` for whatever is not spelled as `dumps` does."""
        if len(content) > LARGEST:
            raise IntegrityError(f"an evidence file has at most {LARGEST} bytes")
        value = canonical.loads(content)
        try:
            if value["format"] != FORMAT:
                raise IntegrityError(f"this is evidence of the form {value['format']!r}; accepted: {FORMAT}")
            evidence = _read(value)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise IntegrityError(f"this is no evidence file of the form {FORMAT}: {error!r}") from None
        if evidence.dumps() != content:
            raise IntegrityError("this evidence file has members or spellings that are not known here")
        return evidence


def _read(value: Any) -> Evidence:
    return Evidence(
        deployment=_bytes(value["deployment"], 32),
        invoice=_bytes(value["invoice"], 16),
        fault=Fault(value["fault"]),
        note=_text(value["note"]),
        documents=tuple(_document_in(one) for one in value["documents"]),
        facts=tuple(LedgerFact.from_json(one) for one in value["facts"]),
        slices=None if value["slices"] is None else _slices_in(value["slices"]),
        readings=tuple(slice_proof.from_json(one) for one in value["readings"]),
        warm_from=_whole(value["warm_from"]),
    )


def _document_out(one: SealedDocument) -> dict[str, str]:
    return {
        "role": one.role.value,
        "kind": one.kind,
        "sealed": b64encode(one.sealed).decode(),
        "key": one.key.hex(),
        "packed": b64encode(one.packed).decode(),
    }


def _document_in(value: Any) -> SealedDocument:
    return SealedDocument(
        Role(value["role"]),
        _text(value["kind"]),
        b64decode(value["sealed"], validate=True),
        _bytes(value["key"], 32),
        b64decode(value["packed"], validate=True),
    )


def _slices_out(one: ProvenSlices) -> dict[str, Any]:
    packed = zlib.compress(b"\n".join(one.leaves), 9)
    return {"first": one.first, "leaves": b64encode(packed).decode(), "path": [node.hex() for node in one.path]}


def _slices_in(value: Any) -> ProvenSlices:
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(b64decode(value["leaves"], validate=True), LARGEST)
    except zlib.error as error:
        raise IntegrityError(f"the slices in an evidence file cannot be unpacked: {error}") from None
    if not unpacking.eof or unpacking.unused_data:
        raise IntegrityError("the slices in an evidence file are cut short, too many, or followed by other bytes")
    path = tuple(_bytes(node, 32) for node in value["path"])
    return ProvenSlices(_whole(value["first"]), tuple(text.split(b"\n")), path)


def _bytes(value: Any, size: int) -> bytes:
    found = bytes.fromhex(_text(value))
    if len(found) != size:
        raise ValueError(f"{size} bytes are wanted, not {len(found)}")
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no number from 0 on")
    return value
