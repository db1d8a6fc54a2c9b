"""Merkle trees against the vectors of Certificate Transparency and against the definition in RFC 6962."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.proofs.merkle import Tree, leaf_hash, node_hash, verify

LEAVES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Published test data of RFC 6962 implementations: the roots over the first 0, 1, ... 8 leaves."""

leaves = st.lists(st.binary(max_size=40), min_size=1, max_size=70)


def tree_of(contents: list[bytes]) -> Tree:
    return Tree(leaf_hash(one) for one in contents)


def defined_root(contents: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word by word."""
    if len(contents) == 1:
        return sha256(b"\x00" + contents[0]).digest()
    split = 1 << (len(contents) - 1).bit_length() - 1
    return sha256(b"\x01" + defined_root(contents[:split]) + defined_root(contents[split:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_published_vectors(size: int) -> None:
    assert tree_of(LEAVES[:size]).root.hex() == ROOTS[size]


def test_the_paths_are_those_of_the_published_vectors() -> None:
    path = tree_of(LEAVES).proof(5)
    assert [one.hex() for one in path] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(leaves)
def test_the_root_is_the_one_that_the_rfc_defines(contents: list[bytes]) -> None:
    assert tree_of(contents).root == defined_root(contents)


@given(leaves, st.data())
def test_every_leaf_has_a_proof_and_it_proves_nothing_else(contents: list[bytes], data: st.DataObject) -> None:
    tree = tree_of(contents)
    index = data.draw(st.integers(0, len(contents) - 1))
    leaf, proof = leaf_hash(contents[index]), tree.proof(index)
    assert verify(leaf, index, tree.size, proof, tree.root)
    assert not verify(leaf_hash(contents[index] + b"!"), index, tree.size, proof, tree.root)
    assert not verify(leaf, index, tree.size, (*proof, tree.root), tree.root)
    assert not verify(leaf, index, tree.size, proof, leaf_hash(tree.root))
    if proof:
        assert not verify(leaf, index, tree.size, proof[:-1], tree.root)
        assert not verify(leaf, index, tree.size, proof[1:], tree.root)


@given(st.integers(1, 200), st.data())
def test_a_proof_holds_for_one_place_only(size: int, data: st.DataObject) -> None:
    contents = [bytes([n]) for n in range(size)]
    tree = tree_of(contents)
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-1, size))
    proof = tree.proof(index)
    assert verify(leaf_hash(contents[index]), other, size, proof, tree.root) == (other == index)


def test_a_proof_is_not_accepted_for_trees_of_another_size_where_the_path_tells() -> None:
    tree = tree_of(LEAVES)
    assert not verify(leaf_hash(LEAVES[7]), 7, 9, tree.proof(7), tree.root)
    assert not verify(leaf_hash(LEAVES[3]), 3, 4, tree.proof(3), tree.root)


@given(leaves)
def test_nodes_are_the_roots_of_their_leaves(contents: list[bytes]) -> None:
    tree = tree_of(contents)
    assert tree.node(tree.height, 0) == tree.root
    for level in range(tree.height + 1):
        for index in range(-(-len(contents) // 2**level)):
            part = contents[index * 2**level : (index + 1) * 2**level]
            assert tree.node(level, index) == defined_root(part)


def test_a_node_cannot_be_passed_off_as_a_leaf() -> None:
    tree = tree_of(LEAVES[:4])
    assert leaf_hash(tree.node(0, 0) + tree.node(0, 1)) != node_hash(tree.node(0, 0), tree.node(0, 1))


@pytest.mark.parametrize("index", [-1, 8])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(IndexError, match=f"no leaf {index}"):
        tree_of(LEAVES).proof(index)


def test_a_leaf_hash_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Tree([b"short"])
