// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StdUtils} from "forge-std/StdUtils.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {IWalletRecovery} from "../../contracts/skills/IWalletRecovery.sol";
import {IERC5484} from "../../contracts/skills/IWalletRegistry.sol";
import {SkillFixture} from "./SkillFixture.sol";
import {SkillModel} from "./SkillModel.sol";

/// @notice Acts on wallets from outside: six people, a validator of two skills, guardians, governance, and whoever
/// tries what must fail. Every action asserts what it expects, and counts when it happened.
contract SkillWalletHandler is SkillFixture {
    uint256 public constant PEOPLE = 6;

    SkillModel public immutable model = new SkillModel();
    mapping(bytes32 action => uint256 times) public calls;

    // What should be.
    address[PEOPLE] public people;
    uint256 public lastWallet;
    mapping(uint256 wallet => address) public ownerOf;
    mapping(address account => bool) public barred;
    mapping(uint256 wallet => uint256) public recoveredAt;
    mapping(uint256 wallet => uint256) private _proposedAt;

    /// @dev Messages that were accepted, whole.
    bytes[] private _accepted;

    constructor(ISkillWallet skillWallet_) {
        skillWallet = skillWallet_;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            people[i] = vm.addr(_personKey(i));
        }
        for (uint16 skill = 1; skill <= 2; ++skill) {
            (, ISkillLedger.SkillPolicy memory policy,) = skillWallet_.skillPolicy(skill);
            model.setPolicy(skill, policy);
        }
    }

    function passTime(uint256 time) external {
        vm.warp(vm.getBlockTimestamp() + bound(time, 1, time % 4 == 0 ? 60 days : 5 days));
        ++calls["passTime"];
    }

    function mint(uint256 who, uint256 auth, bool bySignature) external {
        address person = people[who % PEOPLE];
        IERC5484.BurnAuth burnAuth = IERC5484.BurnAuth(auth % 4);
        bool free = skillWallet.walletOf(person) == 0 && !barred[person];
        uint256 deadline = vm.getBlockTimestamp();
        bytes memory call = abi.encodeCall(ISkillWallet.mint, (burnAuth));
        if (bySignature) {
            bytes32 digest = consentDigest(person, burnAuth, skillWallet.mintNonce(person), deadline);
            bytes memory signature = signBy(_personKey(who % PEOPLE), digest);
            call = abi.encodeCall(ISkillWallet.mintFor, (person, burnAuth, deadline, signature));
        } else {
            vm.prank(person);
        }
        (bool success,) = address(skillWallet).call(call);
        assertEq(success, free, "SKILL-2: a wallet exactly for who has none and is not barred");
        if (!success) return;
        ownerOf[++lastWallet] = person;
        if (bySignature) _accepted.push(call);
        ++calls["mint"];
    }

    function burn(uint256 seed) external {
        (uint256 wallet, address owner) = _anyWallet(seed);
        if (wallet == 0 || seed % 2 != 0) return;
        bool byIssuer = seed % 3 == 0;
        if (byIssuer) {
            try skillWallet.burnByIssuer(wallet) {}
            catch {
                return;
            }
        } else {
            vm.prank(owner);
            try skillWallet.burn() {}
            catch {
                return;
            }
        }
        if (skillWallet.walletOf(owner) != 0) return;
        ownerOf[wallet] = address(0);
        ++calls["burn or veto"];
    }

    function attest(uint256 seed, uint32 xp, bool steady) external {
        (uint256 wallet,) = _anyWallet(seed);
        if (wallet == 0) return;
        uint16 skill = steady ? STEADY : DECAYING;
        ISkillLedger.Attestation memory a = attestation(wallet, skill, uint32(bound(xp, 1, 5_000)));
        bytes memory call = abi.encodeCall(ISkillLedger.attest, (a, signBy(VALIDATOR_KEY, attestationDigest(a))));
        _accept(call);
        model.attest(wallet, skill, a.xp, vm.getBlockTimestamp());
        ++calls["attest"];
    }

    /// @dev SKILL-4: each entry for itself; one that does not fit (another turn, a burned or unknown wallet, no
    /// experience) holds up no other.
    function attestBatch(uint256 seed, uint32 xp) external {
        (uint256 first,) = _anyWallet(seed);
        (uint256 second,) = _anyWallet(seed >> 8);
        if (first == 0) return;
        ISkillLedger.AttestationEntry[] memory entries = new ISkillLedger.AttestationEntry[](4);
        xp = uint32(bound(xp, 1, 5_000));
        uint32 nonce = uint32(skillWallet.skillOf(first, DECAYING).attestations);
        entries[0] = ISkillLedger.AttestationEntry(first, DECAYING, xp, nonce, 0);
        entries[1] = ISkillLedger.AttestationEntry(first, DECAYING, 1, nonce + 1, 0);
        nonce = uint32(skillWallet.skillOf(second, STEADY).attestations);
        entries[3] = ISkillLedger.AttestationEntry(second, STEADY, xp, nonce, 0);
        uint256 flaw = (seed >> 16) % 5;
        entries[2] = ISkillLedger.AttestationEntry(second, STEADY, flaw == 0 ? 0 : 7, nonce, 0);
        if (flaw == 1) entries[2].nonce += 1;
        if (flaw == 2) entries[2].wallet = lastWallet + 1;
        if (flaw == 3) entries[2].epoch = 1;
        if (flaw == 4) entries[2].skill = 9;
        uint256 deadline = vm.getBlockTimestamp() + 1 days;
        bytes memory signature = signBy(VALIDATOR_KEY, batchDigest(validator, entries, deadline));
        _accept(abi.encodeCall(ISkillLedger.attestBatch, (validator, entries, deadline, signature)));
        _count(entries);
        ++calls["attestBatch"];
    }

    /// @dev What a batch adds: each entry whose wallet is there and whose turn it is.
    function _count(ISkillLedger.AttestationEntry[] memory entries) private {
        for (uint256 i = 0; i < entries.length; ++i) {
            ISkillLedger.AttestationEntry memory e = entries[i];
            bool fits = ownerOf[e.wallet] != address(0) && e.skill <= STEADY && e.xp != 0 && e.epoch == 0
                && e.nonce == model.history(e.wallet, e.skill).attestations;
            if (fits) model.attest(e.wallet, e.skill, e.xp, vm.getBlockTimestamp());
        }
    }

    function revokeXp(uint256 seed, uint64 xp, bool steady) external {
        (uint256 wallet,) = _anyWallet(seed);
        if (wallet == 0) return;
        uint16 skill = steady ? STEADY : DECAYING;
        ISkillLedger.Revocation memory r = revocation(wallet, skill, uint64(bound(xp, 1, 8_000)));
        _accept(abi.encodeCall(ISkillLedger.revokeXp, (r, signBy(VALIDATOR_KEY, revocationDigest(r)))));
        model.revoke(wallet, skill, r.xp, vm.getBlockTimestamp());
        ++calls["revokeXp"];
    }

    /// @dev SKILL-5: nothing that was accepted counts again, whenever. Of a batch what did not fit may count later,
    /// until the deadline.
    function replay(uint256 which) external {
        if (_accepted.length == 0) return;
        bytes memory call = _accepted[which % _accepted.length];
        (bool success,) = address(skillWallet).call(call);
        if (bytes4(call) == ISkillLedger.attestBatch.selector) {
            bytes memory arguments = new bytes(call.length - 4);
            for (uint256 i = 0; i < arguments.length; ++i) {
                arguments[i] = call[i + 4];
            }
            (, ISkillLedger.AttestationEntry[] memory entries, uint256 deadline,) =
                abi.decode(arguments, (address, ISkillLedger.AttestationEntry[], uint256, bytes));
            assertEq(success, vm.getBlockTimestamp() <= deadline, "SKILL-4: until the deadline");
            if (success) _count(entries);
        } else {
            assertFalse(success, "SKILL-5: accepted twice");
        }
        ++calls["replay"];
    }

    /// @dev SKILL-11: whatever is announced, the threshold of guardians or the holder ends it, whenever.
    function cancelAnnouncement(uint256 seed) external {
        (uint256 wallet, address owner) = _anyWallet(seed);
        if (wallet == 0) return;
        (address[] memory guardians, uint256 threshold) = skillWallet.guardiansOf(wallet);
        (,, uint256 ripensAt) = skillWallet.proposedGuardiansOf(wallet);
        bool change = ripensAt != 0;
        if (!change) ripensAt = skillWallet.burnableAt(wallet);
        if (ripensAt == 0) return;
        if (seed % 2 == 0) {
            uint256 deadline = vm.getBlockTimestamp();
            skillWallet.cancelAnnouncement(
                wallet,
                ripensAt,
                deadline,
                cancellationsBy(guardianKeys(guardians.length), threshold, wallet, ripensAt, deadline)
            );
        } else {
            vm.prank(owner);
            if (change) skillWallet.cancelGuardianChange();
            else skillWallet.cancelBurn();
        }
        (,, uint256 left) = skillWallet.proposedGuardiansOf(wallet);
        assertTrue(left == 0 && (change || skillWallet.burnableAt(wallet) == 0), "SKILL-11: ended");
        ++calls["cancelAnnouncement"];
    }

    /// @dev SKILL-5: signed for another chain, wallet, skill, amount, nonce or time, or by somebody else.
    function attestSignedForOther(uint256 seed, uint256 what) external {
        (uint256 wallet,) = _anyWallet(seed);
        if (wallet == 0) return;
        ISkillLedger.Attestation memory a = attestation(wallet, DECAYING, 10);
        ISkillLedger.Attestation memory signed = abi.decode(abi.encode(a), (ISkillLedger.Attestation));
        what %= 7;
        (,,, uint256 chainId,,,) = IERC5267(address(skillWallet)).eip712Domain();
        if (what == 0) vm.chainId(chainId + 1);
        if (what == 1) signed.wallet += 1;
        if (what == 2) signed.skill = STEADY;
        if (what == 3) signed.xp += 1;
        if (what == 4) signed.nonce += 1;
        if (what == 5) signed.deadline += 1;
        bytes memory signature = signBy(what == 6 ? ALICE_KEY : VALIDATOR_KEY, attestationDigest(signed));
        vm.chainId(chainId);
        (bool success,) = address(skillWallet).call(abi.encodeCall(ISkillLedger.attest, (a, signature)));
        assertFalse(success, "SKILL-5: a signature for another message");
        ++calls["signed for other"];
    }

    /// @dev SKILL-1: no way to move or lend a wallet.
    function transfer(uint256 seed, uint256 to) external {
        (uint256 wallet, address owner) = _anyWallet(seed);
        if (wallet == 0) return;
        vm.startPrank(owner);
        try skillWallet.transferFrom(owner, people[to % PEOPLE], wallet) {
            assertTrue(false, "SKILL-1: transferred");
        } catch {}
        try skillWallet.safeTransferFrom(owner, people[to % PEOPLE], wallet) {
            assertTrue(false, "SKILL-1: transferred safely");
        } catch {}
        try skillWallet.approve(people[to % PEOPLE], wallet) {
            assertTrue(false, "SKILL-1: approved");
        } catch {}
        vm.stopPrank();
        ++calls["transfer"];
    }

    function setGuardians(uint256 seed, uint256 count) external {
        (uint256 wallet, address owner) = _anyWallet(seed);
        if (wallet == 0) return;
        count = count % 8 == 0 ? 0 : 2 + count % 3;
        vm.prank(owner);
        try skillWallet.setGuardians(addressesOf(guardianKeys(count)), count == 0 ? 0 : count / 2 + 1) {
            ++calls["setGuardians"];
        } catch {}
    }

    /// @dev SKILL-11: exactly from 14 days after it was announced, and before 28.
    function acceptGuardians(uint256 seed) external {
        (uint256 wallet,) = _anyWallet(seed);
        (,, uint256 acceptableAt) = skillWallet.proposedGuardiansOf(wallet);
        if (acceptableAt > vm.getBlockTimestamp() && seed % 3 == 0) vm.warp(acceptableAt);
        bool ripe = acceptableAt != 0 && vm.getBlockTimestamp() >= acceptableAt;
        (bool success,) = address(skillWallet).call(abi.encodeCall(IWalletRecovery.acceptGuardians, (wallet)));
        assertEq(success, ripe, "SKILL-11: exactly while it is ripe");
        if (success) ++calls["acceptGuardians"];
    }

    /// @dev All guardians or just enough of them propose.
    function propose(uint256 seed, uint256 to, bool all) external {
        (uint256 wallet,) = _anyWallet(seed);
        (address[] memory guardians, uint256 threshold) = skillWallet.guardiansOf(wallet);
        if (threshold == 0) return;
        uint256 count = all ? guardians.length : threshold;
        uint256 deadline = vm.getBlockTimestamp();
        IWalletRecovery.GuardianApproval[] memory approvals =
            approvalsBy(guardianKeys(guardians.length), count, wallet, people[to % PEOPLE], deadline);
        bool vetoUsed = skillWallet.recoveryOf(wallet).vetoUsed;
        try skillWallet.proposeRecovery(wallet, people[to % PEOPLE], deadline, approvals) {
            assertTrue(!vetoUsed || count == guardians.length, "SKILL-9: all guardians after a veto");
            if (recoveredAt[wallet] != 0) {
                assertGe(deadline, recoveredAt[wallet] + 180 days, "SKILL-10: one recovery in 180 days");
            }
            _proposedAt[wallet] = deadline;
            ++calls["propose"];
        } catch {}
    }

    function veto(uint256 seed) external {
        (uint256 wallet, address owner) = _anyWallet(seed);
        if (wallet == 0 || skillWallet.recoveryOf(wallet).to == address(0)) return;
        IWalletRecovery.RecoveryState memory state = skillWallet.recoveryOf(wallet);
        if (seed % 2 == 0) {
            try skillWallet.vetoRecoveryByGovernance(wallet) {
                ++calls["burn or veto"];
            } catch {}
            return;
        }
        vm.prank(owner);
        try skillWallet.vetoRecovery() {
            assertFalse(state.final_ || state.vetoUsed, "SKILL-9: the holder's veto, once");
            ++calls["burn or veto"];
        } catch {}
    }

    function complete(uint256 seed) external {
        (uint256 wallet, address owner) = _anyWallet(seed);
        if (wallet == 0) return;
        if (skillWallet.recoveryOf(wallet).to == address(0)) {
            _guardAndPropose(wallet, owner, _anyFree(seed >> 8));
        }
        address to = skillWallet.recoveryOf(wallet).to;
        if (to == address(0)) return;
        if (seed % 2 == 0) vm.warp(vm.getBlockTimestamp() + 8 days);
        vm.prank(to);
        try skillWallet.completeRecovery(wallet) {
            assertGe(vm.getBlockTimestamp(), _proposedAt[wallet] + 7 days, "SKILL-10: public for 7 days");
            (ownerOf[wallet], barred[owner], recoveredAt[wallet]) = (to, true, vm.getBlockTimestamp());
            ++calls["complete"];
        } catch {}
    }

    /// @dev So that recoveries happen in every run, not only where the actions for their parts meet.
    function _guardAndPropose(uint256 wallet, address owner, address to) private {
        (address[] memory guardians, uint256 threshold) = skillWallet.guardiansOf(wallet);
        if (threshold == 0) {
            guardians = addressesOf(guardianKeys(3));
            vm.prank(owner);
            skillWallet.setGuardians(guardians, 2);
            ++calls["setGuardians"];
        }
        uint256 deadline = vm.getBlockTimestamp();
        IWalletRecovery.GuardianApproval[] memory approvals =
            approvalsBy(guardianKeys(guardians.length), guardians.length, wallet, to, deadline);
        try skillWallet.proposeRecovery(wallet, to, deadline, approvals) {
            _proposedAt[wallet] = deadline;
            ++calls["propose"];
        } catch {}
    }

    function _accept(bytes memory call) private {
        (bool success, bytes memory reason) = address(skillWallet).call(call);
        assertTrue(success, string.concat("SKILL-4: a valid message was refused: ", vm.toString(reason)));
        _accepted.push(call);
    }

    /// @dev Somebody who may be given a wallet, if there is anybody.
    function _anyFree(uint256 seed) private view returns (address person) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            person = people[(seed % PEOPLE + i) % PEOPLE];
            if (skillWallet.walletOf(person) == 0 && !barred[person]) break;
        }
    }

    /// @dev A wallet that somebody has; zero if there is none.
    function _anyWallet(uint256 seed) private view returns (uint256, address) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            address person = people[(seed % PEOPLE + i) % PEOPLE];
            uint256 wallet = skillWallet.walletOf(person);
            if (wallet != 0) return (wallet, person);
        }
        return (0, address(0));
    }

    function _personKey(uint256 index) private pure returns (uint256) {
        return uint256(keccak256(abi.encode("person", index)));
    }
}
