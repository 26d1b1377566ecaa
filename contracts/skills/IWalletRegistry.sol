// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/interfaces/IERC721Metadata.sol";

/// @notice Minimal soulbound tokens. Interface id 0xb45a3c0e.
interface IERC5192 {
    /// @notice The token cannot be transferred from now on.
    event Locked(uint256 tokenId);
    /// @notice The token can be transferred from now on. Never emitted here.
    event Unlocked(uint256 tokenId);

    /// @notice Whether the token cannot be transferred. Reverts for a token that does not exist.
    /// @param tokenId Token id.
    /// @return Always true here.
    function locked(uint256 tokenId) external view returns (bool);
}

/// @notice Consensual soulbound tokens. Interface id 0x0489b56f.
interface IERC5484 {
    /// @notice Who may burn a token; never changes.
    enum BurnAuth {
        IssuerOnly,
        OwnerOnly,
        Both,
        Neither
    }

    /// @notice A token was issued.
    event Issued(address indexed from, address indexed to, uint256 indexed tokenId, BurnAuth burnAuth);

    /// @notice Who may burn a token. Reverts for a token that does not exist.
    /// @param tokenId Token id.
    /// @return Who may burn it.
    function burnAuth(uint256 tokenId) external view returns (BurnAuth);
}

/// @title IWalletRegistry
/// @notice Which wallet belongs to whom: ERC-721 without transfers and approvals. An account has at most one wallet,
/// token ids rise from 1 and are never given twice.
interface IWalletRegistry is IERC721Metadata, IERC4906, IERC5192, IERC5484 {
    /// @notice The token cannot be transferred, nor anybody approved to.
    error WalletLocked();
    /// @notice No such wallet, or it was burned.
    error WalletUnknown(uint256 wallet);
    /// @notice The account has no wallet.
    error AccountHasNoWallet(address account);
    /// @notice The account has a wallet already.
    error AccountHasWallet(address account, uint256 wallet);
    /// @notice A wallet was recovered from this account: it may never have one again.
    error AccountBarred(address account);
    /// @notice The zero address cannot have a wallet.
    error AccountInvalid(address account);

    /// @notice The wallet of an account.
    /// @param account Any account.
    /// @return wallet Token id; zero if it has none.
    function walletOf(address account) external view returns (uint256 wallet);

    /// @notice The account that has a wallet. As ownerOf, but never reverts.
    /// @param wallet Token id.
    /// @return account Zero if there is no such wallet.
    function holderOf(uint256 wallet) external view returns (address account);

    /// @notice Whether a wallet was recovered from this account.
    /// @param account Any account.
    /// @return barred True: it may never have a wallet again.
    function isBarred(address account) external view returns (bool barred);

    /// @notice Wallets that the account ever minted: the nonce of its next mint by signature.
    /// @param account Any account.
    /// @return nonce Counts from zero, mints by the account itself included.
    function mintNonce(address account) external view returns (uint256 nonce);
}
