// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IReputationOracle} from "../oracles/IReputationOracle.sol";
import {IFeePolicy} from "../pools/IFeePolicy.sol";
import {PoolKey} from "../pools/PoolKey.sol";
import {IBadges} from "./IBadges.sol";
import {ISkillDiscount} from "./ISkillDiscount.sol";
import {IWalletRegistry} from "./IWalletRegistry.sol";

/// @title SkillDiscount
/// @notice Swap fees for people. {ISkillDiscount} documents it.
/// @dev A pool gives a policy limited gas and takes no answer for the full fee: whatever goes wrong here costs a discount, never a swap.
contract SkillDiscount is ISkillDiscount, AccessManaged {
    using PoolKey for uint256[];
    using PoolKey for uint256;

    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_SCORE = 10_000;
    /// @dev Says that a pool is registered, in the word of its fee, which may be zero.
    uint256 private constant REGISTERED = 1 << 255;

    /// @inheritdoc ISkillDiscount
    IBadges public immutable override badges;
    /// @inheritdoc ISkillDiscount
    IReputationOracle public immutable override reputation;
    IWalletRegistry private immutable _registry;

    Terms private _terms;
    mapping(bytes32 poolId => uint256) private _fees;

    /// @param authority The AccessManager that decides who may set the terms.
    /// @param badges_ Where badges are; their wallets are those that scores are about.
    /// @param reputation_ Where scores are.
    /// @param terms_ First terms.
    constructor(address authority, IBadges badges_, IReputationOracle reputation_, Terms memory terms_)
        AccessManaged(authority)
    {
        badges = badges_;
        reputation = reputation_;
        _registry = badges_.registry();
        _setTerms(terms_);
    }

    /// @inheritdoc ISkillDiscount
    function registerPool(uint256[] calldata key) external override returns (bytes32 poolId) {
        key.validate();
        address policy = key[0].policy();
        if (policy != address(this)) revert PolicyDiffers(policy);
        poolId = key.toId();
        uint256 swapFee_ = key[0].swapFee();
        _fees[poolId] = swapFee_ | REGISTERED;
        emit PoolRegistered(poolId, swapFee_);
    }

    /// @inheritdoc ISkillDiscount
    function setTerms(Terms calldata terms_) external override restricted {
        _setTerms(terms_);
    }

    /// @inheritdoc IFeePolicy
    function swapFee(bytes32 poolId, address trader) external view override returns (uint256) {
        uint256 full = registeredFee(poolId);
        // The discount is rounded down, the fee up.
        return full - full * discountOf(trader) / BPS;
    }

    /// @inheritdoc ISkillDiscount
    function discountOf(address account) public view override returns (uint256 bps) {
        Terms memory t = _terms;
        (bool active, uint256 tier) = badges.activeTier(account, t.badgeKind);
        if (active) {
            bps = (tier + 1) * t.badgeBps;
            if (bps > t.maxBadgeBps) bps = t.maxBadgeBps;
        }
        uint256 wallet = t.maxReputationBps == 0 ? 0 : _registry.walletOf(account);
        if (wallet == 0) return bps;
        // No score, an old one or an oracle that fails: no discount for it.
        try reputation.read(wallet, t.maxAge) returns (uint256 score) {
            bps += score * t.maxReputationBps / MAX_SCORE;
        } catch {}
    }

    /// @inheritdoc ISkillDiscount
    function terms() external view override returns (Terms memory) {
        return _terms;
    }

    /// @inheritdoc ISkillDiscount
    function registeredFee(bytes32 poolId) public view override returns (uint256) {
        uint256 word = _fees[poolId];
        if (word == 0) revert PoolNotRegistered(poolId);
        return word & ~REGISTERED;
    }

    function _setTerms(Terms memory terms_) private {
        if (uint256(terms_.maxBadgeBps) + terms_.maxReputationBps > BPS) revert TermsOutOfRange(terms_);
        _terms = terms_;
        emit TermsSet(terms_);
    }
}
