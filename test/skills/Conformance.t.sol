// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/interfaces/IERC1155.sol";
import {IERC1155MetadataURI} from "@openzeppelin/contracts/interfaces/IERC1155MetadataURI.sol";
import {IERC1155Receiver} from "@openzeppelin/contracts/interfaces/IERC1155Receiver.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IERC721} from "@openzeppelin/contracts/interfaces/IERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/interfaces/IERC721Metadata.sol";
import {ERC1155Holder} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Holder.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {IERC5192, IERC5484, IWalletRegistry} from "../../contracts/skills/IWalletRegistry.sol";
import {artifact} from "../../script/Artifact.sol";
import {ContractSigner} from "../mocks/ContractSigner.sol";
import {BadgeFixture} from "./BadgeFixture.sol";

/// @notice A receiver that keeps what it was told, and answers what it should or something else.
contract TellingReceiver is ERC1155Holder {
    bytes32 public told;
    uint256 public balanceThen;
    bool private _wrong;

    function answerWrongly() external {
        _wrong = true;
    }

    function onERC1155Received(address operator, address from, uint256 id, uint256 value, bytes memory data)
        public
        override
        returns (bytes4)
    {
        told = keccak256(abi.encode(operator, from, id, value, data));
        balanceThen = IERC1155(msg.sender).balanceOf(address(this), id);
        return _wrong ? bytes4(0xdeadbeef) : this.onERC1155Received.selector;
    }

    function onERC1155BatchReceived(
        address operator,
        address from,
        uint256[] memory ids,
        uint256[] memory values,
        bytes memory data
    ) public override returns (bytes4) {
        told = keccak256(abi.encode(operator, from, ids, values, data));
        balanceThen = IERC1155(msg.sender).balanceOf(address(this), ids[0]);
        return _wrong ? bytes4(0xdeadbeef) : this.onERC1155BatchReceived.selector;
    }
}

/// @notice What the standards say that an implementation MUST do, rule by rule. docs/conformance.md has the table.
contract ConformanceTest is BadgeFixture {
    uint256 private constant PLAIN_ID = PLAIN << 8;
    uint256 private constant BOUND_ID = BOUND << 8;

    uint256 private _wallet;

    function setUp() external {
        deployBadges();
        _wallet = mintFor(alice);
    }

    function _two(uint256 a, uint256 b) private pure returns (uint256[] memory values) {
        values = new uint256[](2);
        (values[0], values[1]) = (a, b);
    }

    // ERC-165

    function test_ERC165_AnswersWithin30000Gas() external view {
        address[2] memory contracts = [address(skillWallet), address(badges)];
        for (uint256 i = 0; i < 2; ++i) {
            assertTrue(IERC165(contracts[i]).supportsInterface{gas: 30_000}(0x01ffc9a7), "itself");
            assertFalse(IERC165(contracts[i]).supportsInterface{gas: 30_000}(0xffffffff), "never this one");
            assertFalse(IERC165(contracts[i]).supportsInterface{gas: 30_000}(0x12345678), "nor what is not there");
        }
    }

    function test_ERC165_IdsAreThoseOfTheStandards() external pure {
        assertEq(type(IERC165).interfaceId, bytes4(0x01ffc9a7), "ERC-165");
        assertEq(type(IERC721).interfaceId, bytes4(0x80ac58cd), "ERC-721");
        assertEq(type(IERC721Metadata).interfaceId, bytes4(0x5b5e139f), "ERC-721 metadata");
        assertEq(type(IERC5192).interfaceId, bytes4(0xb45a3c0e), "ERC-5192");
        assertEq(type(IERC5484).interfaceId, bytes4(0x0489b56f), "ERC-5484");
        assertEq(type(IERC1155).interfaceId, bytes4(0xd9b67a26), "ERC-1155");
        assertEq(type(IERC1155MetadataURI).interfaceId, bytes4(0x0e89341c), "ERC-1155 metadata");
        assertEq(type(IERC2981).interfaceId, bytes4(0x2a55205a), "ERC-2981");
    }

    // ERC-721, ERC-5192, ERC-5484

    function test_ERC721_MintTellsOfTransferLockAndIssue() external {
        vm.expectEmit(address(skillWallet));
        emit IERC721.Transfer(address(0), bob, 2);
        vm.expectEmit(address(skillWallet));
        emit IERC5192.Locked(2);
        vm.expectEmit(address(skillWallet));
        emit IERC5484.Issued(address(skillWallet), bob, 2, IERC5484.BurnAuth.OwnerOnly);
        vm.prank(bob);
        skillWallet.mint(IERC5484.BurnAuth.OwnerOnly);
        assertEq(skillWallet.ownerOf(2), bob, "owner");
        assertEq(skillWallet.balanceOf(bob), 1, "balance");
        assertTrue(skillWallet.locked(2), "locked");
        assertEq(uint8(skillWallet.burnAuth(2)), uint8(IERC5484.BurnAuth.OwnerOnly), "who may burn");
    }

    function test_ERC721_BurnTellsOfATransferToZero() external {
        vm.expectEmit(address(skillWallet));
        emit IERC721.Transfer(alice, address(0), _wallet);
        vm.prank(alice);
        skillWallet.burn();
        assertEq(skillWallet.balanceOf(alice), 0, "balance");
    }

    function test_ERC721_RecoveryTellsOfATransfer() external {
        uint256[] memory keys = guardianKeys(3);
        vm.prank(alice);
        skillWallet.setGuardians(addressesOf(keys), 2);
        uint256 deadline = vm.getBlockTimestamp();
        skillWallet.proposeRecovery(_wallet, bob, deadline, approvalsBy(keys, 2, _wallet, bob, deadline));
        vm.warp(deadline + 7 days);
        vm.expectEmit(address(skillWallet));
        emit IERC721.Transfer(alice, bob, _wallet);
        vm.prank(bob);
        skillWallet.completeRecovery(_wallet);
        assertEq(skillWallet.balanceOf(alice), 0, "balance of the old");
        assertEq(skillWallet.balanceOf(bob), 1, "and of the new");
    }

    function test_ERC721_WhatDoesNotExistIsRefused() external {
        bytes memory unknown = abi.encodeWithSelector(IWalletRegistry.WalletUnknown.selector, 7);
        vm.expectRevert(unknown);
        skillWallet.ownerOf(7);
        vm.expectRevert(unknown);
        skillWallet.getApproved(7);
        vm.expectRevert(unknown);
        skillWallet.tokenURI(7);
        vm.expectRevert(unknown);
        skillWallet.locked(7);
        vm.expectRevert(unknown);
        skillWallet.burnAuth(7);
        vm.expectRevert(abi.encodeWithSelector(IWalletRegistry.AccountInvalid.selector, address(0)));
        skillWallet.balanceOf(address(0));
    }

    /// @dev The authorisation is the same at issue, after experience, guardians and a recovery.
    function test_ERC5484_WhoMayBurnNeverChanges() external {
        attest(_wallet, DECAYING, 100);
        recoverTo(alice, bob);
        assertEq(uint8(skillWallet.burnAuth(_wallet)), uint8(IERC5484.BurnAuth.Both), "as issued");
    }

    // ERC-4906

    function test_ERC4906_TellsOfEveryChangeOfMetadata() external {
        ISkillLedger.Attestation memory a = attestation(_wallet, DECAYING, 100);
        bytes memory signature = signBy(VALIDATOR_KEY, attestationDigest(a));
        vm.expectEmit(address(skillWallet));
        emit IERC4906.MetadataUpdate(_wallet);
        skillWallet.attest(a, signature);
        ISkillLedger.Revocation memory r = revocation(_wallet, DECAYING, 1);
        signature = signBy(VALIDATOR_KEY, revocationDigest(r));
        vm.expectEmit(address(skillWallet));
        emit IERC4906.MetadataUpdate(_wallet);
        skillWallet.revokeXp(r, signature);
        assertTrue(skillWallet.supportsInterface(0x49064906), "ERC-4906");
    }

    // ERC-712, ERC-5267, ERC-1271

    function test_ERC712_TheDomainIsThatOfChainAndContract() external {
        (bytes1 fields, string memory name, string memory version, uint256 chainId, address contract_, bytes32 salt,) =
            IERC5267(address(skillWallet)).eip712Domain();
        assertEq(fields, bytes1(0x0f), "name, version, chain id and contract");
        assertEq(name, "Fluxion SkillWallet", "name");
        assertEq(version, "1", "version");
        assertEq(chainId, block.chainid, "chain");
        assertEq(contract_, address(skillWallet), "contract");
        assertEq(salt, bytes32(0), "no salt");
        vm.chainId(77);
        (,,, chainId,,,) = IERC5267(address(skillWallet)).eip712Domain();
        assertEq(chainId, 77, "after a fork of the chain");
    }

    /// @dev Only the whole magic value of 32 bytes is an approval.
    function test_ERC1271_OnlyTheMagicValueApproves() external {
        ContractSigner signer = ContractSigner(deployCode(artifact("ContractSigner")));
        skillWallet.setValidator(address(signer), DECAYING, true);
        ISkillLedger.Attestation memory a = attestation(_wallet, DECAYING, 100);
        a.validator = address(signer);
        bytes memory signature = "anything at all";
        signer.approve(attestationDigest(a), signature);
        ContractSigner.Answer[3] memory wrong =
            [ContractSigner.Answer.Garbage, ContractSigner.Answer.Short, ContractSigner.Answer.Revert];
        for (uint256 i = 0; i < 3; ++i) {
            signer.setAnswer(wrong[i]);
            vm.expectRevert(abi.encodeWithSelector(ISkillLedger.ValidatorSignatureInvalid.selector, address(signer)));
            skillWallet.attest(a, signature);
        }
        signer.setAnswer(ContractSigner.Answer.Honest);
        skillWallet.attest(a, signature);
        assertSkill(_wallet, DECAYING, 100, 1);
    }

    // ERC-1155

    function test_ERC1155_ATransferTellsAndMovesBeforeTheReceiverIsAsked() external {
        TellingReceiver receiver = new TellingReceiver();
        badges.mint(alice, PLAIN_ID, 5, "");
        vm.expectEmit(address(badges));
        emit IERC1155.TransferSingle(alice, alice, address(receiver), PLAIN_ID, 2);
        vm.prank(alice);
        badges.safeTransferFrom(alice, address(receiver), PLAIN_ID, 2, "note");
        assertEq(receiver.told(), keccak256(abi.encode(alice, alice, PLAIN_ID, 2, bytes("note"))), "as it was");
        assertEq(receiver.balanceThen(), 2, "the balance was there already");
        assertEq(badges.balanceOf(alice, PLAIN_ID), 3, "taken");
    }

    function test_ERC1155_ABatchTellsOnceAndMovesBeforeTheReceiverIsAsked() external {
        TellingReceiver receiver = new TellingReceiver();
        badges.mint(alice, PLAIN_ID, 5, "");
        badges.mint(alice, TRADED << 8, 2, "");
        (uint256[] memory ids, uint256[] memory values) = (_two(PLAIN_ID, TRADED << 8), _two(3, 1));
        vm.expectEmit(address(badges));
        emit IERC1155.TransferBatch(alice, alice, address(receiver), ids, values);
        vm.prank(alice);
        badges.safeBatchTransferFrom(alice, address(receiver), ids, values, "");
        assertEq(receiver.told(), keccak256(abi.encode(alice, alice, ids, values, bytes(""))), "as it was");
        assertEq(receiver.balanceThen(), 3, "the balance was there already");
        assertEq(badges.balanceOf(address(receiver), TRADED << 8), 1, "both");
    }

    function test_ERC1155_RevertWhen_TheReceiverDoesNotSayYes() external {
        TellingReceiver receiver = new TellingReceiver();
        receiver.answerWrongly();
        badges.mint(alice, PLAIN_ID, 5, "");
        vm.startPrank(alice);
        vm.expectRevert();
        badges.safeTransferFrom(alice, address(receiver), PLAIN_ID, 1, "");
        vm.expectRevert();
        badges.safeBatchTransferFrom(alice, address(receiver), one(PLAIN_ID), one(1), "");
        // A contract that is no receiver at all.
        vm.expectRevert();
        badges.safeTransferFrom(alice, address(skillWallet), PLAIN_ID, 1, "");
        vm.stopPrank();
        vm.expectRevert();
        badges.mint(address(receiver), PLAIN_ID, 1, "");
    }

    /// @dev The rule holds for soulbound badges as well, which never enter the common code.
    function test_ERC1155_ASoulboundMintAsksTheReceiver() external {
        TellingReceiver receiver = new TellingReceiver();
        vm.prank(address(receiver));
        skillWallet.mint(IERC5484.BurnAuth.Both);
        vm.expectEmit(address(badges));
        emit IERC1155.TransferSingle(address(this), address(0), address(receiver), BOUND_ID, 1);
        badges.mint(address(receiver), BOUND_ID, 1, "note");
        bytes32 told = keccak256(abi.encode(address(this), address(0), BOUND_ID, 1, bytes("note")));
        assertEq(receiver.told(), told, "as it was");
        assertEq(receiver.balanceThen(), 1, "the balance was there already");
        receiver.answerWrongly();
        vm.expectRevert();
        badges.mint(address(receiver), BOUND_ID | 1, 1, "");
    }

    function test_ERC1155_RevertWhen_ATransferIsNotAllowed() external {
        badges.mint(alice, PLAIN_ID, 5, "");
        vm.expectRevert();
        badges.safeTransferFrom(alice, bob, PLAIN_ID, 1, "");
        vm.expectRevert();
        badges.safeBatchTransferFrom(alice, bob, one(PLAIN_ID), one(1), "");
        vm.startPrank(alice);
        vm.expectRevert();
        badges.safeTransferFrom(alice, address(0), PLAIN_ID, 1, "");
        vm.expectRevert();
        badges.safeBatchTransferFrom(alice, address(0), one(PLAIN_ID), one(1), "");
        vm.expectRevert();
        badges.safeTransferFrom(alice, bob, PLAIN_ID, 6, "");
        vm.expectRevert();
        badges.safeBatchTransferFrom(alice, bob, _two(PLAIN_ID, PLAIN_ID), _two(3, 3), "");
        vm.expectRevert();
        badges.safeBatchTransferFrom(alice, bob, one(PLAIN_ID), _two(1, 1), "");
        vm.stopPrank();
        assertEq(badges.balanceOf(alice, PLAIN_ID), 5, "nothing moved");
    }

    function test_ERC1155_AnOperatorMovesWhileItIsApproved() external {
        badges.mint(alice, PLAIN_ID, 5, "");
        vm.expectEmit(address(badges));
        emit IERC1155.ApprovalForAll(alice, address(this), true);
        vm.prank(alice);
        badges.setApprovalForAll(address(this), true);
        assertTrue(badges.isApprovedForAll(alice, address(this)), "approved");
        vm.expectEmit(address(badges));
        emit IERC1155.TransferSingle(address(this), alice, bob, PLAIN_ID, 1);
        badges.safeTransferFrom(alice, bob, PLAIN_ID, 1, "");
        vm.prank(alice);
        badges.setApprovalForAll(address(this), false);
        vm.expectRevert();
        badges.safeTransferFrom(alice, bob, PLAIN_ID, 1, "");
    }

    function test_ERC1155_BalancesOfManyAreThoseOfEach() external {
        badges.mint(alice, PLAIN_ID, 5, "");
        badges.mint(alice, BOUND_ID, 1, "");
        address[] memory accounts = new address[](2);
        (accounts[0], accounts[1]) = (alice, alice);
        uint256[] memory balances = badges.balanceOfBatch(accounts, _two(PLAIN_ID, BOUND_ID));
        assertEq(balances[0], 5, "tradeable");
        assertEq(balances[1], 1, "soulbound");
        vm.expectRevert();
        badges.balanceOfBatch(accounts, one(PLAIN_ID));
    }

    function test_ERC1155_BurnTellsOfATransferToZero() external {
        badges.mint(alice, PLAIN_ID, 5, "");
        vm.expectEmit(address(badges));
        emit IERC1155.TransferSingle(alice, alice, address(0), PLAIN_ID, 2);
        vm.prank(alice);
        badges.burn(PLAIN_ID, 2);
        assertEq(badges.totalSupply(PLAIN_ID), 3, "supply");
    }

    function test_ERC1155_TheURIHasAPlaceForTheId() external {
        assertEq(badges.uri(PLAIN_ID), "ipfs://badges/{id}.json", "clients put the id there");
        assertEq(type(IERC1155Receiver).interfaceId, bytes4(0x4e2312e0), "what receivers are asked");
        badges.setURI("ar://other/{id}");
        assertEq(badges.uri(BOUND_ID), "ar://other/{id}", "replaced");
    }

    // ERC-2981

    function test_ERC2981_TheRoyaltyIsAShareOfThePriceInItsUnit() external {
        badges.setRoyalty(PLAIN_ID, bob, 250);
        (address receiver, uint256 amount) = badges.royaltyInfo(PLAIN_ID, 1_000_000);
        assertEq(receiver, bob, "receiver");
        assertEq(amount, 25_000, "2.5 %");
        (, amount) = badges.royaltyInfo(PLAIN_ID, 0);
        assertEq(amount, 0, "of nothing");
        (receiver, amount) = badges.royaltyInfo(BOUND_ID, 1_000_000);
        assertEq(receiver, address(0), "a soulbound badge is never sold");
        assertEq(amount, 0, "no royalty");
        vm.expectRevert();
        badges.setRoyalty(PLAIN_ID, bob, 10_001);
    }
}
