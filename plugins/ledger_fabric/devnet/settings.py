"""The options of `maasctl devnet up fabric`."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

NAME = re.compile(r"[a-z][a-z0-9]{0,19}")
DURATION = re.compile(r"[1-9][0-9]{0,4}(ms|s)")


@dataclass(frozen=True, slots=True)
class Settings:
    """Organisations, orderers and how the chaincode is served."""

    orgs: str = field(
        default="oem,customer,maintainer",
        metadata={"help": "Organisations, each with a peer, separated by commas; an endorsement needs most of them"},
    )
    people: str = field(
        default="board,auditor,rival,stranger",
        metadata={"help": "More participants, each an identity of one of the organisations"},
    )
    orderers: Literal["1", "3"] = field(default="1", metadata={"help": "How many orderers (Raft)"})
    batch_timeout: str = field(default="200ms", metadata={"help": "How long an orderer waits for a block to fill"})
    batch_size: int = field(default=500, metadata={"help": "Most transactions in a block", "min": 1, "max": 10_000})
    services: Literal["shared", "each"] = field(
        default="shared",
        metadata={"help": "One chaincode service for all peers, or for each organisation one of its own with TLS"},
    )
    tools: Path | None = field(
        default=None, metadata={"help": "Folder with Fabric's commands (peer, orderer, ...); else from PATH, or built"}
    )
    chaincode: Path | None = field(
        default=None, metadata={"help": "The chaincode: its Go module's folder, or its service as an executable"}
    )

    def __post_init__(self) -> None:
        if not self.org_names:
            raise ValueError("orgs: there has to be one; accepted: names separated by commas")
        names = self.org_names + self.people_names
        for name in names:
            if not NAME.fullmatch(name):
                raise ValueError(f"orgs, people: {name!r} is no name; accepted: small letters and digits, at most 20")
        if len(set(names)) < len(names):
            raise ValueError("orgs, people: a name stands there twice; accepted: each once")
        if not DURATION.fullmatch(self.batch_timeout):
            raise ValueError(f"batch_timeout: {self.batch_timeout!r} is no duration; accepted: e.g. 200ms or 2s")

    @property
    def org_names(self) -> tuple[str, ...]:
        """The organisations."""
        return tuple(one.strip() for one in self.orgs.split(",") if one.strip())

    @property
    def people_names(self) -> tuple[str, ...]:
        """Participants that are no organisation of their own."""
        return tuple(one.strip() for one in self.people.split(",") if one.strip())
