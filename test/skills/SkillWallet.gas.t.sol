// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {IERC5484} from "../../contracts/skills/IWalletRegistry.sol";
import {SkillFixture} from "./SkillFixture.sol";

/// @notice Whole-transaction gas (run with --isolate, or every access is warm and the transaction is missing). The
/// skill decays, and its validator is an account with a key, so that nothing is left out.
contract SkillWalletGasTest is SkillFixture {
    uint256 private _wallet;

    function setUp() external {
        deployWallet();
        mintFor(bob);
        _wallet = mintFor(alice);
    }

    function test_WalletMint() external {
        skillWallet.mint(IERC5484.BurnAuth.Both);
        vm.snapshotValue("skills", "wallet_mint", vm.lastCallGas().gasTotalUsed);
    }

    function test_Attest() external {
        attest(_wallet, DECAYING, 1_200);
        vm.snapshotValue("skills", "attest_first", vm.lastCallGas().gasTotalUsed);
        vm.warp(START + 45 days);
        attest(_wallet, DECAYING, 1_200);
        vm.snapshotValue("skills", "attest_later", vm.lastCallGas().gasTotalUsed);
    }

    function test_AttestBatch10Later() external {
        ISkillLedger.AttestationEntry[] memory entries = new ISkillLedger.AttestationEntry[](10);
        for (uint256 i = 0; i < 10; ++i) {
            uint256 wallet = mintFor(vm.addr(1_000 + i));
            attest(wallet, DECAYING, 900);
            entries[i] = ISkillLedger.AttestationEntry(wallet, DECAYING, 1_200, 1, 0);
        }
        uint256 deadline = vm.getBlockTimestamp() + 1 days;
        bytes memory signature = signBy(VALIDATOR_KEY, batchDigest(validator, entries, deadline));
        skillWallet.attestBatch(validator, entries, deadline, signature);
        vm.snapshotValue("skills", "attest_batch10_later", vm.lastCallGas().gasTotalUsed);
    }
}
