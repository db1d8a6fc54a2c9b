// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Fields of a 256-bit word. Offset and width are constants wherever these are used, so the compiler folds the masks.

/// The field of `width` bits that begins at bit `offset`.
function field(uint256 word, uint256 offset, uint256 width) pure returns (uint256) {
    unchecked {
        return (word >> offset) & ((1 << width) - 1);
    }
}

/// `word` with that field replaced. `value` must fit: the protocol's domains and limits see to that.
function withField(uint256 word, uint256 offset, uint256 width, uint256 value) pure returns (uint256) {
    unchecked {
        return (word & ~(((1 << width) - 1) << offset)) | (value << offset);
    }
}
