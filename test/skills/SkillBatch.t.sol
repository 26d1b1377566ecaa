// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {IWalletRegistry} from "../../contracts/skills/IWalletRegistry.sol";
import {SkillFixture} from "./SkillFixture.sol";

/// @notice SKILL-4 and SKILL-5 on batches: a wrong signature reverts, an entry that does not fit holds up nobody;
/// SkillBatch.tree is the specification.
contract SkillBatchTest is SkillFixture {
    uint256 private _first;
    uint256 private _second;
    uint256 private _deadline;

    function setUp() external {
        deployWallet();
        _first = mintFor(alice);
        _second = mintFor(bob);
        _deadline = START + 1 days;
    }

    function _entries() private view returns (ISkillLedger.AttestationEntry[] memory entries) {
        entries = new ISkillLedger.AttestationEntry[](3);
        entries[0] = ISkillLedger.AttestationEntry(_first, STEADY, 1_000, 0, 0);
        entries[1] = ISkillLedger.AttestationEntry(_first, STEADY, 500, 1, 0);
        entries[2] = ISkillLedger.AttestationEntry(_second, DECAYING, 100, 0, 0);
    }

    function _send(ISkillLedger.AttestationEntry[] memory entries) private {
        bytes memory signature = signBy(VALIDATOR_KEY, batchDigest(validator, entries, _deadline));
        skillWallet.attestBatch(validator, entries, _deadline, signature);
    }

    /// @dev The next batch skips this entry, and says what `attest` would revert with.
    function _expectSkipped(ISkillLedger.AttestationEntry memory e, bytes memory reason) private {
        vm.expectEmit(address(skillWallet));
        emit ISkillLedger.AttestationSkipped(e.wallet, e.skill, validator, e.nonce, reason);
    }

    function _badSignature() private view returns (bytes memory) {
        return abi.encodeWithSelector(ISkillLedger.ValidatorSignatureInvalid.selector, validator);
    }

    function _badNonce(uint256 nonce, uint256 expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISkillLedger.NonceNotNext.selector, nonce, expected);
    }

    function test_RevertWhen_TheDeadlineHasPassed() external {
        ISkillLedger.AttestationEntry[] memory entries = _entries();
        bytes memory signature = signBy(VALIDATOR_KEY, batchDigest(validator, entries, _deadline));
        vm.warp(_deadline + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ISkillLedger.SignatureExpired.selector, _deadline, vm.getBlockTimestamp())
        );
        skillWallet.attestBatch(validator, entries, _deadline, signature);
        vm.warp(_deadline);
        skillWallet.attestBatch(validator, entries, _deadline, signature);
        assertSkill(_first, STEADY, 1_500, 1);
    }

    function test_RevertWhen_TheSignerIsNotTheValidator() external {
        ISkillLedger.AttestationEntry[] memory entries = _entries();
        bytes memory signature = signBy(ALICE_KEY, batchDigest(validator, entries, _deadline));
        vm.expectRevert(_badSignature());
        skillWallet.attestBatch(validator, entries, _deadline, signature);
        // Not even where nothing fits.
        skillWallet.setValidator(validator, STEADY, false);
        skillWallet.setValidator(validator, DECAYING, false);
        vm.expectRevert(_badSignature());
        skillWallet.attestBatch(validator, entries, _deadline, signature);
    }

    function test_RevertWhen_AnEntryIsChangedOrLeftOut() external {
        ISkillLedger.AttestationEntry[] memory entries = _entries();
        bytes memory signature = signBy(VALIDATOR_KEY, batchDigest(validator, entries, _deadline));
        bytes memory copy = abi.encode(entries);
        for (uint256 i = 0; i < 7; ++i) {
            entries = abi.decode(copy, (ISkillLedger.AttestationEntry[]));
            if (i == 0) entries[2].wallet = _first;
            if (i == 1) entries[2].skill = STEADY;
            if (i == 2) entries[2].xp += 1;
            if (i == 3) entries[2].nonce += 1;
            if (i == 4) entries[2].epoch += 1;
            if (i == 5) (entries[0], entries[1]) = (entries[1], entries[0]);
            if (i == 6) {
                assembly {
                    mstore(entries, 2)
                }
            }
            vm.expectRevert(_badSignature());
            skillWallet.attestBatch(validator, entries, _deadline, signature);
        }
        entries = _entries();
        vm.expectRevert(_badSignature());
        skillWallet.attestBatch(validator, entries, _deadline + 1, signature);
    }

    function test_WhenAllEntriesFit() external {
        _send(_entries());
        assertSkill(_first, STEADY, 1_500, 1);
        assertSkill(_second, DECAYING, 100, 1);
    }

    function test_WhenAnEntryDoesNotFit() external {
        uint256 own = mintFor(validator);
        uint16 closed = skillWallet.defineSkill("Closed", decayingPolicy());
        skillWallet.setValidator(validator, closed, true);
        skillWallet.openSkill(closed, false);
        ISkillLedger.AttestationEntry[] memory entries = new ISkillLedger.AttestationEntry[](9);
        bytes[] memory reasons = new bytes[](8);
        entries[0] = ISkillLedger.AttestationEntry(_first, 9, 10, 0, 0);
        reasons[0] = abi.encodeWithSelector(ISkillLedger.ValidatorNotAllowed.selector, validator, 9);
        entries[1] = ISkillLedger.AttestationEntry(_first, STEADY, 10, 0, 1);
        reasons[1] = abi.encodeWithSelector(ISkillLedger.EpochNotCurrent.selector, 1, 0);
        entries[2] = ISkillLedger.AttestationEntry(77, STEADY, 10, 0, 0);
        reasons[2] = abi.encodeWithSelector(IWalletRegistry.WalletUnknown.selector, 77);
        entries[3] = ISkillLedger.AttestationEntry(own, STEADY, 10, 0, 0);
        reasons[3] = abi.encodeWithSelector(ISkillLedger.ValidatorIsHolder.selector, validator, own);
        entries[4] = ISkillLedger.AttestationEntry(_first, closed, 10, 0, 0);
        reasons[4] = abi.encodeWithSelector(ISkillLedger.SkillClosed.selector, closed);
        entries[5] = ISkillLedger.AttestationEntry(_first, STEADY, 0, 0, 0);
        reasons[5] = abi.encodeWithSelector(ISkillLedger.XpOutOfRange.selector, 0, 100_000);
        entries[6] = ISkillLedger.AttestationEntry(_first, STEADY, 100_001, 0, 0);
        reasons[6] = abi.encodeWithSelector(ISkillLedger.XpOutOfRange.selector, 100_001, 100_000);
        entries[7] = ISkillLedger.AttestationEntry(_first, STEADY, 10, 1, 0);
        reasons[7] = _badNonce(1, 0);
        entries[8] = ISkillLedger.AttestationEntry(_second, STEADY, 10, 0, 0);
        bytes memory signature = signBy(VALIDATOR_KEY, batchDigest(validator, entries, _deadline));
        for (uint256 i = 0; i < 8; ++i) {
            _expectSkipped(entries[i], reasons[i]);
        }
        skillWallet.attestBatch(validator, entries, _deadline, signature);
        assertSkill(_first, STEADY, 0, 0);
        assertSkill(_second, STEADY, 10, 0);
        assertEq(skillWallet.skillOf(_first, STEADY).attestations, 0, "SKILL-5: no turn was used");
        // Each alone reverts with what the batch told.
        for (uint256 i = 0; i < 8; ++i) {
            ISkillLedger.AttestationEntry memory e = entries[i];
            ISkillLedger.Attestation memory a =
                ISkillLedger.Attestation(validator, e.wallet, e.skill, e.xp, e.nonce, e.epoch, _deadline);
            bytes memory one = signBy(VALIDATOR_KEY, attestationDigest(a));
            vm.expectRevert(reasons[i]);
            skillWallet.attest(a, one);
        }
    }

    function test_WhenAnEntryIsRepeated() external {
        ISkillLedger.AttestationEntry[] memory entries = _entries();
        entries[1] = entries[0];
        bytes memory signature = signBy(VALIDATOR_KEY, batchDigest(validator, entries, _deadline));
        _expectSkipped(entries[1], _badNonce(0, 1));
        skillWallet.attestBatch(validator, entries, _deadline, signature);
        assertSkill(_first, STEADY, 1_000, 1);
        assertSkill(_second, DECAYING, 100, 1);
    }

    function test_WhenItIsSentAgain() external {
        ISkillLedger.AttestationEntry[] memory entries = _entries();
        entries[2].nonce = 1;
        bytes memory signature = signBy(VALIDATOR_KEY, batchDigest(validator, entries, _deadline));
        skillWallet.attestBatch(validator, entries, _deadline, signature);
        assertSkill(_second, DECAYING, 0, 0);
        // Its turn comes.
        attest(_second, DECAYING, 40);
        vm.warp(_deadline);
        for (uint256 i = 0; i < 3; ++i) {
            skillWallet.attestBatch(validator, entries, _deadline, signature);
            assertSkill(_second, DECAYING, 140, 1);
            assertSkill(_first, STEADY, 1_500, 1);
        }
        assertEq(skillWallet.skillOf(_first, STEADY).attestations, 2, "SKILL-5: nothing counts twice");
        vm.warp(_deadline + 1);
        vm.expectPartialRevert(ISkillLedger.SignatureExpired.selector);
        skillWallet.attestBatch(validator, entries, _deadline, signature);
    }

    function test_WhenAHolderBurnsTheWalletOrKeepsAnAttestationBack() external {
        ISkillLedger.Attestation memory kept = attestation(_first, STEADY, 1);
        bytes memory keptSignature = signBy(VALIDATOR_KEY, attestationDigest(kept));
        ISkillLedger.AttestationEntry[] memory entries = new ISkillLedger.AttestationEntry[](3);
        entries[0] = ISkillLedger.AttestationEntry(_first, STEADY, 100, 0, 0);
        entries[1] = ISkillLedger.AttestationEntry(_second, STEADY, 100, 0, 0);
        entries[2] = ISkillLedger.AttestationEntry(mintFor(makeAddr("carol")), STEADY, 100, 0, 0);
        skillWallet.attest(kept, keptSignature);
        vm.prank(bob);
        skillWallet.burn();
        _send(entries);
        assertSkill(entries[2].wallet, STEADY, 100, 0);
        assertSkill(_first, STEADY, 1, 0);
        assertFalse(skillWallet.hasLevel(_second, STEADY, 0), "SKILL-4: the burned wallet has nothing");
    }

    function test_GivenARightThatWasLostAndCameBack() external {
        ISkillLedger.AttestationEntry[] memory entries = _entries();
        bytes memory signature = signBy(VALIDATOR_KEY, batchDigest(validator, entries, _deadline));
        skillWallet.setValidator(validator, DECAYING, false);
        skillWallet.setValidator(validator, DECAYING, true);
        _expectSkipped(entries[2], abi.encodeWithSelector(ISkillLedger.EpochNotCurrent.selector, 0, 1));
        skillWallet.attestBatch(validator, entries, _deadline, signature);
        assertSkill(_first, STEADY, 1_500, 1);
        assertSkill(_second, DECAYING, 0, 0);
    }
}
