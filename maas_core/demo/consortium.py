"""The participants' nodes in one process, and waiting for them."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from maas_core.config import load_config
from maas_core.config.writing import as_toml
from maas_core.demo.cast import CAST, Name
from maas_core.demo.network import SHARED, Network
from maas_core.errors import NotFinalError
from maas_core.ledgerio.submission import Submission
from maas_core.node import Node
from maas_core.node.setup import make_node
from maas_core.plugins import Plugins
from maas_core.sealing.devices import create_device

T = TypeVar("T")
IDLE_SECONDS = 0.1
PATIENCE_SECONDS = 600.0
"""How long the demo waits for one thing before it says what it was waiting for."""


class Consortium:
    """The nodes by name. A context manager."""

    def __init__(
        self, folder: Path, network: Network, plugins: Plugins, extra: Mapping[Name, Mapping[str, Any]]
    ) -> None:
        """Makes the folders, keys and databases; `extra` are further tables of a participant's config."""
        (folder / SHARED).mkdir(parents=True, exist_ok=True)
        self._stack = ExitStack()
        self.folder = folder
        self.configs = {name: folder / str(name) / "maas.toml" for name in CAST}
        for name, file in self.configs.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            given = network.tables(name)
            own = {} if "signer" in given else {"signer": _signer(plugins)}
            tables = {**_base(name), **own, **given, **extra.get(name, {})}
            file.write_text(as_toml(tables, {}), encoding="utf-8")
            make_node(load_config(file, plugins, {}), new_key=bool(own))
        self.gateway = create_device(self.configs[Name.CUSTOMER].parent / "device.key", None).public_key
        opened = {name: Node(load_config(file, plugins, {})) for name, file in self.configs.items()}
        self.nodes = {name: self._stack.enter_context(node) for name, node in opened.items()}

    def __getitem__(self, name: Name) -> Node:
        return self.nodes[name]

    def of(self, party: int) -> Node:
        """The node of a party."""
        return next(node for name, node in self.nodes.items() if CAST[name].party == party)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    def sync(self) -> bool:
        """One look of every node at the ledger; whether any found something to do."""
        moved = [node.sync() for node in self]
        return any(progress is not None and progress.moved for progress in moved)

    def done(self, name: Name, *submissions: Submission) -> None:
        """Wait until a participant's commands are final and everybody knows."""
        for submission in submissions:
            self.final(self[name], submission)
        self.sync()

    def final(self, node: Node, submission: Submission) -> None:
        """Wait until a command is final, and every node knows it."""
        node.submissions.wait(submission)
        self.level()

    def level(self) -> None:
        """Let every node follow its ledger as far as the first of them: their endpoints may lag."""
        height = max(_height(one) for one in self)
        self.until(lambda: all(_height(one) >= height for one in self), f"all nodes to know block {height}")

    def until(self, condition: Callable[[], T | None], what: str) -> T:
        """Let all nodes work until the condition gives something. Raises `NotFinalError` naming `what`."""
        end = time.monotonic() + PATIENCE_SECONDS
        while (found := condition()) is None or found is False:
            if time.monotonic() > end:
                raise NotFinalError(f"the demo waited {PATIENCE_SECONDS:.0f} s for {what}")
            if not self.sync():
                time.sleep(IDLE_SECONDS)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def _height(node: Node) -> int:
    checkpoint = node.journal.chain()[0].checkpoint
    return -1 if checkpoint is None else checkpoint.height


def _base(name: Name) -> dict[str, Any]:
    part = CAST[name]
    return {
        "node": {"name": str(name)},
        "party": {"name": part.title, "contact": f"{name}@example.org", "account": {"iban": part.iban}},
        "database": {"url": "sqlite:///node.db"},
    }


def _signer(plugins: Plugins) -> dict[str, Any]:
    """A key that the node makes for itself, for ledgers that do not hand one out."""
    backend = next(one for one in plugins.signers.all() if one.embedded is not None)
    assert backend.embedded is not None
    return {"backend": backend.name, "settings": backend.embedded(Path())}
