"""Opens the ledger that settings describe."""

from collections.abc import Callable

from maas_ledger_fabric.connection import identity_of, open_client, place_of
from maas_ledger_fabric.endpoint import server_of
from maas_ledger_fabric.finality import FabricFinality
from maas_ledger_fabric.follower import Follower
from maas_ledger_fabric.membership import FabricMembership, admin_identity
from maas_ledger_fabric.profile import profile_of
from maas_ledger_fabric.sent import Sent
from maas_ledger_fabric.settings import Settings
from maas_ledger_fabric.workflow import FabricLedger

from maas_core.ports.backends import Context, OpenLedger

Close = Callable[[], None]


def open_ledger(settings: Settings, context: Context) -> OpenLedger:
    """Read the files that the settings name; connections are made when they are first needed. Raises `ConfigError`."""
    place = place_of(settings, context.directory)
    identity = identity_of(place, context)
    client = open_client(settings, context, identity, place.gateways)
    follower = Follower(client, context.clock)
    observers: list[FabricFinality] = []
    closes: list[Close] = [follower.close, client.close]
    for peer in settings.observers:
        observing = open_client(settings, context, identity, [server_of(peer, context.directory)])
        watching = Follower(observing, context.clock)
        observers.append(FabricFinality(watching))
        closes += [watching.close, observing.close]
    membership = None
    if settings.admin is not None:
        admin = admin_identity(settings.admin, place.msp_id, context.directory, context.clock.now())
        administrating = open_client(settings, context, admin, place.gateways)
        closes.append(administrating.close)
        membership = FabricMembership(administrating, admin, settings.channel, context.clock)
    workflow = FabricLedger(
        client,
        identity,
        follower,
        Sent(context.clock),
        profile_of(settings),
        settings.channel,
        settings.chaincode,
        closes,
    )
    return OpenLedger(workflow, FabricFinality(follower, observers), membership)
