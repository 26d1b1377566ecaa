// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPoolErrors} from "./IPoolErrors.sol";

/// @title IPoolViews
/// @notice Prices, and what pools and the manager's settings are. See {IPoolManager}. While a call is under way
/// everything here reverts but {virtualPrice}, {keyOf} and the constants.
interface IPoolViews is IPoolErrors {
    /// @notice The price at which the pool would swap the next infinitely small amount, its fee left out: what a whole
    /// token `tokenIn` costs in whole tokens `tokenOut`, the negative slope of the invariant. With balances b in whole
    /// tokens: (b_out / w_out) / (b_in / w_in) in a weighted pool; (ann x_in + p) x_out r_in / ((ann x_out + p) x_in
    /// r_out) in a stable one, with x = b r, the rates r (1 without a provider), and ann and p of {StableMath}. A pause
    /// changes nothing about it.
    ///
    /// Rounded down to a unit of 10^-18. Exact in a weighted pool. In a stable pool never above the exact price, and
    /// below it by less than g 2^-12 / x of it, x being the smallest scaled balance in units of 10^-18, and g units of
    /// 2^-12 what the bounds of D are apart, which is less than 33 or D 2^-20; with rates that is the distance to the
    /// price at scaled balances that are rounded to a unit, which is off by 2 / x at most. Reverts where the pool has
    /// no price: out of the stable range, or without a rate.
    ///
    /// Warning: one transaction moves it as far as its capital goes, and back. It is a quote, not an oracle. The
    /// pools keep no average of it (docs/decisions/0007).
    /// @param key The pool, as the words of {PoolKey}.
    /// @param tokenIn Index of the token that is priced, from 0.
    /// @param tokenOut Index of the token in which it is priced, from 0.
    /// @return price Whole tokens `tokenOut` for a whole token `tokenIn`, 18 decimals.
    function spotPrice(uint256[] calldata key, uint256 tokenIn, uint256 tokenOut) external view returns (uint256 price);

    /// @notice The rate of a share: the pool's invariant over all shares, those owed to the protocol by growth until
    /// now included, also by a rise of a rate that waits for its confirmation. In a stable pool whole tokens (times
    /// their rates) for 10^18 shares; in a weighted pool the weighted geometric mean of the balances for what a first
    /// deposit made of it, so that it starts at 1 as well: there it says how much a share grew, not what it is worth.
    ///
    /// Whoever asks while a call is under way gets the value before or after some call, never one in between: balances
    /// and supply of a pool are written together, before any token moves, and after every provider and policy was
    /// asked. So a rate provider may answer with it ({PoolShareToken-getRate}). No swap, add or exit lowers it, but for
    /// rounding: two units, and 2^-49 of the part of all shares that the protocol is owed; neither do gifts to the
    /// manager raise it. Fees raise it, by no more than was paid; a ramp and a rate move it, up or down; the
    /// confirmation of a rise may raise it by what those who added while it waited bear of its charge.
    ///
    /// Pools of shares of pools work as deep as all of their rates together take 500,000 gas, the most that a rate
    /// provider gets, cold: 297,000 at most of a stable pool of 8 tokens without providers (in a ramp, balances a
    /// million apart; 159,000 without a ramp), 246,000 of five pools of two tokens, each of a share of the next, and
    /// 404,000 of a pool of 8 tokens of a share of a pool of 8, both far out of balance. A rate that takes more fails:
    /// swaps and adds of the outer pool revert with {RateUnavailable} then, exits in proportion do not. With less gas
    /// than it needs this reverts.
    ///
    /// Warning: it is what a share is worth when the pool's tokens are at their rates. While one of them is not, a
    /// share is worth less.
    /// @param key The pool, as the words of {PoolKey}.
    /// @return rate 18 decimals, rounded down.
    function virtualPrice(uint256[] calldata key) external view returns (uint256 rate);

    /// @notice The key of a pool, from its id: it is the code, after a zero byte, of an address that follows from the
    /// id.
    /// @param poolId Id of a pool.
    /// @return key Its words, see {PoolKey}.
    function keyOf(bytes32 poolId) external view returns (uint256[] memory key);

    /// @notice The pool's state. Reverts while a call is under way, so no half-updated value is ever read.
    /// @param key The pool, as the words of {PoolKey}.
    /// @return balances By the order of the key, in token units.
    /// @return supply All shares: those minted, {MINIMUM_SHARES}, and those owed to the protocol.
    /// @return owed Shares owed to the protocol by growth up to the last liquidity event.
    /// @return protocolFeeBps The protocol's share of growth, in basis points.
    /// @return checkpoint Invariant per share at the last liquidity event, Q96, rounded up.
    function poolState(uint256[] calldata key)
        external
        view
        returns (uint256[] memory balances, uint256 supply, uint256 owed, uint256 protocolFeeBps, uint256 checkpoint);

    /// @notice Amplification times the number of tokens now, rounded down during a ramp.
    /// @param key The pool, as the words of {PoolKey}.
    /// @return ann A n, a number without a unit; 0 in a weighted pool.
    function amplificationTimesTokens(uint256[] calldata key) external view returns (uint256 ann);

    /// @notice The ramp of a stable pool. From its end until the next event or swap it is still there.
    /// @param key The pool, as the words of {PoolKey}.
    /// @return annX32 Amplification times tokens now, in units of 2^-32; without a ramp the next three values are the
    /// same.
    /// @return measuredX32 Where the checkpoint of {poolState} was measured, in units of 2^-32.
    /// @return firstX32 Where the ramp starts, in units of 2^-32.
    /// @return lastX32 Where it ends, in units of 2^-32.
    /// @return start When, in seconds; 0 without a ramp.
    /// @return end Until when, in seconds; 0 without a ramp.
    function rampState(uint256[] calldata key)
        external
        view
        returns (uint256 annX32, uint256 measuredX32, uint256 firstX32, uint256 lastX32, uint256 start, uint256 end);

    /// @notice The rate of a token that the protocol's part of growth rests on, and what is to become of it (see
    /// {PoolRates}).
    /// @param poolId The pool.
    /// @param token Index of the token, from 0 to 7.
    /// @return accepted The accepted rate, 18 decimals; 0 where there is no rate provider.
    /// @return since When it changed last, in seconds.
    /// @return candidate A higher rate that waits for an event to confirm it, 18 decimals; 0 without one.
    /// @return seen When the candidate was set, in seconds.
    function rateState(bytes32 poolId, uint256 token)
        external
        view
        returns (uint256 accepted, uint256 since, uint256 candidate, uint256 seen);

    /// @notice While a rise of a rate waits for its confirmation: which shares are late, so that the rise is no growth
    /// of theirs (see {PoolLateShares}).
    /// @param poolId The pool.
    /// @return supply All shares when the rise was first seen; those above as many are late. Both 0 while none waits.
    /// @return checkpoint Invariant per share from which growth of late shares counts, Q96, rounded up; 0 while nobody
    /// added.
    function lateShares(bytes32 poolId) external view returns (uint256 supply, uint256 checkpoint);

    /// @notice Until when a flag of a pool is set. An add that is not in proportion is stopped by flag 1 and by flag 2,
    /// an exit in one token by flag 1 and by flag 4.
    /// @param poolId Id of a pool; one without a pool is not paused.
    /// @param flag One flag, see {IPoolAdmin-pause}.
    /// @return until First second at which the flag does not count any more; 0 when it does not count now.
    function pausedUntil(bytes32 poolId, uint256 flag) external view returns (uint256 until);

    /// @notice Until when there are no flash loans (flag 1) or no new pools (flag 2).
    /// @param flag One flag.
    /// @return until First second at which the flag does not count any more; 0 when it does not count now.
    function managerPausedUntil(uint256 flag) external view returns (uint256 until);

    /// @notice Fee of flash loans.
    /// @return fee In millionths of the amount, which is rounded up to a unit of the token.
    function flashFee() external view returns (uint256 fee);

    /// @notice The share of growth that new pools start with.
    /// @return protocolFeeBps In basis points.
    function initialProtocolFeeBps() external view returns (uint256 protocolFeeBps);

    /// @notice Shares that exist in every pool's supply and nowhere else, so that no share is ever worth nothing.
    /// @return shares A constant.
    function MINIMUM_SHARES() external view returns (uint256 shares);

    /// @notice Highest protocol fee.
    /// @return protocolFeeBps In basis points, a constant.
    function MAX_PROTOCOL_FEE_BPS() external view returns (uint256 protocolFeeBps);

    /// @notice Highest fee of flash loans.
    /// @return fee In millionths, a constant.
    function MAX_FLASH_FEE() external view returns (uint256 fee);

    /// @notice Longest pause by the guardian.
    /// @return duration In seconds, a constant.
    function MAX_PAUSE() external view returns (uint256 duration);

    /// @notice Time from the beginning of a pause by the guardian to that of its next one of the same flag.
    /// @return duration In seconds, a constant.
    function PAUSE_COOLDOWN() external view returns (uint256 duration);
}
