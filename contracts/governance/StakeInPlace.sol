// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IStakeInPlace} from "./IStakeInPlace.sol";

/// @title StakeInPlace
/// @notice Staking in the holder's own balance, and the stream of rewards. {IStakeInPlace} documents it.
/// @dev Accounting. X is 2^128. `_index` is the reward of one staked wei since the beginning, times X. `_queue` is what
/// waits, `_rate` what the stream pays a second, both in wei times X. Of every wei ever brought, exactly one of these
/// holds at any time, with no remainder:
///     brought * X = _queue + _rate * (finish - last, if the stream runs) + streamed,
/// since a stream begins with rate = queue / duration and leaves queue % duration in the queue, and a second passes
/// from the stream either to `streamed` or, with less than `minStaked` staked, back to the queue.
///
/// No overflow. Everything ever brought is B <= 2^112 - 1, checked; so _queue, _rate * time and streamed are each below
/// 2^240. One step adds rate * time / total to the index; total >= 1, so the index stays below 2^240. An account's
/// stake s does not change between two settlements and is at most the total in each step between, so
/// s * (rise of the index) <= sum of (rate * time) < 2^240: no product overflows, and owed < 2^112 wei fits 144 bits
/// with 32 of fraction.
///
/// Rounding. All is rounded down, against stakers, so what is owed is never more than what was streamed. A step of the
/// index loses less than total / X wei. A settlement loses less than 2^-32 wei: the fraction stays in `owed`. A claim
/// pays whole wei, leaves less than 1, and loses less than stake / X wei where it leaves the fraction in the index. So
/// once N stakers have left and claimed, with S settlements, U steps in streams and C claims, what remains of
/// everything streamed is less than N + S / 2^32 + (U + C) * total / 2^128 wei: N whole wei at most while S < 2^31 and
/// (U + C) * total < 2^127. At a supply of 1e30 wei that is a step in every second for 4 years, at 1e27 for 4,000.
/// Beyond, each further 2^32 settlements, or 2^128 / total steps or claims, cost one wei at most.
abstract contract StakeInPlace is IStakeInPlace, ERC20, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    struct Stream {
        uint112 total;
        uint40 last;
        uint40 finish;
    }

    /// @dev `owed` is in wei times 2^32.
    struct Staker {
        uint112 staked;
        uint144 owed;
    }

    uint256 private constant MAX_DURATION = 3_650 days;
    uint256 private constant MAX_AMOUNT = type(uint112).max;
    /// @dev From the index's scale to that of `owed`.
    uint256 private constant INDEX_TO_OWED = 96;
    uint256 private constant OWED_FRACTION = 32;

    bool private immutable _isHome;
    uint256 private immutable _homeChainId;
    IERC20 private immutable _reward;
    address private immutable _router;
    uint256 private immutable _duration;
    uint256 private immutable _minStaked;
    uint256 private immutable _minReward;

    Stream private _stream;
    uint256 private _rate;
    uint256 private _index;
    uint256 private _queue;
    uint256 private _notified;
    mapping(address account => Staker) private _stakers;
    mapping(address account => uint256) private _indexOf;
    mapping(address account => address) private _claimers;

    modifier onlyHome() {
        if (!_isHome) revert NotHomeChain(block.chainid, _homeChainId);
        _;
    }

    /// @param terms What a stream is.
    constructor(StakeTerms memory terms) {
        if (
            terms.homeChainId == 0 || terms.router == address(0) || terms.duration == 0 || terms.duration > MAX_DURATION
                || terms.minStaked == 0 || terms.minReward == 0
        ) revert StakeTermsInvalid(terms);
        _isHome = block.chainid == terms.homeChainId;
        _homeChainId = terms.homeChainId;
        _reward = terms.reward == address(0) ? IERC20(address(this)) : IERC20(terms.reward);
        _router = terms.router;
        _duration = terms.duration;
        _minStaked = terms.minStaked;
        _minReward = terms.minReward;
    }

    /// @inheritdoc IStakeInPlace
    function stake(uint256 amount) external override onlyHome nonReentrant {
        _stake(msg.sender, amount);
    }

    /// @inheritdoc IStakeInPlace
    function stakeWithPermit(address owner, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        override
        onlyHome
        nonReentrant
    {
        // Whoever saw the permit may have sent it already; the allowance decides.
        try IERC20Permit(address(this)).permit(owner, address(this), amount, deadline, v, r, s) {} catch {}
        _spendAllowance(owner, address(this), amount);
        _stake(owner, amount);
    }

    /// @inheritdoc IStakeInPlace
    function unstake(uint256 amount) external override onlyHome nonReentrant {
        if (amount == 0) revert AmountZero();
        (Stream memory stream, uint256 index) = _advance();
        Staker memory staker = _settled(msg.sender, index);
        if (amount > staker.staked) revert StakeTooSmall(staker.staked, amount);
        staker.staked -= uint112(amount);
        stream.total -= uint112(amount);
        _stream = stream;
        _stakers[msg.sender] = staker;
        emit Unstaked(msg.sender, amount, staker.staked);
    }

    /// @inheritdoc IStakeInPlace
    function claim(address to) external override onlyHome nonReentrant returns (uint256 amount) {
        return _claim(msg.sender, to);
    }

    /// @inheritdoc IStakeInPlace
    function claimFor(address account, address to) external override onlyHome nonReentrant returns (uint256 amount) {
        if (msg.sender != _claimers[account]) revert NotClaimer(account, msg.sender);
        return _claim(account, to);
    }

    /// @inheritdoc IStakeInPlace
    function setClaimer(address claimer) external override {
        _claimers[msg.sender] = claimer;
        emit ClaimerSet(msg.sender, claimer);
    }

    /// @inheritdoc IStakeInPlace
    function notifyReward(uint256 amount) external override onlyHome nonReentrant {
        if (msg.sender != _router) revert NotRouter(msg.sender, _router);
        if (amount == 0) revert AmountZero();
        uint256 notified = _notified;
        if (amount > MAX_AMOUNT - notified) revert RewardTooLarge(notified, amount);
        uint256 balance = _reward.balanceOf(address(this));
        _reward.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = _reward.balanceOf(address(this)) - balance;
        if (received < amount) revert RewardNotReceived(amount, received);
        _notified = notified + amount;
        _queue += amount << 128;
        emit RewardNotified(amount);
        (Stream memory stream,) = _advance();
        if (block.timestamp >= stream.finish && _queue >> 128 >= _minReward) {
            _start(stream);
        } else {
            _stream = stream;
        }
    }

    /// @inheritdoc IStakeInPlace
    function startStream() external override onlyHome nonReentrant {
        (Stream memory stream,) = _advance();
        if (block.timestamp < stream.finish) revert StreamRunning(stream.finish);
        if (_queue >> 128 < _minReward) revert QueueTooSmall(_queue >> 128, _minReward);
        _start(stream);
    }

    /// @inheritdoc IStakeInPlace
    function stakedOf(address account) external view override returns (uint256) {
        return _stakers[account].staked;
    }

    /// @inheritdoc IStakeInPlace
    function unlockedBalanceOf(address account) external view override returns (uint256) {
        return balanceOf(account) - _stakers[account].staked;
    }

    /// @inheritdoc IStakeInPlace
    function earned(address account) external view override returns (uint256) {
        (uint256 index,) = _next(_stream);
        return _owed(account, index) >> OWED_FRACTION;
    }

    /// @inheritdoc IStakeInPlace
    function rewardRate() external view override returns (uint256) {
        return block.timestamp < _stream.finish ? _rate >> 128 : 0;
    }

    /// @inheritdoc IStakeInPlace
    function periodFinish() external view override returns (uint256) {
        return _stream.finish;
    }

    /// @inheritdoc IStakeInPlace
    function totalStaked() external view override returns (uint256) {
        return _stream.total;
    }

    /// @inheritdoc IStakeInPlace
    function queuedReward() external view override returns (uint256) {
        (, uint256 idle) = _next(_stream);
        return (_queue + idle) >> 128;
    }

    /// @inheritdoc IStakeInPlace
    function totalNotified() external view override returns (uint256) {
        return _notified;
    }

    /// @inheritdoc IStakeInPlace
    function claimerOf(address account) external view override returns (address) {
        return _claimers[account];
    }

    /// @inheritdoc IStakeInPlace
    function stakeTerms() external view override returns (StakeTerms memory) {
        return StakeTerms({
            homeChainId: _homeChainId,
            reward: address(_reward),
            router: _router,
            duration: uint40(_duration),
            minStaked: uint112(_minStaked),
            minReward: uint112(_minReward)
        });
    }

    /// @dev What is staked cannot leave, by whatever path: transfers and burns of all kinds come through here.
    function _update(address from, address to, uint256 value) internal virtual override {
        if (_isHome && from != address(0)) {
            uint256 locked = _stakers[from].staked;
            if (locked != 0) {
                uint256 balance = balanceOf(from);
                // The balance is never below the lock.
                if (value > balance - locked) revert BalanceLocked(from, balance, locked, value);
            }
        }
        super._update(from, to, value);
    }

    function _stake(address account, uint256 amount) private {
        if (amount == 0) revert AmountZero();
        (Stream memory stream, uint256 index) = _advance();
        Staker memory staker = _settled(account, index);
        uint256 balance = balanceOf(account);
        if (amount > balance - staker.staked) revert BalanceLocked(account, balance, staker.staked, amount);
        // Both fit: no more than the supply is staked, and the cap is at most 2^112 - 1.
        staker.staked += uint112(amount);
        stream.total += uint112(amount);
        _stream = stream;
        _stakers[account] = staker;
        emit Staked(account, amount, staker.staked);
    }

    function _claim(address account, address to) private returns (uint256 amount) {
        if (to == address(0) || to == address(this)) revert ReceiverInvalid(to);
        (Stream memory stream, uint256 index) = _advance();
        _stream = stream;
        Staker memory staker = _stakers[account];
        uint256 before = _indexOf[account];
        uint256 rise = staker.staked * (index - before);
        uint256 due = (uint256(staker.owed) << INDEX_TO_OWED) + rise;
        amount = due >> 128;
        uint256 rest = due & type(uint128).max;
        uint144 kept = 0;
        if (staker.staked != 0 && rest <= rise) {
            // The fraction stays as part of the index not yet settled, rounded down: this writes one slot less.
            index -= rest / staker.staked;
        } else {
            kept = uint144(rest >> INDEX_TO_OWED);
        }
        // Before the transfer, which may call back.
        if (index != before) _indexOf[account] = index;
        if (kept != staker.owed) _stakers[account].owed = kept;
        emit RewardClaimed(account, to, amount);
        if (amount != 0) _reward.safeTransfer(to, amount);
    }

    /// @dev Brings index and queue to now. The caller stores the stream that it gets.
    function _advance() private returns (Stream memory stream, uint256 index) {
        stream = _stream;
        uint256 idle;
        (index, idle) = _next(stream);
        if (idle != 0) _queue += idle;
        else if (index != _index) _index = index;
        stream.last = uint40(block.timestamp);
    }

    /// @dev The index now, rounded down, and what went from the stream to the queue since the last step, times X.
    function _next(Stream memory stream) private view returns (uint256 index, uint256 idle) {
        index = _index;
        uint256 until = block.timestamp < stream.finish ? block.timestamp : stream.finish;
        if (until <= stream.last) return (index, 0);
        uint256 streamed = _rate * (until - stream.last);
        if (stream.total < _minStaked) return (index, streamed);
        index += streamed / stream.total;
    }

    /// @dev The stream before it was advanced to now, and over.
    function _start(Stream memory stream) private {
        uint256 queue = _queue;
        uint256 rate = queue / _duration;
        _rate = rate;
        _queue = queue % _duration;
        stream.finish = uint40(block.timestamp + _duration);
        _stream = stream;
        emit StreamStarted(rate, stream.finish);
    }

    /// @dev Credits what the account earned until the index. The caller stores the staker that it gets.
    function _settled(address account, uint256 index) private returns (Staker memory staker) {
        staker = _stakers[account];
        uint256 before = _indexOf[account];
        if (before == index) return staker;
        _indexOf[account] = index;
        staker.owed += uint144((staker.staked * (index - before)) >> INDEX_TO_OWED);
    }

    function _owed(address account, uint256 index) private view returns (uint256) {
        Staker memory staker = _stakers[account];
        return staker.owed + ((staker.staked * (index - _indexOf[account])) >> INDEX_TO_OWED);
    }
}
