// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletRecovery} from "../../contracts/skills/IWalletRecovery.sol";
import {IERC5484, IWalletRegistry} from "../../contracts/skills/IWalletRegistry.sol";
import {SkillFixture} from "./SkillFixture.sol";

/// @notice Whole attacks on recoveries, with moves and times at random. SKILL-9: a thief with the key cannot block a
/// recovery for ever. SKILL-10: a holder and friendly guardians cannot sell a wallet whenever they like.
contract WalletRecoveryAttacksTest is SkillFixture {
    uint256 private _wallet;
    uint256[] private _keys;
    uint256 private _seed;

    function setUp() external {
        deployWallet();
        _wallet = mintFor(alice);
        attest(_wallet, STEADY, 5_000);
        _keys = guardianKeys(3);
        vm.prank(alice);
        skillWallet.setGuardians(addressesOf(_keys), 2);
    }

    /// @dev The thief does whatever the key allows, at any time. Guardians answer within 6 days of what they see, and
    /// bob comes when his time has come. At the latest after two proposals the wallet is bob's and the thief has
    /// nothing. forge-config: default.fuzz.runs = 64
    function testFuzz_SKILL9_AThiefCannotBlockARecovery(uint256 seed) external {
        _seed = seed;
        // The theft goes unnoticed for less than the delay of guardians and burns.
        _thiefActsDuring(_random(8 days));
        for (uint256 attempt = 1;; ++attempt) {
            assertLe(attempt, 2, "SKILL-9: two proposals are enough");
            uint256 count = attempt == 1 ? 2 : 3;
            uint256 deadline = vm.getBlockTimestamp();
            IWalletRecovery.GuardianApproval[] memory approvals = approvalsBy(_keys, count, _wallet, bob, deadline);
            skillWallet.proposeRecovery(_wallet, bob, deadline, approvals);
            _thiefActsDuring(7 days);
            if (skillWallet.recoveryOf(_wallet).to == bob) break;
            _thiefActsDuring(_random(6 days));
        }
        _thiefActsDuring(_random(13 days));
        vm.prank(bob);
        skillWallet.completeRecovery(_wallet);

        assertEq(skillWallet.ownerOf(_wallet), bob, "SKILL-9: recovered");
        assertSkill(_wallet, STEADY, 5_000, 5);
        assertEq(skillWallet.walletOf(alice), 0, "SKILL-8: the old account has nothing");
        (address[] memory guardians,) = skillWallet.guardiansOf(_wallet);
        assertEq(guardians, addressesOf(_keys), "SKILL-9: the thief's guardians never counted");
        (,, uint256 acceptableAt) = skillWallet.proposedGuardiansOf(_wallet);
        assertEq(acceptableAt, 0, "SKILL-9: nor will they");
        _thiefActsDuring(30 days);
        assertEq(skillWallet.ownerOf(_wallet), bob, "SKILL-8: nor can it do anything later");
    }

    /// @dev SKILL-9: the thief vetoes the first proposal, and gives the recipient of the second a wallet by a consent
    /// that the recipient once signed, as late as it can. The guardians name another at once, and win in 7 days.
    function testFuzz_SKILL9_AnOpenConsentOfTheRecipientBlocksNothing(uint256 time) external {
        uint256 key = uint256(keccak256("carl"));
        address carl = vm.addr(key);
        uint256 until = START + 365 days;
        bytes memory consent = signBy(key, consentDigest(carl, IERC5484.BurnAuth.IssuerOnly, 0, until));
        _propose(carl, 2);
        vm.prank(alice);
        skillWallet.vetoRecovery();
        _propose(carl, 3);
        skip(bound(time, 0, 7 days));
        vm.prank(alice);
        skillWallet.mintFor(carl, IERC5484.BurnAuth.IssuerOnly, until, consent);
        // Until they do, the thief gains nothing by it.
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.RecoveryPending.selector, _wallet));
        skillWallet.burn();
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.RecoveryPending.selector, _wallet));
        skillWallet.setGuardians(new address[](0), 0);
        vm.stopPrank();

        _propose(bob, 3);
        assertTrue(skillWallet.recoveryOf(_wallet).final_, "SKILL-9: not the thief's to veto");
        skip(7 days);
        vm.prank(bob);
        skillWallet.completeRecovery(_wallet);
        assertEq(skillWallet.ownerOf(_wallet), bob, "SKILL-9: recovered");
    }

    /// @dev SKILL-9: the same where the recipient was barred meanwhile: its own wallet came and was recovered from it.
    function test_SKILL9_ARecipientWhoWasBarredBlocksNothing() external {
        address carl = makeAddr("carl");
        _propose(carl, 2);
        uint256 other = mintFor(carl);
        vm.prank(carl);
        skillWallet.setGuardians(addressesOf(_keys), 2);
        uint256 deadline = vm.getBlockTimestamp();
        address dora = makeAddr("dora");
        skillWallet.proposeRecovery(other, dora, deadline, approvalsBy(_keys, 2, other, dora, deadline));
        skip(7 days);
        vm.prank(dora);
        skillWallet.completeRecovery(other);
        vm.prank(carl);
        vm.expectRevert(abi.encodeWithSelector(IWalletRegistry.AccountBarred.selector, carl));
        skillWallet.completeRecovery(_wallet);
        _propose(bob, 2);
        skip(7 days);
        vm.prank(bob);
        skillWallet.completeRecovery(_wallet);
        assertEq(skillWallet.ownerOf(_wallet), bob, "SKILL-9: recovered");
    }

    function _propose(address to, uint256 count) private {
        uint256 deadline = vm.getBlockTimestamp();
        skillWallet.proposeRecovery(_wallet, to, deadline, approvalsBy(_keys, count, _wallet, to, deadline));
    }

    /// @dev SKILL-11: in the 180 days after a recovery, when nobody can propose another, a thief with the new key does
    /// whatever it allows. Two of three guardians look every few days and cancel what they see. Nothing counts, and
    /// then the wallet comes home. forge-config: default.fuzz.runs = 32
    function testFuzz_SKILL11_NothingRipensWhileGuardiansCannotRecover(uint256 seed) external {
        _seed = seed;
        uint256 deadline = vm.getBlockTimestamp();
        skillWallet.proposeRecovery(_wallet, bob, deadline, approvalsBy(_keys, 2, _wallet, bob, deadline));
        vm.warp(deadline + 7 days);
        vm.prank(bob);
        skillWallet.completeRecovery(_wallet);
        uint256 end = vm.getBlockTimestamp() + 180 days;
        while (vm.getBlockTimestamp() < end) {
            _thiefActs(bob);
            skipRandom(2 days);
            _thiefActs(bob);
            skipRandom(10 days);
            _guardiansCancel();
        }
        assertEq(skillWallet.ownerOf(_wallet), bob, "SKILL-11: not burned");
        (address[] memory guardians,) = skillWallet.guardiansOf(_wallet);
        assertEq(guardians, addressesOf(_keys), "SKILL-11: the thief's guardians never counted");
        address home = makeAddr("home");
        deadline = vm.getBlockTimestamp();
        skillWallet.proposeRecovery(_wallet, home, deadline, approvalsBy(_keys, 3, _wallet, home, deadline));
        vm.warp(deadline + 7 days);
        vm.prank(home);
        skillWallet.completeRecovery(_wallet);
        assertEq(skillWallet.ownerOf(_wallet), home, "SKILL-11: home");
    }

    function _guardiansCancel() private {
        (,, uint256 change) = skillWallet.proposedGuardiansOf(_wallet);
        uint256[2] memory times = [change, skillWallet.burnableAt(_wallet)];
        for (uint256 i = 0; i < 2; ++i) {
            if (times[i] == 0 || (i == 1 && times[0] == times[1])) continue;
            uint256 deadline = vm.getBlockTimestamp();
            skillWallet.cancelAnnouncement(
                _wallet, times[i], deadline, cancellationsBy(_keys, 2, _wallet, times[i], deadline)
            );
        }
    }

    /// @dev Holder and all guardians want to hand the wallet to one buyer after the other as fast as they can.
    /// forge-config: default.fuzz.runs = 16
    function testFuzz_SKILL10_FriendlyGuardiansCannotSellAtWill(uint256 seed) external {
        _seed = seed;
        uint256 end = START + 600 days;
        uint256 sold;
        uint256 soldAt;
        uint256 proposedAt;
        address holder = alice;
        address buyer = makeAddr("buyer 0");
        while (vm.getBlockTimestamp() < end) {
            skipRandom(12 days);
            uint256 deadline = vm.getBlockTimestamp();
            IWalletRecovery.GuardianApproval[] memory approvals = approvalsBy(_keys, 3, _wallet, buyer, deadline);
            try skillWallet.proposeRecovery(_wallet, buyer, deadline, approvals) {
                proposedAt = deadline;
            } catch {}
            // The veto would make the next proposal final: no shorter way either.
            if (_random(2) == 0) {
                vm.prank(holder);
                try skillWallet.vetoRecovery() {} catch {}
            }
            skipRandom(12 days);
            vm.prank(buyer);
            try skillWallet.completeRecovery(_wallet) {
                assertGe(vm.getBlockTimestamp(), proposedAt + 7 days, "SKILL-10: public for 7 days");
                if (sold != 0) {
                    assertGe(vm.getBlockTimestamp(), soldAt + 180 days, "SKILL-10: one in 180 days");
                }
                assertTrue(skillWallet.isBarred(holder), "SKILL-10: the seller gives up wallets for ever");
                (holder, soldAt) = (buyer, vm.getBlockTimestamp());
                buyer = makeAddr(string.concat("buyer ", vm.toString(++sold)));
            } catch {}
        }
        assertGt(sold, 0, "recoveries happened");
        assertLe(sold, 4, "SKILL-10: one in 180 days");
    }

    /// @dev And at any time before it completes governance stops it, whoever agrees.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_SKILL10_GovernanceStopsASale(uint256 wait, bool isFinal) external {
        wait = bound(wait, 0, 21 days - 1);
        for (uint256 i = 0; i < (isFinal ? 2 : 1); ++i) {
            if (i == 1) {
                vm.prank(alice);
                skillWallet.vetoRecovery();
            }
            uint256 deadline = vm.getBlockTimestamp();
            IWalletRecovery.GuardianApproval[] memory approvals = approvalsBy(_keys, 3, _wallet, bob, deadline);
            skillWallet.proposeRecovery(_wallet, bob, deadline, approvals);
        }
        skip(wait);
        skillWallet.vetoRecoveryByGovernance(_wallet);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IWalletRecovery.NoRecovery.selector, _wallet));
        skillWallet.completeRecovery(_wallet);
    }

    /// @dev Whatever the key allows, once or more in the time given.
    function _thiefActsDuring(uint256 time) private {
        uint256 end = vm.getBlockTimestamp() + time;
        do {
            _thiefActs(alice);
            skipRandom(2 days);
        } while (vm.getBlockTimestamp() < end);
        vm.warp(end);
    }

    function _thiefActs(address thief) private {
        uint256 what = _random(8);
        vm.startPrank(thief);
        if (what == 0) try skillWallet.vetoRecovery() {} catch {}
        if (what == 1) try skillWallet.setGuardians(new address[](0), 0) {} catch {}
        if (what == 2) try skillWallet.acceptGuardians(_wallet) {} catch {}
        if (what == 3) try skillWallet.burn() {} catch {}
        if (what == 4) try skillWallet.mint(skillWallet.burnAuth(_wallet)) {} catch {}
        if (what == 5) try skillWallet.completeRecovery(_wallet) {} catch {}
        if (what == 6) try skillWallet.cancelBurn() {} catch {}
        if (what == 7) try skillWallet.cancelGuardianChange() {} catch {}
        vm.stopPrank();
    }

    function skipRandom(uint256 most) private {
        vm.warp(vm.getBlockTimestamp() + 1 + _random(most));
    }

    function _random(uint256 below) private returns (uint256) {
        _seed = uint256(keccak256(abi.encode(_seed)));
        return _seed % below;
    }
}
