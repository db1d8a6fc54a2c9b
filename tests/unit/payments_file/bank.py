"""What a bank returns, for tests."""

from pathlib import Path

from maas_payments_file.paying import Bank, open_bank
from maas_payments_file.settings import BankSettings, Files

from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.payments import Account, Payment

INVOICE = bytes.fromhex("00112233445566778899aabbccddeeff")
DEBTOR = Account("Käufer & Söhne GmbH", (("iban", "DE89 3704 0044 0532 0130 00"), ("bic", "COBADEFFXXX")))
CREDITOR = Account("Machines SAS", (("iban", "FR1420041010050500013M02606"),))
DUE = 1_800_000_000
DEADLINE = Deadline.after(SystemClock(), 60)


class FixedClock(SystemClock):
    """A clock that stands still."""

    def now(self) -> int:
        """2027-01-15T08:00:00Z is DUE; this is a day before."""
        return DUE - 86_400


def payment(invoice: bytes = INVOICE, amount: int = 123_456, currency: str = "EUR", due: int = DUE) -> Payment:
    return Payment(invoice, DEBTOR, CREDITOR, amount, currency, due)


def bank(folder: Path, files: Files = Files.EACH) -> Bank:
    return open_bank(BankSettings(files=files), Context(FixedClock(), None, folder))


def entry(
    invoice: bytes = INVOICE, amount: str = "1234.56", currency: str = "EUR", way: str = "DBIT", status: str = "BOOK",
    reference: str = "REF1", reversal: str = "",
) -> str:  # fmt: skip
    """An entry of a statement."""
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>{reversal}'
        f"<Sts><Cd>{status}</Cd></Sts><BookgDt><Dt>2027-01-15</Dt></BookgDt>"
        f"<AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls><TxDtls><Refs>"
        f"<EndToEndId>{invoice.hex()}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>"
    )


def statement(*entries: str, kind: str = "BkToCstmrStmt", inner: str = "Stmt", version: str = "camt.053.001.08") -> str:
    return (
        f'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"><{kind}>'
        f"<GrpHdr><MsgId>M</MsgId></GrpHdr><{inner}><Id>S1</Id>{''.join(entries)}</{inner}></{kind}></Document>"
    )


def returned(folder: Path, name: str, content: str) -> None:
    """The bank returns a file."""
    place = folder / "payments" / "statements"
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(content)
