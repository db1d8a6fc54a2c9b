"""Payments by files and by hand: a bank transfer file as ISO 20022 wants it, or an operator who says that it was paid.

settings.py   what the config says
accounts.py   IBAN, BIC, and the letters that banks take
book.py       what was ordered, and what became of it: a file for each invoice
pain001.py    the bank transfer file
camt.py       what a bank's statement says of an invoice
paying.py     the two ways of paying
commands.py   `maasctl payments-file`: confirm, fail, collect, list
"""

from typing import TYPE_CHECKING

from maas_core.hookspecs import hookimpl

if TYPE_CHECKING:
    import click

    from maas_core.ports.payments import PaymentsBackend

PROTOCOLS = ("maas/1",)


@hookimpl
def maas_payments() -> "list[PaymentsBackend]":
    """Two ways of paying."""
    from maas_payments_file.paying import open_bank, open_manual
    from maas_payments_file.settings import BankSettings, ManualSettings

    from maas_core.ports.payments import PaymentsBackend

    bank = "A bank transfer file, ISO 20022 pain.001.001.09; the bank's camt.053 and camt.054 say what was paid"
    manual = "An operator pays by any way, and says so"
    return [
        PaymentsBackend("pain001", bank, BankSettings, open_bank),
        PaymentsBackend("manual", manual, ManualSettings, open_manual),
    ]


@hookimpl
def maas_commands() -> "list[click.Command]":
    """What only these ways of paying need."""
    from maas_payments_file.commands import command

    return [command]
