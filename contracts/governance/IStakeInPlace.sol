// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title IStakeInPlace
/// @notice Staking that locks part of the holder's own balance instead of moving it, and one stream of rewards for
/// those who stake. Votes and their delegation stay as they are. Staked tokens cannot leave the account by any path:
/// every transfer and burn goes through the same check.
///
/// Amounts of the stake token and of the reward token are in their smallest units (wei) and at most 2^112 - 1. Times
/// are Unix seconds. Rewards are rounded down, against the staker; what is cut stays his until a whole wei is there.
/// Staking exists on the home chain alone: elsewhere everything that stakes, claims or rewards reverts.
interface IStakeInPlace {
    /// @notice What a stream is.
    /// @param homeChainId Chain that has staking.
    /// @param reward Token of the rewards: plain, neither rebasing nor taking fees. Zero for the stake token itself.
    /// @param router The only account that may bring rewards.
    /// @param duration Length of every stream, in seconds: 1 to 3,650 days.
    /// @param minStaked While less than this is staked the stream pays nobody; what it would have paid goes to the
    /// next stream. At least 1, in wei of the stake token.
    /// @param minReward Least amount that makes a stream, in wei of the reward token; smaller amounts wait in the
    /// queue, so that nobody takes up the time of a stream with dust. At least 1.
    struct StakeTerms {
        uint256 homeChainId;
        address reward;
        address router;
        uint40 duration;
        uint112 minStaked;
        uint112 minReward;
    }

    /// @notice An account locked more of its balance.
    /// @param account The staker.
    /// @param amount What was added, in wei.
    /// @param staked All that is locked now, in wei.
    event Staked(address indexed account, uint256 amount, uint256 staked);
    /// @notice An account unlocked part of its balance.
    /// @param account The staker.
    /// @param amount What was freed, in wei.
    /// @param staked All that is still locked, in wei.
    event Unstaked(address indexed account, uint256 amount, uint256 staked);
    /// @notice Rewards were paid.
    /// @param account The staker whose rewards these were.
    /// @param to Who got them.
    /// @param amount Reward tokens, in wei.
    event RewardClaimed(address indexed account, address indexed to, uint256 amount);
    /// @notice An account named who may claim for it, or nobody (zero).
    /// @param account The staker.
    /// @param claimer Who may claim for it from now on.
    event ClaimerSet(address indexed account, address indexed claimer);
    /// @notice The router brought rewards, which wait for the next stream.
    /// @param amount Reward tokens, in wei.
    event RewardNotified(uint256 amount);
    /// @notice What waited became a stream.
    /// @param rate Reward tokens a second, in wei times 2^128, rounded down.
    /// @param finish First second at which it pays no more.
    event StreamStarted(uint256 rate, uint256 finish);

    /// @notice Part of the balance is locked.
    /// @param account Whose balance.
    /// @param balance Its balance, in wei.
    /// @param locked What is locked of it, in wei.
    /// @param wanted What was to be moved, burned or locked besides, in wei.
    error BalanceLocked(address account, uint256 balance, uint256 locked, uint256 wanted);
    /// @notice More is to be unstaked than is staked.
    /// @param staked What is staked, in wei.
    /// @param wanted What was asked for, in wei.
    error StakeTooSmall(uint256 staked, uint256 wanted);
    /// @notice Nothing was to be staked, unstaked or brought.
    error AmountZero();
    /// @notice The caller is not the router.
    /// @param caller Who called.
    /// @param router Who may.
    error NotRouter(address caller, address router);
    /// @notice The caller is not the claimer that the account named.
    /// @param account The account.
    /// @param caller Who called.
    error NotClaimer(address account, address caller);
    /// @notice Rewards sent there would be lost.
    /// @param to The receiver asked for.
    error ReceiverInvalid(address to);
    /// @notice Less arrived than the router said.
    /// @param expected Amount of the call, in wei.
    /// @param received What the balance rose by, in wei.
    error RewardNotReceived(uint256 expected, uint256 received);
    /// @notice All rewards ever brought would pass 2^112 - 1.
    /// @param notified All before, in wei.
    /// @param amount Amount of the call, in wei.
    error RewardTooLarge(uint256 notified, uint256 amount);
    /// @notice The stream still runs.
    /// @param finish First second at which the next may begin.
    error StreamRunning(uint256 finish);
    /// @notice Too little waits to make a stream.
    /// @param queued What waits, in wei, rounded down.
    /// @param minReward Least amount, in wei.
    error QueueTooSmall(uint256 queued, uint256 minReward);
    /// @notice This chain has no staking.
    /// @param chainId This chain.
    /// @param homeChainId The chain that has.
    error NotHomeChain(uint256 chainId, uint256 homeChainId);
    /// @notice Terms under which no stream can run.
    /// @param terms The terms.
    error StakeTermsInvalid(StakeTerms terms);

    /// @notice Locks part of the caller's free balance. Reverts: NotHomeChain, AmountZero, BalanceLocked.
    /// @param amount What to lock besides, in wei.
    function stake(uint256 amount) external;

    /// @notice Locks part of `owner`'s free balance with his permit to this contract as the spender: anyone may send
    /// it. Uses up so much of the allowance. A permit that somebody sent before does not stop it: it left the
    /// allowance. Reverts as {stake}, and with ERC20InsufficientAllowance.
    /// @dev Warning: whoever allows this contract more than he stakes lets anyone stake the rest for him; `approve` of
    /// 0 ends that. Staked tokens can always be unstaked at once.
    /// @param owner Who stakes.
    /// @param amount What to lock besides, in wei; the permit is over exactly this.
    /// @param deadline Last second of the permit, in Unix seconds.
    /// @param v Recovery number of the signature, 27 or 28.
    /// @param r First 32 bytes of the signature.
    /// @param s Second 32 bytes of the signature.
    function stakeWithPermit(address owner, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Unlocks part of the caller's stake at once. Calls no other contract, so nothing can stop it. Reverts:
    /// AmountZero, StakeTooSmall, NotHomeChain.
    /// @param amount What to free, in wei.
    function unstake(uint256 amount) external;

    /// @notice Pays the caller's rewards. Reverts: ReceiverInvalid, NotHomeChain, and as the reward token.
    /// @param to Who gets them; neither zero nor this contract.
    /// @return amount What was paid, in wei of the reward token, rounded down; 0 where there is none.
    function claim(address to) external returns (uint256 amount);

    /// @notice Pays an account's rewards at the word of its claimer. Reverts: NotClaimer, and as {claim}.
    /// @param account Whose rewards.
    /// @param to Who gets them; neither zero nor this contract.
    /// @return amount What was paid, in wei of the reward token, rounded down; 0 where there is none.
    function claimFor(address account, address to) external returns (uint256 amount);

    /// @notice Names who may claim the caller's rewards, to any address, besides the caller.
    /// @param claimer The account; zero for nobody.
    function setClaimer(address claimer) external;

    /// @notice Brings rewards: takes them from the router within the call and queues them. Starts the next stream if
    /// none runs and enough waits. Never changes a stream that runs. Reverts: NotHomeChain, NotRouter, AmountZero,
    /// RewardTooLarge, RewardNotReceived.
    /// @param amount Reward tokens, in wei.
    function notifyReward(uint256 amount) external;

    /// @notice Makes all that waits the next stream, of exactly `duration` from now. Anyone may call it. Reverts:
    /// NotHomeChain, StreamRunning, QueueTooSmall.
    function startStream() external;

    /// @notice What an account has staked.
    /// @param account The account.
    /// @return Locked part of its balance, in wei.
    function stakedOf(address account) external view returns (uint256);

    /// @notice What an account may move or burn.
    /// @param account The account.
    /// @return Balance less stake, in wei.
    function unlockedBalanceOf(address account) external view returns (uint256);

    /// @notice Rewards that an account could claim now.
    /// @param account The account.
    /// @return In wei of the reward token, rounded down.
    function earned(address account) external view returns (uint256);

    /// @notice What the stream pays all stakers together.
    /// @return In wei of the reward token a second, rounded down; 0 while no stream runs.
    function rewardRate() external view returns (uint256);

    /// @notice When the stream ends.
    /// @return First second at which it pays no more, in Unix seconds; 0 before the first.
    function periodFinish() external view returns (uint256);

    /// @notice What all have staked.
    /// @return In wei.
    function totalStaked() external view returns (uint256);

    /// @notice What waits for the next stream: what was brought since the last one began, and what that one could not
    /// pay while less than `minStaked` was staked, up to now.
    /// @return In wei of the reward token, rounded down.
    function queuedReward() external view returns (uint256);

    /// @notice All rewards ever brought.
    /// @return In wei of the reward token.
    function totalNotified() external view returns (uint256);

    /// @notice Who may claim for an account.
    /// @param account The account.
    /// @return The claimer; zero for nobody.
    function claimerOf(address account) external view returns (address);

    /// @notice The terms; the reward token is named even where it is the stake token.
    /// @return The terms.
    function stakeTerms() external view returns (StakeTerms memory);
}
