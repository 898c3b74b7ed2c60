// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title Signatures
/// @notice Signatures in their only valid form: 65 bytes, `r | s | v`, with a low s and v 27 or 28.
library Signatures {
    uint256 internal constant SIZE = 65;

    /// @notice Whose signature it is.
    /// @dev Reads the call data where they lie; ECDSA would have them copied into memory first.
    /// @return signer_ Zero if the signature is not valid
    function signer(bytes calldata signature, bytes32 digest) internal pure returns (address signer_) {
        if (signature.length != SIZE) return address(0);
        uint8 v;
        bytes32 r;
        bytes32 s;
        assembly ("memory-safe") {
            r := calldataload(signature.offset)
            s := calldataload(add(signature.offset, 32))
            v := byte(0, calldataload(add(signature.offset, 64)))
        }
        (signer_,,) = ECDSA.tryRecover(digest, v, r, s);
    }
}
