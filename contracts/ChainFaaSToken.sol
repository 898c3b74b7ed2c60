// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { ERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title ChainFaaSToken
/// @notice The unit of payment: an ERC-20 with EIP-2612 permits and 18 decimals.
/// @dev The supply is minted once, here, and nothing can change it. It fits into 96 bits, as every amount of the
/// protocol does. No fee on transfer, no rebasing, no callbacks: the ledgers rely on that.
contract ChainFaaSToken is ERC20, ERC20Permit {
    /// @notice The supply does not fit into 96 bits.
    error ChainFaaSToken_SupplyTooLarge(uint256 supply);

    /// @param holder Who gets the whole supply
    /// @param supply In base units of 10^-18 token
    constructor(address holder, uint256 supply) ERC20("ChainFaaS Token", "CFT") ERC20Permit("ChainFaaS Token") {
        if (supply > type(uint96).max) revert ChainFaaSToken_SupplyTooLarge(supply);
        _mint(holder, supply);
    }
}
