"""Signed transactions are those that any Ethereum tool makes of the same fields."""

import sys

from hypothesis import given
from hypothesis import strategies as st
from maas_ledger_eth.address import checksummed, created_address, signer_address
from maas_ledger_eth.keystore import signer_of
from maas_ledger_eth.recursion import recursion_limit_kept
from maas_ledger_eth.transaction import Draft, Offer, offer_of, sign
from maas_ledger_eth.transport import vendor

with recursion_limit_kept():
    from eth_account import Account as Reference

secrets = st.binary(min_size=32, max_size=32).filter(lambda one: 0 < int.from_bytes(one, "big") < 2**255)
amounts = st.integers(0, 10**12)
drafts = st.builds(
    Draft,
    nonce=st.integers(0, 2**40),
    offer=st.builds(Offer, amounts, st.none() | amounts),
    gas=st.integers(21_000, 30_000_000),
    to=st.binary(min_size=20, max_size=20),
    data=st.binary(max_size=200),
    value=amounts,
)


@given(draft=drafts, secret=secrets, chain_id=st.integers(1, 2**31))
def test_it_is_what_the_reference_library_signs(draft: Draft, secret: bytes, chain_id: int) -> None:
    told = {
        "nonce": draft.nonce,
        "gas": draft.gas,
        "to": checksummed(draft.to),
        "data": draft.data,
        "value": draft.value,
        "chainId": chain_id,
    }
    if draft.offer.tip is None:
        told |= {"gasPrice": draft.offer.price}
    else:
        told |= {"maxFeePerGas": draft.offer.price, "maxPriorityFeePerGas": draft.offer.tip, "type": 2}
    expected = Reference.sign_transaction(told, secret)

    attempt = sign(draft, chain_id, signer_of(secret))

    assert attempt.payload == bytes(expected.raw_transaction)
    assert attempt.transaction == bytes(expected.hash)
    assert attempt.sequence == draft.nonce
    assert offer_of(attempt) == draft.offer


@given(secret=secrets)
def test_an_address_is_that_of_the_key(secret: bytes) -> None:
    assert checksummed(signer_address(signer_of(secret))) == Reference.from_key(secret).address


def test_web3_leaves_the_recursion_limit_as_it_was() -> None:
    vendor.Web3()
    assert sys.getrecursionlimit() < 10_000


def test_a_created_contract_lies_where_the_chain_puts_it() -> None:
    creator = bytes.fromhex("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")
    assert created_address(creator, 0).hex() == "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"
    assert created_address(creator, 1).hex() == "343c43a37d37dff08ae8c4a11544c718abb4fcf8"
