// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {IBadges} from "../../contracts/skills/IBadges.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice The world of the suite `skills` of test/properties, at the same addresses and on the same chain id: what it
/// prints runs here byte by byte, signatures included.
abstract contract SkillReplay is Test {
    address internal constant ADMIN = address(0xad);
    address internal constant MINTER = address(0x31);
    uint256 internal constant START = 1_800_000_000;

    ISkillWallet internal skillWallet;
    IBadges internal badges;

    /// @param keyed The validator with a key of its own, and the first person, who is the second one.
    function deployWorld(address[2] memory keyed) internal {
        vm.chainId(1);
        vm.warp(START);
        vm.startPrank(ADMIN);
        address access = deployCode(artifact("AccessManager"), abi.encode(ADMIN));
        address renderer = deployCode(artifact("WalletRenderer"));
        skillWallet = ISkillWallet(deployCode(artifact("SkillWallet"), abi.encode(access, renderer)));
        bytes memory arguments = abi.encode(access, skillWallet, "ipfs://badges/{id}.json");
        badges = IBadges(deployCode(artifact("Badges"), arguments));
        address signer = deployCode(artifact("ContractSigner"));
        address greedy = deployCode(artifact("GreedyReceiver"), abi.encode(skillWallet, badges));

        skillWallet.defineSkill("skill 0", ISkillLedger.SkillPolicy(100, 50, 20, 30 days, 5, 5_000));
        skillWallet.defineSkill("skill 1", ISkillLedger.SkillPolicy(1_000, 0, 10, 0, 0, 100_000));
        skillWallet.defineSkill("skill 2", ISkillLedger.SkillPolicy(7, 3, 100, 3_600, 86_401, type(uint32).max));
        for (uint16 skill = 1; skill <= 3; ++skill) {
            skillWallet.setValidator(keyed[0], skill, true);
            skillWallet.setValidator(keyed[1], skill, true);
            skillWallet.setValidator(signer, skill, true);
        }
        badges.createBadge(1 << 8, IBadges.BadgePolicy(true, true, true, 4, 0, 1, 1, 0));
        badges.createBadge(1 << 8 | 1, IBadges.BadgePolicy(true, true, false, 4, 0, 1, 3, 1));
        badges.createBadge(2 << 8, IBadges.BadgePolicy(false, true, true, 5, 0, 1, 1, 0));
        badges.createBadge(2 << 8 | 1, IBadges.BadgePolicy(false, true, false, 3, 0, 1, 3, 2));
        badges.createBadge(3 << 8, IBadges.BadgePolicy(false, false, false, 8, 0, 0, 0, 0));
        badges.createBadge(4 << 8, IBadges.BadgePolicy(true, false, true, 3, uint40(START + 400 days), 3, 2, 0));
        for (uint256 kind = 1; kind <= 4; ++kind) {
            badges.setMinter(MINTER, kind, true);
            badges.setMinter(greedy, kind, true);
        }
        vm.stopPrank();
    }

    /// @dev A call of the sequence: accepted, or refused, as it should be.
    function replay(address from, address to, bytes memory data, bool accepted) internal {
        vm.prank(from);
        (bool success,) = to.call(data);
        assertEq(success, accepted, "as the model says");
    }
}
