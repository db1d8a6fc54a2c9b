"""What a channel of Fabric is like, as far as the settings tell."""

from maas_ledger_fabric.settings import Settings

from maas_core.ports.workflow import Ability, Enforcement, FinalityKind, LedgerClock, LedgerProfile, Sequencing

PER_BROADCAST = 256
"""Transactions handed over in one call; how many are on their way at once is `concurrency`."""
CLOCK_BOUND = 300
"""Seconds that endorsers grant before a deployment has rule clock_bound (chaincode/clock.go)."""


def profile_of(settings: Settings) -> LedgerProfile:
    """The profile with these settings."""
    abilities = set()
    finality = {FinalityKind.INSTANT}
    if settings.observers:
        abilities.add(Ability.OBSERVERS)
        finality.add(FinalityKind.QUORUM)
    if settings.admin is not None:
        abilities.add(Ability.CHANGE_MEMBERS)
    return LedgerProfile(
        name="fabric",
        enforces=Enforcement.CONTRACT,
        clock=LedgerClock.TRANSACTION,
        sequencing=Sequencing.FREE,
        finality=frozenset(finality),
        identity_form="SHA-256 over MSP id, issuer and subject of the certificate",
        max_command_bytes=settings.max_command_bytes,
        commands_per_broadcast=PER_BROADCAST,
        prepare_needs_network=True,
        cost_unit="",
        clock_bound=CLOCK_BOUND,
        abilities=frozenset(abilities),
        attempts=settings.attempts,
    )
