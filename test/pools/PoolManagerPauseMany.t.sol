// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {GuardianPause} from "../../contracts/access/GuardianPause.sol";
import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {IPoolEvents} from "../../contracts/pools/IPoolEvents.sol";
import {artifactIn} from "../../script/Artifact.sol";
import {Borrower} from "./PoolContracts.sol";
import {PoolTrio} from "./PoolFixture.sol";

/// @notice Specified by PoolManagerPauseMany.tree. POOL-11, POOL-33: all pools of a chain in pages, flash loans and
/// creation by one call.
contract PoolManagerPauseManyTest is PoolTrio {
    uint256 private constant LOANS = 1;
    uint256 private constant CREATION = 2;
    /// @dev What a transaction may use at most on Ethereum (EIP-7825).
    uint256 private constant TRANSACTION_GAS = 1 << 24;

    address private immutable GUARDIAN = makeAddr("guardian");
    Borrower private _borrower;

    function setUp() public override {
        super.setUp();
        bytes4[] memory selectors = new bytes4[](2);
        (selectors[0], selectors[1]) = (manager.pause.selector, manager.pauseManager.selector);
        access.setTargetFunctionRole(address(manager), selectors, 1);
        access.grantRole(1, GUARDIAN, 0);
        _borrower = Borrower(deployCode(artifactIn("PoolContracts", "Borrower"), abi.encode(manager)));
    }

    function test_GivenFourHundredPools() external {
        bytes32[] memory ids = new bytes32[](400);
        for (uint256 i = 0; i < ids.length; ++i) {
            uint256[] memory key = copyOf(_equal, 0);
            key[0] = i;
            create(key, list(1e18, 1e6));
            ids[i] = idOf(key);
        }
        vm.prank(GUARDIAN);
        uint256 gas = gasleft();
        manager.pause(ids, 7, 7 days);
        gas -= gasleft();
        // Calldata besides: 32 bytes an id.
        assertLt(gas + 400 * 32 * 16 + 21_000, TRANSACTION_GAS, "POOL-11: 400 pools in a transaction");
        for (uint256 i = 0; i < ids.length; ++i) {
            assertEq(manager.pausedUntil(ids[i], 1), vm.getBlockTimestamp() + 7 days, "POOL-11: each is paused");
        }
        gas = gasleft();
        manager.setPause(ids, 7, 0);
        gas -= gasleft();
        assertLt(gas + 400 * 32 * 16 + 21_000, TRANSACTION_GAS, "POOL-11: and resumes");
    }

    function test_GivenOnePoolInItsCooldown() external {
        uint256 start = vm.getBlockTimestamp();
        bytes32[] memory first = new bytes32[](1);
        first[0] = idOf(_stable);
        vm.startPrank(GUARDIAN);
        manager.pause(first, 1, 1 days);
        vm.warp(start + 2 days);
        bytes32[] memory ids = new bytes32[](3);
        (ids[0], ids[1], ids[2]) = (idOf(_equal), idOf(_stable), idOf(_weighted));
        vm.expectEmit(address(manager));
        emit IPoolEvents.PauseSet(ids[0], 1, start + 5 days);
        vm.expectEmit(address(manager));
        emit IPoolEvents.PauseSkipped(ids[1], 1, start + 14 days);
        vm.expectEmit(address(manager));
        emit IPoolEvents.PauseSet(ids[1], 2, start + 5 days);
        manager.pause(ids, 3, 3 days);
        assertEq(manager.pausedUntil(ids[0], 1), start + 5 days, "POOL-11: the one before it");
        assertEq(manager.pausedUntil(ids[1], 1), 0, "POOL-11: left out");
        assertEq(manager.pausedUntil(ids[1], 2), start + 5 days, "POOL-11: its other flag");
        assertEq(manager.pausedUntil(ids[2], 1), start + 5 days, "POOL-11: the one after it");
    }

    function test_GivenFlashLoansArePaused() external {
        vm.expectEmit(address(manager));
        emit IPoolEvents.ManagerPauseSet(LOANS, vm.getBlockTimestamp() + 7 days);
        vm.prank(GUARDIAN);
        manager.pauseManager(LOANS, 7 days);
        uint256 until = manager.managerPausedUntil(LOANS);
        assertEq(until, vm.getBlockTimestamp() + 7 days, "POOL-33: paused");
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.ManagerPaused.selector, LOANS, until));
        _borrow();
        _createAnother(1);
        manager.swapExactIn(_equal, 0, 1, 1e18, 0, ALICE, SOON);
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.ManagerPaused.selector, LOANS, until));
        _borrow();
        vm.warp(until);
        _borrow();
        assertEq(manager.managerPausedUntil(LOANS), 0, "POOL-33: over");
    }

    function test_GivenCreationIsPaused() external {
        vm.prank(GUARDIAN);
        manager.pauseManager(CREATION, 1 days);
        uint256 until = manager.managerPausedUntil(CREATION);
        uint256[] memory key = copyOf(_equal, 0);
        key[0] += 1;
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.ManagerPaused.selector, CREATION, until));
        create(key, list(1e18, 1e6));
        _borrow();
        vm.warp(until);
        create(key, list(1e18, 1e6));
    }

    /// POOL-33: the fees in the same word are what they were.
    function test_GivenBothArePaused() external {
        manager.setFlashFee(777);
        manager.setInitialProtocolFee(333);
        vm.prank(GUARDIAN);
        manager.pauseManager(LOANS | CREATION, 1 days);
        assertEq(manager.flashFee(), 777, "POOL-33: the fee of loans");
        assertEq(manager.initialProtocolFeeBps(), 333, "POOL-33: the share of growth");
        manager.setFlashFee(10_000);
        manager.setInitialProtocolFee(5_000);
        assertEq(manager.managerPausedUntil(LOANS), vm.getBlockTimestamp() + 1 days, "POOL-33: and the other way");
        assertEq(manager.managerPausedUntil(CREATION), vm.getBlockTimestamp() + 1 days, "POOL-33: and the other way");
    }

    function test_WhenTheGuardianPausesTheManagerAgain() external {
        uint256 start = vm.getBlockTimestamp();
        vm.startPrank(GUARDIAN);
        manager.pauseManager(LOANS, 1 days);
        vm.warp(start + 1 days - 1);
        manager.pauseManager(LOANS, 7 days);
        assertEq(manager.managerPausedUntil(LOANS), start + 7 days, "POOL-33: lengthened to 7 days");
        vm.warp(start + 14 days - 1);
        vm.expectEmit(address(manager));
        emit IPoolEvents.ManagerPauseSkipped(LOANS, start + 14 days);
        manager.pauseManager(LOANS | CREATION, 7 days);
        assertEq(manager.managerPausedUntil(LOANS), 0, "POOL-33: not before 14 days");
        assertEq(manager.managerPausedUntil(CREATION), start + 21 days - 1, "POOL-33: the other flag is not concerned");
        vm.warp(start + 14 days);
        manager.pauseManager(LOANS, 7 days);
        assertEq(manager.managerPausedUntil(LOANS), start + 21 days, "POOL-33: again");
    }

    function test_WhenGovernanceSetsThePauseOfTheManager() external {
        uint256 start = vm.getBlockTimestamp();
        vm.expectEmit(address(manager));
        emit IPoolEvents.ManagerPauseSet(LOANS | CREATION, start + 60 days);
        manager.setManagerPause(LOANS | CREATION, start + 60 days);
        vm.prank(GUARDIAN);
        manager.pauseManager(LOANS, 1 days);
        assertEq(manager.managerPausedUntil(LOANS), start + 60 days, "POOL-33: the guardian shortens nothing");
        manager.setManagerPause(LOANS, 0);
        assertEq(manager.managerPausedUntil(LOANS), 0, "POOL-33: ended");
        assertEq(manager.managerPausedUntil(CREATION), start + 60 days, "POOL-33: the other is not");
        _borrow();
    }

    function test_RevertWhen_TheCallerMayNotPauseTheManager() external {
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ALICE));
        manager.pauseManager(LOANS, 1 days);
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, GUARDIAN));
        manager.setManagerPause(LOANS, SOON);
    }

    function test_RevertWhen_TheFlagsOfTheManagerMeanNothing() external {
        uint256[3] memory bad = [uint256(0), 4, type(uint256).max];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory reason = abi.encodeWithSelector(IPoolErrors.PauseFlagsInvalid.selector, bad[i]);
            vm.prank(GUARDIAN);
            vm.expectRevert(reason);
            manager.pauseManager(bad[i], 1 days);
            vm.expectRevert(reason);
            manager.setManagerPause(bad[i], SOON);
            vm.expectRevert(reason);
            manager.managerPausedUntil(bad[i]);
        }
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PauseFlagsInvalid.selector, 3));
        manager.managerPausedUntil(3);
        // A list of no pool too.
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.PauseFlagsInvalid.selector, 8));
        manager.pause(new bytes32[](0), 8, 1 days);
    }

    function test_RevertWhen_TheDurationOfThePauseOfTheManagerIsWrong() external {
        vm.startPrank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(GuardianPause.PauseDurationInvalid.selector, 0));
        manager.pauseManager(LOANS, 0);
        vm.expectRevert(abi.encodeWithSelector(GuardianPause.PauseDurationInvalid.selector, 7 days + 1));
        manager.pauseManager(LOANS, 7 days + 1);
    }

    function _borrow() private {
        address[] memory tokens = new address[](1);
        tokens[0] = address(_tokens[0]);
        _borrower.borrow(tokens, new uint256[](1));
    }

    function _createAnother(uint256 fee) private {
        uint256[] memory key = copyOf(_equal, 0);
        key[0] += fee;
        create(key, list(1e18, 1e6));
    }
}
