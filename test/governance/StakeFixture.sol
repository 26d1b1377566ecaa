// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Test} from "forge-std/Test.sol";
import {GovernanceToken} from "../../contracts/governance/GovernanceToken.sol";
import {IGovernanceToken} from "../../contracts/governance/IGovernanceToken.sol";
import {IStakeInPlace} from "../../contracts/governance/IStakeInPlace.sol";
import {artifact} from "../../script/Artifact.sol";

/// @notice The governance token on its home chain, a router that brings rewards, and holders.
abstract contract StakeFixture is Test {
    uint256 internal constant START = 1_800_000_000;
    uint40 internal constant DURATION = 7 days;
    uint112 internal constant MIN_STAKED = 100;
    uint112 internal constant MIN_REWARD = 1_000;
    uint256 internal constant CAP = 1e30;

    uint256 internal immutable ALICE_KEY = uint256(keccak256("alice"));
    address internal immutable alice = vm.addr(ALICE_KEY);
    address internal immutable bob = makeAddr("bob");
    address internal immutable carol = makeAddr("carol");
    address internal immutable router = makeAddr("router");

    GovernanceToken internal token;
    IERC20 internal reward;

    function defaultTerms(address rewardToken) internal view returns (IStakeInPlace.StakeTerms memory) {
        return IStakeInPlace.StakeTerms(block.chainid, rewardToken, router, DURATION, MIN_STAKED, MIN_REWARD);
    }

    function tokenTerms() internal view returns (IGovernanceToken.TokenTerms memory) {
        return IGovernanceToken.TokenTerms("Community", "COM", CAP, address(this), CAP);
    }

    function deployToken(IGovernanceToken.TokenTerms memory named, IStakeInPlace.StakeTerms memory terms)
        internal
        returns (GovernanceToken)
    {
        return GovernanceToken(deployCode(artifact("GovernanceToken"), abi.encode(named, terms)));
    }

    /// @dev A reward token of so many decimals, or the stake token itself (0).
    function deployStaking(uint8 rewardDecimals) internal {
        vm.warp(START);
        address[] memory holders = new address[](1);
        holders[0] = router;
        address other = rewardDecimals == 0
            ? address(0)
            : deployCode(artifact("LocalToken"), abi.encode("Reward", "RWD", rewardDecimals, holders, CAP));
        token = deployToken(tokenTerms(), defaultTerms(other));
        reward = IERC20(other == address(0) ? address(token) : other);
        token.transfer(alice, CAP / 10);
        token.transfer(bob, CAP / 10);
        token.transfer(carol, CAP / 10);
        token.transfer(router, CAP / 10);
        vm.prank(router);
        reward.approve(address(token), type(uint256).max);
    }

    function stakeOf(address account, uint256 amount) internal {
        vm.prank(account);
        token.stake(amount);
    }

    function unstakeOf(address account, uint256 amount) internal {
        vm.prank(account);
        token.unstake(amount);
    }

    function claimOf(address account) internal returns (uint256) {
        vm.prank(account);
        return token.claim(account);
    }

    function notify(uint256 amount) internal {
        vm.prank(router);
        token.notifyReward(amount);
    }

    function pass(uint256 time) internal {
        vm.warp(vm.getBlockTimestamp() + time);
    }

    function expectLocked(address account, uint256 wanted) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IStakeInPlace.BalanceLocked.selector, account, token.balanceOf(account), token.stakedOf(account), wanted
            )
        );
    }

    function signPermit(address spender, uint256 amount) internal view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 content = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                alice,
                spender,
                amount,
                token.nonces(alice),
                type(uint256).max
            )
        );
        return vm.sign(ALICE_KEY, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), content)));
    }
}
