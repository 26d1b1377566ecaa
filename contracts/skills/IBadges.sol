// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1155MetadataURI} from "@openzeppelin/contracts/interfaces/IERC1155MetadataURI.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IWalletRegistry} from "./IWalletRegistry.sol";

/// @title IBadges
/// @notice Badges of kinds and tiers: id = kind x 256 + tier, tiers 0 to 31. An id is soulbound or tradeable for ever.
/// A soulbound badge belongs to a skill wallet, at most one of an id to each, and follows it through a recovery; a
/// tradeable one belongs to an account, like any ERC-1155 token.
/// @dev After a recovery balances are right at once; the event that ERC-1155 asks for is emitted by {follow}, which
/// anyone may call, or by the next mint or upgrade of that kind.
interface IBadges is IERC2981, IERC1155MetadataURI {
    /// @notice The rules of a badge, fixed when it is created.
    /// @param soulbound Belongs to a wallet and never moves by itself.
    /// @param freezable Governance may suspend it for one holder.
    /// @param claimable Whoever has the level may take one, once per wallet.
    /// @param cap Most that exist at a time, at least 1.
    /// @param expiresAt From when it is no longer active nor given, in seconds, later than now; zero: never.
    /// @param skill Skill that it takes to be active; zero: none. The soulbound tiers of a kind take at most 4 skills
    /// in all.
    /// @param level Level of that skill, at least 1 and at most its highest.
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
    /// @notice A badge is suspended for one holder, or no longer. `wallet` is zero for a tradeable badge; else
    /// `account` is who has the wallet now.
    event BadgeFrozen(address indexed account, uint256 indexed wallet, uint256 indexed id, bool frozen);
    /// @notice A wallet took its badge on proof of level. The transfer event follows.
    event BadgeClaimed(uint256 indexed wallet, uint256 indexed id);
    /// @notice A royalty was set, in basis points of the sale price.
    event RoyaltySet(uint256 indexed id, address receiver, uint256 bps);

    /// @notice The id or a rule is outside its range, or does not fit the tier below.
    error BadgePolicyInvalid(uint256 id);
    /// @notice The soulbound tiers of the kind would take more skills than a fee policy can ask for.
    error TooManySkills(uint256 kind, uint256 most);
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
    /// @param id Kind x 256 + tier, tiers 0 to 31.
    /// @param policy Its rules, for ever. A skill that is not defined, a level above its highest and an expiry that is
    /// not ahead are refused.
    function createBadge(uint256 id, BadgePolicy calldata policy) external;

    /// @notice Allows or forbids an account to mint badges of a kind. Restricted by the AccessManager.
    /// @param minter The account.
    /// @param kind The kind.
    /// @param allowed Whether it may.
    function setMinter(address minter, uint256 kind, bool allowed) external;

    /// @notice Suspends a soulbound badge of one wallet, or ends that. A suspended badge is not active and cannot be
    /// upgraded. It follows the wallet, and is meant by the wallet's id, so that no recovery on its way makes it hit
    /// another one. Restricted by the AccessManager.
    /// @param wallet Token id of a wallet that exists; it need not hold the badge yet.
    /// @param id A soulbound badge whose policy allows it.
    /// @param frozen Whether it is suspended.
    function setFrozen(uint256 wallet, uint256 id, bool frozen) external;

    /// @notice Suspends a tradeable badge for one account, or ends that. A suspended badge is not active and cannot be
    /// transferred, burned or upgraded. Restricted by the AccessManager.
    /// @param account The account; it need not hold the badge yet.
    /// @param id A tradeable badge whose policy allows it.
    /// @param frozen Whether it is suspended.
    function setAccountFrozen(address account, uint256 id, bool frozen) external;

    /// @notice Sets the royalty of a tradeable badge. Restricted by the AccessManager.
    /// @param id The badge.
    /// @param receiver Who gets it.
    /// @param bps Basis points of the sale price, at most 10,000; rounded down.
    function setRoyalty(uint256 id, address receiver, uint96 bps) external;

    /// @notice Sets the metadata URI. Restricted by the AccessManager.
    /// @param uri_ The URI, in which clients replace {id}.
    function setURI(string calldata uri_) external;

    /// @notice Mints badges. Only by a minter of the kind.
    /// @param to Who gets them; with a wallet, if the badge is soulbound.
    /// @param id The badge.
    /// @param amount How many; 1 for a soulbound badge.
    /// @param data Handed to a receiver that is a contract.
    function mint(address to, uint256 id, uint256 amount, bytes calldata data) external;

    /// @notice Gives the caller a badge on proof of level, once per wallet.
    /// @param id The badge.
    function claim(uint256 id) external;

    /// @notice Burns `upgradeCost` of the caller's badges of the tier below for one of this one, on proof of level
    /// where one is asked for.
    /// @param id The badge that the caller gets.
    function upgrade(uint256 id) external;

    /// @notice Burns tradeable badges of the caller.
    /// @param id The badge.
    /// @param amount How many.
    function burn(uint256 id, uint256 amount) external;

    /// @notice Emits the transfers of soulbound badges that followed a wallet through a recovery, and burns those of a
    /// burned wallet. Anyone may call it.
    /// @param wallet Token id.
    /// @param kinds Kinds to look at.
    function follow(uint256 wallet, uint256[] calldata kinds) external;

    /// @notice Whether an account holds a badge that counts: not expired, not suspended, and the level it takes is
    /// reached now.
    /// @param account The account.
    /// @param id The badge.
    /// @return active Whether it counts.
    function isActive(address account, uint256 id) external view returns (bool active);

    /// @notice The highest tier of a kind of which an account has an active soulbound badge.
    /// @dev A fee policy can ask for it within what a pool gives it, with all 32 tiers held and whatever their levels.
    /// @param account The account.
    /// @param kind The kind.
    /// @return active Whether there is one.
    /// @return tier 0 to 31; zero if there is none.
    function activeTier(address account, uint256 kind) external view returns (bool active, uint256 tier);

    /// @notice The rules of a badge. Reverts for an unknown one.
    /// @param id The badge.
    /// @return policy Its rules.
    function policyOf(uint256 id) external view returns (BadgePolicy memory policy);

    /// @notice How many exist.
    /// @param id The badge.
    /// @return supply Number of badges; those of burned wallets are counted until {follow}.
    function totalSupply(uint256 id) external view returns (uint256 supply);

    /// @notice Whether a badge is suspended for an account.
    /// @param account The account; a soulbound badge is its wallet's.
    /// @param id The badge.
    /// @return frozen Whether it is.
    function isFrozen(address account, uint256 id) external view returns (bool frozen);

    /// @notice Whether an account may mint badges of a kind.
    /// @param account The account.
    /// @param kind The kind.
    /// @return allowed Whether it may.
    function isMinter(address account, uint256 kind) external view returns (bool allowed);

    /// @notice Where accounts have their wallets.
    /// @return The contract.
    function registry() external view returns (IWalletRegistry);
}
