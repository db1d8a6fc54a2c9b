"""Built-in ways to answer maintenance tickets.

settings.py     what a config may say
strategies.py   accept at once, fixed price, cost-plus by distance and load
distance.py     how far it is to a machine
"""

from typing import TYPE_CHECKING

from maas_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from maas_core.ports.bid_strategy import BidStrategyBackend

PROTOCOLS = ("maas/1",)


@hookimpl
def maas_bid_strategies() -> "list[BidStrategyBackend]":
    """Chosen by `[maintenance] strategy = NAME`."""
    from maas_bidding.settings import AcceptSettings, CostPlusSettings, FixedSettings
    from maas_bidding.strategies import AcceptAtOnce, CostPlus, FixedPrice

    from maas_core.ports.bid_strategy import BidStrategyBackend

    return [
        BidStrategyBackend("accept", "Take what goes to the first who comes, at once", AcceptSettings, AcceptAtOnce),
        BidStrategyBackend("fixed-price", "Bid the same price on every ticket", FixedSettings, FixedPrice),
        BidStrategyBackend("cost-plus", "Bid by distance and load", CostPlusSettings, CostPlus),
    ]
