// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISkillWallet} from "./ISkillWallet.sol";

/// @title IWalletRenderer
/// @notice Turns a wallet into metadata.
interface IWalletRenderer {
    /// @notice A data URI with the JSON of ERC-721's metadata schema.
    /// @param skillWallet The contract to ask.
    /// @param wallet Token id; the wallet exists there.
    /// @return uri The URI.
    function tokenURI(ISkillWallet skillWallet, uint256 wallet) external view returns (string memory uri);
}
