"""Second scene: two machines are rented, by terms and specifications that are sealed documents."""

from dataclasses import dataclass
from pathlib import Path

from maas_core.billing.terms_file import canonical_terms
from maas_core.demo.cast import CAST, Name
from maas_core.demo.consortium import Consortium
from maas_core.node.machines import NewMachine
from maas_core.proofs import canonical

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Offer:
    """What the OEM offers."""

    alias: str
    """Its name at all nodes, and in the sources of telemetry."""
    machine_class: int
    model: str
    terms: Path
    interval: int
    """Seconds between readings."""
    start: int
    """Begin of use, business time, seconds UTC."""


def rent(consortium: Consortium, offer: Offer) -> bytes:
    """Register, accept and start a machine; returns its id."""
    oem, customer = consortium[Name.OEM], consortium[Name.CUSTOMER]
    readers = [CAST[Name.CUSTOMER].party, CAST[Name.AUDITOR].party]
    written = canonical_terms(offer.terms.read_bytes())
    until = oem.keeping.terms_until(written)
    spec = oem.documents.publish("spec", _spec(consortium, offer), readers, until=until)
    terms = oem.documents.publish("terms", written, readers, until=until)
    new = NewMachine(
        oem=CAST[Name.OEM].party,
        customer=CAST[Name.CUSTOMER].party,
        machine_class=offer.machine_class,
        spec=spec,
        terms=terms,
        telemetry_interval=offer.interval,
        invoice_period=30 * DAY,
    )
    machine, registered = oem.machines.register(new)
    consortium.done(Name.OEM, registered)
    consortium.done(Name.CUSTOMER, customer.machines.accept(machine, terms))
    consortium.done(Name.CUSTOMER, customer.machines.start(machine, offer.start))
    for node in consortium:
        node.aliases.set(offer.alias, "machine", machine)
    return machine


def _spec(consortium: Consortium, offer: Offer) -> bytes:
    """The gateway at the customer's site signs for both machines."""
    return canonical.dumps(
        {"model": offer.model, "devices": [{"name": "gateway", "public_key": consortium.gateway.hex()}]}
    )
