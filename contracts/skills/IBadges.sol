// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1155MetadataURI} from "@openzeppelin/contracts/interfaces/IERC1155MetadataURI.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IWalletRegistry} from "./IWalletRegistry.sol";

/// @title IBadges
/// @notice Badges of kinds and tiers: id = kind x 256 + tier, tiers 0 to 31. An id is soulbound or tradeable for ever. A soulbound badge
/// belongs to a skill wallet, at most one of an id to each, and follows it through a recovery; a tradeable one belongs to an
/// account, like any ERC-1155 token.
/// @dev After a recovery balances are right at once; the event that ERC-1155 asks for is emitted by {follow}, which anyone may call, or
/// by the next mint or upgrade of that kind.
interface IBadges is IERC2981, IERC1155MetadataURI {
    /// @notice The rules of a badge, fixed when it is created.
    /// @param soulbound Belongs to a wallet and never moves by itself.
    /// @param freezable Governance may suspend it for one holder.
    /// @param claimable Whoever has the level may take one, once per wallet.
    /// @param cap Most that exist at a time, at least 1.
    /// @param expiresAt From when it is no longer active nor given, in seconds; zero: never.
    /// @param skill Skill that it takes to be active; zero: none.
    /// @param level Level of that skill, at least 1.
    /// @param upgradeCost How many badges of the tier below are burned for one; zero: none can be. 1 if soulbound.
    struct BadgePolicy {
        bool soulbound;
        bool freezable;
        bool claimable;
        uint64 cap;
        uint40 expiresAt;
        uint16 skill;
        uint8 level;
        uint8 upgradeCost;
    }

    /// @notice A badge exists from now on.
    event BadgeCreated(uint256 indexed id, BadgePolicy policy);
    /// @notice An account may, or may no longer, mint badges of a kind.
    event MinterSet(address indexed minter, uint256 indexed kind, bool allowed);
    /// @notice A badge is suspended for one holder, or no longer. `wallet` is zero for a tradeable badge.
    event BadgeFrozen(address indexed account, uint256 indexed wallet, uint256 indexed id, bool frozen);
    /// @notice A wallet took its badge on proof of level. The transfer event follows.
    event BadgeClaimed(uint256 indexed wallet, uint256 indexed id);
    /// @notice A royalty was set, in basis points of the sale price.
    event RoyaltySet(uint256 indexed id, address receiver, uint256 bps);

    /// @notice The id or a rule is outside its range, or does not fit the tier below.
    error BadgePolicyInvalid(uint256 id);
    /// @notice The badge exists already.
    error BadgeExists(uint256 id);
    /// @notice No such badge.
    error BadgeUnknown(uint256 id);
    /// @notice The badge cannot be transferred, nor burned by its holder.
    error BadgeSoulbound(uint256 id);
    /// @notice The badge is not soulbound: it has no part in this.
    error BadgeNotSoulbound(uint256 id);
    /// @notice The badge has expired.
    error BadgeExpired(uint256 id);
    /// @notice The badge is suspended for this holder.
    error BadgeIsFrozen(uint256 id);
    /// @notice The badge cannot be suspended.
    error BadgeNotFreezable(uint256 id);
    /// @notice The badge cannot be claimed.
    error BadgeNotClaimable(uint256 id);
    /// @notice The badge cannot be had by an upgrade.
    error BadgeNotUpgradeable(uint256 id);
    /// @notice The wallet claimed this badge before.
    error BadgeAlreadyClaimed(uint256 id);
    /// @notice The wallet has this badge.
    error BadgeAlreadyHeld(uint256 id);
    /// @notice The wallet does not have this badge.
    error BadgeNotHeld(uint256 id);
    /// @notice More badges than may exist.
    error CapExceeded(uint256 id, uint256 supply, uint256 cap);
    /// @notice A soulbound badge is minted one at a time.
    error AmountInvalid(uint256 amount);
    /// @notice The wallet's level is too low.
    error LevelTooLow(uint256 skill, uint256 level);
    /// @notice The account may not mint badges of this kind.
    error MinterNotAllowed(address minter, uint256 kind);
    /// @notice The account has no wallet to hold a soulbound badge or to prove a level.
    error AccountHasNoWallet(address account);

    /// @notice Creates a badge. Restricted by the AccessManager.
    function createBadge(uint256 id, BadgePolicy calldata policy) external;

    /// @notice Allows or forbids an account to mint badges of a kind. Restricted by the AccessManager.
    function setMinter(address minter, uint256 kind, bool allowed) external;

    /// @notice Suspends a badge for one holder, or ends that. A suspended badge is not active and cannot be transferred, burned or
    /// upgraded. With a soulbound badge it follows the wallet. Restricted by the AccessManager.
    function setFrozen(address account, uint256 id, bool frozen) external;

    /// @notice Sets the royalty of a tradeable badge. Restricted by the AccessManager.
    /// @param bps Basis points of the sale price, at most 10,000; rounded down.
    function setRoyalty(uint256 id, address receiver, uint96 bps) external;

    /// @notice Sets the metadata URI, in which clients replace {id}. Restricted by the AccessManager.
    function setURI(string calldata uri_) external;

    /// @notice Mints badges. Only by a minter of the kind.
    /// @param amount 1 for a soulbound badge.
    /// @param data Handed to a receiver that is a contract.
    function mint(address to, uint256 id, uint256 amount, bytes calldata data) external;

    /// @notice Gives the caller a badge on proof of level, once per wallet.
    function claim(uint256 id) external;

    /// @notice Burns `upgradeCost` of the caller's badges of the tier below for one of this one, on proof of level where one is
    /// asked for.
    function upgrade(uint256 id) external;

    /// @notice Burns tradeable badges of the caller.
    function burn(uint256 id, uint256 amount) external;

    /// @notice Emits the transfers of soulbound badges that followed a wallet through a recovery, and burns those of a burned wallet.
    /// Anyone may call it.
    function follow(uint256 wallet, uint256[] calldata kinds) external;

    /// @notice Whether an account holds a badge that counts: not expired, not suspended, and the level it takes is reached now.
    function isActive(address account, uint256 id) external view returns (bool);
    /// @notice The highest tier of a kind of which an account has an active soulbound badge.
    function activeTier(address account, uint256 kind) external view returns (bool active, uint256 tier);
    /// @notice The rules of a badge.
    function policyOf(uint256 id) external view returns (BadgePolicy memory);
    /// @notice How many exist.
    function totalSupply(uint256 id) external view returns (uint256);
    /// @notice Whether a badge is suspended for an account.
    function isFrozen(address account, uint256 id) external view returns (bool);
    /// @notice Whether an account may mint badges of a kind.
    function isMinter(address account, uint256 kind) external view returns (bool);
    /// @notice Where accounts have their wallets.
    function registry() external view returns (IWalletRegistry);
}
