// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPoolErrors} from "./IPoolErrors.sol";
import {IPoolEvents} from "./IPoolEvents.sol";

/// @title IPoolAdmin
/// @notice Creation of pools, protocol fees, pauses and ramps: what creators, governance and the guardian call. See {IPoolManager}.
interface IPoolAdmin is IPoolErrors, IPoolEvents {
    /// @notice Creates a pool and adds its first liquidity. Restricted by the AccessManager, which may open it to everyone.
    /// @param key See {PoolKey}.
    /// @param amounts First balances, by the order of the key. Their ratio is the first price.
    /// @param minShares Least number of shares that `recipient` may get.
    /// @param recipient Gets the shares: the invariant in token units, rounded down, less {IPoolViews-MINIMUM_SHARES}.
    /// @param deadline Last second at which the call is good.
    /// @return poolId Hash of the key.
    /// @return shares What `recipient` got.
    function createPool(
        uint256[] calldata key,
        uint256[] calldata amounts,
        uint256 minShares,
        address recipient,
        uint256 deadline
    ) external returns (bytes32 poolId, uint256 shares);

    /// @notice Mints the shares that are owed to the protocol to {IPoolManager-revenueReceiver}. Anyone may call.
    /// @return shares What was minted.
    function collectProtocolFee(uint256[] calldata key) external returns (uint256 shares);

    /// @notice Sets the protocol's share of growth from now on; growth until now is charged at the old one, unless a rate provider fails and it
    /// cannot be measured. Restricted.
    function setProtocolFee(uint256[] calldata key, uint256 protocolFeeBps) external;

    /// @notice Sets the share of growth that new pools start with. Restricted.
    function setInitialProtocolFee(uint256 protocolFeeBps) external;

    /// @notice Stops the actions of `flags` (1 swaps, 2 adds, 4 single-token exits) in these pools for `duration` seconds, {IPoolViews-MAX_PAUSE} at
    /// most. Restricted to the guardian, who cannot set the same flag of a pool again for {IPoolViews-PAUSE_COOLDOWN}. A pause that is set for
    /// longer stays. Exits in proportion and {collectProtocolFee} cannot be stopped.
    function pause(bytes32[] calldata poolIds, uint256 flags, uint256 duration) external;

    /// @notice Stops the actions of `flags` in these pools before `until`; a time that has passed lets them go on at once. Restricted: to extend
    /// or to end what the guardian did.
    function setPause(bytes32[] calldata poolIds, uint256 flags, uint256 until) external;

    /// @notice Removes the marks of pauses that are over, so that swaps need not read that they are. Anyone may call; nothing that works
    /// or does not is changed by it.
    function clearExpiredPauses(bytes32[] calldata poolIds) external;

    /// @notice Moves the amplification of a stable pool to `amplification` until `end`, in a straight line from what it is now; ends what is
    /// left of a ramp before. Restricted. The change is never charged as growth.
    function rampAmplification(uint256[] calldata key, uint256 amplification, uint256 end) external;

    /// @notice Sets the fee of flash loans, in millionths, {IPoolViews-MAX_FLASH_FEE} at most. Restricted.
    function setFlashFee(uint256 fee) external;
}
