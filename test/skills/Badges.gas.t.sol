// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BadgeFixture} from "./BadgeFixture.sol";

/// @notice Whole-transaction gas (run with --isolate, or every access is warm and the transaction is missing). Like for
/// like with a plain ERC-1155: more of an id to a holder who has some of it. The first soulbound badge of a kind writes
/// a new word.
contract BadgesGasTest is BadgeFixture {
    function setUp() external {
        deployBadges();
        mintFor(alice);
        attest(skillWallet.walletOf(alice), DECAYING, 1_200);
    }

    function test_MintSameId() external {
        badges.mint(alice, idOf(PLAIN, 0), 3, "");
        badges.mint(alice, idOf(PLAIN, 0), 1, "");
        vm.snapshotValue("skills", "badge_mint_same_id", vm.lastCallGas().gasTotalUsed);
    }

    function test_MintSoulbound() external {
        badges.mint(alice, idOf(BOUND, 0), 1, "");
        vm.snapshotValue("skills", "badge_mint_soulbound_first", vm.lastCallGas().gasTotalUsed);
        badges.mint(alice, idOf(BOUND, 1), 1, "");
        vm.snapshotValue("skills", "badge_mint_soulbound_next_tier", vm.lastCallGas().gasTotalUsed);
    }

    function test_Claim() external {
        vm.prank(alice);
        badges.claim(idOf(BOUND, 0));
        vm.snapshotValue("skills", "badge_claim", vm.lastCallGas().gasTotalUsed);
    }
}
