// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {IWalletRecovery} from "../../contracts/skills/IWalletRecovery.sol";
import {IERC5484, IWalletRegistry} from "../../contracts/skills/IWalletRegistry.sol";
import {SkillFixture} from "./SkillFixture.sol";

/// @notice SKILL-7 to SKILL-10 on single cases; WalletRecovery.tree is the specification. Alice has three guardians,
/// two of whom make a proposal; bob is her new account.
contract WalletRecoveryTest is SkillFixture {
    uint256 private _wallet;
    uint256[] private _keys;

    function setUp() external {
        deployWallet();
        _wallet = mintFor(alice);
        _keys = guardianKeys(3);
        vm.prank(alice);
        skillWallet.setGuardians(addressesOf(_keys), 2);
    }

    function _propose(address to, uint256 count) private {
        IWalletRecovery.GuardianApproval[] memory approvals =
            approvalsBy(_keys, count, _wallet, to, vm.getBlockTimestamp());
        skillWallet.proposeRecovery(_wallet, to, vm.getBlockTimestamp(), approvals);
    }

    function _expectProposeRevert(address to, uint256 count, bytes memory reason) private {
        IWalletRecovery.GuardianApproval[] memory approvals =
            approvalsBy(_keys, count, _wallet, to, vm.getBlockTimestamp());
        vm.expectRevert(reason);
        skillWallet.proposeRecovery(_wallet, to, vm.getBlockTimestamp(), approvals);
    }

    function _veto() private {
        vm.prank(skillWallet.ownerOf(_wallet));
        skillWallet.vetoRecovery();
    }

    function _complete(address to) private {
        vm.prank(to);
        skillWallet.completeRecovery(_wallet);
    }

    function _pending() private view returns (bytes memory) {
        return abi.encodeWithSelector(IWalletRecovery.RecoveryPending.selector, _wallet);
    }

    function _noRecovery() private view returns (bytes memory) {
        return abi.encodeWithSelector(IWalletRecovery.NoRecovery.selector, _wallet);
    }

    function _tooEarly(uint256 earliest) private view returns (bytes memory) {
        return abi.encodeWithSelector(IWalletRecovery.TooEarly.selector, earliest, vm.getBlockTimestamp());
    }

    // proposeRecovery

    function test_ProposeRecovery_RevertGiven_NoGuardians() external {
        uint256 other = mintFor(makeAddr("carol"));
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.ApprovalsMissing.selector, 0, 0));
        skillWallet.proposeRecovery(other, bob, vm.getBlockTimestamp(), new IWalletRecovery.GuardianApproval[](0));
        vm.expectRevert(abi.encodeWithSelector(IWalletRegistry.WalletUnknown.selector, 9));
        skillWallet.proposeRecovery(9, bob, vm.getBlockTimestamp(), new IWalletRecovery.GuardianApproval[](0));
    }

    function test_ProposeRecovery_RevertWhen_TheApprovalsAreFewerThanTheThreshold() external {
        _expectProposeRevert(bob, 1, abi.encodeWithSelector(IWalletRecovery.ApprovalsMissing.selector, 1, 2));
    }

    function test_ProposeRecovery_RevertWhen_AnApprovalIsRepeatedOrByAStranger() external {
        bytes memory reason = abi.encodeWithSelector(IWalletRecovery.ApprovalInvalid.selector, 1);
        IWalletRecovery.GuardianApproval[] memory approvals =
            approvalsBy(_keys, 2, _wallet, bob, vm.getBlockTimestamp());
        approvals[1] = approvals[0];
        vm.expectRevert(reason);
        skillWallet.proposeRecovery(_wallet, bob, vm.getBlockTimestamp(), approvals);
        approvals = approvalsBy(_keys, 2, _wallet, bob, vm.getBlockTimestamp());
        bytes32 digest = approvalDigest(_wallet, bob, 0, vm.getBlockTimestamp());
        approvals[1] = IWalletRecovery.GuardianApproval(validator, signBy(VALIDATOR_KEY, digest));
        vm.expectRevert(reason);
        skillWallet.proposeRecovery(_wallet, bob, vm.getBlockTimestamp(), approvals);
        // One guardian in another's name.
        approvals[1] = IWalletRecovery.GuardianApproval(vm.addr(_keys[1]), signBy(_keys[0], digest));
        vm.expectRevert(reason);
        skillWallet.proposeRecovery(_wallet, bob, vm.getBlockTimestamp(), approvals);
    }

    function test_ProposeRecovery_RevertWhen_AnApprovalIsForAnotherRecovery() external {
        bytes memory reason = abi.encodeWithSelector(IWalletRecovery.ApprovalInvalid.selector, 0);
        IWalletRecovery.GuardianApproval[] memory approvals =
            approvalsBy(_keys, 2, _wallet, bob, vm.getBlockTimestamp());
        address carol = makeAddr("carol");
        vm.expectRevert(reason);
        skillWallet.proposeRecovery(_wallet, carol, vm.getBlockTimestamp(), approvals);
        vm.expectRevert(reason);
        skillWallet.proposeRecovery(_wallet, bob, vm.getBlockTimestamp() + 1, approvals);
        // The approvals of a proposal that was vetoed, even by all guardians.
        approvals = approvalsBy(_keys, 3, _wallet, bob, vm.getBlockTimestamp());
        skillWallet.proposeRecovery(_wallet, bob, vm.getBlockTimestamp(), approvals);
        _veto();
        vm.expectRevert(reason);
        skillWallet.proposeRecovery(_wallet, bob, vm.getBlockTimestamp(), approvals);
        // Another chain.
        approvals = approvalsBy(_keys, 3, _wallet, bob, vm.getBlockTimestamp());
        vm.chainId(block.chainid + 1);
        vm.expectRevert(reason);
        skillWallet.proposeRecovery(_wallet, bob, vm.getBlockTimestamp(), approvals);
    }

    function test_ProposeRecovery_RevertWhen_TheDeadlineHasPassed() external {
        IWalletRecovery.GuardianApproval[] memory approvals = approvalsBy(_keys, 2, _wallet, bob, START - 1);
        vm.expectRevert(abi.encodeWithSelector(ISkillLedger.SignatureExpired.selector, START - 1, START));
        skillWallet.proposeRecovery(_wallet, bob, START - 1, approvals);
    }

    function test_ProposeRecovery_RevertWhen_TheRecipientCannotHaveAWallet() external {
        _expectProposeRevert(
            alice, 2, abi.encodeWithSelector(IWalletRegistry.AccountHasWallet.selector, alice, _wallet)
        );
        _expectProposeRevert(address(0), 2, abi.encodeWithSelector(IWalletRegistry.AccountInvalid.selector, address(0)));
        uint256 other = mintFor(bob);
        _expectProposeRevert(bob, 2, abi.encodeWithSelector(IWalletRegistry.AccountHasWallet.selector, bob, other));
        address carol = makeAddr("carol");
        _propose(carol, 2);
        vm.warp(START + 7 days);
        _complete(carol);
        vm.warp(START + 187 days);
        _expectProposeRevert(alice, 2, abi.encodeWithSelector(IWalletRegistry.AccountBarred.selector, alice));
    }

    function test_ProposeRecovery_RevertWhen_TheRecipientIsAGuardian() external {
        address guardian = vm.addr(_keys[2]);
        _expectProposeRevert(
            guardian, 2, abi.encodeWithSelector(IWalletRecovery.RecipientIsGuardian.selector, guardian)
        );
    }

    function test_ProposeRecovery_RevertGiven_ARecoveryBeforeTheWallet() external {
        _propose(bob, 2);
        _expectProposeRevert(makeAddr("carol"), 3, _pending());
    }

    function test_ProposeRecovery_GivenARecoveryWhoseRecipientHasAWalletNow() external {
        _propose(bob, 2);
        mintFor(bob);
        vm.warp(START + 6 days);
        address carol = makeAddr("carol");
        _propose(carol, 2);
        IWalletRecovery.RecoveryState memory state = skillWallet.recoveryOf(_wallet);
        assertEq(state.to, carol, "SKILL-9: another recipient at once");
        assertEq(state.completableAt, START + 13 days, "SKILL-10: in public for 7 days");
        assertFalse(state.final_, "SKILL-10: the veto was not used");
        _veto();
        _propose(carol, 3);
        // Free again, bob is no reason to end another's.
        skillWallet.burnByIssuer(skillWallet.walletOf(bob));
        _expectProposeRevert(bob, 3, _pending());
    }

    function test_ProposeRecovery_RevertGiven_ARecoveryLessThan180DaysAgo() external {
        _propose(bob, 2);
        vm.warp(START + 7 days);
        _complete(bob);
        address carol = makeAddr("carol");
        vm.warp(START + 187 days - 1);
        _expectProposeRevert(carol, 3, _tooEarly(START + 187 days));
        vm.warp(START + 187 days);
        _propose(carol, 2);
    }

    function test_ProposeRecovery_GivenTheVetoIsUsed() external {
        _propose(bob, 3);
        _veto();
        _expectProposeRevert(bob, 2, abi.encodeWithSelector(IWalletRecovery.ApprovalsMissing.selector, 2, 3));
        _propose(bob, 3);
        assertTrue(skillWallet.recoveryOf(_wallet).final_, "final");
    }

    function test_ProposeRecovery_GivenALapsedRecovery() external {
        _propose(bob, 2);
        vm.warp(START + 21 days - 1);
        _expectProposeRevert(bob, 2, _pending());
        vm.warp(START + 21 days);
        _propose(bob, 2);
        assertEq(skillWallet.recoveryOf(_wallet).completableAt, START + 28 days, "a whole window again");
        assertFalse(skillWallet.recoveryOf(_wallet).final_, "the veto was not used");
    }

    function test_ProposeRecovery_GivenNothingInTheWay() external {
        vm.startPrank(alice);
        skillWallet.setGuardians(new address[](0), 0);
        skillWallet.burn();
        vm.stopPrank();
        vm.warp(START + 14 days - 1);
        IWalletRecovery.GuardianApproval[] memory approvals =
            approvalsBy(_keys, 2, _wallet, bob, vm.getBlockTimestamp());
        vm.expectEmit(address(skillWallet));
        emit IWalletRecovery.GuardianChangeCancelled(_wallet);
        vm.expectEmit(address(skillWallet));
        emit IWalletRecovery.RecoveryProposed(_wallet, bob, 0, false, START + 21 days - 1);
        skillWallet.proposeRecovery(_wallet, bob, vm.getBlockTimestamp(), approvals);
        (,, uint256 acceptableAt) = skillWallet.proposedGuardiansOf(_wallet);
        assertEq(acceptableAt, 0, "the change is off");
        assertEq(skillWallet.burnableAt(_wallet), 0, "the burn is off");
        vm.prank(alice);
        vm.expectRevert(_pending());
        skillWallet.burn();
        IWalletRecovery.RecoveryState memory state = skillWallet.recoveryOf(_wallet);
        assertEq(
            abi.encode(state),
            abi.encode(IWalletRecovery.RecoveryState(bob, START + 21 days - 1, START + 35 days - 1, false, false, 1)),
            "state"
        );
    }

    // vetoRecovery

    function test_VetoRecovery_RevertGiven_NoRecovery() external {
        vm.prank(alice);
        vm.expectRevert(_noRecovery());
        skillWallet.vetoRecovery();
        vm.expectRevert(_noRecovery());
        skillWallet.vetoRecoveryByGovernance(_wallet);
    }

    function test_VetoRecovery_RevertGiven_AFinalRecovery() external {
        _propose(bob, 2);
        _veto();
        _propose(bob, 3);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.VetoNotPossible.selector, _wallet));
        skillWallet.vetoRecovery();
    }

    function test_VetoRecovery_RevertWhen_TheTimeToVetoIsOver() external {
        _propose(bob, 2);
        vm.warp(START + 7 days);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.VetoNotPossible.selector, _wallet));
        skillWallet.vetoRecovery();
    }

    function test_VetoRecovery_WhenGovernanceVetoes() external {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, alice));
        skillWallet.vetoRecoveryByGovernance(_wallet);
        _propose(bob, 2);
        vm.warp(START + 8 days);
        vm.expectEmit(address(skillWallet));
        emit IWalletRecovery.RecoveryVetoed(_wallet, true);
        skillWallet.vetoRecoveryByGovernance(_wallet);
        assertFalse(skillWallet.recoveryOf(_wallet).vetoUsed, "the holder's veto is not used");
        _propose(bob, 2);
        _veto();
        _propose(bob, 3);
        skillWallet.vetoRecoveryByGovernance(_wallet);
        vm.prank(bob);
        vm.expectRevert(_noRecovery());
        skillWallet.completeRecovery(_wallet);
    }

    function test_VetoRecovery_GivenAFirstRecovery() external {
        _propose(bob, 2);
        vm.warp(START + 7 days - 1);
        vm.expectEmit(address(skillWallet));
        emit IWalletRecovery.RecoveryVetoed(_wallet, false);
        _veto();
        assertTrue(skillWallet.recoveryOf(_wallet).vetoUsed, "used");
        vm.warp(START + 7 days);
        vm.prank(bob);
        vm.expectRevert(_noRecovery());
        skillWallet.completeRecovery(_wallet);
    }

    // completeRecovery

    function test_CompleteRecovery_RevertWhen_TheCallerIsAnotherAccount() external {
        _propose(bob, 2);
        vm.warp(START + 7 days);
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.NotTheRecipient.selector, address(this), bob));
        skillWallet.completeRecovery(_wallet);
    }

    function test_CompleteRecovery_RevertWhen_ItIsTooEarly() external {
        _propose(bob, 2);
        vm.warp(START + 7 days - 1);
        vm.prank(bob);
        vm.expectRevert(_tooEarly(START + 7 days));
        skillWallet.completeRecovery(_wallet);
    }

    function test_CompleteRecovery_RevertWhen_ItHasLapsed() external {
        _propose(bob, 2);
        vm.warp(START + 21 days);
        vm.prank(bob);
        vm.expectRevert(_noRecovery());
        skillWallet.completeRecovery(_wallet);
    }

    function test_CompleteRecovery_RevertGiven_TheRecipientTookAWalletMeanwhile() external {
        _propose(bob, 2);
        uint256 other = mintFor(bob);
        vm.warp(START + 7 days);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IWalletRegistry.AccountHasWallet.selector, bob, other));
        skillWallet.completeRecovery(_wallet);
    }

    function test_CompleteRecovery_RevertGiven_TheWalletWasBurnedMeanwhile() external {
        _propose(bob, 2);
        skillWallet.burnByIssuer(_wallet);
        vm.warp(START + 7 days);
        vm.prank(bob);
        vm.expectRevert(_noRecovery());
        skillWallet.completeRecovery(_wallet);
        assertEq(skillWallet.walletOf(bob), 0, "nothing to have");
    }

    function test_CompleteRecovery_WhenTheTimeHasCome() external {
        attest(_wallet, STEADY, 3_000);
        _propose(bob, 2);
        vm.warp(START + 21 days - 1);
        vm.expectEmit(address(skillWallet));
        emit IWalletRecovery.WalletRecovered(_wallet, alice, bob);
        _complete(bob);
        assertEq(skillWallet.ownerOf(_wallet), bob, "owner");
        assertEq(skillWallet.walletOf(bob), _wallet, "wallet");
        assertEq(skillWallet.walletOf(alice), 0, "the old account has none");
        assertEq(skillWallet.balanceOf(alice), 0, "nor a balance");
        assertTrue(skillWallet.isBarred(alice), "and is barred");
        assertEq(skillWallet.recoveredAt(_wallet), vm.getBlockTimestamp(), "time");
        assertSkill(_wallet, STEADY, 3_000, 3);
        attest(_wallet, STEADY, 1_000);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IWalletRegistry.AccountHasNoWallet.selector, alice));
        skillWallet.burn();
        assertEq(uint256(skillWallet.burnAuth(_wallet)), uint256(IERC5484.BurnAuth.Both), "burn authorisation stays");
    }
}
