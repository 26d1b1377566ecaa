// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GovernanceToken} from "../../contracts/governance/GovernanceToken.sol";
import {IGovernanceToken} from "../../contracts/governance/IGovernanceToken.sol";
import {IStakeInPlace} from "../../contracts/governance/IStakeInPlace.sol";
import {StakeFixture} from "./StakeFixture.sol";

/// @notice GOV-1 to GOV-4 on single cases; GovernanceToken.tree is the specification.
contract GovernanceTokenTest is StakeFixture {
    function setUp() external {
        deployStaking(18);
    }

    // constructor

    function test_Constructor_RevertWhen_TheTermsMakeNoStream() external {
        IStakeInPlace.StakeTerms[6] memory wrong;
        for (uint256 i = 0; i < 6; ++i) {
            wrong[i] = defaultTerms(address(0));
        }
        wrong[0].homeChainId = 0;
        wrong[1].router = address(0);
        wrong[2].duration = 0;
        wrong[3].duration = 3_650 days + 1;
        wrong[4].minStaked = 0;
        wrong[5].minReward = 0;
        for (uint256 i = 0; i < 6; ++i) {
            try this.make(tokenTerms(), wrong[i]) {
                assertTrue(false, "GOV-4: accepted");
            } catch (bytes memory reason) {
                bytes memory expected = abi.encodeWithSelector(IStakeInPlace.StakeTermsInvalid.selector, wrong[i]);
                assertEq(reason, expected, "GOV-4: the terms are named");
            }
        }
    }

    /// @dev deployCode hides the reason of a constructor; a creation shows it.
    function make(IGovernanceToken.TokenTerms memory named, IStakeInPlace.StakeTerms memory terms)
        external
        returns (address made)
    {
        bytes memory code = vm.getCode("out/GovernanceToken.sol/GovernanceToken.json");
        code = bytes.concat(code, abi.encode(named, terms));
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
            if iszero(made) {
                let free := mload(64)
                returndatacopy(free, 0, returndatasize())
                revert(free, returndatasize())
            }
        }
    }

    function test_Constructor_RevertWhen_TheCapIsTooLarge() external {
        IGovernanceToken.TokenTerms memory named = tokenTerms();
        named.cap = uint256(1) << 112;
        vm.expectRevert(abi.encodeWithSelector(IGovernanceToken.CapTooLarge.selector, named.cap, type(uint112).max));
        this.make(named, defaultTerms(address(0)));
        named.cap = type(uint112).max;
        named.allocation = named.cap;
        assertEq(deployToken(named, defaultTerms(address(0))).totalSupply(), named.cap, "GOV-3: the largest");
    }

    function test_Constructor_RevertWhen_TheAllocationIsNothingOrAboveTheCap() external {
        IGovernanceToken.TokenTerms memory named = tokenTerms();
        named.allocation = 0;
        vm.expectRevert(abi.encodeWithSelector(IGovernanceToken.AllocationInvalid.selector, 0, CAP));
        this.make(named, defaultTerms(address(0)));
        named.allocation = CAP + 1;
        vm.expectRevert(abi.encodeWithSelector(IGovernanceToken.AllocationInvalid.selector, CAP + 1, CAP));
        this.make(named, defaultTerms(address(0)));
    }

    function test_Constructor_GivenTheHomeChain() external view {
        assertEq(token.totalSupply(), CAP, "GOV-3: the first allocation");
        assertEq(token.cap(), CAP, "cap");
        assertEq(token.name(), "Community", "name");
        assertEq(token.symbol(), "COM", "symbol");
        assertEq(token.clock(), vm.getBlockTimestamp(), "votes by timestamp");
        assertEq(token.CLOCK_MODE(), "mode=timestamp", "and says so");
        assertEq(token.stakeTerms().reward, address(reward), "reward token");
    }

    function test_Constructor_GivenAnotherChain() external {
        IStakeInPlace.StakeTerms memory terms = defaultTerms(address(0));
        terms.homeChainId = block.chainid + 1;
        GovernanceToken plain = deployToken(tokenTerms(), terms);
        assertEq(plain.totalSupply(), 0, "GOV-3: nothing is minted");
        bytes memory away =
            abi.encodeWithSelector(IStakeInPlace.NotHomeChain.selector, block.chainid, terms.homeChainId);
        vm.expectRevert(away);
        plain.stake(1);
        vm.expectRevert(away);
        plain.unstake(1);
        vm.expectRevert(away);
        plain.claim(alice);
        vm.expectRevert(away);
        plain.startStream();
        vm.expectRevert(away);
        vm.prank(router);
        plain.notifyReward(1);
    }

    // lock

    function test_Lock_RevertWhen_ATransferPassesTheLock() external {
        stakeOf(alice, CAP / 10);
        expectLocked(alice, 1);
        vm.prank(alice);
        token.transfer(bob, 1);
        unstakeOf(alice, 5);
        expectLocked(alice, 6);
        vm.prank(alice);
        token.transfer(alice, 6);
    }

    function test_Lock_RevertWhen_AnAllowancePassesTheLock() external {
        stakeOf(alice, CAP / 10 - 7);
        (uint8 v, bytes32 r, bytes32 s) = signPermit(bob, type(uint256).max);
        token.permit(alice, bob, type(uint256).max, type(uint256).max, v, r, s);
        expectLocked(alice, 8);
        vm.prank(bob);
        token.transferFrom(alice, bob, 8);
    }

    function test_Lock_RevertWhen_ABurnPassesTheLock() external {
        stakeOf(alice, CAP / 10 - 7);
        expectLocked(alice, 8);
        vm.prank(alice);
        token.burn(8);
    }

    function test_Lock_RevertWhen_ABurnByAllowancePassesTheLock() external {
        stakeOf(alice, CAP / 10 - 7);
        vm.prank(alice);
        token.approve(bob, 8);
        expectLocked(alice, 8);
        vm.prank(bob);
        token.burnFrom(alice, 8);
    }

    function test_Lock_WhenTheFreeBalanceMoves() external {
        stakeOf(alice, CAP / 10 - 7);
        assertEq(token.unlockedBalanceOf(alice), 7, "free");
        vm.startPrank(alice);
        token.transfer(bob, 4);
        token.burn(3);
        vm.stopPrank();
        assertEq(token.unlockedBalanceOf(alice), 0, "GOV-1: none left");
        assertEq(token.stakedOf(alice), CAP / 10 - 7, "GOV-1: the stake stays");
        assertEq(token.totalSupply(), CAP - 3, "burned");
    }

    // votes

    function test_Votes_GivenAStake() external {
        vm.prank(alice);
        token.delegate(bob);
        stakeOf(alice, CAP / 20);
        pass(1);
        assertEq(token.getVotes(bob), CAP / 10, "GOV-2: the whole balance votes");
        vm.prank(alice);
        token.delegate(carol);
        pass(1);
        assertEq(token.getVotes(carol), CAP / 10, "GOV-2: delegation moves while staked");
        assertEq(token.getPastVotes(bob, vm.getBlockTimestamp() - 2), CAP / 10, "GOV-2: by time");
        unstakeOf(alice, CAP / 20);
        assertEq(token.getVotes(carol), CAP / 10, "GOV-2: and after");
    }
}
