// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What is known of one score, in one word. From the lowest bit up:
/// uint16 value | uint40 updatedAt | uint40 epoch | uint16 pendingValue | uint40 pendingSince | uint40 pendingUntil.
/// @dev The last three are zero while nothing waits. What waits comes to count by itself: {settled} says what a word
/// means at a time.
type Score is uint256;

using {
    value,
    updatedAt,
    epoch,
    pendingValue,
    pendingSince,
    pendingUntil,
    isPending,
    settled,
    withValue,
    withPending,
    withEpoch,
    withoutPending
} for Score global;

uint256 constant UPDATED_SHIFT = 16;
uint256 constant EPOCH_SHIFT = 56;
uint256 constant PENDING_SHIFT = 96;
uint256 constant SINCE_SHIFT = 112;
uint256 constant UNTIL_SHIFT = 152;
uint256 constant EPOCH_MASK = uint256(type(uint40).max) << EPOCH_SHIFT;

/// @dev In points.
function value(Score score) pure returns (uint256) {
    return uint16(Score.unwrap(score));
}

/// @dev Observation of the last report that bears `value` out, in seconds, at most the block's time when it was
/// accepted; zero: none.
function updatedAt(Score score) pure returns (uint256) {
    return uint40(Score.unwrap(score) >> UPDATED_SHIFT);
}

/// @dev Observation of the last report.
function epoch(Score score) pure returns (uint256) {
    return uint40(Score.unwrap(score) >> EPOCH_SHIFT);
}

function pendingValue(Score score) pure returns (uint256) {
    return uint16(Score.unwrap(score) >> PENDING_SHIFT);
}

function pendingSince(Score score) pure returns (uint256) {
    return uint40(Score.unwrap(score) >> SINCE_SHIFT);
}

/// @dev From when what waits counts: by the window that was in force when it began to wait, whatever it is now.
function pendingUntil(Score score) pure returns (uint256) {
    return Score.unwrap(score) >> UNTIL_SHIFT;
}

function isPending(Score score) pure returns (bool) {
    return Score.unwrap(score) >> SINCE_SHIFT != 0;
}

/// @dev The word as it counts at `time`: what has waited for long enough is the value, borne out by the last report,
/// since every one after the first agreed.
function settled(Score score, uint256 time) pure returns (Score) {
    if (!score.isPending() || time < score.pendingUntil()) return score;
    // The last report may still lie ahead of the clock, by 15 s at most.
    uint256 last = score.epoch();
    return
        Score.wrap(
            score.pendingValue() | (last < time ? last : time) << UPDATED_SHIFT | Score.unwrap(score) & EPOCH_MASK
        );
}

/// @dev A score that counts at once; what waited is dropped.
function withValue(Score, uint256 newValue, uint256 observedAt, uint256 time) pure returns (Score) {
    return Score.wrap(
        newValue | (observedAt < time ? observedAt : time) << UPDATED_SHIFT | uint256(uint40(observedAt)) << EPOCH_SHIFT
    );
}

/// @dev Another value waits from `since` for `window` seconds.
function withPending(Score score, uint256 newValue, uint256 since, uint256 window) pure returns (Score) {
    return Score.wrap(
        Score.unwrap(score) & (uint256(1) << PENDING_SHIFT) - 1 | newValue << PENDING_SHIFT | since << SINCE_SHIFT
            | since + window << UNTIL_SHIFT
    );
}

function withEpoch(Score score, uint256 observedAt) pure returns (Score) {
    return Score.wrap(Score.unwrap(score) & ~EPOCH_MASK | uint256(uint40(observedAt)) << EPOCH_SHIFT);
}

function withoutPending(Score score) pure returns (Score) {
    return Score.wrap(Score.unwrap(score) & (uint256(1) << PENDING_SHIFT) - 1);
}
