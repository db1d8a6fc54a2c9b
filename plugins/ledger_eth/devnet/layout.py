"""What lies where in a devnet's folder; all that must be remembered is in `network.json`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from maas_core.devnets.ports import LOOPBACK
from maas_core.devnets.processes import Supervised
from maas_core.errors import UsageError

PARTICIPANTS = ("board", "oem", "customer", "maintainer", "rival", "auditor", "newcomer")
"""Each gets a key; nobody is a party before the board has founded and invited."""
PASSPHRASE = "devnet"  # noqa: S105 - no secret: whoever has the folder has the keys
"""Of all keys of the devnet: they are worth nothing."""


@dataclass(frozen=True, slots=True)
class SignerPlace:
    """One geth."""

    name: str
    address: str
    """0x..., of the key that it seals with."""
    enode: str
    http: int
    ws: int
    p2p: int
    auth: int
    host: str = LOOPBACK
    """Where it listens."""


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """What was decided when the network was made."""

    chain_id: int
    period: int
    gas_price: int | None
    """0 where gas is free; None: as endpoints suggest."""
    signers: tuple[SignerPlace, ...]
    contract: str = ""
    """The deployed contract; empty until it is there."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below one folder."""

    folder: Path

    @property
    def plan_file(self) -> Path:
        """Where the plan is kept."""
        return self.folder / "network.json"

    @property
    def genesis(self) -> Path:
        """The first block, as `geth init` takes it."""
        return self.folder / "genesis.json"

    @property
    def passphrase(self) -> Path:
        """The file with the passphrase of all keys."""
        return self.folder / "passphrase"

    def key(self, participant: str) -> Path:
        """A participant's keystore file."""
        return self.folder / "keys" / f"{participant}.json"

    def data(self, signer: str) -> Path:
        """A geth's own folder."""
        return self.folder / signer

    def process(self, name: str) -> Supervised:
        """A signer, or the watchdog."""
        return Supervised(self.folder, name)

    def load(self) -> NetworkPlan | None:
        """The plan; None if there is none yet. Raises `UsageError` for a damaged one."""
        try:
            told = json.loads(self.plan_file.read_text("utf-8"))
            signers = tuple(SignerPlace(**one) for one in told.pop("signers"))
            return NetworkPlan(signers=signers, **told)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            raise UsageError(f"{self.plan_file} cannot be read: remove the folder, or name another") from None

    def save(self, plan: NetworkPlan) -> None:
        """Remember the plan, whole or not at all."""
        draft = self.plan_file.with_suffix(".new")
        draft.write_text(json.dumps(asdict(plan), indent=2) + "\n", "utf-8")
        draft.replace(self.plan_file)
