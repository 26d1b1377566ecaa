// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721} from "@openzeppelin/contracts/interfaces/IERC721.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {IWalletRecovery} from "../../contracts/skills/IWalletRecovery.sol";
import {IWalletRenderer} from "../../contracts/skills/IWalletRenderer.sol";
import {IERC5192, IERC5484, IWalletRegistry} from "../../contracts/skills/IWalletRegistry.sol";
import {ContractSigner} from "../mocks/ContractSigner.sol";
import {SkillFixture} from "./SkillFixture.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice SKILL-1, SKILL-2 and the rules of the standards on single cases; SkillWallet.tree is the specification.
contract SkillWalletTest is SkillFixture {
    function setUp() external {
        deployWallet();
    }

    function _mintWith(IERC5484.BurnAuth auth) private returns (uint256) {
        vm.prank(alice);
        return skillWallet.mint(auth);
    }

    function _guard(address holder) private {
        vm.prank(holder);
        skillWallet.setGuardians(addressesOf(guardianKeys(3)), 2);
    }

    function _consentInvalid() private view returns (bytes memory) {
        return abi.encodeWithSelector(ISkillWallet.ConsentInvalid.selector, alice);
    }

    // mint

    function test_Mint_RevertGiven_AWallet() external {
        uint256 wallet = mintFor(alice);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IWalletRegistry.AccountHasWallet.selector, alice, wallet));
        skillWallet.mint(IERC5484.BurnAuth.Both);
    }

    function test_Mint_RevertGiven_ABarredAccount() external {
        uint256 wallet = mintFor(alice);
        _guard(alice);
        IWalletRecovery.GuardianApproval[] memory approvals =
            approvalsBy(guardianKeys(3), 2, wallet, bob, vm.getBlockTimestamp());
        skillWallet.proposeRecovery(wallet, bob, vm.getBlockTimestamp(), approvals);
        vm.warp(START + 7 days);
        vm.prank(bob);
        skillWallet.completeRecovery(wallet);

        bytes memory reason = abi.encodeWithSelector(IWalletRegistry.AccountBarred.selector, alice);
        vm.prank(alice);
        vm.expectRevert(reason);
        skillWallet.mint(IERC5484.BurnAuth.Both);
        bytes memory signature = signBy(
            ALICE_KEY,
            consentDigest(alice, IERC5484.BurnAuth.Both, skillWallet.mintNonce(alice), vm.getBlockTimestamp())
        );
        vm.expectRevert(reason);
        skillWallet.mintFor(alice, IERC5484.BurnAuth.Both, vm.getBlockTimestamp(), signature);
    }

    function test_Mint_GivenNoWallet() external {
        vm.expectEmit(address(skillWallet));
        emit IERC721.Transfer(address(0), alice, 1);
        vm.expectEmit(address(skillWallet));
        emit IERC5192.Locked(1);
        vm.expectEmit(address(skillWallet));
        emit IERC5484.Issued(address(skillWallet), alice, 1, IERC5484.BurnAuth.OwnerOnly);
        assertEq(_mintWith(IERC5484.BurnAuth.OwnerOnly), 1, "ids begin at 1");
        assertEq(skillWallet.ownerOf(1), alice, "owner");
        assertEq(skillWallet.balanceOf(alice), 1, "balance");
        assertEq(skillWallet.walletOf(alice), 1, "wallet");
        assertTrue(skillWallet.locked(1), "locked");
        assertEq(uint256(skillWallet.burnAuth(1)), uint256(IERC5484.BurnAuth.OwnerOnly), "burn authorisation");
        assertEq(mintFor(bob), 2, "ids rise by one");
    }

    // mintFor

    function test_MintFor_RevertWhen_TheAccountDidNotSign() external {
        bytes memory signature =
            signBy(VALIDATOR_KEY, consentDigest(alice, IERC5484.BurnAuth.Both, 0, vm.getBlockTimestamp()));
        vm.expectRevert(_consentInvalid());
        skillWallet.mintFor(alice, IERC5484.BurnAuth.Both, vm.getBlockTimestamp(), signature);
        vm.expectRevert(abi.encodeWithSelector(ISkillWallet.ConsentInvalid.selector, address(0)));
        skillWallet.mintFor(address(0), IERC5484.BurnAuth.Both, vm.getBlockTimestamp(), new bytes(65));
    }

    function test_MintFor_RevertWhen_TheConsentIsForAnotherBurnAuthorisation() external {
        bytes memory signature =
            signBy(ALICE_KEY, consentDigest(alice, IERC5484.BurnAuth.OwnerOnly, 0, vm.getBlockTimestamp()));
        vm.expectRevert(_consentInvalid());
        skillWallet.mintFor(alice, IERC5484.BurnAuth.IssuerOnly, vm.getBlockTimestamp(), signature);
    }

    function test_MintFor_RevertWhen_TheConsentWasUsedBefore() external {
        bytes memory signature =
            signBy(ALICE_KEY, consentDigest(alice, IERC5484.BurnAuth.Both, 0, vm.getBlockTimestamp()));
        skillWallet.mintFor(alice, IERC5484.BurnAuth.Both, vm.getBlockTimestamp(), signature);
        vm.prank(alice);
        skillWallet.burn();
        vm.expectRevert(_consentInvalid());
        skillWallet.mintFor(alice, IERC5484.BurnAuth.Both, vm.getBlockTimestamp(), signature);
    }

    function test_MintFor_RevertWhen_TheDeadlineHasPassed() external {
        bytes memory signature =
            signBy(ALICE_KEY, consentDigest(alice, IERC5484.BurnAuth.Both, 0, vm.getBlockTimestamp() - 1));
        vm.expectRevert(
            abi.encodeWithSelector(
                ISkillLedger.SignatureExpired.selector, vm.getBlockTimestamp() - 1, vm.getBlockTimestamp()
            )
        );
        skillWallet.mintFor(alice, IERC5484.BurnAuth.Both, vm.getBlockTimestamp() - 1, signature);
    }

    function test_MintFor_WhenTheAccountSigned() external {
        bytes memory signature =
            signBy(ALICE_KEY, consentDigest(alice, IERC5484.BurnAuth.Both, 0, vm.getBlockTimestamp()));
        vm.prank(bob);
        assertEq(skillWallet.mintFor(alice, IERC5484.BurnAuth.Both, vm.getBlockTimestamp(), signature), 1, "id");
        assertEq(skillWallet.walletOf(alice), 1, "the account's, not the caller's");
        assertEq(skillWallet.mintNonce(alice), 1, "nonce");
    }

    function test_MintFor_WhenTheAccountIsAContractThatApproves() external {
        ContractSigner account = ContractSigner(deployCode(artifact("ContractSigner")));
        account.approve(consentDigest(address(account), IERC5484.BurnAuth.Both, 0, vm.getBlockTimestamp()), "yes");
        skillWallet.mintFor(address(account), IERC5484.BurnAuth.Both, vm.getBlockTimestamp(), "yes");
        assertEq(skillWallet.walletOf(address(account)), 1, "wallet");
    }

    // burn

    function test_Burn_RevertGiven_NoWallet() external {
        vm.expectRevert(abi.encodeWithSelector(IWalletRegistry.AccountHasNoWallet.selector, address(this)));
        skillWallet.burn();
    }

    function test_Burn_RevertGiven_TheAuthorisationIsTheIssuersAloneOrNobodys() external {
        IERC5484.BurnAuth[2] memory auths = [IERC5484.BurnAuth.IssuerOnly, IERC5484.BurnAuth.Neither];
        for (uint256 i = 0; i < 2; ++i) {
            uint256 state = vm.snapshotState();
            uint256 wallet = _mintWith(auths[i]);
            vm.prank(alice);
            vm.expectRevert(abi.encodeWithSelector(ISkillWallet.BurnNotAllowed.selector, wallet, auths[i]));
            skillWallet.burn();
            vm.revertToState(state);
        }
    }

    function test_Burn_GivenNoGuardians() external {
        uint256 wallet = _mintWith(IERC5484.BurnAuth.OwnerOnly);
        attest(wallet, STEADY, 5_000);
        vm.expectEmit(address(skillWallet));
        emit IERC721.Transfer(alice, address(0), wallet);
        vm.prank(alice);
        skillWallet.burn();
        assertEq(skillWallet.walletOf(alice), 0, "no wallet");
        assertEq(skillWallet.balanceOf(alice), 0, "no balance");
        assertFalse(skillWallet.hasLevel(wallet, STEADY, 1), "a burned wallet has no level");
        bytes memory reason = abi.encodeWithSelector(IWalletRegistry.WalletUnknown.selector, wallet);
        vm.expectRevert(reason);
        skillWallet.ownerOf(wallet);
        vm.expectRevert(reason);
        skillWallet.locked(wallet);
        vm.expectRevert(reason);
        skillWallet.burnAuth(wallet);
        vm.expectRevert(reason);
        skillWallet.tokenURI(wallet);
        assertEq(mintFor(alice), wallet + 1, "the account may begin anew");
    }

    function test_Burn_RevertGiven_GuardiansAndAnEarlySecondCall() external {
        mintFor(alice);
        _guard(alice);
        vm.startPrank(alice);
        skillWallet.burn();
        assertEq(skillWallet.burnableAt(1), START + 14 days, "announced");
        vm.warp(START + 14 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.TooEarly.selector, START + 14 days, START + 14 days - 1));
        skillWallet.burn();
    }

    function test_Burn_GivenGuardiansAndALateSecondCall() external {
        mintFor(alice);
        _guard(alice);
        vm.startPrank(alice);
        skillWallet.burn();
        vm.warp(START + 14 days);
        skillWallet.burn();
        assertEq(skillWallet.walletOf(alice), 0, "burned");
    }

    // burnByIssuer

    function test_BurnByIssuer_RevertWhen_TheCallerHasNoRight() external {
        mintFor(alice);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, alice));
        skillWallet.burnByIssuer(1);
    }

    function test_BurnByIssuer_RevertGiven_TheAuthorisationIsTheOwnersAloneOrNobodys() external {
        IERC5484.BurnAuth[2] memory auths = [IERC5484.BurnAuth.OwnerOnly, IERC5484.BurnAuth.Neither];
        for (uint256 i = 0; i < 2; ++i) {
            uint256 state = vm.snapshotState();
            uint256 wallet = _mintWith(auths[i]);
            vm.expectRevert(abi.encodeWithSelector(ISkillWallet.BurnNotAllowed.selector, wallet, auths[i]));
            skillWallet.burnByIssuer(wallet);
            vm.revertToState(state);
        }
        vm.expectRevert(abi.encodeWithSelector(IWalletRegistry.WalletUnknown.selector, 1));
        skillWallet.burnByIssuer(1);
    }

    function test_BurnByIssuer_GivenTheIssuerMayBurn() external {
        IERC5484.BurnAuth[2] memory auths = [IERC5484.BurnAuth.IssuerOnly, IERC5484.BurnAuth.Both];
        for (uint256 i = 0; i < 2; ++i) {
            uint256 wallet = _mintWith(auths[i]);
            skillWallet.burnByIssuer(wallet);
            assertEq(skillWallet.walletOf(alice), 0, "burned");
        }
    }

    // transfer

    function test_Transfer_RevertWhen_AnyoneTransfersOrApproves() external {
        mintFor(alice);
        address[2] memory callers = [alice, address(this)];
        for (uint256 i = 0; i < 2; ++i) {
            vm.startPrank(callers[i]);
            vm.expectRevert(IWalletRegistry.WalletLocked.selector);
            skillWallet.transferFrom(alice, bob, 1);
            vm.expectRevert(IWalletRegistry.WalletLocked.selector);
            skillWallet.safeTransferFrom(alice, bob, 1);
            vm.expectRevert(IWalletRegistry.WalletLocked.selector);
            skillWallet.safeTransferFrom(alice, bob, 1, "");
            vm.expectRevert(IWalletRegistry.WalletLocked.selector);
            skillWallet.approve(bob, 1);
            vm.expectRevert(IWalletRegistry.WalletLocked.selector);
            skillWallet.setApprovalForAll(bob, true);
            vm.stopPrank();
        }
    }

    function test_Transfer_WhenAnyoneAsksForAnApproval() external {
        mintFor(alice);
        assertEq(skillWallet.getApproved(1), address(0), "nobody approved");
        assertFalse(skillWallet.isApprovedForAll(alice, bob), "no operator");
        vm.expectRevert(abi.encodeWithSelector(IWalletRegistry.WalletUnknown.selector, 2));
        skillWallet.getApproved(2);
        vm.expectRevert(abi.encodeWithSelector(IWalletRegistry.AccountInvalid.selector, address(0)));
        skillWallet.balanceOf(address(0));
    }

    // ERC-165, ERC-4906

    function test_SupportsTheInterfaces() external view {
        bytes4[6] memory ids = [bytes4(0x01ffc9a7), bytes4(0x80ac58cd), 0x5b5e139f, 0x49064906, 0xb45a3c0e, 0x0489b56f];
        for (uint256 i = 0; i < 6; ++i) {
            assertTrue(skillWallet.supportsInterface(ids[i]), vm.toString(ids[i]));
        }
        assertFalse(skillWallet.supportsInterface(0xffffffff), "ERC-165: never this one");
        assertEq(type(IERC5192).interfaceId, bytes4(0xb45a3c0e), "ERC-5192");
        assertEq(type(IERC5484).interfaceId, bytes4(0x0489b56f), "ERC-5484");
        assertEq(skillWallet.name(), "Fluxion Skill Wallet", "name");
        assertEq(skillWallet.symbol(), "SKILL", "symbol");
    }

    function test_SetRenderer() external {
        IWalletRenderer next = IWalletRenderer(deployCode(artifact("WalletRenderer")));
        vm.expectEmit(address(skillWallet));
        emit ISkillWallet.RendererSet(next);
        vm.expectEmit(address(skillWallet));
        emit IERC4906.BatchMetadataUpdate(1, type(uint256).max);
        skillWallet.setRenderer(next);
        assertEq(address(skillWallet.renderer()), address(next), "renderer");
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, alice));
        skillWallet.setRenderer(next);
    }
}
