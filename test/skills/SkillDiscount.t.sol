// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ISkillDiscount} from "../../contracts/skills/ISkillDiscount.sol";
import {DiscountFixture} from "./DiscountFixture.sol";

/// @notice FEE-1 to FEE-3 on single cases; SkillDiscount.tree is the specification.
contract SkillDiscountTest is DiscountFixture {
    uint256 private _wallet;

    function setUp() external {
        deployDiscount();
        _wallet = mintFor(alice);
        attest(_wallet, DECAYING, 450);
    }

    function _giveBadge(uint256 tier) private {
        badges.mint(alice, idOf(BOUND, tier), 1, "");
    }

    // swapFee

    function test_SwapFee_GivenPoolsThatItWasNeverToldOf() external {
        _giveBadge(0);
        assertEq(discount.swapFee(bytes32("any"), alice, 0), 0, "FEE-3: nothing of nothing");
        assertEq(discount.swapFee(bytes32("any"), alice, 1), 1, "FEE-3: rounded up");
        assertEq(discount.swapFee(bytes32("any"), alice, 100_000), 80_000, "FEE-3: of the highest fee");
        // A pool made a moment ago, of another fee, grants the discount with no call to anything else.
        key[0] += 1_000;
        uint256[] memory amounts = new uint256[](2);
        (amounts[0], amounts[1]) = (1_000e18, 1_000e18);
        manager.createPool(key, amounts, 0, address(this), type(uint256).max);
        assertFee(outputOf(alice), 3_200);
        assertFee(outputOf(bob), 4_000);
    }

    // discountOf

    function test_DiscountOf_GivenNoWallet() external {
        setScore(0, 10_000);
        assertEq(discount.discountOf(bob), 0, "nothing");
        assertEq(discount.swapFee(poolId, bob, FEE), FEE, "the full fee");
    }

    function test_DiscountOf_GivenTiers() external {
        _giveBadge(0);
        assertEq(discount.discountOf(alice), 2_000, "tier 0");
        _giveBadge(1);
        assertEq(discount.discountOf(alice), 3_000, "tier 1, at most this");
        assertEq(discount.swapFee(poolId, alice, FEE), 2_100, "fee");
        badges.setFrozen(_wallet, idOf(BOUND, 1), true);
        assertEq(discount.discountOf(alice), 2_000, "tier 1 suspended");
    }

    function test_DiscountOf_GivenATradeableBadge() external {
        badges.mint(alice, idOf(TRADED, 0), 1, "");
        ISkillDiscount.Terms memory terms = defaultTerms();
        terms.badgeKind = uint64(TRADED);
        discount.setTerms(terms);
        assertTrue(badges.isActive(alice, idOf(TRADED, 0)), "it is active");
        assertEq(discount.discountOf(alice), 0, "FEE-2: only what is bound to a wallet counts");
    }

    function test_DiscountOf_GivenALevelLost() external {
        _giveBadge(1);
        revoke(_wallet, DECAYING, 1);
        assertEq(discount.discountOf(alice), 0, "below the level");
    }

    function test_DiscountOf_GivenReputation() external {
        setScore(_wallet, 10_000);
        assertEq(discount.discountOf(alice), 4_000, "the best");
        vm.warp(vm.getBlockTimestamp() + 1);
        setScore(_wallet, 3_333);
        assertEq(discount.discountOf(alice), 1_333, "in proportion, rounded down");
        _giveBadge(0);
        assertEq(discount.discountOf(alice), 3_333, "both");
        assertEq(discount.swapFee(poolId, alice, FEE), 2_001, "the fee is rounded up: 3,000 less 999.9");
    }

    function test_DiscountOf_GivenAnOldScore() external {
        setScore(_wallet, 10_000);
        vm.warp(vm.getBlockTimestamp() + 1 days);
        assertEq(discount.discountOf(alice), 4_000, "of a day ago");
        vm.warp(vm.getBlockTimestamp() + 1);
        assertEq(discount.discountOf(alice), 0, "older");
    }

    function test_DiscountOf_GivenARecovery() external {
        _giveBadge(0);
        setScore(_wallet, 5_000);
        recoverTo(alice, bob);
        setScore(_wallet, 5_000);
        assertEq(discount.discountOf(alice), 0, "FEE-2: the old account has nothing");
        assertEq(discount.discountOf(bob), 4_000, "FEE-2: the new one both");
    }

    // swap

    function test_Swap_GivenNoDiscount() external {
        assertFee(outputOf(alice), FEE);
        assertFee(outputOf(bob), FEE);
    }

    function test_Swap_GivenADiscount() external {
        _giveBadge(0);
        assertFee(outputOf(alice), 2_400);
        assertFee(outputOf(bob), FEE);
        assertGt(outputOf(alice), outputOf(bob), "more than others get");
    }

    function test_Swap_GivenMoreThanThePoolAllows() external {
        _giveBadge(1);
        setScore(_wallet, 10_000);
        assertEq(discount.swapFee(poolId, alice, FEE), 900, "70 % off");
        assertFee(outputOf(alice), LEAST_FEE);
    }

    function test_Swap_GivenAnOracleThatFails() external {
        _giveBadge(0);
        setScore(_wallet, 10_000);
        // Nothing there, and garbage, which no caller can catch; one that burns its gas; one that says why it fails.
        bytes[4] memory codes = [bytes(""), hex"60016000f3", hex"fe", hex"60006000fd"];
        uint256[4] memory fees = [FEE, FEE, 2_400, 2_400];
        for (uint256 i = 0; i < 4; ++i) {
            vm.etch(address(oracle), codes[i]);
            assertFee(outputOf(alice), fees[i]);
        }
    }

    /// @dev FEE-1: whatever is at the address, the swap takes the full fee, for an exact output as well.
    function test_Swap_GivenBadgesWalletsOrAPolicyThatFail() external {
        _giveBadge(0);
        setScore(_wallet, 10_000);
        address[3] memory asked = [address(badges), address(skillWallet), address(discount)];
        bytes[4] memory codes = [bytes(""), hex"60016000f3", hex"fe", hex"60006000fd"];
        uint256 full = outputOf(bob);
        assertFee(full, FEE);
        assertGt(outputOf(alice), full, "a discount to lose");
        for (uint256 i = 0; i < 12; ++i) {
            uint256 state = vm.snapshotState();
            vm.etch(asked[i / 4], codes[i % 4]);
            assertEq(outputOf(alice), full, "FEE-1: swaps go on, at the full fee");
            vm.prank(alice);
            uint256 paid = manager.swapExactOut(key, 0, 1, full, 11e18, alice, type(uint256).max);
            assertApproxEqAbs(paid, 10e18, 1e9, "FEE-1: for an exact output too");
            vm.revertToState(state);
        }
    }

    // setTerms

    function test_SetTerms_RevertWhen_TheCallerHasNoRight() external {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, alice));
        discount.setTerms(defaultTerms());
    }

    function test_SetTerms_RevertWhen_TheTermsAreMoreThanTheFee() external {
        ISkillDiscount.Terms memory terms = defaultTerms();
        (terms.maxBadgeBps, terms.maxReputationBps) = (6_000, 4_001);
        vm.expectRevert(abi.encodeWithSelector(ISkillDiscount.TermsOutOfRange.selector, terms));
        discount.setTerms(terms);
    }

    function test_SetTerms_WhenTheTermsAreInRange() external {
        _giveBadge(0);
        setScore(_wallet, 10_000);
        ISkillDiscount.Terms memory terms = defaultTerms();
        (terms.badgeBps, terms.maxBadgeBps, terms.maxReputationBps) = (60_000, 10_000, 0);
        vm.expectEmit(address(discount));
        emit ISkillDiscount.TermsSet(terms);
        discount.setTerms(terms);
        assertEq(abi.encode(discount.terms()), abi.encode(terms), "terms");
        assertEq(discount.swapFee(poolId, alice, FEE), 0, "the whole fee");
        assertFee(outputOf(alice), LEAST_FEE);
        assertEq(address(discount.badges()), address(badges), "badges");
        assertEq(address(discount.reputation()), address(oracle), "reputation");
    }

    /// @dev FEE-3: never above the pool's fee, whatever is held, and never below what the terms allow.
    function testFuzz_TheFeeStaysBetweenItsEnds(uint256 score, bool first, bool second, uint256 badgeBps, uint256 split)
        external
    {
        ISkillDiscount.Terms memory terms = defaultTerms();
        terms.badgeBps = uint16(bound(badgeBps, 0, type(uint16).max));
        terms.maxBadgeBps = uint16(bound(split, 0, 10_000));
        terms.maxReputationBps = uint16(10_000 - terms.maxBadgeBps);
        discount.setTerms(terms);
        if (first) _giveBadge(0);
        if (second) _giveBadge(1);
        score = bound(score, 0, 10_000);
        setScore(_wallet, score);
        uint256 fee = discount.swapFee(poolId, alice, FEE);
        uint256 badge = second ? 2 * uint256(terms.badgeBps) : first ? terms.badgeBps : 0;
        if (badge > terms.maxBadgeBps) badge = terms.maxBadgeBps;
        uint256 reputation = score * terms.maxReputationBps / 10_000;
        // The smallest whole fee that grants no more than the discount.
        uint256 exact = FEE * (10_000 - badge - reputation);
        assertGe(fee * 10_000, exact, "FEE-3: no larger discount");
        assertLt(fee * 10_000 - exact, 10_000, "FEE-3: nor a smaller one, but for the rounding");
        assertLe(fee, FEE, "FEE-3: never above the fee");
    }
}
