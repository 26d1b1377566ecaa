// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {QuorumVerifier} from "../../contracts/oracles/QuorumVerifier.sol";
import {IReputationOracle} from "../../contracts/oracles/IReputationOracle.sol";
import {IPoolManager} from "../../contracts/pools/IPoolManager.sol";
import {ISkillDiscount} from "../../contracts/skills/ISkillDiscount.sol";
import {PlainToken} from "../pools/PoolTokens.sol";
import {BadgeFixture} from "./BadgeFixture.sol";
import {artifact, artifactIn} from "../../script/Artifact.sol";

/// @notice A real pool whose key names the discount, over real badges and a real oracle with one signer. A tier of the
/// soulbound kind is worth 20 % of the fee, two tiers at most 30 %, the best reputation another 40 %.
abstract contract DiscountFixture is BadgeFixture {
    uint256 internal constant FEE = 3_000;
    uint256 internal constant LEAST_FEE = 1_000;
    uint256 internal constant SIGNER_KEY = uint256(keccak256("signer"));

    QuorumVerifier internal verifier;
    IReputationOracle internal oracle;
    ISkillDiscount internal discount;
    IPoolManager internal manager;
    PlainToken[2] internal tokens;
    uint256[] internal key;
    bytes32 internal poolId;

    function deployDiscount() internal {
        deployBadges();
        verifier = QuorumVerifier(deployCode(artifact("QuorumVerifier"), abi.encode(access)));
        address[] memory signers = new address[](1);
        signers[0] = vm.addr(SIGNER_KEY);
        verifier.rotate(signers, 1, 1);
        oracle = IReputationOracle(
            deployCode(
                artifact("ReputationOracle"),
                abi.encode(access, verifier, IReputationOracle.Parameters(120, 1, 1 days, 10_000))
            )
        );
        discount =
            ISkillDiscount(deployCode(artifact("SkillDiscount"), abi.encode(access, badges, oracle, defaultTerms())));
        bytes memory terms = abi.encode(makeAddr("treasury"), address(0));
        string[6] memory names = ["PoolTrade", "PoolLiquidity", "PoolAdmin", "PoolQuotes", "PoolViews", "PoolLedger"];
        address[6] memory modules;
        for (uint256 i = 0; i < modules.length; ++i) {
            modules[i] = deployCode(artifact(names[i]), terms);
        }
        // A fixed array is encoded as its elements, one by one.
        manager = IPoolManager(deployCode(artifact("PoolManager"), abi.encode(access, modules, uint256(1_000))));

        PlainToken a = PlainToken(deployCode(artifactIn("PoolTokens", "PlainToken"), abi.encode("A", 18)));
        PlainToken b = PlainToken(deployCode(artifactIn("PoolTokens", "PlainToken"), abi.encode("B", 18)));
        tokens = address(a) < address(b) ? [a, b] : [b, a];
        key.push(FEE | LEAST_FEE << 48 | uint256(uint160(address(discount))) << 72);
        for (uint256 i = 0; i < 2; ++i) {
            key.push(uint256(uint160(address(tokens[i]))) | uint256(18) << 160 | uint256(500_000) << 168);
            provide(address(this), i);
            provide(alice, i);
            provide(bob, i);
        }
        uint256[] memory amounts = new uint256[](2);
        (amounts[0], amounts[1]) = (1_000e18, 1_000e18);
        (poolId,) = manager.createPool(key, amounts, 0, address(this), type(uint256).max);
    }

    function provide(address account, uint256 token) internal {
        tokens[token].mint(account, 1e30);
        vm.prank(account);
        tokens[token].approve(address(manager), type(uint256).max);
    }

    function defaultTerms() internal pure returns (ISkillDiscount.Terms memory) {
        return ISkillDiscount.Terms({
            badgeKind: uint64(BOUND), badgeBps: 2_000, maxBadgeBps: 3_000, maxReputationBps: 4_000, maxAge: 1 days
        });
    }

    function setScore(uint256 wallet, uint256 score) internal {
        uint256[] memory updates = one(wallet << 16 | score);
        uint256 time = vm.getBlockTimestamp();
        bytes32 digest = oracle.reportDigest(updates, time, 1);
        (bytes32 r, bytes32 vs) = vm.signCompact(SIGNER_KEY, digest);
        oracle.report(updates, time, 1, abi.encodePacked(uint8(1), r, vs));
    }

    /// @dev Swaps in the pool and back to where it was: what a trader gets for 10 tokens.
    function outputOf(address trader) internal returns (uint256 amountOut) {
        uint256 state = vm.snapshotState();
        vm.prank(trader);
        amountOut = manager.swapExactIn(key, 0, 1, 10e18, 0, trader, type(uint256).max);
        vm.revertToState(state);
    }

    /// @dev x * y = k less the fee, by fractions: out = y a (1 - f) / (x + a (1 - f)), to within 1e9 units of the exact
    /// value.
    function assertFee(uint256 amountOut, uint256 fee) internal pure {
        uint256 net = 10e18 * (1e6 - fee);
        uint256 expected = 1_000e18 * net / (1_000e18 * 1e6 + net);
        assertApproxEqAbs(amountOut, expected, 1e9, string.concat("at a fee of ", vm.toString(fee)));
    }
}
