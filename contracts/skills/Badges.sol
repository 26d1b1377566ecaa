// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC1155} from "@openzeppelin/contracts/interfaces/IERC1155.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {ERC1155Utils} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Utils.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {
    BadgeRule,
    HIGHEST_PLACE,
    Holdings,
    PLACES,
    TIERS,
    TIERS_PER_WORD,
    TierRules,
    packRule
} from "./BadgeRecord.sol";
import {IBadges} from "./IBadges.sol";
import {ISkillLedger} from "./ISkillLedger.sol";
import {ISkillWallet} from "./ISkillWallet.sol";
import {IWalletRegistry} from "./IWalletRegistry.sol";

/// @title Badges
/// @notice Soulbound and tradeable badges. {IBadges} documents it.
/// @dev Tradeable badges live in OpenZeppelin's ERC-1155; soulbound ones never enter it: {_holdings} has them by
/// wallet, and every way that moves the others ({_update}) refuses them. Receivers are called last.
contract Badges is ERC1155, ERC2981, AccessManaged, IBadges {
    /// @dev Skills that the soulbound tiers of one kind may take in all: each costs a search among them two words more.
    uint256 private constant MAX_SKILLS = 4;

    ISkillWallet private immutable _skillWallet;

    mapping(uint256 id => BadgeRule) private _rules;
    mapping(uint256 wallet => mapping(uint256 kind => Holdings)) private _holdings;
    /// @dev Of tradeable badges: suspensions by account, in the same form.
    mapping(address account => mapping(uint256 kind => Holdings)) private _suspensions;
    /// @dev Of soulbound badges: their rules once more, as {activeTier} reads them.
    mapping(uint256 kind => mapping(uint256 firstTier => TierRules)) private _tierRules;
    mapping(address minter => mapping(uint256 kind => bool)) private _minters;

    /// @param authority The AccessManager: who creates badges, names minters, suspends, sets royalties and the URI.
    /// @param skillWallet Where accounts have their wallets and levels.
    /// @param uri_ First metadata URI.
    constructor(address authority, ISkillWallet skillWallet, string memory uri_)
        ERC1155(uri_)
        AccessManaged(authority)
    {
        _skillWallet = skillWallet;
    }

    /// @inheritdoc IBadges
    function createBadge(uint256 id, BadgePolicy calldata policy) external override restricted {
        if (_rules[id].exists()) revert BadgeExists(id);
        if (policy.expiresAt != 0 && policy.expiresAt <= block.timestamp) revert BadgePolicyInvalid(id);
        if (policy.skill != 0) {
            (, ISkillLedger.SkillPolicy memory skill,) = _skillWallet.skillPolicy(policy.skill);
            if (policy.level > skill.maxLevel) revert BadgePolicyInvalid(id);
        }
        _rules[id] = packRule(id, policy);
        if (policy.soulbound) _addTier(id, policy);
        if (policy.upgradeCost != 0) {
            BadgeRule below = _rules[id - 1];
            if (!below.exists() || below.isSoulbound() != policy.soulbound) revert BadgePolicyInvalid(id);
        }
        emit BadgeCreated(id, policy);
    }

    /// @inheritdoc IBadges
    function setMinter(address minter, uint256 kind, bool allowed) external override restricted {
        _minters[minter][kind] = allowed;
        emit MinterSet(minter, kind, allowed);
    }

    /// @inheritdoc IBadges
    function setFrozen(uint256 wallet, uint256 id, bool frozen) external override restricted {
        if (!_freezable(id).isSoulbound()) revert BadgeNotSoulbound(id);
        address holder = _skillWallet.holderOf(wallet);
        if (holder == address(0)) revert IWalletRegistry.WalletUnknown(wallet);
        (uint256 kind, uint256 tier) = _split(id);
        _holdings[wallet][kind] = _holdings[wallet][kind].withFrozen(tier, frozen);
        emit BadgeFrozen(holder, wallet, id, frozen);
    }

    /// @inheritdoc IBadges
    function setAccountFrozen(address account, uint256 id, bool frozen) external override restricted {
        if (_freezable(id).isSoulbound()) revert BadgeSoulbound(id);
        (uint256 kind, uint256 tier) = _split(id);
        _suspensions[account][kind] = _suspensions[account][kind].withFrozen(tier, frozen);
        emit BadgeFrozen(account, 0, id, frozen);
    }

    /// @inheritdoc IBadges
    function setRoyalty(uint256 id, address receiver, uint96 bps) external override restricted {
        if (_existing(id).isSoulbound()) revert BadgeSoulbound(id);
        _setTokenRoyalty(id, receiver, bps);
        emit RoyaltySet(id, receiver, bps);
    }

    /// @inheritdoc IBadges
    function setURI(string calldata uri_) external override restricted {
        _setURI(uri_);
    }

    /// @inheritdoc IBadges
    function mint(address to, uint256 id, uint256 amount, bytes calldata data) external override {
        if (!_minters[msg.sender][id >> 8]) revert MinterNotAllowed(msg.sender, id >> 8);
        BadgeRule rule = _raiseSupply(id, amount);
        if (!rule.isSoulbound()) {
            _mint(to, id, amount, data);
        } else {
            if (amount != 1) revert AmountInvalid(amount);
            uint256 wallet = _walletOf(to);
            (uint256 kind, uint256 tier) = _split(id);
            _give(wallet, to, id, _followed(wallet, to, kind), tier);
            ERC1155Utils.checkOnERC1155Received(msg.sender, address(0), to, id, 1, data);
        }
    }

    /// @inheritdoc IBadges
    function claim(uint256 id) external override {
        uint256 wallet = _walletOf(msg.sender);
        (uint256 kind, uint256 tier) = _split(id);
        BadgeRule rule = _raiseSupply(id, 1);
        if (!rule.isClaimable()) revert BadgeNotClaimable(id);
        _requireLevel(rule, wallet);
        if (_holdings[wallet][kind].hasClaimed(tier)) revert BadgeAlreadyClaimed(id);
        emit BadgeClaimed(wallet, id);
        if (!rule.isSoulbound()) {
            _holdings[wallet][kind] = _holdings[wallet][kind].withClaimed(tier);
            _mint(msg.sender, id, 1, "");
        } else {
            _give(wallet, msg.sender, id, _followed(wallet, msg.sender, kind).withClaimed(tier), tier);
            ERC1155Utils.checkOnERC1155Received(msg.sender, address(0), msg.sender, id, 1, "");
        }
    }

    /// @inheritdoc IBadges
    function upgrade(uint256 id) external override {
        BadgeRule rule = _raiseSupply(id, 1);
        uint256 cost = rule.upgradeCost();
        if (cost == 0) revert BadgeNotUpgradeable(id);
        uint256 below = id - 1;
        _rules[below] = _rules[below].subSupply(_atMostSupply(below, cost));
        if (!rule.isSoulbound()) {
            if (rule.skill() != 0) _requireLevel(rule, _walletOf(msg.sender));
            _requireNotFrozen(msg.sender, below);
            _burn(msg.sender, below, cost);
            _mint(msg.sender, id, 1, "");
        } else {
            uint256 wallet = _walletOf(msg.sender);
            if (rule.skill() != 0) _requireLevel(rule, wallet);
            (uint256 kind, uint256 tier) = _split(id);
            Holdings h = _followed(wallet, msg.sender, kind);
            if (!h.holds(tier - 1)) revert BadgeNotHeld(below);
            if (h.isFrozen(tier - 1)) revert BadgeIsFrozen(below);
            emit TransferSingle(msg.sender, msg.sender, address(0), below, 1);
            _give(wallet, msg.sender, id, h.withHeld(tier - 1, false), tier);
            ERC1155Utils.checkOnERC1155Received(msg.sender, address(0), msg.sender, id, 1, "");
        }
    }

    /// @inheritdoc IBadges
    function burn(uint256 id, uint256 amount) external override {
        if (_existing(id).isSoulbound()) revert BadgeSoulbound(id);
        _requireNotFrozen(msg.sender, id);
        _burn(msg.sender, id, amount);
        _rules[id] = _rules[id].subSupply(amount);
    }

    /// @inheritdoc IBadges
    function follow(uint256 wallet, uint256[] calldata kinds) external override {
        address owner = _skillWallet.holderOf(wallet);
        for (uint256 i = 0; i < kinds.length; ++i) {
            Holdings h = _followed(wallet, owner, kinds[i]);
            if (owner == address(0)) {
                for (uint256 tier = 0; tier < TIERS; ++tier) {
                    if (!h.holds(tier)) continue;
                    uint256 id = kinds[i] << 8 | tier;
                    _rules[id] = _rules[id].subSupply(1);
                    h = h.withHeld(tier, false);
                }
            }
            _holdings[wallet][kinds[i]] = h;
        }
    }

    /// @inheritdoc IBadges
    function isActive(address account, uint256 id) external view override returns (bool) {
        BadgeRule rule = _rules[id];
        (uint256 kind, uint256 tier) = _split(id);
        uint256 wallet = _skillWallet.walletOf(account);
        if (rule.isSoulbound()) {
            Holdings h = _holdings[wallet][kind];
            if (wallet == 0 || !h.holds(tier) || h.isFrozen(tier)) return false;
        } else if (super.balanceOf(account, id) == 0 || _suspensions[account][kind].isFrozen(tier)) {
            return false;
        }
        return _counts(rule, wallet);
    }

    /// @inheritdoc IBadges
    function activeTier(address account, uint256 kind) external view override returns (bool, uint256) {
        uint256 wallet = _skillWallet.walletOf(account);
        if (wallet == 0) return (false, 0);
        uint256 tiers = _holdings[wallet][kind].counting();
        uint256 known;
        // From the highest word down to that with the last tier that is left, each from its highest place down.
        unchecked {
            for (uint256 first = TIERS - TIERS_PER_WORD; tiers != 0; first -= TIERS_PER_WORD) {
                uint256 left = tiers >> first;
                if (left == 0) continue;
                tiers ^= left << first;
                TierRules rules = _tierRules[kind][first];
                for (uint256 tier = first + TIERS_PER_WORD - 1; left != 0; --tier) {
                    if (left & HIGHEST_PLACE != 0) {
                        (uint256 expiresAt, uint256 skill, uint256 level) = rules.highest();
                        if (expiresAt == 0 || block.timestamp < expiresAt) {
                            if (skill == 0) return (true, tier);
                            uint256 reached;
                            (reached, known) = _levelKnown(known, wallet, skill);
                            if (reached >= level) return (true, tier);
                        }
                    }
                    left = left << 1 & PLACES;
                    rules = rules.withoutHighest();
                }
            }
        }
        return (false, 0);
    }

    /// @inheritdoc IERC1155
    function balanceOf(address account, uint256 id) public view override(ERC1155, IERC1155) returns (uint256) {
        if (!_rules[id].isSoulbound()) return super.balanceOf(account, id);
        uint256 wallet = _skillWallet.walletOf(account);
        (uint256 kind, uint256 tier) = _split(id);
        return wallet != 0 && _holdings[wallet][kind].holds(tier) ? 1 : 0;
    }

    /// @inheritdoc IERC2981
    function royaltyInfo(uint256 id, uint256 salePrice)
        public
        view
        override(ERC2981, IERC2981)
        returns (address, uint256)
    {
        // A soulbound badge has none set.
        return super.royaltyInfo(id, salePrice);
    }

    /// @inheritdoc IBadges
    function policyOf(uint256 id) external view override returns (BadgePolicy memory) {
        return _existing(id).unpack();
    }

    /// @inheritdoc IBadges
    function totalSupply(uint256 id) external view override returns (uint256) {
        return _rules[id].supply();
    }

    /// @inheritdoc IBadges
    function isFrozen(address account, uint256 id) public view override returns (bool) {
        (uint256 kind, uint256 tier) = _split(id);
        return _rules[id].isSoulbound()
            ? _holdings[_skillWallet.walletOf(account)][kind].isFrozen(tier)
            : _suspensions[account][kind].isFrozen(tier);
    }

    /// @inheritdoc IBadges
    function isMinter(address account, uint256 kind) external view override returns (bool) {
        return _minters[account][kind];
    }

    /// @inheritdoc IBadges
    function registry() external view override returns (IWalletRegistry) {
        return _skillWallet;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) public view override(ERC1155, ERC2981, IERC165) returns (bool) {
        return super.supportsInterface(id);
    }

    /// @dev Keeps the rules of a soulbound tier where {activeTier} reads them.
    function _addTier(uint256 id, BadgePolicy calldata policy) private {
        (uint256 kind, uint256 tier) = _split(id);
        uint256 place = tier % TIERS_PER_WORD;
        _tierRules[kind][tier - place] = _tierRules[kind][tier - place].withTier(place, policy);
        uint256[MAX_SKILLS] memory skills;
        TierRules rules;
        for (tier = TIERS; tier > 0; --tier) {
            rules = tier % TIERS_PER_WORD == 0 ? _tierRules[kind][tier - TIERS_PER_WORD] : rules.withoutHighest();
            (, uint256 skill,) = rules.highest();
            for (uint256 i = 0; skill != 0; ++i) {
                if (i == MAX_SKILLS) revert TooManySkills(kind, MAX_SKILLS);
                if (skills[i] == 0) skills[i] = skill;
                if (skills[i] == skill) break;
            }
        }
    }

    /// @dev A wallet's level of a skill, asked for once: `known` has four of uint8 level | uint16 skill, of 64 bits.
    function _levelKnown(uint256 known, uint256 wallet, uint256 skill) private view returns (uint256, uint256) {
        for (uint256 rest = known; rest != 0; rest >>= 64) {
            if (rest >> 8 & type(uint16).max == skill) return (rest & type(uint8).max, known);
        }
        uint256 level = _skillWallet.levelOf(wallet, uint16(skill));
        return (level, known << 64 | skill << 8 | level);
    }

    /// @dev Every way on which tradeable badges move, alone and in batches; mints and burns, checked before, too.
    function _update(address from, address to, uint256[] memory ids, uint256[] memory values) internal override {
        if (from != address(0) && to != address(0)) {
            for (uint256 i = 0; i < ids.length; ++i) {
                if (_existing(ids[i]).isSoulbound()) revert BadgeSoulbound(ids[i]);
                _requireNotFrozen(from, ids[i]);
            }
        }
        super._update(from, to, ids, values);
    }

    /// @dev Checks and counts what will be minted before anything else: a receiver that mints more finds it.
    function _raiseSupply(uint256 id, uint256 amount) private returns (BadgeRule rule) {
        rule = _existing(id);
        if (rule.isExpired(block.timestamp)) revert BadgeExpired(id);
        rule = rule.addSupply(id, amount);
        _rules[id] = rule;
    }

    /// @dev What a wallet has of a kind, with the events that tell whom it belongs to now.
    function _followed(uint256 wallet, address owner, uint256 kind) private returns (Holdings h) {
        h = _holdings[wallet][kind];
        address last = h.holder();
        if (last == owner) return h;
        uint256 count;
        uint256[] memory ids = new uint256[](TIERS);
        uint256[] memory values = new uint256[](TIERS);
        for (uint256 tier = 0; tier < TIERS; ++tier) {
            if (h.holds(tier)) (ids[count], values[count++]) = (kind << 8 | tier, 1);
        }
        assembly ("memory-safe") {
            mstore(ids, count)
            mstore(values, count)
        }
        if (count != 0) emit TransferBatch(msg.sender, last, owner, ids, values);
        return h.withHolder(owner);
    }

    /// @dev Writes holdings with one more badge. Supply was counted; the receiver is called by whoever calls this.
    function _give(uint256 wallet, address to, uint256 id, Holdings h, uint256 tier) private {
        if (h.holds(tier)) revert BadgeAlreadyHeld(id);
        _holdings[wallet][id >> 8] = h.withHeld(tier, true);
        emit TransferSingle(msg.sender, address(0), to, id, 1);
    }

    function _requireLevel(BadgeRule rule, uint256 wallet) private view {
        if (!_skillWallet.hasLevel(wallet, rule.skill(), rule.level())) {
            revert LevelTooLow(rule.skill(), rule.level());
        }
    }

    function _requireNotFrozen(address account, uint256 id) private view {
        (uint256 kind, uint256 tier) = _split(id);
        if (_rules[id].isFreezable() && _suspensions[account][kind].isFrozen(tier)) revert BadgeIsFrozen(id);
    }

    /// @dev Whether a badge that is held and not suspended counts now.
    function _counts(BadgeRule rule, uint256 wallet) private view returns (bool) {
        return !rule.isExpired(block.timestamp)
            && (rule.skill() == 0 || _skillWallet.hasLevel(wallet, rule.skill(), rule.level()));
    }

    function _walletOf(address account) private view returns (uint256 wallet) {
        wallet = _skillWallet.walletOf(account);
        if (wallet == 0) revert AccountHasNoWallet(account);
    }

    function _existing(uint256 id) private view returns (BadgeRule rule) {
        rule = _rules[id];
        if (!rule.exists()) revert BadgeUnknown(id);
    }

    function _freezable(uint256 id) private view returns (BadgeRule rule) {
        rule = _existing(id);
        if (!rule.isFreezable()) revert BadgeNotFreezable(id);
    }

    /// @dev Who burns more than exists fails at the balance, with its error.
    function _atMostSupply(uint256 id, uint256 amount) private view returns (uint256) {
        uint256 present = _rules[id].supply();
        return amount < present ? amount : present;
    }

    function _split(uint256 id) private pure returns (uint256 kind, uint256 tier) {
        return (id >> 8, id & 0xff);
    }
}
