"""The quick decoder reads what eth-abi reads, and refuses what it refuses."""

import pytest
from eth_abi.abi import default_codec
from hypothesis import given
from hypothesis import strategies as st
from maas_ledger_eth.flat import Malformed, flat

TYPES = {
    "uint8": st.integers(0, 2**8 - 1),
    "uint256": st.integers(0, 2**256 - 1),
    "bytes16": st.binary(min_size=16, max_size=16),
    "bytes32": st.binary(min_size=32, max_size=32),
    "bytes": st.binary(max_size=100),
}
values = st.lists(st.sampled_from(sorted(TYPES)).flatmap(lambda one: st.tuples(st.just(one), TYPES[one])), max_size=8)


@given(values)
def test_it_reads_what_the_library_writes(told: list[tuple[str, int | bytes]]) -> None:
    types = [one for one, _ in told]
    data = default_codec.encode(types, [value for _, value in told])
    decoder = flat(types)
    assert decoder is not None
    assert decoder.decode(data) == tuple(value for _, value in told)


@given(values.filter(bool), st.data())
def test_it_refuses_what_is_cut_off(told: list[tuple[str, int | bytes]], data: st.DataObject) -> None:
    types = [one for one, _ in told]
    whole = default_codec.encode(types, [value for _, value in told])
    decoder = flat(types)
    assert decoder is not None
    with pytest.raises(Malformed):
        decoder.decode(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("uint8", b"\1" * 32),
        ("bytes16", b"\1" * 32),
        ("bytes", (32).to_bytes(32, "big") + b"\0" * 31 + b"\1" + b"\2" * 32),
    ],
)
def test_it_refuses_what_does_not_fit(kind: str, data: bytes) -> None:
    decoder = flat([kind])
    assert decoder is not None
    with pytest.raises(Malformed):
        decoder.decode(data)


def test_arrays_and_tuples_are_left_to_the_library() -> None:
    assert flat(["uint16[]"]) is None
    assert flat(["(uint8,bytes)"]) is None
