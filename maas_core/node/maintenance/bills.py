"""Service invoices: what a maintainer gets for a ticket, and what it owes for a repeat failure.

Both sides compute the statement from the ledger's final events and the ticket's work document. An invoice's id follows
from what it is about, so the same thing is never billed twice, by whatever process or database.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from maas_core.errors import IntegrityError, NoAccessError, UsageError
from maas_core.maintenance.bill import Bill, repeat_bill, ticket_bill
from maas_core.maintenance.tickets import Key, Story
from maas_core.node.invoices import Claim, service_invoice
from maas_core.node.maintenance.actions import Action, Actions, Subject
from maas_core.node.maintenance.facts import STATEMENT, Facts
from maas_core.ports.currency import by_code
from maas_core.proofs import canonical
from maas_core.protocol.commands import AcceptInvoice, DisputeInvoice
from maas_core.protocol.records import Invoice
from maas_core.protocol.states import InvoiceKind, InvoiceState, TicketKind, TicketState
from maas_core.protocol.types import MAX_TICKETS, ZERO_DIGEST, ZERO_ID

if TYPE_CHECKING:
    from maas_core.node.node import Node

DAY = 86_400
TICKET, REPEAT = "ticket", "repeat"
ISSUE, ACCEPT, DISPUTE = "bill", "accept-bill", "dispute-bill"


@dataclass(frozen=True, slots=True)
class ServiceCheck:
    """A service invoice, recomputed."""

    invoice: bytes
    ok: bool
    amount: int
    """What the invoice says, minor units."""
    ours: int
    """What it comes to here."""
    currency: str
    why: str
    """The first thing that differs; empty if nothing does."""
    bill: Bill | None
    """Ours; None if nothing is owed."""


class Bills:
    """Makes, checks and answers service invoices for tickets."""

    def __init__(self, node: "Node", facts: Facts, actions: Actions) -> None:
        self._node = node
        self._facts = facts
        self._actions = actions
        self._section = node.config.maintenance

    def step(self) -> list[str]:
        """Bill and answer as the config says; returns what was decided, for people."""
        me = self._node.parties.me().party
        told: list[str] = []
        for machine in self._facts.machines():
            for story in self._facts.stories(machine.machine).values():
                if story.state == TicketState.CLOSED:
                    told += self._bill(story, me)
        return told + self._answer(me)

    # Billing

    def bill(self, key: Key, subject: str = TICKET) -> Bill | None:
        """What is owed for a closed ticket or its repeat failure; None if nothing is.

        Raises `UsageError` if there is no such ticket, it is not closed, or its work document names no terms.
        """
        told = self._facts.stories(key[0])
        if key not in told:
            raise UsageError(f"machine {key[0].hex()} has no {key[1].name.lower()} ticket {key[2]} that is final")
        story = told[key]
        work = self._facts.work(story.work)
        if work is None or work.service is None:
            named = f"{story.kind.name.lower()} ticket {story.n}"
            raise UsageError(f"{named}: its work document cannot be read, or names no service terms")
        if subject == REPEAT:
            return repeat_bill(story, list(told.values()), work.service)
        return ticket_bill(story, work.service)

    def invoice_id(self, key: Key, subject: str = TICKET) -> bytes:
        """The id of the invoice for a ticket or its repeat failure."""
        deployment = self._node.parties.deployment().record.deployment
        named = b"".join((key[0], key[1].to_bytes(1, "big"), key[2].to_bytes(4, "big"), subject.encode()))
        return sha256(b"maas/1/service\0\0" + deployment + named).digest()[:16]

    def issue(self, key: Key, subject: str = TICKET) -> Action:
        """Bill what is owed to this party. Raises `UsageError` as `bill`, or if nothing is owed to it."""
        bill = self.bill(key, subject)
        if bill is None or bill.amount == 0 or bill.payee != self._node.parties.me().party:
            raise UsageError(f"{key[1].name.lower()} ticket {key[2]}: nothing is owed to this party")
        invoice = self.invoice_id(key, subject)
        planned = self._actions.find(_key(ISSUE, invoice))
        if planned is not None:
            return planned
        respond_by = self._node.clock.now() + self._section.respond_days * DAY
        claim = Claim(bill.amount, by_code(bill.currency).number, self._publish(bill), respond_by)
        command = service_invoice(invoice, bill.payer, claim)
        return self._actions.plan(Action(_key(ISSUE, invoice), ISSUE, Subject(key[0], key[1], key[2]), command))

    def _publish(self, bill: Bill) -> bytes:
        content = canonical.dumps(bill.document(self._node.parties.deployment().record.deployment))
        machine = self._node.machines.get(bill.story.machine).record
        readers = self._facts.readers(machine, bill.payee, bill.payer)
        return self._node.documents.publish(STATEMENT, content, readers, machine.machine)

    def _bill(self, story: Story, me: int) -> list[str]:
        wanted = []
        if self._section.maintainer.bill and story.assignee == me:
            wanted.append(TICKET)
        if self._section.owner.claim_repeats and story.payer == me:
            wanted.append(REPEAT)
        told = []
        for subject in wanted:
            if self._actions.find(_key(ISSUE, self.invoice_id(story.key, subject))) is None and self._owed(
                story, subject
            ):
                self.issue(story.key, subject)
                told.append(f"bills {subject} {story.kind.name.lower()} {story.n} of {story.machine.hex()[:8]}")
        return told

    def _owed(self, story: Story, subject: str) -> bool:
        work = self._facts.work(story.work)
        if work is None or work.service is None:
            return False
        bill = self.bill(story.key, subject)
        return bill is not None and bill.amount > 0

    # Checking

    def check(self, invoice: bytes) -> ServiceCheck:
        """Recompute a service invoice from the ledger and the ticket's work document.

        A statement that cannot be used, e.g. one that its issuer kept from an auditor, holds up no dispute: what is
        owed then follows from the invoice's id if that is a ticket's, else nothing is. Raises `UsageError` if it is no
        service invoice.
        """
        record = self._node.invoices.get(invoice).record
        if record.kind != InvoiceKind.SERVICE:
            raise UsageError(f"invoice {invoice.hex()} is not a service invoice")
        try:
            theirs = self._statement(record)
        except (IntegrityError, NoAccessError) as error:
            return self._by_id(record, f"its statement cannot be used: {error}")
        key = (bytes.fromhex(theirs["machine"]), TicketKind[theirs["kind"].upper()], theirs["n"])
        ours, why = self._recomputed(key, theirs["subject"])
        why = why or self._difference(record, theirs, ours, self.invoice_id(key, theirs["subject"]))
        return _checked(record, ours, why, theirs["currency"])

    def _by_id(self, record: Invoice, why: str) -> ServiceCheck:
        for machine in self._facts.machines():
            for key in self._facts.stories(machine.machine):
                for subject in (TICKET, REPEAT):
                    if self.invoice_id(key, subject) == record.invoice:
                        return _checked(record, self._recomputed(key, subject)[0], why, "")
        return _checked(record, None, why, "")

    def _recomputed(self, key: Key, subject: str) -> tuple[Bill | None, str]:
        """Our bill, or why there can be none: a statement may name a ticket that does not exist."""
        try:
            return self.bill(key, subject), ""
        except UsageError as error:
            return None, str(error)

    def _statement(self, record: Invoice) -> dict[str, Any]:
        opened = self._node.documents.opened(record.statement, STATEMENT)
        value = canonical.loads(opened.content)
        if not isinstance(value, dict) or not _names_a_ticket(value):
            raise IntegrityError(f"the statement of invoice {record.invoice.hex()} is not one on a ticket")
        return dict(value)

    def _difference(self, record: Invoice, theirs: dict[str, Any], ours: Bill | None, invoice: bytes) -> str:
        if ours is None:
            return "nothing is owed"
        document = ours.document(self._node.parties.deployment().record.deployment)
        figures = (
            ("issuer", record.issuer, ours.payee),
            ("payer", record.payer, ours.payer),
            ("amount", record.amount, ours.amount),
            ("currency", record.currency, by_code(ours.currency).number),
        )
        for what, said, computed in figures:
            if said != computed:
                return f"{what} is {said}, here {computed}"
        for what in sorted(document.keys() | theirs.keys()):
            if document.get(what) != theirs.get(what):
                return f"the statement's {what} differs"
        return "" if record.invoice == invoice else "the invoice's id is another one: this may be billed twice"

    # Answering

    def respond(self, invoice: bytes) -> Action:
        """Accept a service invoice to this party if it comes out the same here, else dispute it."""
        check = self.check(invoice)
        record = self._node.invoices.get(invoice).record
        tail = f"{invoice.hex()}/{record.version}"
        subject = Subject(ZERO_ID if check.bill is None else check.bill.story.machine)
        if check.ok:
            command = AcceptInvoice(invoice, record.version)
            return self._actions.plan(Action(f"{ACCEPT}/{tail}", ACCEPT, subject, command))
        known = self._actions.find(f"{DISPUTE}/{tail}")
        if known is not None:
            return known
        ours = ZERO_DIGEST if check.bill is None else self._publish(check.bill)
        statement = ours if ours != ZERO_DIGEST else record.statement
        disputed = DisputeInvoice(invoice, record.version, check.ours, statement, 0, ZERO_DIGEST)
        return self._actions.plan(Action(f"{DISPUTE}/{tail}", DISPUTE, subject, disputed, {"why": check.why}))

    def _answer(self, me: int) -> list[str]:
        told = []
        for seen in self._node.invoices.all():
            record = seen.record
            mine = record.payer == me and record.kind == InvoiceKind.SERVICE and record.state == InvoiceState.ISSUED
            if mine and not seen.provisional and self._answers(record):
                tail = f"{record.invoice.hex()}/{record.version}"
                if self._actions.find(f"{ACCEPT}/{tail}") is None and self._actions.find(f"{DISPUTE}/{tail}") is None:
                    action = self.respond(record.invoice)
                    told.append(f"{action.name} {record.invoice.hex()[:8]}")
        return told

    def _answers(self, record: Invoice) -> bool:
        """Whether the config wants this one answered; what is not about a ticket is left to people."""
        try:
            subject = self._statement(record)["subject"]
        except (IntegrityError, NoAccessError):
            return False
        return self._section.owner.accept_bills if subject == TICKET else self._section.maintainer.accept_claims


def _checked(record: Invoice, ours: Bill | None, why: str, currency: str) -> ServiceCheck:
    """`why` is empty if the invoice is right; `currency` is theirs, for the case that nothing is owed."""
    amount, currency = (0, currency) if ours is None else (ours.amount, ours.currency)
    return ServiceCheck(record.invoice, not why, record.amount, amount, currency, why, ours)


def _key(name: str, invoice: bytes) -> str:
    return f"{name}/{invoice.hex()}"


def _names_a_ticket(statement: dict[str, Any]) -> bool:
    """Whether it says what it is about; whatever else it says is compared with ours."""
    machine, n = statement.get("machine"), statement.get("n")
    return (
        statement.get("subject") in (TICKET, REPEAT)
        and statement.get("kind") in ("reactive", "preventive")
        and isinstance(machine, str)
        and re.fullmatch("[0-9a-f]{32}", machine) is not None
        and type(n) is int
        and 0 < n <= MAX_TICKETS
        and isinstance(statement.get("currency"), str)
    )
