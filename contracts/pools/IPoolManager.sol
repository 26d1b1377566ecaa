// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IPoolAdmin} from "./IPoolAdmin.sol";
import {IPoolLedger} from "./IPoolLedger.sol";
import {IPoolLiquidity} from "./IPoolLiquidity.sol";
import {IPoolQuotes} from "./IPoolQuotes.sol";
import {IPoolViews} from "./IPoolViews.sol";
import {IPoolTrade} from "./IPoolTrade.sol";

/// @title IPoolManager
/// @notice Every pool in one contract. A pool is named by its key, which travels in calldata (see {PoolKey}); its id is
/// the key's hash. Shares of a pool are the ERC-6909 token of that id, kept by the manager itself.
///
/// Balances are counted inside: what is sent to the manager directly changes nothing and belongs to nobody. Amounts are
/// in token units, without exception. Everything rounds against the caller. Tokens that deliver less than they were
/// asked to are refused, tokens that return nothing or refuse transfers of nothing work, and no function can be entered
/// from a token's callback.
///
/// Warning: a token that takes from the manager what it holds (a slash, a rebase downwards, an upgrade) takes it from
/// everybody who has a part in any pool or claim of that token: whoever leaves first is paid in full, and the last ones
/// find too little. Nothing is booked for it.
///
/// The ABI is that of several contracts at one address, {PoolManager} and the modules that it delegates to:
///
/// | interface | functions | lives in |
/// |---|---|---|
/// | {IPoolTrade} | swaps and paths of an exact input | {PoolManager} |
/// | {IPoolTrade} | swaps and paths for an exact output, flash loans | {PoolTrade} |
/// | {IPoolLiquidity} | adds and exits in proportion | {PoolManager} |
/// | {IPoolLiquidity} | adds and exits out of proportion, exits with claims, gifts | {PoolLiquidity} |
/// | {IPoolLedger} | claims, total supply and names of ERC-6909 ids, signed approvals, batches of calls | {PoolLedger} |
/// | {IPoolQuotes} | quotes of swaps, paths, liquidity out of proportion | {PoolQuotes} |
/// | {IPoolQuotes} | quotes of liquidity in proportion | {PoolViews} |
/// | {IPoolViews} | prices, keys, state, settings, limits | {PoolViews} |
/// | {IPoolAdmin} | creation, protocol fees, ramps, the fee of flash loans | {PoolAdmin} |
/// | {IPoolAdmin} | pauses | {PoolLedger} |
/// | ERC-6909, AccessManaged | shares, authority | {PoolManager} |
///
/// Warning: shares of the protocol's fee are owed from the growth of the pool's invariant since the last liquidity
/// event. They dilute shares at the next event; {poolState} returns what is already owed.
interface IPoolManager is IPoolTrade, IPoolLiquidity, IPoolLedger, IPoolQuotes, IPoolViews, IPoolAdmin, IAccessManaged {
    /// @notice Where protocol fees and the fees of flash loans go.
    /// @return account Fixed for good.
    function revenueReceiver() external view returns (address account);

    /// @notice The wrapped native coin, which may be paid in native coin and had as such.
    /// @return token Fixed for good; 0 where there is none.
    function wrappedNative() external view returns (address token);
}
