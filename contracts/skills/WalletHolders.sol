// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletRegistry} from "./IWalletRegistry.sol";

/// @title WalletHolders
/// @notice What the ledgers of a wallet may know of who has it. {WalletRegistry} answers, and alone writes it.
abstract contract WalletHolders {
    /// @dev The account that has a wallet; zero if there is no such wallet.
    function _holder(uint256 wallet) internal view virtual returns (address);

    /// @dev The wallet of an account; zero if it has none.
    function _wallet(address account) internal view virtual returns (uint256);

    /// @dev Reverts unless the account can be given a wallet.
    function _requireFree(address account) internal view virtual;

    /// @dev Whether the account can be given a wallet.
    function _isFree(address account) internal view virtual returns (bool);

    function _requireOwned(uint256 wallet) internal view returns (address owner) {
        owner = _holder(wallet);
        if (owner == address(0)) revert IWalletRegistry.WalletUnknown(wallet);
    }

    /// @dev The caller's wallet.
    function _callersWallet() internal view returns (uint256 wallet) {
        wallet = _wallet(msg.sender);
        if (wallet == 0) revert IWalletRegistry.AccountHasNoWallet(msg.sender);
    }
}
