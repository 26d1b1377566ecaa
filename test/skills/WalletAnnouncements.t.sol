// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {IWalletRecovery} from "../../contracts/skills/IWalletRecovery.sol";
import {SkillFixture} from "./SkillFixture.sol";

/// @notice SKILL-11 and SKILL-12 on single cases: what a key alone can do against guardians, and how they and the
/// holder stop it; WalletAnnouncements.tree is the specification. Alice has three guardians, two of whom are the
/// threshold; bob is her new account.
contract WalletAnnouncementsTest is SkillFixture {
    uint256 private _wallet;
    uint256[] private _keys;

    function setUp() external {
        deployWallet();
        _wallet = mintFor(alice);
        _keys = guardianKeys(3);
        vm.prank(alice);
        skillWallet.setGuardians(addressesOf(_keys), 2);
    }

    function _announceBurn(address holder) private returns (uint256 ripensAt) {
        vm.prank(holder);
        skillWallet.burn();
        ripensAt = vm.getBlockTimestamp() + 14 days;
        assertEq(skillWallet.burnableAt(_wallet), ripensAt, "a burn is announced");
    }

    function _announceChange(address holder) private returns (uint256 ripensAt) {
        vm.prank(holder);
        skillWallet.setGuardians(addressesOf(guardianKeys(5)), 3);
        (,, ripensAt) = skillWallet.proposedGuardiansOf(_wallet);
        assertEq(ripensAt, vm.getBlockTimestamp() + 14 days, "a change is announced");
    }

    function _cancel(uint256 ripensAt, uint256 count) private {
        uint256 deadline = vm.getBlockTimestamp();
        skillWallet.cancelAnnouncement(
            _wallet, ripensAt, deadline, cancellationsBy(_keys, count, _wallet, ripensAt, deadline)
        );
    }

    function _expectCancelRevert(uint256 ripensAt, uint256 count, bytes memory reason) private {
        uint256 deadline = vm.getBlockTimestamp();
        IWalletRecovery.GuardianApproval[] memory approvals = cancellationsBy(_keys, count, _wallet, ripensAt, deadline);
        vm.expectRevert(reason);
        skillWallet.cancelAnnouncement(_wallet, ripensAt, deadline, approvals);
    }

    function _recoverTo(address to) private {
        uint256 deadline = vm.getBlockTimestamp();
        skillWallet.proposeRecovery(_wallet, to, deadline, approvalsBy(_keys, 3, _wallet, to, deadline));
        vm.warp(deadline + 7 days);
        vm.prank(to);
        skillWallet.completeRecovery(_wallet);
    }

    function _nothing(uint256 ripensAt) private view returns (bytes memory) {
        return abi.encodeWithSelector(IWalletRecovery.NothingAnnounced.selector, _wallet, ripensAt);
    }

    function _invalid(uint256 index) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IWalletRecovery.ApprovalInvalid.selector, index);
    }

    function _assertGuardians(uint256 count) private view {
        (address[] memory guardians,) = skillWallet.guardiansOf(_wallet);
        assertEq(guardians, addressesOf(guardianKeys(count)), "SKILL-11: guardians that count");
    }

    // cancelAnnouncement

    function test_CancelAnnouncement_RevertGiven_NoGuardians() external {
        uint256 other = mintFor(bob);
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.ApprovalsMissing.selector, 0, 0));
        skillWallet.cancelAnnouncement(other, 0, START, new IWalletRecovery.GuardianApproval[](0));
    }

    function test_CancelAnnouncement_RevertGiven_NothingAnnouncedAtThatTime() external {
        _expectCancelRevert(0, 2, _nothing(0));
        _expectCancelRevert(START + 14 days, 2, _nothing(START + 14 days));
        uint256 ripensAt = _announceBurn(alice);
        _expectCancelRevert(ripensAt + 1, 3, _nothing(ripensAt + 1));
        _cancel(ripensAt, 2);
        _expectCancelRevert(ripensAt, 2, _nothing(ripensAt));
    }

    function test_CancelAnnouncement_RevertGiven_AnAnnouncementThatLapsed() external {
        uint256 ripensAt = _announceBurn(alice);
        vm.warp(ripensAt + 14 days);
        _expectCancelRevert(ripensAt, 2, _nothing(ripensAt));
    }

    function test_CancelAnnouncement_RevertWhen_FewerThanTheThresholdApprove() external {
        uint256 ripensAt = _announceBurn(alice);
        _expectCancelRevert(ripensAt, 1, abi.encodeWithSelector(IWalletRecovery.ApprovalsMissing.selector, 1, 2));
    }

    function test_CancelAnnouncement_RevertWhen_AnApprovalIsRepeatedOrByAStranger() external {
        uint256 ripensAt = _announceBurn(alice);
        IWalletRecovery.GuardianApproval[] memory approvals = cancellationsBy(_keys, 2, _wallet, ripensAt, START);
        approvals[1] = approvals[0];
        vm.expectRevert(_invalid(1));
        skillWallet.cancelAnnouncement(_wallet, ripensAt, START, approvals);
        bytes32 digest = cancellationDigest(_wallet, ripensAt, 0, START);
        approvals[1] = IWalletRecovery.GuardianApproval(validator, signBy(VALIDATOR_KEY, digest));
        vm.expectRevert(_invalid(1));
        skillWallet.cancelAnnouncement(_wallet, ripensAt, START, approvals);
        // One guardian in another's name, and in a wrong order.
        approvals[1] = IWalletRecovery.GuardianApproval(vm.addr(_keys[1]), signBy(_keys[0], digest));
        vm.expectRevert(_invalid(1));
        skillWallet.cancelAnnouncement(_wallet, ripensAt, START, approvals);
        approvals = cancellationsBy(_keys, 2, _wallet, ripensAt, START);
        (approvals[0], approvals[1]) = (approvals[1], approvals[0]);
        vm.expectRevert(_invalid(1));
        skillWallet.cancelAnnouncement(_wallet, ripensAt, START, approvals);
    }

    function test_CancelAnnouncement_RevertWhen_AnApprovalIsForAnotherAnnouncement() external {
        uint256 ripensAt = _announceBurn(alice);
        IWalletRecovery.GuardianApproval[] memory approvals = cancellationsBy(_keys, 2, _wallet, ripensAt - 1, START);
        vm.expectRevert(_invalid(0));
        skillWallet.cancelAnnouncement(_wallet, ripensAt, START, approvals);
        approvals = cancellationsBy(_keys, 2, _wallet + 1, ripensAt, START);
        vm.expectRevert(_invalid(0));
        skillWallet.cancelAnnouncement(_wallet, ripensAt, START, approvals);
        // What was signed to recover the wallet is no cancellation.
        approvals = approvalsBy(_keys, 2, _wallet, bob, START);
        vm.expectRevert(_invalid(0));
        skillWallet.cancelAnnouncement(_wallet, ripensAt, START, approvals);
    }

    function test_CancelAnnouncement_RevertWhen_TheDeadlineHasPassed() external {
        uint256 ripensAt = _announceBurn(alice);
        IWalletRecovery.GuardianApproval[] memory approvals = cancellationsBy(_keys, 2, _wallet, ripensAt, START - 1);
        vm.expectRevert(abi.encodeWithSelector(ISkillLedger.SignatureExpired.selector, START - 1, START));
        skillWallet.cancelAnnouncement(_wallet, ripensAt, START - 1, approvals);
    }

    function test_CancelAnnouncement_RevertWhen_AnApprovalWasTakenBack() external {
        uint256 ripensAt = _announceBurn(alice);
        bytes32 digest = cancellationDigest(_wallet, ripensAt, 0, START);
        vm.prank(vm.addr(_keys[1]));
        skillWallet.withdrawApproval(digest);
        _expectCancelRevert(ripensAt, 2, _invalid(1));
    }

    function test_CancelAnnouncement_GivenABurn() external {
        uint256[3] memory waits = [uint256(0), 14 days - 1, 28 days - 1];
        for (uint256 i = 0; i < 3; ++i) {
            uint256 ripensAt = _announceBurn(alice);
            skip(waits[i]);
            IWalletRecovery.GuardianApproval[] memory approvals =
                cancellationsBy(_keys, 2, _wallet, ripensAt, vm.getBlockTimestamp());
            vm.expectEmit(address(skillWallet));
            emit IWalletRecovery.BurnCancelled(_wallet);
            skillWallet.cancelAnnouncement(_wallet, ripensAt, vm.getBlockTimestamp(), approvals);
            assertEq(skillWallet.burnableAt(_wallet), 0, "SKILL-11: the burn is off");
        }
        assertEq(skillWallet.ownerOf(_wallet), alice, "SKILL-11: the wallet is there");
    }

    function test_CancelAnnouncement_GivenAChangeOfGuardians() external {
        uint256[3] memory waits = [uint256(0), 14 days - 1, 28 days - 1];
        for (uint256 i = 0; i < 3; ++i) {
            uint256 ripensAt = _announceChange(alice);
            skip(waits[i]);
            IWalletRecovery.GuardianApproval[] memory approvals =
                cancellationsBy(_keys, 2, _wallet, ripensAt, vm.getBlockTimestamp());
            vm.expectEmit(address(skillWallet));
            emit IWalletRecovery.GuardianChangeCancelled(_wallet);
            skillWallet.cancelAnnouncement(_wallet, ripensAt, vm.getBlockTimestamp(), approvals);
            vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.NoGuardianChange.selector, _wallet));
            skillWallet.acceptGuardians(_wallet);
        }
        _assertGuardians(3);
    }

    function test_CancelAnnouncement_GivenBothOfOneSecond() external {
        uint256 ripensAt = _announceBurn(alice);
        assertEq(_announceChange(alice), ripensAt, "one second");
        _cancel(ripensAt, 2);
        assertEq(skillWallet.burnableAt(_wallet), 0, "no burn");
        (,, uint256 acceptableAt) = skillWallet.proposedGuardiansOf(_wallet);
        assertEq(acceptableAt, 0, "no change");
        // Of two seconds, each for itself.
        uint256 burn = _announceBurn(alice);
        skip(1);
        uint256 change = _announceChange(alice);
        _cancel(burn, 2);
        (,, acceptableAt) = skillWallet.proposedGuardiansOf(_wallet);
        assertEq(acceptableAt, change, "the change is another one");
    }

    /// @dev A day after a recovery the new key is stolen as well. Nobody can recover the wallet for 180 days, but
    /// nothing that the thief does counts meanwhile, and then it comes home.
    function test_CancelAnnouncement_GivenARecoveryLessThan180DaysAgo() external {
        _recoverTo(bob);
        uint256 recovered = vm.getBlockTimestamp();
        skip(1 days);
        while (vm.getBlockTimestamp() < recovered + 180 days) {
            uint256 burn = _announceBurn(bob);
            skip(1);
            uint256 change = _announceChange(bob);
            skip(13 days);
            _cancel(burn, 2);
            _cancel(change, 2);
        }
        _assertGuardians(3);
        address home = makeAddr("third account");
        _recoverTo(home);
        assertEq(skillWallet.ownerOf(_wallet), home, "SKILL-11: whatever the key did for 180 days");
    }

    function test_CancelAnnouncement_GivenTheVetoIsUsed() external {
        uint256 deadline = vm.getBlockTimestamp();
        skillWallet.proposeRecovery(_wallet, bob, deadline, approvalsBy(_keys, 2, _wallet, bob, deadline));
        vm.prank(alice);
        skillWallet.vetoRecovery();
        uint256 ripensAt = _announceBurn(alice);
        _cancel(ripensAt, 2);
        assertEq(skillWallet.burnableAt(_wallet), 0, "SKILL-11: two of three, where a recovery takes three");
        assertTrue(skillWallet.recoveryOf(_wallet).vetoUsed, "and the next proposal still does");
    }

    /// @dev A cancellation by mistake costs an honest holder no more than the time that has passed.
    function test_CancelAnnouncement_GivenAHolderWhoAnnouncesAgain() external {
        _recoverTo(bob);
        uint256 first = _announceBurn(bob);
        skip(10 days);
        uint256 until = vm.getBlockTimestamp() + 365 days;
        IWalletRecovery.GuardianApproval[] memory approvals = cancellationsBy(_keys, 3, _wallet, first, until);
        skillWallet.cancelAnnouncement(_wallet, first, until, approvals);
        uint256 burn = _announceBurn(bob);
        uint256 change = _announceChange(bob);
        // What was signed against the first announcement is of no use against these.
        vm.expectRevert(_nothing(first));
        skillWallet.cancelAnnouncement(_wallet, first, until, approvals);
        vm.expectRevert(_invalid(0));
        skillWallet.cancelAnnouncement(_wallet, burn, until, approvals);
        vm.warp(change);
        skillWallet.acceptGuardians(_wallet);
        _assertGuardians(5);
        vm.prank(bob);
        skillWallet.burn();
        assertEq(skillWallet.holderOf(_wallet), address(0), "SKILL-11: burned 14 days later, in the 180 days");
    }

    // cancelByHolder

    function test_CancelByHolder_RevertGiven_NothingAnnounced() external {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.NoBurnAnnounced.selector, _wallet));
        skillWallet.cancelBurn();
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.NoGuardianChange.selector, _wallet));
        skillWallet.cancelGuardianChange();
    }

    function test_CancelByHolder_GivenAnnouncements() external {
        _announceBurn(alice);
        uint256 ripensAt = _announceChange(alice);
        vm.startPrank(alice);
        vm.expectEmit(address(skillWallet));
        emit IWalletRecovery.BurnCancelled(_wallet);
        skillWallet.cancelBurn();
        vm.expectEmit(address(skillWallet));
        emit IWalletRecovery.GuardianChangeCancelled(_wallet);
        skillWallet.cancelGuardianChange();
        vm.stopPrank();
        vm.warp(ripensAt);
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.NoGuardianChange.selector, _wallet));
        skillWallet.acceptGuardians(_wallet);
        // The next call announces; it does not burn.
        _announceBurn(alice);
        assertEq(skillWallet.ownerOf(_wallet), alice, "SKILL-12: dropped");
    }

    // lapse

    function test_Lapse_GivenABurnAnnouncedLongAgo() external {
        uint256 ripensAt = _announceBurn(alice);
        vm.warp(ripensAt + 14 days - 1);
        assertEq(skillWallet.burnableAt(_wallet), ripensAt, "until the last second");
        vm.warp(ripensAt + 14 days);
        assertEq(skillWallet.burnableAt(_wallet), 0, "SKILL-12: lapsed");
        _announceBurn(alice);
        vm.prank(alice);
        vm.expectPartialRevert(IWalletRecovery.TooEarly.selector);
        skillWallet.burn();
        assertEq(skillWallet.ownerOf(_wallet), alice, "SKILL-12: a year later it begins anew");
    }

    function test_Lapse_GivenAChangeAnnouncedLongAgo() external {
        uint256 ripensAt = _announceChange(alice);
        vm.warp(ripensAt + 14 days);
        (address[] memory proposed,, uint256 acceptableAt) = skillWallet.proposedGuardiansOf(_wallet);
        assertEq(proposed.length + acceptableAt, 0, "SKILL-12: lapsed");
        bytes memory none = abi.encodeWithSelector(IWalletRecovery.NoGuardianChange.selector, _wallet);
        vm.expectRevert(none);
        skillWallet.acceptGuardians(_wallet);
        vm.prank(alice);
        vm.expectRevert(none);
        skillWallet.cancelGuardianChange();
        _assertGuardians(3);
        // In the last second it counts.
        ripensAt = _announceChange(alice);
        vm.warp(ripensAt + 14 days - 1);
        skillWallet.acceptGuardians(_wallet);
        _assertGuardians(5);
    }

    // approvals

    /// @dev Two of the three stay. What they signed in the old set counts for nothing, signed for the next proposals or
    /// not.
    function test_Approvals_GivenOtherGuardians() external {
        uint256 deadline = START + 365 days;
        IWalletRecovery.GuardianApproval[][3] memory old;
        for (uint256 i = 0; i < 3; ++i) {
            old[i] = new IWalletRecovery.GuardianApproval[](2);
            bytes32 digest = approvalDigest(_wallet, bob, i, deadline);
            for (uint256 j = 0; j < 2; ++j) {
                old[i][j] = IWalletRecovery.GuardianApproval(vm.addr(_keys[j]), signBy(_keys[j], digest));
            }
        }
        address[] memory next = new address[](2);
        (next[0], next[1]) = (vm.addr(_keys[0]), vm.addr(_keys[1]));
        vm.prank(alice);
        skillWallet.setGuardians(next, 2);
        vm.warp(START + 14 days);
        skillWallet.acceptGuardians(_wallet);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(_invalid(0));
            skillWallet.proposeRecovery(_wallet, bob, deadline, old[i]);
        }
        assertEq(skillWallet.recoveryOf(_wallet).nonce, 1 << 32, "SKILL-12: nonces of another set");
        skillWallet.proposeRecovery(_wallet, bob, deadline, approvalsBy(_keys, 2, _wallet, bob, deadline));
        assertEq(skillWallet.recoveryOf(_wallet).nonce, 1 << 32 | 1, "and they count on");
    }

    function test_Approvals_GivenOneThatWasTakenBack() external {
        uint256 deadline = START + 365 days;
        IWalletRecovery.GuardianApproval[] memory approvals = approvalsBy(_keys, 2, _wallet, bob, deadline);
        bytes32 digest = approvalDigest(_wallet, bob, 0, deadline);
        address guardian = vm.addr(_keys[0]);
        vm.expectEmit(address(skillWallet));
        emit IWalletRecovery.ApprovalWithdrawn(guardian, digest);
        vm.prank(guardian);
        skillWallet.withdrawApproval(digest);
        assertTrue(skillWallet.isApprovalWithdrawn(guardian, digest), "taken back");
        assertFalse(skillWallet.isApprovalWithdrawn(vm.addr(_keys[1]), digest), "its own alone");
        vm.expectRevert(_invalid(0));
        skillWallet.proposeRecovery(_wallet, bob, deadline, approvals);
        // It may approve again, until another time.
        skillWallet.proposeRecovery(_wallet, bob, START, approvalsBy(_keys, 2, _wallet, bob, START));
    }
}
