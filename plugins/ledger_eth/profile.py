"""What a chain is like, as its settings tell; read at every start, so nothing here needs a library of Ethereum's."""

from maas_ledger_eth.settings import ChainKind, Settings

from maas_core.ports.workflow import Ability, Enforcement, FinalityKind, LedgerClock, LedgerProfile, Sequencing

FINALITY = {
    ChainKind.CLIQUE: {FinalityKind.DEPTH},
    ChainKind.QBFT: {FinalityKind.INSTANT},
    ChainKind.POS: {FinalityKind.TAG, FinalityKind.DEPTH},
    ChainKind.ANVIL: {FinalityKind.DEPTH},
}
IDENTITY_FORM = "an address of 20 bytes, after 12 zero bytes"
LARGEST_COMMAND = 100_000
"""Bytes of a command in JSON."""


def profile(settings: Settings) -> LedgerProfile:
    """What a chain with these settings is like."""
    kinds, abilities = set(FINALITY[settings.chain]), {Ability.PUBLISH_SOURCE}
    if len(settings.endpoints) > 1:
        kinds.add(FinalityKind.QUORUM)
        abilities.add(Ability.OBSERVERS)
    if settings.chain is ChainKind.CLIQUE:
        abilities.add(Ability.CHANGE_MEMBERS)
    return LedgerProfile(
        name="eth",
        enforces=Enforcement.CONTRACT,
        clock=LedgerClock.BLOCK,
        sequencing=Sequencing.NONCE,
        finality=frozenset(kinds),
        identity_form=IDENTITY_FORM,
        max_command_bytes=LARGEST_COMMAND,
        commands_per_broadcast=settings.batch,
        prepare_needs_network=True,
        cost_unit="gas",
        abilities=frozenset(abilities),
    )
