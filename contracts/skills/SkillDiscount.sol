// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IReputationOracle} from "../oracles/IReputationOracle.sol";
import {IFeePolicy} from "../pools/external/IFeePolicy.sol";
import {IBadges} from "./IBadges.sol";
import {ISkillDiscount} from "./ISkillDiscount.sol";
import {IWalletRegistry} from "./IWalletRegistry.sol";

/// @title SkillDiscount
/// @notice Swap fees for people. {ISkillDiscount} documents it.
/// @dev A pool gives a policy limited gas and takes no answer for the full fee: whatever goes wrong here costs a
/// discount, never a swap.
contract SkillDiscount is ISkillDiscount, AccessManaged {
    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_SCORE = 10_000;

    /// @inheritdoc ISkillDiscount
    IBadges public immutable override badges;
    /// @inheritdoc ISkillDiscount
    IReputationOracle public immutable override reputation;
    IWalletRegistry private immutable _registry;

    Terms private _terms;

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
    function setTerms(Terms calldata terms_) external override restricted {
        _setTerms(terms_);
    }

    /// @inheritdoc IFeePolicy
    function swapFee(bytes32, address trader, uint256 fullFee) external view override returns (uint256) {
        // The discount is rounded down, the fee up.
        return fullFee - fullFee * discountOf(trader) / BPS;
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

    function _setTerms(Terms memory terms_) private {
        if (uint256(terms_.maxBadgeBps) + terms_.maxReputationBps > BPS) revert TermsOutOfRange(terms_);
        _terms = terms_;
        emit TermsSet(terms_);
    }
}
