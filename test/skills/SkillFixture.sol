// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {IERC5484} from "../../contracts/skills/IWalletRegistry.sol";
import {IWalletRecovery} from "../../contracts/skills/IWalletRecovery.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice A wallet contract with two skills, a validator of both, and people. The test contract is the admin.
/// @dev Digests are built from the words of the interface, not by the contract's code. The clock is read through `vm`:
/// the optimizer takes clock and chain id for constant within a call.
abstract contract SkillFixture is Test {
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant VALIDATOR_KEY = uint256(keccak256("validator"));
    uint256 internal constant ALICE_KEY = uint256(keccak256("alice"));
    /// @dev Loses 5 experience a day after 30 days: level L begins at 100 L + 25 L (L - 1).
    uint16 internal constant DECAYING = 1;
    /// @dev Loses nothing; a level every 1,000.
    uint16 internal constant STEADY = 2;

    AccessManager internal access;
    ISkillWallet internal skillWallet;
    address internal validator = vm.addr(VALIDATOR_KEY);
    address internal alice = vm.addr(ALICE_KEY);
    address internal bob = makeAddr("bob");

    function deployWallet() internal {
        vm.warp(START);
        access = AccessManager(deployCode(artifact("AccessManager"), abi.encode(this)));
        skillWallet = newWallet();
        skillWallet.defineSkill("Solidity", decayingPolicy());
        skillWallet.defineSkill("Moderation", ISkillLedger.SkillPolicy(1_000, 0, 10, 0, 0, 100_000));
        skillWallet.setValidator(validator, DECAYING, true);
        skillWallet.setValidator(validator, STEADY, true);
    }

    /// @dev From the artifacts: no test carries the code.
    function newWallet() internal returns (ISkillWallet) {
        address renderer = deployCode(artifact("WalletRenderer"));
        return ISkillWallet(deployCode(artifact("SkillWallet"), abi.encode(access, renderer)));
    }

    function decayingPolicy() internal pure returns (ISkillLedger.SkillPolicy memory) {
        return ISkillLedger.SkillPolicy({
            firstLevelXp: 100,
            levelStepXp: 50,
            maxLevel: 20,
            graceSeconds: 30 days,
            decayXpPerDay: 5,
            maxXpPerAttestation: 5_000
        });
    }

    function mintFor(address account) internal returns (uint256 wallet) {
        vm.prank(account);
        return skillWallet.mint(IERC5484.BurnAuth.Both);
    }

    // Messages

    function attestation(uint256 wallet, uint16 skill, uint32 xp)
        internal
        view
        returns (ISkillLedger.Attestation memory)
    {
        return ISkillLedger.Attestation({
            validator: validator,
            wallet: wallet,
            skill: skill,
            xp: xp,
            nonce: uint32(skillWallet.skillOf(wallet, skill).attestations),
            epoch: skillWallet.validatorEpoch(validator, skill),
            deadline: vm.getBlockTimestamp() + 1 days
        });
    }

    function revocation(uint256 wallet, uint16 skill, uint64 xp)
        internal
        view
        returns (ISkillLedger.Revocation memory)
    {
        return ISkillLedger.Revocation({
            validator: validator,
            wallet: wallet,
            skill: skill,
            xp: xp,
            nonce: uint32(skillWallet.skillOf(wallet, skill).revocations),
            epoch: skillWallet.validatorEpoch(validator, skill),
            deadline: vm.getBlockTimestamp() + 1 days
        });
    }

    function attest(uint256 wallet, uint16 skill, uint32 xp) internal {
        ISkillLedger.Attestation memory a = attestation(wallet, skill, xp);
        bytes memory signature = signBy(VALIDATOR_KEY, attestationDigest(a));
        skillWallet.attest(a, signature);
    }

    function revoke(uint256 wallet, uint16 skill, uint64 xp) internal {
        ISkillLedger.Revocation memory r = revocation(wallet, skill, xp);
        bytes memory signature = signBy(VALIDATOR_KEY, revocationDigest(r));
        skillWallet.revokeXp(r, signature);
    }

    // Digests

    function attestationDigest(ISkillLedger.Attestation memory a) internal view returns (bytes32) {
        return digestOf(
            abi.encode(
                keccak256(
                    "Attestation(address validator,uint256 wallet,uint16 skill,uint32 xp,uint32 nonce,uint32 epoch,uint256 deadline)"
                ),
                a
            )
        );
    }

    function revocationDigest(ISkillLedger.Revocation memory r) internal view returns (bytes32) {
        return digestOf(
            abi.encode(
                keccak256(
                    "Revocation(address validator,uint256 wallet,uint16 skill,uint64 xp,uint32 nonce,uint32 epoch,uint256 deadline)"
                ),
                r
            )
        );
    }

    function batchDigest(address by, ISkillLedger.AttestationEntry[] memory entries, uint256 deadline)
        internal
        view
        returns (bytes32)
    {
        bytes memory hashes;
        for (uint256 i = 0; i < entries.length; ++i) {
            bytes32 typehash =
                keccak256("AttestationEntry(uint256 wallet,uint16 skill,uint32 xp,uint32 nonce,uint32 epoch)");
            hashes = bytes.concat(hashes, keccak256(abi.encode(typehash, entries[i])));
        }
        bytes32 batchTypehash = keccak256(
            "AttestationBatch(address validator,AttestationEntry[] entries,uint256 deadline)AttestationEntry(uint256 wallet,uint16 skill,uint32 xp,uint32 nonce,uint32 epoch)"
        );
        return digestOf(abi.encode(batchTypehash, by, keccak256(hashes), deadline));
    }

    function consentDigest(address account, IERC5484.BurnAuth auth, uint256 nonce, uint256 deadline)
        internal
        view
        returns (bytes32)
    {
        bytes32 typehash = keccak256("MintConsent(address account,uint8 burnAuth,uint256 nonce,uint256 deadline)");
        return digestOf(abi.encode(typehash, account, auth, nonce, deadline));
    }

    function approvalDigest(uint256 wallet, address to, uint256 nonce, uint256 deadline)
        internal
        view
        returns (bytes32)
    {
        bytes32 typehash = keccak256("RecoveryApproval(uint256 wallet,address to,uint256 nonce,uint256 deadline)");
        return digestOf(abi.encode(typehash, wallet, to, nonce, deadline));
    }

    function cancellationDigest(uint256 wallet, uint256 ripensAt, uint256 nonce, uint256 deadline)
        internal
        view
        returns (bytes32)
    {
        bytes32 typehash =
            keccak256("AnnouncementCancellation(uint256 wallet,uint256 ripensAt,uint256 nonce,uint256 deadline)");
        return digestOf(abi.encode(typehash, wallet, ripensAt, nonce, deadline));
    }

    function digestOf(bytes memory struct_) internal view returns (bytes32) {
        (,,, uint256 chainId,,,) = IERC5267(address(skillWallet)).eip712Domain();
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Fluxion SkillWallet"),
                keccak256("1"),
                chainId,
                address(skillWallet)
            )
        );
        return MessageHashUtils.toTypedDataHash(domain, keccak256(struct_));
    }

    function signBy(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    // Guardians

    /// @dev `count` keys, ascending by address.
    function guardianKeys(uint256 count) internal pure returns (uint256[] memory keys) {
        keys = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 key = uint256(keccak256(abi.encode("guardian", i))) >> 8;
            uint256 j = i;
            for (; j > 0 && vm.addr(keys[j - 1]) > vm.addr(key); --j) {
                keys[j] = keys[j - 1];
            }
            keys[j] = key;
        }
    }

    function addressesOf(uint256[] memory keys) internal pure returns (address[] memory accounts) {
        accounts = new address[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            accounts[i] = vm.addr(keys[i]);
        }
    }

    /// @dev Approvals by the first `count` of `keys`.
    function approvalsBy(uint256[] memory keys, uint256 count, uint256 wallet, address to, uint256 deadline)
        internal
        view
        returns (IWalletRecovery.GuardianApproval[] memory approvals)
    {
        return _signedBy(keys, count, approvalDigest(wallet, to, skillWallet.recoveryOf(wallet).nonce, deadline));
    }

    /// @dev Cancellations by the first `count` of `keys`.
    function cancellationsBy(uint256[] memory keys, uint256 count, uint256 wallet, uint256 ripensAt, uint256 deadline)
        internal
        view
        returns (IWalletRecovery.GuardianApproval[] memory approvals)
    {
        uint256 nonce = skillWallet.recoveryOf(wallet).nonce;
        return _signedBy(keys, count, cancellationDigest(wallet, ripensAt, nonce, deadline));
    }

    function _signedBy(uint256[] memory keys, uint256 count, bytes32 digest)
        private
        pure
        returns (IWalletRecovery.GuardianApproval[] memory approvals)
    {
        approvals = new IWalletRecovery.GuardianApproval[](count);
        for (uint256 i = 0; i < count; ++i) {
            approvals[i] = IWalletRecovery.GuardianApproval(vm.addr(keys[i]), signBy(keys[i], digest));
        }
    }

    function assertSkill(uint256 wallet, uint16 skill, uint256 xp, uint256 level) internal view {
        ISkillLedger.SkillState memory state = skillWallet.skillOf(wallet, skill);
        assertEq(state.xp, xp, "experience");
        assertEq(state.level, level, "level");
    }
}
