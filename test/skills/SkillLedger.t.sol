// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {IERC5484, IWalletRegistry} from "../../contracts/skills/IWalletRegistry.sol";
import {artifact} from "../../script/Artifact.sol";
import {ContractSigner} from "../mocks/ContractSigner.sol";
import {SkillFixture} from "./SkillFixture.sol";

/// @notice SKILL-3 to SKILL-6 on single cases of attestations; SkillLedger.tree is the specification.
contract SkillLedgerTest is SkillFixture {
    uint256 private _wallet;

    function setUp() external {
        deployWallet();
        _wallet = mintFor(alice);
    }

    function _expectAttestRevert(ISkillLedger.Attestation memory a, bytes memory signature, bytes memory reason)
        private
    {
        vm.expectRevert(reason);
        skillWallet.attest(a, signature);
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

    // attest

    function test_RevertWhen_TheDeadlineHasPassed() external {
        ISkillLedger.Attestation memory a = attestation(_wallet, STEADY, 10);
        bytes memory signature = _signed(a);
        vm.warp(a.deadline + 1);
        _expectAttestRevert(
            a, signature, abi.encodeWithSelector(ISkillLedger.SignatureExpired.selector, a.deadline, a.deadline + 1)
        );
        vm.warp(a.deadline);
        skillWallet.attest(a, signature);
        assertSkill(_wallet, STEADY, 10, 0);
    }

    function test_RevertWhen_TheSignerIsNotTheValidator() external {
        ISkillLedger.Attestation memory a = attestation(_wallet, STEADY, 10);
        _expectAttestRevert(a, signBy(ALICE_KEY, attestationDigest(a)), _badSignature());
        _expectAttestRevert(a, "", _badSignature());
        _expectAttestRevert(a, new bytes(65), _badSignature());
        a.validator = address(0);
        _expectAttestRevert(
            a, new bytes(65), abi.encodeWithSelector(ISkillLedger.ValidatorSignatureInvalid.selector, address(0))
        );
    }

    function test_RevertWhen_TheSignatureIsForAnotherChain() external {
        ISkillLedger.Attestation memory a = attestation(_wallet, STEADY, 10);
        bytes memory signature = _signed(a);
        vm.chainId(block.chainid + 1);
        _expectAttestRevert(a, signature, _badSignature());
    }

    function test_RevertWhen_TheSignatureIsForAnotherContract() external {
        ISkillWallet other = newWallet();
        other.defineSkill("Solidity", decayingPolicy());
        other.setValidator(validator, DECAYING, true);
        vm.prank(alice);
        other.mint(IERC5484.BurnAuth.Both);
        ISkillLedger.Attestation memory a = attestation(_wallet, DECAYING, 10);
        bytes memory signature = _signed(a);
        vm.expectRevert(_badSignature());
        other.attest(a, signature);
    }

    function test_RevertWhen_AnyFieldDiffersFromWhatWasSigned() external {
        uint256 other = mintFor(bob);
        ISkillLedger.Attestation memory a = attestation(_wallet, STEADY, 10);
        bytes memory signature = _signed(a);
        bytes memory call = abi.encode(a);
        for (uint256 i = 1; i < 7; ++i) {
            a = abi.decode(call, (ISkillLedger.Attestation));
            if (i == 1) a.wallet = other;
            if (i == 2) a.skill = DECAYING;
            if (i == 3) a.xp += 1;
            if (i == 4) a.nonce += 1;
            if (i == 5) a.deadline += 1;
            if (i == 6) a.epoch += 1;
            _expectAttestRevert(a, signature, _badSignature());
        }
    }

    function test_RevertWhen_ItWasAcceptedBefore() external {
        ISkillLedger.Attestation memory a = attestation(_wallet, STEADY, 10);
        bytes memory signature = _signed(a);
        skillWallet.attest(a, signature);
        _expectAttestRevert(a, signature, _badNonce(0, 1));
    }

    function test_RevertWhen_TheNonceIsAhead() external {
        ISkillLedger.Attestation memory a = attestation(_wallet, STEADY, 10);
        a.nonce = 1;
        _expectAttestRevert(a, _signed(a), _badNonce(1, 0));
    }

    function test_RevertWhen_TheNoncesAreUsedUp() external {
        attest(_wallet, STEADY, 10);
        // The record's slot is the only one that an attestation writes.
        vm.record();
        attest(_wallet, STEADY, 10);
        (, bytes32[] memory writes) = vm.accesses(address(skillWallet));
        bytes32 slot = writes[0];
        uint256 word = uint256(vm.load(address(skillWallet), slot));
        word = word & ~(uint256(type(uint32).max) << 112) | uint256(type(uint32).max) << 112;
        vm.store(address(skillWallet), slot, bytes32(word));
        assertEq(skillWallet.skillOf(_wallet, STEADY).attestations, type(uint32).max, "the last nonce");
        ISkillLedger.Attestation memory a = attestation(_wallet, STEADY, 10);
        _expectAttestRevert(a, _signed(a), _badNonce(type(uint32).max, type(uint32).max));
    }

    function test_RevertWhen_TheValidatorLostTheRight() external {
        ISkillLedger.Attestation memory a = attestation(_wallet, STEADY, 10);
        skillWallet.setValidator(validator, STEADY, false);
        _expectAttestRevert(
            a, _signed(a), abi.encodeWithSelector(ISkillLedger.ValidatorNotAllowed.selector, validator, STEADY)
        );
        // The other skill's right is another one.
        attest(_wallet, DECAYING, 10);
    }

    /// @dev SKILL-6: whatever was signed before a right was lost stays void, however often and whenever the right comes
    /// back.
    function test_RevertWhen_TheRightCameBack() external {
        ISkillLedger.Attestation memory a = attestation(_wallet, STEADY, 10);
        a.deadline = type(uint256).max;
        bytes memory signature = _signed(a);
        ISkillLedger.Revocation memory r = revocation(_wallet, STEADY, 10);
        r.deadline = type(uint256).max;
        bytes memory revocationSignature = signBy(VALIDATOR_KEY, revocationDigest(r));
        for (uint32 lost = 1; lost < 4; ++lost) {
            skillWallet.setValidator(validator, STEADY, false);
            skip(100 days);
            skillWallet.setValidator(validator, STEADY, true);
            // Once more changes nothing.
            skillWallet.setValidator(validator, STEADY, true);
            bytes memory reason = abi.encodeWithSelector(ISkillLedger.EpochNotCurrent.selector, 0, lost);
            _expectAttestRevert(a, signature, reason);
            vm.expectRevert(reason);
            skillWallet.revokeXp(r, revocationSignature);
            assertEq(skillWallet.validatorEpoch(validator, STEADY), lost, "SKILL-6: losses are counted");
            assertEq(skillWallet.validatorEpoch(validator, DECAYING), 0, "SKILL-6: of each skill apart");
            attest(_wallet, STEADY, 10);
            assertSkill(_wallet, STEADY, 10 * lost, 0);
        }
        // Nor does what was signed for the time after a loss hold before it.
        ISkillLedger.Attestation memory ahead = attestation(_wallet, STEADY, 10);
        ahead.epoch += 1;
        _expectAttestRevert(ahead, _signed(ahead), abi.encodeWithSelector(ISkillLedger.EpochNotCurrent.selector, 4, 3));
    }

    function test_RevertWhen_TheValidatorHoldsTheWallet() external {
        uint256 own = mintFor(validator);
        ISkillLedger.Attestation memory a = attestation(own, STEADY, 10);
        _expectAttestRevert(
            a, _signed(a), abi.encodeWithSelector(ISkillLedger.ValidatorIsHolder.selector, validator, own)
        );
    }

    function test_RevertWhen_TheWalletDoesNotExist() external {
        attest(_wallet, STEADY, 10);
        ISkillLedger.Attestation memory a = attestation(_wallet, STEADY, 10);
        bytes memory signature = _signed(a);
        vm.prank(alice);
        skillWallet.burn();
        _expectAttestRevert(a, signature, abi.encodeWithSelector(IWalletRegistry.WalletUnknown.selector, _wallet));
        // Nor does what was signed for the burned wallet hold for the next one.
        uint256 next = mintFor(alice);
        assertEq(next, _wallet + 1, "never the same id");
        assertSkill(next, STEADY, 0, 0);
    }

    function test_RevertWhen_TheSkillIsClosed() external {
        skillWallet.openSkill(STEADY, false);
        ISkillLedger.Attestation memory a = attestation(_wallet, STEADY, 10);
        bytes memory signature = _signed(a);
        _expectAttestRevert(a, signature, abi.encodeWithSelector(ISkillLedger.SkillClosed.selector, STEADY));
        skillWallet.openSkill(STEADY, true);
        skillWallet.attest(a, signature);
        assertSkill(_wallet, STEADY, 10, 0);
    }

    function test_RevertWhen_TheExperienceIsOutOfRange() external {
        ISkillLedger.Attestation memory a = attestation(_wallet, DECAYING, 0);
        _expectAttestRevert(a, _signed(a), abi.encodeWithSelector(ISkillLedger.XpOutOfRange.selector, 0, 5_000));
        a.xp = 5_001;
        _expectAttestRevert(a, _signed(a), abi.encodeWithSelector(ISkillLedger.XpOutOfRange.selector, 5_001, 5_000));
        attest(_wallet, DECAYING, 5_000);
    }

    function test_RevertWhen_AContractValidatorRefuses() external {
        ContractSigner signer = ContractSigner(deployCode(artifact("ContractSigner")));
        skillWallet.setValidator(address(signer), STEADY, true);
        ISkillLedger.Attestation memory a = attestation(_wallet, STEADY, 10);
        a.validator = address(signer);
        signer.approve(attestationDigest(a), "yes");
        bytes memory reason = abi.encodeWithSelector(ISkillLedger.ValidatorSignatureInvalid.selector, address(signer));
        _expectAttestRevert(a, "no", reason);
        ContractSigner.Answer[3] memory answers =
            [ContractSigner.Answer.Garbage, ContractSigner.Answer.Short, ContractSigner.Answer.Revert];
        for (uint256 i = 0; i < 3; ++i) {
            signer.setAnswer(answers[i]);
            _expectAttestRevert(a, "yes", reason);
        }
    }

    function test_WhenAContractValidatorApproves() external {
        ContractSigner signer = ContractSigner(deployCode(artifact("ContractSigner")));
        skillWallet.setValidator(address(signer), STEADY, true);
        ISkillLedger.Attestation memory a = attestation(_wallet, STEADY, 10);
        a.validator = address(signer);
        signer.approve(attestationDigest(a), "yes");
        skillWallet.attest(a, "yes");
        assertSkill(_wallet, STEADY, 10, 0);
    }

    function test_GivenNoAttestation() external {
        ISkillLedger.Attestation memory a = attestation(_wallet, DECAYING, 250);
        vm.expectEmit(address(skillWallet));
        emit ISkillLedger.SkillAttested(_wallet, DECAYING, validator, 250, 250, 2);
        vm.expectEmit(address(skillWallet));
        emit IERC4906.MetadataUpdate(_wallet);
        skillWallet.attest(a, _signed(a));
        ISkillLedger.SkillState memory state = skillWallet.skillOf(_wallet, DECAYING);
        assertEq(abi.encode(state), abi.encode(ISkillLedger.SkillState(250, 2, START, 1, 0)), "state");
        assertTrue(skillWallet.hasLevel(_wallet, DECAYING, 2), "level 2");
        assertFalse(skillWallet.hasLevel(_wallet, DECAYING, 3), "not level 3");
        assertSkill(_wallet, STEADY, 0, 0);
    }

    function test_GivenDecaySinceTheLastAttestation() external {
        attest(_wallet, DECAYING, 250);
        vm.warp(START + 30 days);
        assertSkill(_wallet, DECAYING, 250, 2);
        // 5 a day is one in 17,280 s; a begun one is lost.
        vm.warp(START + 30 days + 1);
        assertSkill(_wallet, DECAYING, 249, 1);
        assertFalse(skillWallet.hasLevel(_wallet, DECAYING, 2), "the level follows");
        vm.warp(START + 30 days + 17_280);
        assertSkill(_wallet, DECAYING, 249, 1);
        vm.warp(START + 40 days);
        assertSkill(_wallet, DECAYING, 200, 1);
        attest(_wallet, DECAYING, 100);
        assertSkill(_wallet, DECAYING, 300, 2);
        vm.warp(START + 70 days);
        assertSkill(_wallet, DECAYING, 300, 2);
        vm.warp(START + 129 days);
        assertSkill(_wallet, DECAYING, 5, 0);
        vm.warp(START + 1_000 days);
        assertSkill(_wallet, DECAYING, 0, 0);
    }
}
