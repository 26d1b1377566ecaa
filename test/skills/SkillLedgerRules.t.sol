// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {SkillFixture} from "./SkillFixture.sol";

/// @notice SKILL-3 to SKILL-6 on single cases of revocations and settings; SkillLedgerRules.tree is the specification.
contract SkillLedgerRulesTest is SkillFixture {
    uint256 private _wallet;

    function setUp() external {
        deployWallet();
        _wallet = mintFor(alice);
    }

    function _signed(ISkillLedger.Attestation memory a) private view returns (bytes memory) {
        return signBy(VALIDATOR_KEY, attestationDigest(a));
    }

    function _badSignature() private view returns (bytes memory) {
        return abi.encodeWithSelector(ISkillLedger.ValidatorSignatureInvalid.selector, validator);
    }

    function _badNonce(uint256 nonce, uint256 expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISkillLedger.NonceNotNext.selector, nonce, expected);
    }

    // revokeXp

    function test_RevokeXp_RevertWhen_ItWasAcceptedBefore() external {
        attest(_wallet, STEADY, 1_000);
        ISkillLedger.Revocation memory r = revocation(_wallet, STEADY, 100);
        bytes memory signature = signBy(VALIDATOR_KEY, revocationDigest(r));
        skillWallet.revokeXp(r, signature);
        vm.expectRevert(_badNonce(0, 1));
        skillWallet.revokeXp(r, signature);
    }

    function test_RevokeXp_RevertWhen_TheSignerIsNotTheValidator() external {
        attest(_wallet, STEADY, 1_000);
        ISkillLedger.Revocation memory r = revocation(_wallet, STEADY, 100);
        bytes memory signature = signBy(ALICE_KEY, revocationDigest(r));
        vm.expectRevert(_badSignature());
        skillWallet.revokeXp(r, signature);
        signature = signBy(VALIDATOR_KEY, revocationDigest(r));
        r.xp = 101;
        vm.expectRevert(_badSignature());
        skillWallet.revokeXp(r, signature);
        r.xp = 100;
        skillWallet.setValidator(validator, STEADY, false);
        vm.expectRevert(abi.encodeWithSelector(ISkillLedger.ValidatorNotAllowed.selector, validator, STEADY));
        skillWallet.revokeXp(r, signature);
    }

    /// @dev SKILL-5.
    function test_RevokeXp_RevertWhen_TheDeadlineHasPassed() external {
        attest(_wallet, STEADY, 1_000);
        ISkillLedger.Revocation memory r = revocation(_wallet, STEADY, 100);
        bytes memory signature = signBy(VALIDATOR_KEY, revocationDigest(r));
        vm.warp(r.deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(ISkillLedger.SignatureExpired.selector, r.deadline, r.deadline + 1));
        skillWallet.revokeXp(r, signature);
        vm.warp(r.deadline);
        skillWallet.revokeXp(r, signature);
        assertSkill(_wallet, STEADY, 900, 0);
    }

    /// @dev SKILL-5: each field, the chain and the contract.
    function test_RevokeXp_RevertWhen_ItWasSignedForAnother() external {
        uint256 other = mintFor(bob);
        ISkillLedger.Revocation memory r = revocation(_wallet, STEADY, 100);
        bytes memory signature = signBy(VALIDATOR_KEY, revocationDigest(r));
        bytes memory signed = abi.encode(r);
        for (uint256 i = 0; i < 7; ++i) {
            r = abi.decode(signed, (ISkillLedger.Revocation));
            if (i == 0) vm.chainId(block.chainid + 1);
            if (i == 1) r.wallet = other;
            if (i == 2) r.skill = DECAYING;
            if (i == 3) r.xp += 1;
            if (i == 4) r.nonce += 1;
            if (i == 5) r.epoch += 1;
            if (i == 6) r.deadline += 1;
            vm.expectRevert(_badSignature());
            skillWallet.revokeXp(r, signature);
            if (i == 0) vm.chainId(31_337);
        }
        ISkillWallet elsewhere = newWallet();
        vm.expectRevert(_badSignature());
        elsewhere.revokeXp(abi.decode(signed, (ISkillLedger.Revocation)), signature);
        skillWallet.revokeXp(abi.decode(signed, (ISkillLedger.Revocation)), signature);
    }

    /// @dev SKILL-6.
    function test_RevokeXp_RevertWhen_TheValidatorHoldsTheWallet() external {
        uint256 own = mintFor(validator);
        ISkillLedger.Revocation memory r = revocation(own, STEADY, 100);
        bytes memory signature = signBy(VALIDATOR_KEY, revocationDigest(r));
        vm.expectRevert(abi.encodeWithSelector(ISkillLedger.ValidatorIsHolder.selector, validator, own));
        skillWallet.revokeXp(r, signature);
    }

    function test_RevokeXp_RevertWhen_NothingIsTaken() external {
        ISkillLedger.Revocation memory r = revocation(_wallet, STEADY, 0);
        bytes memory signature = signBy(VALIDATOR_KEY, revocationDigest(r));
        vm.expectRevert(abi.encodeWithSelector(ISkillLedger.XpOutOfRange.selector, 0, type(uint64).max));
        skillWallet.revokeXp(r, signature);
    }

    function test_RevokeXp_WhenMoreIsTakenThanIsThere() external {
        attest(_wallet, STEADY, 1_000);
        ISkillLedger.Revocation memory r = revocation(_wallet, STEADY, type(uint64).max);
        bytes memory signature = signBy(VALIDATOR_KEY, revocationDigest(r));
        vm.expectEmit(address(skillWallet));
        emit ISkillLedger.SkillRevoked(_wallet, STEADY, validator, 1_000, 0, 0);
        skillWallet.revokeXp(r, signature);
        assertSkill(_wallet, STEADY, 0, 0);
    }

    function test_RevokeXp_GivenAttestationsKeptBack() external {
        attest(_wallet, STEADY, 3_000);
        ISkillLedger.Attestation memory kept = attestation(_wallet, STEADY, 10);
        bytes memory signature = _signed(kept);
        ISkillLedger.Revocation memory r = revocation(_wallet, STEADY, 2_500);
        bytes memory revocationSignature = signBy(VALIDATOR_KEY, revocationDigest(r));
        skillWallet.attest(kept, signature);
        skillWallet.revokeXp(r, revocationSignature);
        assertSkill(_wallet, STEADY, 510, 0);
    }

    function test_RevokeXp_GivenDecay() external {
        attest(_wallet, DECAYING, 1_000);
        vm.warp(START + 40 days);
        revoke(_wallet, DECAYING, 200);
        // 50 decayed, 200 revoked; 5 a day from here on, with no new time of grace.
        assertSkill(_wallet, DECAYING, 750, 4);
        vm.warp(START + 50 days);
        assertSkill(_wallet, DECAYING, 700, 4);
        assertEq(skillWallet.skillOf(_wallet, DECAYING).activeAt, START, "no activity");
    }

    function test_RevokeXp_GivenAClosedSkill() external {
        attest(_wallet, STEADY, 1_000);
        skillWallet.openSkill(STEADY, false);
        revoke(_wallet, STEADY, 400);
        assertSkill(_wallet, STEADY, 600, 0);
    }

    // defineSkill

    function test_DefineSkill_RevertWhen_TheCallerHasNoRight() external {
        vm.startPrank(alice);
        bytes memory reason = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, alice);
        vm.expectRevert(reason);
        skillWallet.defineSkill("Any", decayingPolicy());
        vm.expectRevert(reason);
        skillWallet.openSkill(STEADY, false);
    }

    function test_DefineSkill_RevertWhen_AParameterIsOutOfRange() external {
        for (uint256 i = 0; i < 4; ++i) {
            ISkillLedger.SkillPolicy memory policy = decayingPolicy();
            if (i == 0) policy.firstLevelXp = 0;
            if (i == 1) policy.maxLevel = 0;
            if (i == 2) policy.maxLevel = 101;
            if (i == 3) policy.maxXpPerAttestation = 0;
            vm.expectRevert(abi.encodeWithSelector(ISkillLedger.SkillPolicyInvalid.selector, policy));
            skillWallet.defineSkill("Any", policy);
        }
    }

    function test_DefineSkill_RevertWhen_TheNameIsEmptyOrLong() external {
        bytes memory reason = abi.encodeWithSelector(ISkillLedger.SkillNameInvalid.selector);
        vm.expectRevert(reason);
        skillWallet.defineSkill("", decayingPolicy());
        vm.expectRevert(reason);
        skillWallet.defineSkill("a name of thirty-three characters", decayingPolicy());
    }

    function test_DefineSkill_WhenThePolicyIsInRange() external {
        vm.expectEmit(address(skillWallet));
        emit ISkillLedger.SkillDefined(3, "Research", decayingPolicy());
        assertEq(skillWallet.defineSkill("Research", decayingPolicy()), 3, "ids rise from 1");
        assertEq(skillWallet.skillCount(), 3, "count");
        (string memory name, ISkillLedger.SkillPolicy memory policy, bool open) = skillWallet.skillPolicy(3);
        assertEq(name, "Research", "name");
        assertEq(abi.encode(policy), abi.encode(decayingPolicy()), "policy");
        assertTrue(open, "open");
        assertEq(skillWallet.levelXp(3, 3), 450, "level 3 begins at 3 x 100 + 3 x 50");
        vm.expectRevert(abi.encodeWithSelector(ISkillLedger.SkillUnknown.selector, 4));
        skillWallet.skillPolicy(4);
    }

    // setValidator

    function test_SetValidator_RevertWhen_TheCallerHasNoRight() external {
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, validator));
        skillWallet.setValidator(alice, STEADY, true);
    }

    function test_SetValidator_RevertWhen_TheSkillIsUnknown() external {
        vm.expectRevert(abi.encodeWithSelector(ISkillLedger.SkillUnknown.selector, 0));
        skillWallet.setValidator(alice, 0, true);
    }

    function test_SetValidator_WhenTheSkillExists() external {
        for (uint256 i = 3; i <= 260; ++i) {
            skillWallet.defineSkill("Any", decayingPolicy());
        }
        // 258 shares its bit of the word with 2.
        skillWallet.setValidator(bob, 258, true);
        for (uint16 i = 1; i <= 260; ++i) {
            assertEq(skillWallet.isValidator(bob, i), i == 258, "this skill alone");
        }
        skillWallet.setValidator(validator, 258, false);
        assertTrue(skillWallet.isValidator(validator, STEADY), "the right for 2 stays");
    }
}
