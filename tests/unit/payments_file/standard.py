"""pain.001.001.09 as far as this project's files use it: element order, occurrence and types.

Read from the schema that the European Payments Council publishes with its Implementation Guidelines EPC132-08 (2023
version 1.0), a restriction of ISO 20022's own schema: what it accepts, the message's schema accepts. Every element that
a sequence of it has is listed, also those that are not used, so that the order is checked and not only the presence.
"""

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element

NAMESPACE = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"

MAX35 = r".{1,35}"
DECIMAL = r"(?=.{1,19}$)[0-9]{1,18}(\.[0-9]{1,5})?"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
DATE_TIME = DATE + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
BIC = r"[A-Z0-9]{4,4}[A-Z]{2,2}[A-Z0-9]{2,2}([A-Z0-9]{3,3}){0,1}"
IBAN = r"[A-Z]{2,2}[0-9]{2,2}[a-zA-Z0-9]{1,30}"
LATIN = r"[A-Za-z0-9/?:().,'+ -]{1,%d}"


@dataclass(frozen=True)
class One:
    """An element of a sequence."""

    name: str
    kind: object
    """A pattern, or a sequence, or a choice."""
    least: int = 0
    most: int | None = 1


@dataclass(frozen=True)
class Choice:
    """Exactly one of these."""

    of: tuple[One, ...]


NOT_USED = "(?!)"
"""Matches nothing: an element that the standard has here and that these files leave out."""

PARTY = (One("Nm", LATIN % 70, 1), One("PstlAdr", NOT_USED), One("Id", NOT_USED))
ACCOUNT = (One("Id", Choice((One("IBAN", IBAN, 1),)), 1), One("Ccy", NOT_USED), One("Prxy", NOT_USED))
OTHER = (One("Id", "NOTPROVIDED", 1),)
DEBTOR_AGENT = (One("FinInstnId", Choice((One("BICFI", BIC, 1), One("Othr", OTHER, 1))), 1),)
CREDITOR_AGENT = (One("FinInstnId", Choice((One("BICFI", BIC, 1),)), 1),)
TYPE = (
    One("InstrPrty", NOT_USED),
    One("SvcLvl", Choice((One("Cd", "SEPA", 1), One("Prtry", NOT_USED, 1))), 0, None),
    One("LclInstrm", NOT_USED),
    One("CtgyPurp", NOT_USED),
)
TRANSFER = (
    One("PmtId", (One("InstrId", MAX35), One("EndToEndId", MAX35, 1), One("UETR", NOT_USED)), 1),
    One("PmtTpInf", TYPE),
    One("Amt", Choice((One("InstdAmt", DECIMAL, 1), One("EqvtAmt", NOT_USED, 1))), 1),
    One("XchgRateInf", NOT_USED),
    One("ChrgBr", NOT_USED),
    One("UltmtDbtr", NOT_USED),
    One("CdtrAgt", CREDITOR_AGENT),
    One("CdtrAgtAcct", NOT_USED),
    One("Cdtr", PARTY, 1),
    One("CdtrAcct", ACCOUNT, 1),
    One("UltmtCdtr", NOT_USED),
    One("Purp", NOT_USED),
    One("RmtInf", Choice((One("Ustrd", LATIN % 140, 1), One("Strd", NOT_USED, 1)))),
)
INSTRUCTION = (
    One("PmtInfId", MAX35, 1),
    One("PmtMtd", "TRF", 1),
    One("BtchBookg", "true|false"),
    One("NbOfTxs", "[0-9]{1,15}"),
    One("CtrlSum", DECIMAL),
    One("PmtTpInf", TYPE),
    One("ReqdExctnDt", Choice((One("Dt", DATE, 1), One("DtTm", NOT_USED, 1))), 1),
    One("PoolgAdjstmntDt", NOT_USED),
    One("Dbtr", PARTY, 1),
    One("DbtrAcct", ACCOUNT, 1),
    One("DbtrAgt", DEBTOR_AGENT, 1),
    One("DbtrAgtAcct", NOT_USED),
    One("InstrForDbtrAgt", NOT_USED),
    One("UltmtDbtr", NOT_USED),
    One("ChrgBr", "SLEV|SHAR"),
    One("ChrgsAcct", NOT_USED),
    One("ChrgsAcctAgt", NOT_USED),
    One("CdtTrfTxInf", TRANSFER, 1, None),
)
HEADER = (
    One("MsgId", MAX35, 1),
    One("CreDtTm", DATE_TIME, 1),
    One("Authstn", NOT_USED),
    One("NbOfTxs", "[0-9]{1,15}", 1),
    One("CtrlSum", DECIMAL),
    One("InitgPty", PARTY, 1),
    One("FwdgAgt", NOT_USED),
)
DOCUMENT = (One("CstmrCdtTrfInitn", (One("GrpHdr", HEADER, 1), One("PmtInf", INSTRUCTION, 1, None)), 1),)


def faults(element: Element, kind: object = DOCUMENT, path: str = "Document") -> list[str]:
    """What in an element is not as the standard has it."""
    if isinstance(kind, str):
        text = element.text or ""
        return [] if not len(element) and re.fullmatch(kind, text) else [f"{path}: {text!r}"]
    return _choice(element, kind, path) if isinstance(kind, Choice) else _sequence(element, kind, path)


def _choice(element: Element, kind: Choice, path: str) -> list[str]:
    known = {NAMESPACE + one.name: one for one in kind.of}
    if len(element) != 1 or element[0].tag not in known:
        return [f"{path}: not one of {[one.name for one in kind.of]}"]
    one = known[element[0].tag]
    return faults(element[0], one.kind, f"{path}/{one.name}")


def _sequence(element: Element, kind: object, path: str) -> list[str]:
    found: list[str] = []
    children = list(element)
    assert isinstance(kind, tuple)
    for one in kind:
        count = 0
        while children and children[0].tag == NAMESPACE + one.name:
            found += faults(children.pop(0), one.kind, f"{path}/{one.name}")
            count += 1
        if count < one.least or (one.most is not None and count > one.most):
            found.append(f"{path}/{one.name}: {count} times")
    return found + [f"{path}: {child.tag} is out of place" for child in children]
