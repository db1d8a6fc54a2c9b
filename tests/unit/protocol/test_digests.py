"""Preimages are laid out as the reference says: the expected bytes are written out here by hand."""

from dataclasses import replace
from hashlib import sha256

import pytest

from maas_core.protocol.commands import AnchorItem, AnchorTelemetry, RevealBid, Selection
from maas_core.protocol.digests import (
    KIND_OF,
    commitment,
    encode_record,
    encode_stored,
    encode_struct,
    state_digest,
    tag,
    tie_breaker,
)
from maas_core.protocol.records import RECORDS, Accreditation, BidRecord, Deployment, Party, Proposal, Standing
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import ActionKind
from tests.support.world import World, action, found

DEPLOYMENT = b"\xd0" * 32
MACHINE = b"\xaa" * 16
OFFER = b"\x0f" * 32
SALT = b"\x05" * 32
SHOWN = RevealBid(MACHINE, 2, 3, 1_000, 60, 70, OFFER, SALT)
BID = BidRecord(MACHINE, 2, 3, 258, 2, bytes(32), 1_000, 60, 70, 6_000, OFFER)
TICKET = "d0" * 32 + "aa" * 16 + "02" + "00000003"


def hashed(text: str) -> bytes:
    """SHA-256 of a preimage in hex."""
    return sha256(bytes.fromhex(text)).digest()


def test_a_tag_is_ascii_padded_to_16_bytes() -> None:
    assert tag("maas/1/bid") == b"maas/1/bid\0\0\0\0\0\0"
    assert {len(tag(kind)) for kind in RECORDS} == {16}


def test_a_commitment_hashes_tag_deployment_ticket_maintainer_and_all_that_is_shown() -> None:
    preimage = (
        "6d6161732f312f626964000000000000" + TICKET + "0102"
        + "00000000000003e8" + "0000003c" + "00000046" + "0f" * 32 + "05" * 32
    )  # fmt: skip

    assert commitment(DEPLOYMENT, 258, SHOWN) == hashed(preimage)
    assert commitment(DEPLOYMENT, 258, SHOWN).hex() == (
        "6cc3e76c409690c46b3294d12538d8f5bd45cb3a888938f363655dff4e9586cb"
    )


@pytest.mark.parametrize(
    "changed",
    [
        replace(SHOWN, machine=MACHINE[1:] + b"\0"),
        replace(SHOWN, kind=1),
        replace(SHOWN, n=4),
        replace(SHOWN, price=1_001),
        replace(SHOWN, eta=61),
        replace(SHOWN, distance=71),
        replace(SHOWN, offer=SALT),
        replace(SHOWN, salt=OFFER),
    ],
)
def test_a_commitment_depends_on_everything_that_is_shown(changed: RevealBid) -> None:
    assert commitment(DEPLOYMENT, 258, changed) != commitment(DEPLOYMENT, 258, SHOWN)


def test_a_tie_breaker_hashes_tag_deployment_ticket_and_maintainer() -> None:
    preimage = "6d6161732f312f746965000000000000" + TICKET + "0102"

    assert tie_breaker(DEPLOYMENT, BID) == hashed(preimage)
    assert tie_breaker(DEPLOYMENT, replace(BID, price=0, eta=0, offer=SALT)) == hashed(preimage)


def test_a_party_is_encoded_without_identity_and_profile() -> None:
    party = Party(258, b"\x01" * 32, 2, 5, 7, b"\x02" * 32)

    assert encode_stored(party).hex() == "0102" + "02" + "05" + "00000007"


def test_a_proposal_is_encoded_without_its_action_and_with_its_voters_counted() -> None:
    proposal = Proposal(MACHINE, 1, action(ActionKind.SUSPEND, party=2), 9, 1, (1, 258))

    assert encode_stored(proposal).hex() == ("aa" * 16 + "0001" + "0000000000000009" + "01" + "0002" + "0001" + "0102")


def test_a_deployment_is_encoded_with_its_rules_at_their_widths() -> None:
    record = Deployment(DEPLOYMENT, bytes(32), 1, bytes(32), Rules(1, 2, 3, 4, 5, 6), 7, 8)
    rules = "0001" + "00000002" + "0003" + "00000004" + "00000005" + "0006"

    assert encode_stored(record).hex() == "d0" * 32 + "01" + rules + "0007" + "0008"


def test_an_empty_list_is_its_length() -> None:
    assert encode_stored(Accreditation(2, 9, 1, ())).hex() == "0002" + "0009" + "00000001" + "0000"


def test_structs_are_encoded_field_by_field_and_variable_bytes_with_their_length() -> None:
    item = AnchorItem(MACHINE, 1, 1, 0, 2, 3, 4, DEPLOYMENT, b"\xbe\xef")
    selection = Selection(2, 1, 2, 3, 4, 5, 6, 7, 8)

    assert encode_struct(item).hex() == (
        "aa" * 16 + "00000001" + "01" + "00000000" + "0000000000000002" + "0000000000000003" + "00000004"
        + "d0" * 32 + "0002" + "beef"
    )  # fmt: skip
    assert encode_struct(selection).hex() == (
        "02" + "0000000000000001" + "02" + "0000000000000003" + "0000000000000004" + "0005000600070008"
    )


def test_a_list_of_structs_is_its_length_and_the_structs() -> None:
    item = AnchorItem(MACHINE, 1, 1, 0, 2, 3, 4, DEPLOYMENT, b"")

    assert encode_struct(AnchorTelemetry((item, item))) == b"\0\2" + encode_struct(item) * 2


def test_a_record_in_the_state_is_its_kind_as_a_tag_and_its_stored_fields() -> None:
    record = Accreditation(2, 9, 1, (4,))

    assert encode_record(record) == b"accreditation\0\0\0" + encode_stored(record)
    assert KIND_OF[Accreditation] == "accreditation"


def test_the_state_digest_hashes_the_sorted_records_after_tag_and_deployment() -> None:
    first, second = Accreditation(2, 9, 1, ()), Standing(1, 0, 0, 0, 0, 0, 0)
    preimage = b"maas/1/state\0\0\0\0" + DEPLOYMENT + encode_record(first) + encode_record(second)

    assert state_digest(DEPLOYMENT, [second, first]) == sha256(preimage).digest()
    assert state_digest(DEPLOYMENT, [first, second]) == sha256(preimage).digest()
    assert state_digest(DEPLOYMENT, []) == sha256(b"maas/1/state\0\0\0\0" + DEPLOYMENT).digest()


def test_the_digest_of_a_newly_founded_deployment_is_known() -> None:
    world = World()
    world.does("board", found())
    state = world.state
    records = [value for key, value in state.items() if key[0] != "identity"]

    assert state_digest(state["deployment",].deployment, records).hex() == (
        "bf6f1d6cdd6d4fcd193afc32344a7c470f04139479230ccea7998bac4e16cf7d"
    )
