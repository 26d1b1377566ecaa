// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {Oracle} from "./PoolContracts.sol";
import {PoolFixture} from "./PoolFixture.sol";
import {PoolFromEvents} from "./PoolFromEvents.sol";
import {PlainToken} from "./PoolTokens.sol";

/// @notice POOL-25: the events alone rebuild every pool, those with rates and ramps too: balances, shares, what is
/// owed, checkpoint, the rates that growth rests on, the shares that came while one waits, and the ramp.
contract PoolManagerEventsTest is PoolFixture {
    uint256 private constant LATER = type(uint256).max;

    PoolFromEvents private _events;
    Oracle private _rate;
    uint256[][] private _keys;

    function setUp() external {
        vm.recordLogs();
        deployManager();
        _events = new PoolFromEvents();
        _rate = new Oracle(1.1e18);
        PlainToken[] memory tokens = deployTokens(decimalsOf(18, 6, 8));
        _create(weightedKey(tokens, list(500_000, 300_000, 200_000)), list(5_000e18, 3_000e6, 2_000e8));
        _create(stableKey(tokens, 200), list(5_000e18, 5_300e6, 4_800e8));
        address[] memory providers = new address[](3);
        providers[1] = address(_rate);
        _create(withProviders(stableKey(tokens, 90), providers), list(5_000e18, 4_000e6, 4_500e8));
    }

    function testFuzz_POOL25_EventsAloneRebuildEveryPool(uint256 seed) external {
        for (uint256 i = 0; i < 48; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            _act(_keys[random % 3], random >> 8);
            _fold();
        }
        for (uint256 k = 0; k < 3; ++k) {
            _compare(_keys[k]);
        }
    }

    function _act(uint256[] memory key, uint256 random) private {
        uint256 kind = random % 10;
        uint256 size = 1 + (random >> 8) % 100e18;
        if (kind < 3) {
            uint256 i = (random >> 80) % 3;
            uint256 amount = balancesOf(key)[i] * (size % 1e18) / 3e18;
            manager.swapExactIn(key, i, (i + 1 + (random >> 84) % 2) % 3, amount, 0, address(this), LATER);
        } else if (kind == 3) {
            manager.addProportional(key, size, largest(3), address(this), LATER);
        } else if (kind == 4) {
            uint256 part = sharesOf(key, address(this)) / 10;
            manager.removeProportional(key, size < part ? size : part, new uint256[](3), address(this), LATER);
        } else if (kind == 5) {
            if (random & (1 << 201) == 0) manager.donate(key, list(size, 1e6, 0), LATER);
            else manager.addUnbalanced(key, list(1e18 + size, 0, 1e8), 0, address(this), LATER);
        } else if (kind == 6) {
            manager.collectProtocolFee(key);
        } else if (kind == 7) {
            _setProtocolFee(key, size % 5_001);
        } else if (kind == 8) {
            _rate.set(Oracle.Mode.Answer, _rate.value() * (9_990 + (random >> 90) % 40) / 10_000);
            vm.warp(vm.getBlockTimestamp() + (random >> 96) % 2 days);
        } else if ((key[0] >> 24) & 0xffffff != 0) {
            uint256 whole = manager.amplificationTimesTokens(key) / 3;
            uint256 target = random & (1 << 200) == 0 ? (whole + 2) * 2 / 3 : whole * 3 / 2;
            manager.rampAmplification(key, target, vm.getBlockTimestamp() + 1 days + (random >> 96) % 5 days);
        }
    }

    /// @dev A share is not raised while growth cannot be charged.
    function _setProtocolFee(uint256[] memory key, uint256 share) private {
        try manager.setProtocolFee(key, share) {}
        catch (bytes memory reason) {
            assertEq(bytes4(reason), IPoolErrors.GrowthNotCharged.selector, "POOL-10: refused for another reason");
        }
    }

    function _compare(uint256[] memory key) private view {
        PoolFromEvents.Pool memory pool = _events.poolOf(idOf(key));
        assertEq(pool.key, key, "POOL-25: key");
        (uint256[] memory balances, uint256 supply, uint256 owed, uint256 bps, uint256 checkpoint) =
            manager.poolState(key);
        for (uint256 i = 0; i < balances.length; ++i) {
            assertEq(pool.balances[i], balances[i], "POOL-25: balance");
            (uint256 accepted, uint256 since, uint256 candidate, uint256 seen) = manager.rateState(idOf(key), i);
            assertEq(pool.rates[i].accepted, accepted, "POOL-25: accepted rate");
            assertEq(pool.rates[i].since, since, "POOL-25: since when");
            assertEq(pool.rates[i].candidate, candidate, "POOL-25: candidate");
            assertEq(pool.rates[i].seen, seen, "POOL-25: seen when");
        }
        assertEq(pool.supply, supply, "POOL-25: supply");
        assertEq(pool.owed, owed, "POOL-25: owed");
        assertEq(pool.protocolFeeBps, bps, "POOL-25: protocol fee");
        assertEq(pool.checkpoint, checkpoint, "POOL-25: checkpoint");
        (uint256 above, uint256 late) = manager.lateShares(idOf(key));
        assertEq(pool.lateAbove, above, "POOL-25: which shares are late");
        assertEq(pool.lateCheckpoint, late, "POOL-25: checkpoint of late shares");
        _compareRamp(key, pool);
    }

    function _compareRamp(uint256[] memory key, PoolFromEvents.Pool memory pool) private view {
        (, uint256 measured, uint256 first, uint256 last, uint256 start, uint256 end) = manager.rampState(key);
        assertEq(pool.measuredX32, measured, "POOL-25: where the checkpoint was measured");
        assertEq(pool.end, end, "POOL-25: end of the ramp");
        assertEq(pool.start, start, "POOL-25: its start");
        if (end == 0) return;
        assertEq(pool.firstX32, first, "POOL-25: where it starts");
        assertEq(pool.lastX32, last, "POOL-25: where it goes");
    }

    function _create(uint256[] memory key, uint256[] memory amounts) private {
        create(key, amounts);
        _keys.push(key);
        _fold();
    }

    function _fold() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(manager)) _events.fold(logs[i], vm.getBlockTimestamp());
        }
    }
}
