// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISkillLedger} from "./ISkillLedger.sol";
import {IWalletRecovery} from "./IWalletRecovery.sol";
import {IWalletRegistry} from "./IWalletRegistry.sol";
import {IWalletRenderer} from "./IWalletRenderer.sol";

/// @title ISkillWallet
/// @notice A person's skills as a soulbound token. Whatever belongs to the person (experience, badges, reputation,
/// discounts) is kept by token id and found from an account by {IWalletRegistry-walletOf}.
/// @dev ERC-5484 asks that metadata stay as issued. What is fixed here is who may burn and the rules of each skill;
/// experience changes by those rules, and ERC-4906 says when.
interface ISkillWallet is IWalletRegistry, ISkillLedger, IWalletRecovery {
    /// @notice Metadata is rendered by another contract from now on.
    event RendererSet(IWalletRenderer renderer);

    /// @notice The wallet's burn authorisation does not allow this.
    error BurnNotAllowed(uint256 wallet, BurnAuth auth);
    /// @notice The account did not sign that it wants the wallet.
    error ConsentInvalid(address account);

    /// @notice Mints the caller's wallet.
    /// @param auth Who may burn it, for ever. The issuer is whoever governance gave {burnByIssuer}.
    /// @return wallet Its token id.
    function mint(BurnAuth auth) external returns (uint256 wallet);

    /// @notice Mints an account's wallet with its consent. Anyone may transmit it.
    /// @param account Who gets it.
    /// @param auth Who may burn it, for ever.
    /// @param deadline Last second in which the consent counts, Unix time.
    /// @param signature The account's, over MintConsent(address account,uint8 burnAuth,uint256 nonce,uint256 deadline)
    /// with {IWalletRegistry-mintNonce}: 65 bytes (r, s, v), or whatever its contract approves by EIP-1271.
    /// @return wallet Its token id.
    function mintFor(address account, BurnAuth auth, uint256 deadline, bytes calldata signature)
        external
        returns (uint256 wallet);

    /// @notice Burns the caller's wallet, if its holder may. A wallet with guardians is burned in two calls: the first
    /// announces it ({IWalletRecovery-BurnAnnounced}), the second burns, from 14 days after the first and before 28;
    /// later it announces anew.
    /// @dev Guardians stop it by {IWalletRecovery-cancelAnnouncement} or by a recovery, until the second call.
    function burn() external;

    /// @notice Burns a wallet, if its issuer may. Restricted by the AccessManager.
    /// @param wallet Token id.
    function burnByIssuer(uint256 wallet) external;

    /// @notice Lets another contract render metadata. Restricted by the AccessManager.
    /// @param renderer The contract.
    function setRenderer(IWalletRenderer renderer) external;

    /// @notice The contract that renders metadata.
    /// @return The contract.
    function renderer() external view returns (IWalletRenderer);
}
