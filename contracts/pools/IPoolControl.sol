// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPoolEvents} from "./IPoolEvents.sol";

/// @title IPoolControl
/// @notice Creation of pools, what governance and the guardian set, flash loans, and batches of calls. See {IPoolManager}.
interface IPoolControl is IPoolEvents {
    /// @notice Creates a pool and adds its first liquidity. Restricted by the AccessManager, which may open it to everyone.
    /// @param key See {PoolKey}.
    /// @param amounts First balances, by the order of the key. Their ratio is the first price.
    /// @param minShares Least number of shares that `recipient` may get.
    /// @param recipient Gets the shares: the invariant in token units, rounded down, less {IPoolLiquidity-MINIMUM_SHARES}.
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

    /// @notice Mints the shares that are owed to the protocol to {IPoolParts-revenueReceiver}. Anyone may call.
    /// @return shares What was minted.
    function collectProtocolFee(uint256[] calldata key) external returns (uint256 shares);

    /// @notice Sets the protocol's share of growth from now on; growth until now is charged at the old one, unless a rate provider fails and it
    /// cannot be measured. Restricted.
    function setProtocolFee(uint256[] calldata key, uint256 protocolFeeBps) external;

    /// @notice Sets the share of growth that new pools start with. Restricted.
    function setInitialProtocolFee(uint256 protocolFeeBps) external;

    /// @notice Stops the actions of `flags` (1 swaps, 2 adds, 4 single-token exits) in these pools for `duration` seconds, {MAX_PAUSE} at
    /// most. Restricted to the guardian, who cannot set the same flag of a pool again for {PAUSE_COOLDOWN}. A pause that is set for
    /// longer stays. Exits in proportion and {collectProtocolFee} cannot be stopped.
    function pause(bytes32[] calldata poolIds, uint256 flags, uint256 duration) external;

    /// @notice Stops the actions of `flags` in these pools before `until`; a time that has passed lets them go on at once. Restricted: to extend
    /// or to end what the guardian did.
    function setPause(bytes32[] calldata poolIds, uint256 flags, uint256 until) external;

    /// @notice Removes the marks of pauses that are over, so that swaps need not read that they are. Anyone may call; nothing that works
    /// or does not is changed by it.
    function clearExpiredPauses(bytes32[] calldata poolIds) external;

    /// @notice First second at which the pool accepts the action of `flag` again; 0 when it is not paused.
    function pausedUntil(bytes32 poolId, uint256 flag) external view returns (uint256 until);

    /// @notice Moves the amplification of a stable pool to `amplification` until `end`, in a straight line from what it is now; ends what is
    /// left of a ramp before. Restricted. The change is never charged as growth.
    function rampAmplification(uint256[] calldata key, uint256 amplification, uint256 end) external;

    /// @notice Amplification times the number of tokens now; 0 in a weighted pool.
    function amplificationTimesTokens(uint256[] calldata key) external view returns (uint256 ann);

    /// @notice Lends `amounts` of `tokens` to the caller, a contract, for the time of {IFlashBorrower-onFlashLoan}. Afterwards the amounts and
    /// the fee are taken from the caller by its allowances: what it paid into pools meanwhile does not count. Pools can be used in the
    /// callback, flash loans cannot.
    function flashLoan(address[] calldata tokens, uint256[] calldata amounts, bytes calldata data) external;

    /// @notice Sets the fee of flash loans, in millionths, {MAX_FLASH_FEE} at most. Restricted.
    function setFlashFee(uint256 fee) external;

    /// @notice Fee of flash loans, in millionths, rounded up to a unit.
    function flashFee() external view returns (uint256 fee);

    /// @notice Makes several calls of the caller in one, all or none.
    /// @param calls As they would be sent to this contract.
    /// @param unwrap Whether wrapped native coin that comes out goes to its recipient as native coin.
    /// @return results What each returned.
    function multicall(bytes[] calldata calls, bool unwrap) external payable returns (bytes[] memory results);

    /// @notice Uses an ERC-2612 signature of the caller for the manager; the step before an entry in a {multicall}. That it fails is no
    /// error: whoever saw the signature may have used it already, and then the allowance is there.
    function permitToken(address token, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        payable;

    /// @notice The share of growth that new pools start with, in basis points.
    function initialProtocolFeeBps() external view returns (uint256);

    /// @notice Highest protocol fee, in basis points.
    function MAX_PROTOCOL_FEE_BPS() external view returns (uint256);
    /// @notice Highest fee of flash loans, in millionths.
    function MAX_FLASH_FEE() external view returns (uint256);
    /// @notice Longest pause by the guardian, in seconds.
    function MAX_PAUSE() external view returns (uint256);
    /// @notice Time between two pauses by the guardian of the same flag of a pool, in seconds.
    function PAUSE_COOLDOWN() external view returns (uint256);
}
