// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {stdJson} from "forge-std/StdJson.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {IERC5484} from "../../contracts/skills/IWalletRegistry.sol";
import {IWalletRecovery} from "../../contracts/skills/IWalletRecovery.sol";
import {SkillFixture} from "./SkillFixture.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice SKILL-14: the contract takes every signature of test/vectors/skill_messages.json, which the Rust tests read
/// too, at the addresses and on the chains that it names, and no other.
contract SkillMessagesVectorsTest is SkillFixture {
    using stdJson for string;

    string private _json;
    /// @dev Path of the message that is sent.
    string private _path;

    function setUp() external {
        _json = vm.readFile("test/vectors/skill_messages.json");
        deployWallet();
    }

    function test_TheContractTakesEveryMessage() external {
        for (uint256 world = 0; world < 2; ++world) {
            uint256 state = vm.snapshotState();
            string memory place = string.concat(".worlds[", vm.toString(world), "]");
            _deployAt(_json.readAddress(string.concat(place, ".contract")));
            vm.chainId(_json.readUint(string.concat(place, ".chainId")));
            uint256 count;
            for (;; ++count) {
                _path = string.concat(place, ".messages[", vm.toString(count), "]");
                if (!vm.keyExistsJson(_json, _path)) break;
                _prepare(_json.readString(string.concat(_path, ".before")));
                bytes memory call = _call(_json.readString(string.concat(_path, ".struct")));
                // On another chain nothing of it holds.
                vm.chainId(77);
                (bool success,) = address(skillWallet).call(call);
                assertFalse(success, string.concat("SKILL-14: on another chain ", _path));
                vm.chainId(_json.readUint(string.concat(place, ".chainId")));
                bytes memory reason;
                (success, reason) = address(skillWallet).call(call);
                assertTrue(success, string.concat("SKILL-14: ", _path, " ", vm.toString(reason)));
            }
            assertEq(count, 11, "SKILL-14: messages of all six structs");
            assertEq(skillWallet.skillOf(1, 1).attestations, 3, "SKILL-14: one of the batch among them");
            assertEq(skillWallet.skillOf(1, 2).attestations, 3, "SKILL-14: and two");
            assertEq(skillWallet.recoveryOf(1).nonce, (1 << 32) + 2, "SKILL-14: two proposals, of two sets");
            vm.revertToState(state);
        }
    }

    function test_TheFixtureSignsTheSame() external {
        _deployAt(_json.readAddress(".worlds[0].contract"));
        vm.chainId(_json.readUint(".worlds[0].chainId"));
        _path = ".worlds[0].messages[2]";
        assertEq(attestationDigest(_attestation()), _digest(), "SKILL-14: an attestation");
        _path = ".worlds[0].messages[5]";
        address by = _address("validator");
        assertEq(batchDigest(by, _entries(), _uint("deadline")), _digest(), "SKILL-14: a batch");
        _path = ".worlds[0].messages[7]";
        assertEq(revocationDigest(_revocation()), _digest(), "SKILL-14: a revocation");
        _path = ".worlds[0].messages[8]";
        bytes32 digest = cancellationDigest(_uint("wallet"), _uint("ripensAt"), _uint("nonce"), _uint("deadline"));
        assertEq(digest, _digest(), "SKILL-14: a cancellation");
        _path = ".worlds[0].messages[10]";
        digest = approvalDigest(_uint("wallet"), _address("to"), _uint("nonce"), _uint("deadline"));
        assertEq(digest, _digest(), "SKILL-14: a recovery");
    }

    /// @dev A new contract where the vectors say, with two skills and their validator.
    function _deployAt(address place) private {
        deployCodeTo(artifact("SkillWallet"), abi.encode(access, deployCode(artifact("WalletRenderer"))), place);
        skillWallet = ISkillWallet(place);
        validator = _json.readAddress(".validator");
        for (uint16 skill = 1; skill <= 2; ++skill) {
            skillWallet.defineSkill("Any", ISkillLedger.SkillPolicy(100, 50, 20, 0, 0, type(uint32).max));
            skillWallet.setValidator(validator, skill, true);
        }
    }

    function _prepare(string memory before) private {
        address holder = _json.readAddress(".holder");
        if (vm.contains(before, "lose and regain")) {
            skillWallet.setValidator(validator, 1, false);
            skillWallet.setValidator(validator, 1, true);
        } else if (vm.contains(before, "announce a burn")) {
            vm.startPrank(holder);
            skillWallet.setGuardians(_json.readAddressArray(".guardians"), 2);
            skillWallet.burn();
            vm.stopPrank();
        } else if (vm.contains(before, "veto")) {
            vm.startPrank(holder);
            skillWallet.vetoRecovery();
            skillWallet.setGuardians(_json.readAddressArray(".guardians"), 2);
            vm.stopPrank();
            skip(14 days);
            skillWallet.acceptGuardians(1);
            // The veto is the holder's again: two of three propose.
        }
    }

    function _call(string memory kind) private view returns (bytes memory) {
        bytes32 name = keccak256(bytes(kind));
        uint256 deadline = _uint("deadline");
        if (name == keccak256("MintConsent")) {
            IERC5484.BurnAuth auth = IERC5484.BurnAuth(_uint("burnAuth"));
            return abi.encodeCall(ISkillWallet.mintFor, (_address("account"), auth, deadline, _signature(0)));
        }
        if (name == keccak256("Attestation")) {
            return abi.encodeCall(ISkillLedger.attest, (_attestation(), _signature(0)));
        }
        if (name == keccak256("AttestationBatch")) {
            return
                abi.encodeCall(ISkillLedger.attestBatch, (_address("validator"), _entries(), deadline, _signature(0)));
        }
        if (name == keccak256("Revocation")) {
            return abi.encodeCall(ISkillLedger.revokeXp, (_revocation(), _signature(0)));
        }
        if (name == keccak256("AnnouncementCancellation")) {
            return abi.encodeCall(
                IWalletRecovery.cancelAnnouncement, (_uint("wallet"), _uint("ripensAt"), deadline, _approvals())
            );
        }
        return
            abi.encodeCall(IWalletRecovery.proposeRecovery, (_uint("wallet"), _address("to"), deadline, _approvals()));
    }

    function _attestation() private view returns (ISkillLedger.Attestation memory) {
        return ISkillLedger.Attestation({
            validator: _address("validator"),
            wallet: _uint("wallet"),
            skill: uint16(_uint("skill")),
            xp: uint32(_uint("xp")),
            nonce: uint32(_uint("nonce")),
            epoch: uint32(_uint("epoch")),
            deadline: _uint("deadline")
        });
    }

    function _revocation() private view returns (ISkillLedger.Revocation memory) {
        return ISkillLedger.Revocation({
            validator: _address("validator"),
            wallet: _uint("wallet"),
            skill: uint16(_uint("skill")),
            xp: uint64(_uint("xp")),
            nonce: uint32(_uint("nonce")),
            epoch: uint32(_uint("epoch")),
            deadline: _uint("deadline")
        });
    }

    function _entries() private view returns (ISkillLedger.AttestationEntry[] memory entries) {
        uint256 count;
        while (vm.keyExistsJson(_json, string.concat(_path, ".values.entries[", vm.toString(count), "]"))) ++count;
        entries = new ISkillLedger.AttestationEntry[](count);
        for (uint256 i = 0; i < count; ++i) {
            string memory entry = string.concat("entries[", vm.toString(i), "].");
            entries[i] = ISkillLedger.AttestationEntry({
                wallet: _uint(string.concat(entry, "wallet")),
                skill: uint16(_uint(string.concat(entry, "skill"))),
                xp: uint32(_uint(string.concat(entry, "xp"))),
                nonce: uint32(_uint(string.concat(entry, "nonce"))),
                epoch: uint32(_uint(string.concat(entry, "epoch")))
            });
        }
    }

    function _approvals() private view returns (IWalletRecovery.GuardianApproval[] memory approvals) {
        address[] memory guardians = _json.readAddressArray(".guardians");
        approvals = new IWalletRecovery.GuardianApproval[](2);
        for (uint256 i = 0; i < 2; ++i) {
            approvals[i] = IWalletRecovery.GuardianApproval(guardians[i], _signature(i));
        }
    }

    function _uint(string memory name) private view returns (uint256) {
        return _json.readUint(string.concat(_path, ".values.", name));
    }

    function _address(string memory name) private view returns (address) {
        return _json.readAddress(string.concat(_path, ".values.", name));
    }

    function _digest() private view returns (bytes32) {
        return _json.readBytes32(string.concat(_path, ".digest"));
    }

    function _signature(uint256 index) private view returns (bytes memory) {
        return _json.readBytes(string.concat(_path, ".signatures[", vm.toString(index), "]"));
    }
}
