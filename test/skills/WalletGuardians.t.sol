// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletRecovery} from "../../contracts/skills/IWalletRecovery.sol";
import {IWalletRegistry} from "../../contracts/skills/IWalletRegistry.sol";
import {SkillFixture} from "./SkillFixture.sol";

/// @notice SKILL-9, who a wallet's guardians are; WalletGuardians.tree is the specification. Alice has three, two of
/// whom make a proposal.
contract WalletGuardiansTest is SkillFixture {
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

    function _veto() private {
        vm.prank(skillWallet.ownerOf(_wallet));
        skillWallet.vetoRecovery();
    }

    function _pending() private view returns (bytes memory) {
        return abi.encodeWithSelector(IWalletRecovery.RecoveryPending.selector, _wallet);
    }

    function _tooEarly(uint256 earliest) private view returns (bytes memory) {
        return abi.encodeWithSelector(IWalletRecovery.TooEarly.selector, earliest, vm.getBlockTimestamp());
    }

    // setGuardians

    function test_SetGuardians_RevertGiven_NoWallet() external {
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IWalletRegistry.AccountHasNoWallet.selector, bob));
        skillWallet.setGuardians(addressesOf(_keys), 2);
    }

    function _expectGuardiansInvalid(address[] memory guardians, uint256 threshold) private {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.GuardiansInvalid.selector, guardians.length, threshold));
        skillWallet.setGuardians(guardians, threshold);
    }

    function test_SetGuardians_RevertWhen_TheGuardiansAreNotValid() external {
        _expectGuardiansInvalid(new address[](0), 1);
        _expectGuardiansInvalid(addressesOf(guardianKeys(1)), 1);
        _expectGuardiansInvalid(addressesOf(guardianKeys(11)), 6);
        _expectGuardiansInvalid(addressesOf(guardianKeys(4)), 2);
        _expectGuardiansInvalid(addressesOf(guardianKeys(4)), 5);
        address[] memory guardians = addressesOf(guardianKeys(3));
        (guardians[0], guardians[1]) = (guardians[1], guardians[0]);
        _expectGuardiansInvalid(guardians, 2);
        guardians[0] = guardians[1];
        _expectGuardiansInvalid(guardians, 2);
        guardians[0] = address(0);
        _expectGuardiansInvalid(guardians, 2);
        guardians = new address[](2);
        (guardians[0], guardians[1]) = bob < alice ? (bob, alice) : (alice, bob);
        _expectGuardiansInvalid(guardians, 2);
    }

    function test_SetGuardians_RevertGiven_ARecovery() external {
        _propose(bob, 2);
        vm.prank(alice);
        vm.expectRevert(_pending());
        skillWallet.setGuardians(new address[](0), 0);
    }

    function test_SetGuardians_GivenNoGuardians() external view {
        (address[] memory guardians, uint256 threshold) = skillWallet.guardiansOf(_wallet);
        assertEq(guardians, addressesOf(_keys), "guardians");
        assertEq(threshold, 2, "threshold");
    }

    function test_SetGuardians_GivenGuardians() external {
        address[] memory next = addressesOf(guardianKeys(5));
        vm.startPrank(alice);
        vm.expectEmit(address(skillWallet));
        emit IWalletRecovery.GuardiansProposed(_wallet, next, 3, START + 14 days);
        skillWallet.setGuardians(next, 3);
        (address[] memory guardians,) = skillWallet.guardiansOf(_wallet);
        assertEq(guardians, addressesOf(_keys), "as before");
        uint256 threshold;
        uint256 acceptableAt;
        (guardians, threshold, acceptableAt) = skillWallet.proposedGuardiansOf(_wallet);
        assertEq(guardians, next, "proposed");
        assertEq(threshold, 3, "proposed threshold");
        assertEq(acceptableAt, START + 14 days, "time");
        // A later call begins anew.
        vm.warp(START + 13 days);
        skillWallet.setGuardians(next, 4);
        (,, acceptableAt) = skillWallet.proposedGuardiansOf(_wallet);
        assertEq(acceptableAt, START + 27 days, "the time begins anew");
    }

    // acceptGuardians

    function test_AcceptGuardians_RevertGiven_NoChange() external {
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.NoGuardianChange.selector, _wallet));
        skillWallet.acceptGuardians(_wallet);
    }

    function test_AcceptGuardians_RevertWhen_ItIsTooEarly() external {
        vm.prank(alice);
        skillWallet.setGuardians(new address[](0), 0);
        vm.warp(START + 14 days - 1);
        vm.expectRevert(_tooEarly(START + 14 days));
        skillWallet.acceptGuardians(_wallet);
    }

    function test_AcceptGuardians_WhenTheDelayIsOver() external {
        _propose(bob, 2);
        _veto();
        address[] memory next = addressesOf(guardianKeys(5));
        vm.prank(alice);
        skillWallet.setGuardians(next, 3);
        vm.warp(START + 14 days);
        skillWallet.acceptGuardians(_wallet);
        (address[] memory guardians, uint256 threshold) = skillWallet.guardiansOf(_wallet);
        assertEq(guardians, next, "guardians");
        assertEq(threshold, 3, "threshold");
        assertFalse(skillWallet.recoveryOf(_wallet).vetoUsed, "before other guardians the holder has a veto again");
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.NoGuardianChange.selector, _wallet));
        skillWallet.acceptGuardians(_wallet);
    }
}
