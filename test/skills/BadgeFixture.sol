// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBadges} from "../../contracts/skills/IBadges.sol";
import {SkillFixture} from "./SkillFixture.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice Badges over the wallets of {SkillFixture}. Kind 1 is soulbound, kind 2 tradeable, each with two tiers that
/// take levels 1 and 3 of the decaying skill; tier 0 can be claimed, tier 1 be had by an upgrade. Kind 3 is tradeable
/// and takes no skill. The test contract mints every kind.
abstract contract BadgeFixture is SkillFixture {
    uint256 internal constant BOUND = 1;
    uint256 internal constant TRADED = 2;
    uint256 internal constant PLAIN = 3;
    uint64 internal constant CAP = 5;

    IBadges internal badges;

    function deployBadges() internal {
        deployWallet();
        badges = IBadges(deployCode(artifact("Badges"), abi.encode(access, skillWallet, "ipfs://badges/{id}.json")));
        badges.createBadge(idOf(BOUND, 0), policy(true, 1, 0));
        badges.createBadge(idOf(BOUND, 1), policy(true, 3, 1));
        badges.createBadge(idOf(TRADED, 0), policy(false, 1, 0));
        badges.createBadge(idOf(TRADED, 1), policy(false, 3, 2));
        IBadges.BadgePolicy memory plain = policy(false, 0, 0);
        (plain.claimable, plain.skill, plain.cap) = (false, 0, 1_000_000);
        badges.createBadge(idOf(PLAIN, 0), plain);
        for (uint256 kind = 1; kind <= 3; ++kind) {
            badges.setMinter(address(this), kind, true);
        }
    }

    function policy(bool soulbound, uint8 level, uint8 upgradeCost) internal pure returns (IBadges.BadgePolicy memory) {
        return IBadges.BadgePolicy({
            soulbound: soulbound,
            freezable: true,
            claimable: upgradeCost == 0,
            cap: CAP,
            expiresAt: 0,
            skill: DECAYING,
            level: level,
            upgradeCost: upgradeCost
        });
    }

    function idOf(uint256 kind, uint256 tier) internal pure returns (uint256) {
        return kind << 8 | tier;
    }

    function one(uint256 value) internal pure returns (uint256[] memory values) {
        values = new uint256[](1);
        values[0] = value;
    }

    /// @dev Guardians bring the wallet of `from` to `to`.
    function recoverTo(address from, address to) internal returns (uint256 wallet) {
        wallet = skillWallet.walletOf(from);
        uint256[] memory keys = guardianKeys(3);
        vm.prank(from);
        skillWallet.setGuardians(addressesOf(keys), 2);
        uint256 deadline = vm.getBlockTimestamp();
        skillWallet.proposeRecovery(wallet, to, deadline, approvalsBy(keys, 3, wallet, to, deadline));
        vm.warp(deadline + 7 days);
        vm.prank(to);
        skillWallet.completeRecovery(wallet);
    }
}
