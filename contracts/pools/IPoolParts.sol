// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPoolEvents} from "./IPoolEvents.sol";

/// @title IPoolParts
/// @notice What every contract of the manager answers. See {IPoolManager}.
interface IPoolParts is IPoolEvents {
    /// @notice Where protocol fees and the fees of flash loans go.
    function revenueReceiver() external view returns (address);
    /// @notice The wrapped native coin, which may be paid in native coin and had as such. 0 where there is none.
    function wrappedNative() external view returns (address);
}
