// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IPoolEvents} from "../../contracts/pools/IPoolEvents.sol";

/// @notice What an indexer knows of the pools: the events of the manager, folded by additions alone. It asks no
/// contract and has no formula of the pools.
contract PoolFromEvents {
    /// @dev Of a token with a rate provider.
    struct Rate {
        uint256 accepted;
        uint256 since;
        uint256 candidate;
        uint256 seen;
    }

    struct Pool {
        uint256[] key;
        uint256[8] balances;
        uint256 supply;
        uint256 owed;
        uint256 protocolFeeBps;
        uint256 checkpoint;
        uint256 measuredX32;
        uint256 firstX32;
        uint256 lastX32;
        uint256 start;
        uint256 end;
        Rate[8] rates;
        uint256 lateAbove;
        uint256 lateCheckpoint;
    }

    mapping(bytes32 poolId => Pool) private _pools;

    /// @param time Time of the block of the event, in seconds.
    function fold(Vm.Log memory log, uint256 time) external {
        bytes32 name = log.topics[0];
        Pool storage pool = _pools[log.topics.length > 1 ? log.topics[1] : bytes32(0)];
        if (name == IPoolEvents.PoolCreated.selector) _create(pool, log.data);
        else if (name == IPoolEvents.Swap.selector) _swap(pool, log.data);
        else if (name == IPoolEvents.LiquidityAdded.selector) _liquidity(pool, log.data, true);
        else if (name == IPoolEvents.LiquidityRemoved.selector) _liquidity(pool, log.data, false);
        else if (name == IPoolEvents.Donated.selector) _donated(pool, log.data);
        else if (name == IPoolEvents.AmplificationRamped.selector) _ramp(pool, log.data);
        else if (name == IPoolEvents.CheckpointCarried.selector) _carry(pool, log.data, time);
        else if (name == IPoolEvents.RateObserved.selector) _rate(pool, log.data);
        else _fees(pool, name, log.data);
    }

    function poolOf(bytes32 poolId) external view returns (Pool memory) {
        return _pools[poolId];
    }

    function _create(Pool storage pool, bytes memory data) private {
        (pool.key, pool.protocolFeeBps, pool.checkpoint) = abi.decode(data, (uint256[], uint256, uint256));
        uint256 n = pool.key.length - 1 - (pool.key[0] >> 232);
        pool.measuredX32 = ((pool.key[0] >> 24) & 0xffffff) * n << 32;
        // Locked shares, in the supply and nowhere else.
        pool.supply = 1_000;
    }

    function _swap(Pool storage pool, bytes memory data) private {
        (uint256 i, uint256 j, uint256 amountIn, uint256 amountOut) =
            abi.decode(data, (uint256, uint256, uint256, uint256));
        pool.balances[i] += amountIn;
        pool.balances[j] -= amountOut;
    }

    function _liquidity(Pool storage pool, bytes memory data, bool added) private {
        (uint256 shares, uint256[] memory amounts) = abi.decode(data, (uint256, uint256[]));
        for (uint256 i = 0; i < amounts.length; ++i) {
            if (added) pool.balances[i] += amounts[i];
            else pool.balances[i] -= amounts[i];
        }
        if (added) pool.supply += shares;
        else pool.supply -= shares;
    }

    function _donated(Pool storage pool, bytes memory data) private {
        uint256[] memory amounts = abi.decode(data, (uint256[]));
        for (uint256 i = 0; i < amounts.length; ++i) {
            pool.balances[i] += amounts[i];
        }
    }

    function _ramp(Pool storage pool, bytes memory data) private {
        (pool.firstX32, pool.lastX32, pool.start, pool.end) = abi.decode(data, (uint256, uint256, uint256, uint256));
    }

    function _carry(Pool storage pool, bytes memory data, uint256 time) private {
        (pool.checkpoint, pool.measuredX32) = abi.decode(data, (uint256, uint256));
        if (time >= pool.end) (pool.firstX32, pool.lastX32, pool.start, pool.end) = (0, 0, 0, 0);
    }

    function _rate(Pool storage pool, bytes memory data) private {
        (uint256 token, uint256 accepted, uint256 since, uint256 candidate, uint256 seen) =
            abi.decode(data, (uint256, uint256, uint256, uint256, uint256));
        pool.rates[token] = Rate(accepted, since, candidate, seen);
    }

    function _fees(Pool storage pool, bytes32 name, bytes memory data) private {
        if (name == IPoolEvents.ProtocolFeeAccrued.selector) {
            (uint256 shares, uint256 checkpoint) = abi.decode(data, (uint256, uint256));
            pool.supply += shares;
            pool.owed += shares;
            pool.checkpoint = checkpoint;
        } else if (name == IPoolEvents.ProtocolFeeCollected.selector) {
            pool.owed -= abi.decode(data, (uint256));
        } else if (name == IPoolEvents.LateSharesSet.selector) {
            (pool.lateAbove, pool.lateCheckpoint) = abi.decode(data, (uint256, uint256));
        } else if (name == IPoolEvents.ProtocolFeeSet.selector) {
            pool.protocolFeeBps = abi.decode(data, (uint256));
        }
    }
}
