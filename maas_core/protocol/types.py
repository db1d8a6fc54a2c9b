"""The closed wire types of protocol `maas/1` and the vocabulary built on them.

A wire type fixes a width; a domain (`low`, `high`, `required`) is what the check of arguments enforces. A value that
does not fit the width cannot be written on any ledger and is a `WireError` before anything is sent; a value that fits
the width but not the domain is `INVALID_ARGUMENT` on every ledger.
"""

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True, slots=True)
class Uint:
    """An unsigned integer of `bits` (8, 16, 32 or 64) whose domain is [low, high]."""

    bits: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class FixedBytes:
    """Exactly `size` bytes; `required` says that all zeros, which means "none", is outside the domain."""

    size: int
    required: bool


@dataclass(frozen=True, slots=True)
class VarBytes:
    """Up to `most` bytes; longer is outside the domain."""

    most: int


@dataclass(frozen=True, slots=True)
class ListOf:
    """From `least` to `most` elements of one flat struct or wire type."""

    least: int
    most: int


WireType = Uint | FixedBytes | VarBytes | ListOf

TIME_BITS = 34
"""Seconds UTC until the year 2514; all times of a ticket then fit one 256-bit word."""

AMOUNT_BITS = 49
"""10 000 x an amount stays below 2^63, so that every score fits 64 bits."""

TICKET_BITS = 24
"""Tickets of one kind on one machine."""

VERSION_LIMIT = 2**24 - 256
"""From this version on a record takes only changes that lead to its end, so that versions stay below 2^24."""

MAX_TIME = 2**TIME_BITS - 1
MAX_AMOUNT = 2**AMOUNT_BITS - 1
MAX_TICKETS = 2**TICKET_BITS - 1
MAX_PARTIES = 1000
MAX_BOARD = 16
MAX_ACCREDITED = 64
MAX_ANCHOR_ITEMS = 200
MAX_LOCATOR = 256
FOUNDER = 1
"""The PartyId of the party that founds a deployment."""

ZERO_ID = bytes(16)
ZERO_DIGEST = bytes(32)

U8 = Annotated[int, Uint(8, 0, 2**8 - 1)]
U16 = Annotated[int, Uint(16, 0, 2**16 - 1)]
U32 = Annotated[int, Uint(32, 0, 2**32 - 1)]
U64 = Annotated[int, Uint(64, 0, 2**64 - 1)]

Id = Annotated[bytes, FixedBytes(16, required=False)]
"""Names a record; random. A reference may be any value, a new record's name is a `NewId`."""
NewId = Annotated[bytes, FixedBytes(16, required=True)]
Digest = Annotated[bytes, FixedBytes(32, required=False)]
"""A SHA-256; zero means "none" where the field allows it."""
RequiredDigest = Annotated[bytes, FixedBytes(32, required=True)]
Identity = Annotated[bytes, FixedBytes(32, required=True)]
"""How a ledger knows a sender: an address left-padded with zeros, a digest of MSP id and subject, a public key."""
MaybeIdentity = Annotated[bytes, FixedBytes(32, required=False)]
Locator = Annotated[bytes, VarBytes(MAX_LOCATOR)]
"""Where a manifest lies, sealed for the machine's group."""

PartyId = Annotated[int, Uint(16, 0, 2**16 - 1)]
"""A party's number, named by the inviting proposal; 0 means "none"."""
MachineClass = Annotated[int, Uint(16, 0, 2**16 - 1)]
"""The OEM's number for a class of machines and a service area."""
Version = Annotated[int, Uint(32, 0, 2**32 - 1)]
"""The version of a record that the sender has seen."""
Seq = Annotated[int, Uint(32, 0, 2**32 - 1)]
"""A position in a machine's chain of anchors, from 1."""
TicketNo = Annotated[int, Uint(32, 0, 2**32 - 1)]
"""Counts the tickets of one kind on one machine, from 1."""
OfferNo = Annotated[int, Uint(32, 0, 2**32 - 1)]
"""Names a change offer on a machine; any unused number."""
Time = Annotated[int, Uint(64, 0, MAX_TIME)]
"""Seconds UTC."""
Duration = Annotated[int, Uint(32, 0, 2**32 - 1)]
"""Seconds."""
Amount = Annotated[int, Uint(64, 0, MAX_AMOUNT)]
"""Minor units of a currency."""
Currency = Annotated[int, Uint(16, 1, 999)]
"""ISO 4217 numeric code."""
Metres = Annotated[int, Uint(32, 0, 2**32 - 1)]
BasisPoints = Annotated[int, Uint(16, 0, 10_000)]
Flag = Annotated[int, Uint(8, 0, 1)]
"""0 or 1."""
Rating = Annotated[int, Uint(8, 0, 5)]
"""1 worst to 5 best; 0 means "not rated"."""
