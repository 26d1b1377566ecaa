// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletRecovery} from "../../contracts/skills/IWalletRecovery.sol";
import {ContractSigner} from "../mocks/ContractSigner.sol";
import {artifact} from "../../script/Artifact.sol";
import {SkillFixture} from "./SkillFixture.sol";

/// @notice SKILL-9 to SKILL-12 where guardians are contracts (EIP-1271): what they approve counts as a key's signature
/// does, and what they do not say, or say wrongly, does not. Alice has a key and two contracts as guardians.
contract WalletGuardianContractsTest is SkillFixture {
    uint256 private constant KEY = uint256(keccak256("the guardian with a key"));
    bytes private constant SIGNATURE = "whatever the contract takes";

    uint256 private _wallet;
    address[] private _guardians;
    address private _keyed;

    function setUp() external {
        deployWallet();
        _wallet = mintFor(alice);
        _keyed = vm.addr(KEY);
        address first = deployCode(artifact("ContractSigner"));
        address second = deployCode(artifact("ContractSigner"));
        _guardians = [first, second, _keyed];
        for (uint256 i = 1; i < 3; ++i) {
            for (uint256 j = i; j > 0 && _guardians[j - 1] > _guardians[j]; --j) {
                (_guardians[j - 1], _guardians[j]) = (_guardians[j], _guardians[j - 1]);
            }
        }
        vm.prank(alice);
        skillWallet.setGuardians(_guardians, 2);
    }

    /// @dev Approvals of all three, by contracts that were asked; a proposal takes some of them.
    function _approvals(bytes32 digest) private returns (IWalletRecovery.GuardianApproval[] memory all) {
        all = new IWalletRecovery.GuardianApproval[](3);
        for (uint256 i = 0; i < 3; ++i) {
            address guardian = _guardians[i];
            bool isContract = guardian != _keyed;
            if (isContract) ContractSigner(guardian).approve(digest, SIGNATURE);
            all[i] = IWalletRecovery.GuardianApproval(guardian, isContract ? SIGNATURE : signBy(KEY, digest));
        }
    }

    function _digest() private view returns (bytes32) {
        return approvalDigest(_wallet, bob, skillWallet.recoveryOf(_wallet).nonce, vm.getBlockTimestamp());
    }

    /// @dev All but the one at `left`.
    function _without(IWalletRecovery.GuardianApproval[] memory all, uint256 left)
        private
        pure
        returns (IWalletRecovery.GuardianApproval[] memory two)
    {
        two = new IWalletRecovery.GuardianApproval[](2);
        for (uint256 i = 0; i < 2; ++i) {
            two[i] = all[i < left ? i : i + 1];
        }
    }

    function _propose(IWalletRecovery.GuardianApproval[] memory approvals) private {
        skillWallet.proposeRecovery(_wallet, bob, vm.getBlockTimestamp(), approvals);
    }

    /// @dev The place of a contract.
    function _contract() private view returns (uint256) {
        return _guardians[0] == _keyed ? 1 : 0;
    }

    function test_AnyTwoOfThemRecoverAWallet() external {
        uint256 state = vm.snapshotState();
        for (uint256 left = 0; left < 3; ++left) {
            _propose(_without(_approvals(_digest()), left));
            skip(7 days);
            vm.prank(bob);
            skillWallet.completeRecovery(_wallet);
            assertEq(skillWallet.ownerOf(_wallet), bob, "SKILL-9: recovered");
            vm.revertToState(state);
        }
    }

    function test_AllOfThemRecoverItAfterAVeto() external {
        _propose(_without(_approvals(_digest()), 0));
        vm.prank(alice);
        skillWallet.vetoRecovery();
        IWalletRecovery.GuardianApproval[] memory all = _approvals(_digest());
        IWalletRecovery.GuardianApproval[] memory two = _without(all, 0);
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.ApprovalsMissing.selector, 2, 3));
        _propose(two);
        _propose(all);
        assertTrue(skillWallet.recoveryOf(_wallet).final_, "SKILL-9: the second is final");
    }

    function test_RevertWhen_AContractDoesNotApprove() external {
        IWalletRecovery.GuardianApproval[] memory all = _approvals(_digest());
        uint256 at = _contract();
        ContractSigner signer = ContractSigner(_guardians[at]);
        ContractSigner.Answer[3] memory wrong =
            [ContractSigner.Answer.Garbage, ContractSigner.Answer.Short, ContractSigner.Answer.Revert];
        for (uint256 i = 0; i < 3; ++i) {
            signer.setAnswer(wrong[i]);
            vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.ApprovalInvalid.selector, at));
            _propose(all);
        }
        signer.setAnswer(ContractSigner.Answer.Honest);
        // Approved for another account.
        bytes32 other = approvalDigest(_wallet, makeAddr("thief"), 0, vm.getBlockTimestamp());
        all[at].signature = "of another message";
        signer.approve(other, "of another message");
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.ApprovalInvalid.selector, at));
        _propose(all);
        all[at].signature = SIGNATURE;
        _propose(all);
    }

    function test_RevertWhen_AContractIsNamedTwice() external {
        IWalletRecovery.GuardianApproval[] memory all = _approvals(_digest());
        IWalletRecovery.GuardianApproval[] memory two = new IWalletRecovery.GuardianApproval[](2);
        (two[0], two[1]) = (all[_contract()], all[_contract()]);
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.ApprovalInvalid.selector, 1));
        _propose(two);
    }

    function test_RevertWhen_AContractTookItsApprovalBack() external {
        bytes32 digest = _digest();
        IWalletRecovery.GuardianApproval[] memory all = _approvals(digest);
        vm.prank(_guardians[_contract()]);
        skillWallet.withdrawApproval(digest);
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.ApprovalInvalid.selector, _contract()));
        _propose(all);
        _propose(_without(all, _contract()));
    }

    function test_AnyTwoOfThemCancelAnAnnouncement() external {
        uint256 state = vm.snapshotState();
        for (uint256 left = 0; left < 3; ++left) {
            vm.prank(alice);
            skillWallet.burn();
            uint256 ripensAt = skillWallet.burnableAt(_wallet);
            uint256 deadline = vm.getBlockTimestamp();
            uint256 nonce = skillWallet.recoveryOf(_wallet).nonce;
            IWalletRecovery.GuardianApproval[] memory all =
                _approvals(cancellationDigest(_wallet, ripensAt, nonce, deadline));
            skillWallet.cancelAnnouncement(_wallet, ripensAt, deadline, _without(all, left));
            assertEq(skillWallet.burnableAt(_wallet), 0, "SKILL-11: cancelled");
            vm.revertToState(state);
        }
    }
}
