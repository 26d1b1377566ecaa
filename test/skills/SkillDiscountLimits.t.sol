// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PoolFee} from "../../contracts/pools/state/PoolFee.sol";
import {IBadges} from "../../contracts/skills/IBadges.sol";
import {ISkillDiscount} from "../../contracts/skills/ISkillDiscount.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {IReputationOracle} from "../../contracts/oracles/IReputationOracle.sol";
import {DiscountFixture} from "./DiscountFixture.sol";

/// @notice FEE-4: whatever wallets and badges are, the policy answers within the gas that a pool gives it, so that no
/// discount is lost in silence; SkillDiscountLimits.tree is the specification. Kind 9 is the one that counts.
contract SkillDiscountLimitsTest is DiscountFixture {
    uint256 private constant KIND = 9;
    uint256 private constant TIERS = 32;

    uint256 private _wallet;

    function setUp() external {
        deployDiscount();
        badges.setMinter(address(this), KIND, true);
        ISkillDiscount.Terms memory terms = defaultTerms();
        (terms.badgeKind, terms.badgeBps) = (uint64(KIND), 100);
        discount.setTerms(terms);
        _wallet = mintFor(alice);
    }

    function _create(uint256 tier, uint16 skill, uint8 level) private {
        IBadges.BadgePolicy memory p = policy(true, level, 0);
        (p.claimable, p.skill) = (false, skill);
        badges.createBadge(idOf(KIND, tier), p);
    }

    /// @dev As at the beginning of a transaction.
    function _forgetAccesses() private {
        vm.cool(address(discount));
        vm.cool(address(badges));
        vm.cool(address(skillWallet));
        vm.cool(address(oracle));
    }

    /// @dev The answer at nine tenths of what a pool gives.
    function _ask() private returns (uint256) {
        _forgetAccesses();
        return discount.swapFee{gas: PoolFee.POLICY_GAS * 9 / 10}(poolId, alice, FEE);
    }

    function test_GivenAllTiersOfOneSkillAndNoneButTheLowestActive() external {
        for (uint256 tier = 0; tier < TIERS; ++tier) {
            _create(tier, DECAYING, tier == 0 ? 1 : 3);
            badges.mint(alice, idOf(KIND, tier), 1, "");
        }
        attest(_wallet, DECAYING, 600);
        vm.warp(START + 70 days);
        setScore(_wallet, 10_000);
        (bool active, uint256 tier_) = badges.activeTier(alice, KIND);
        assertTrue(active && tier_ == 0, "400 are left: level 2");
        uint256 fee = _ask();
        assertEq(fee, FEE - FEE * 4_100 / 10_000, "FEE-4: 1 % for the tier, 40 % for the score");
        assertFee(outputOf(alice), fee);
    }

    function _defineSkills() private returns (uint16[4] memory skills) {
        oracle.setParameters(IReputationOracle.Parameters(120, 1, 1 days, 500));
        for (uint256 i = 0; i < 4; ++i) {
            skills[i] = skillWallet.defineSkill("Any", ISkillLedger.SkillPolicy(100, 3, 100, 0, 5, 100_000));
            skillWallet.setValidator(validator, skills[i], true);
            attest(_wallet, skills[i], 30_000);
        }
        ISkillDiscount.Terms memory terms = discount.terms();
        terms.maxAge = type(uint32).max;
        discount.setTerms(terms);
    }

    /// @dev All tiers held, each of 100 levels that was reached and is lost after 1,500 days, so that nothing is known
    /// before all is looked at. Tier t takes skill `pattern >> 2 t & 3`, and ends at some time where bit t of `ending`
    /// is set. A score waits, or has just come to count. All is as before afterwards.
    /// @return used What the policy took, in gas.
    function _gasOf(uint16[4] memory skills, uint256 pattern, uint256 ending, bool ripe)
        private
        returns (uint256 used)
    {
        uint256 state = vm.snapshotState();
        for (uint256 tier = 0; tier < TIERS; ++tier) {
            IBadges.BadgePolicy memory p = policy(true, 100, 0);
            (p.claimable, p.skill) = (false, skills[pattern >> 2 * tier & 3]);
            if (ending >> tier & 1 != 0) p.expiresAt = type(uint40).max;
            badges.createBadge(idOf(KIND, tier), p);
            badges.mint(alice, idOf(KIND, tier), 1, "");
        }
        assertTrue(badges.isActive(alice, idOf(KIND, 0)), "reached");
        setScore(_wallet, 500);
        vm.warp(START + 1_500 days);
        setScore(_wallet, 10_000);
        if (ripe) skip(1 days);
        assertEq(oracle.reputationOf(_wallet).pending, !ripe, "a score waits, or has come to count");
        (bool active,) = badges.activeTier(alice, KIND);
        assertFalse(active, "all lost");
        uint256 fee = _ask();
        used = vm.lastCallGas().gasTotalUsed;
        assertEq(fee, FEE - FEE * (ripe ? 4_000 : 200) / 10_000, "FEE-4: 40 % for the best score, of 500 a twentieth");
        assertFee(outputOf(alice), fee);
        vm.revertToState(state);
    }

    /// @dev The four skills are met in the order 0 to 3 from the highest tier down, and all tiers below take `rest`.
    function _patternOf(uint256 rest) private pure returns (uint256 pattern) {
        for (uint256 tier = 0; tier < TIERS; ++tier) {
            pattern |= (tier < TIERS - 4 ? rest : TIERS - 1 - tier) << 2 * tier;
        }
    }

    /// @dev Which of the four skills the rest takes decides how far each is searched for; times that end cost a
    /// comparison a tier, and a score that waits another way than one that counts.
    function test_GivenAllTiersOfAsManySkillsAsThereMayBe() external {
        uint16[4] memory skills = _defineSkills();
        uint256 least = type(uint256).max;
        uint256 most;
        for (uint256 state = 0; state < 16; ++state) {
            uint256 ending = state & 4 == 0 ? 0 : type(uint32).max;
            uint256 used = _gasOf(skills, _patternOf(state & 3), ending, state & 8 != 0);
            if (used > most) most = used;
            if (used < least) least = used;
        }
        emit log_named_uint("most gas", most);
        assertLe(most, PoolFee.POLICY_GAS * 9 / 10, "FEE-4: a tenth to spare");
        assertGt(most, least + 28 * 100, "the states differ by the search of 28 tiers");
    }

    /// @dev FEE-4: no other order of skills, nor of times that end, costs more than the worst of the states above.
    /// forge-config: default.fuzz.runs = 32
    function test_GivenAnyOrderOfAsManySkillsAsThereMayBe(uint64 pattern, uint32 ending, bool ripe) external {
        uint16[4] memory skills = _defineSkills();
        uint256 worst = _gasOf(skills, _patternOf(0), type(uint32).max, ripe);
        assertLe(_gasOf(skills, pattern, ending, ripe), worst, "FEE-4: the worst state is known");
    }

    /// @dev FEE-4: the search over words finds what looking at every badge alone does.
    /// forge-config: default.fuzz.runs = 64
    function test_GivenAnyTiersHeldAndSuspended(uint256 seed) external {
        for (uint256 tier = 0; tier < TIERS; ++tier) {
            uint256 bits = uint256(keccak256(abi.encode(seed, tier)));
            if (bits % 5 == 0) continue;
            IBadges.BadgePolicy memory p = policy(true, uint8(1 + (bits >> 8) % 10), 0);
            p.claimable = false;
            p.skill = bits % 3 == 0 ? DECAYING : STEADY;
            if (bits % 7 == 0) (p.skill, p.level) = (0, 0);
            if (bits % 11 == 0) p.expiresAt = uint40(START + 1 + (bits >> 16) % 40 days);
            badges.createBadge(idOf(KIND, tier), p);
            if (bits >> 64 & 3 != 0) badges.mint(alice, idOf(KIND, tier), 1, "");
            if (bits >> 66 & 3 == 0) badges.setFrozen(_wallet, idOf(KIND, tier), true);
        }
        attest(_wallet, DECAYING, uint32(1 + seed % 5_000));
        attest(_wallet, STEADY, uint32(1 + (seed >> 32) % 9_000));
        skip((seed >> 64) % 60 days);
        (bool active, uint256 highest) = badges.activeTier(alice, KIND);
        for (uint256 above = TIERS; above > 0; --above) {
            uint256 tier = above - 1;
            bool counts = badges.isActive(alice, idOf(KIND, tier));
            if (active && tier == highest) return assertTrue(counts, "FEE-4: it is active");
            assertFalse(counts, "FEE-4: no higher one");
        }
        assertFalse(active, "FEE-4: none");
    }
}
