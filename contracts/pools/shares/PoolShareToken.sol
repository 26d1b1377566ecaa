// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC6909} from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IPoolViews} from "../IPoolViews.sol";
import {IRateProvider} from "../external/IRateProvider.sol";

/// @title PoolShareToken
/// @notice The shares of one pool as an ERC-20 token with permits, one for one. {PoolShareTokenFactory} makes one for a pool, as a clone
/// that knows its pool id and nothing else. It is its own rate provider, so that a stable pool may hold it beside what the pool is worth.
///
/// Warning: shares that are transferred here without {deposit} belong to nobody.
contract PoolShareToken is ERC20, ERC20Permit, IRateProvider {
    /// @notice The {PoolManager}.
    IERC6909 public immutable manager;

    /// @notice Shares were wrapped.
    event Deposited(address indexed from, address indexed recipient, uint256 amount);
    /// @notice Shares were unwrapped.
    event Withdrawn(address indexed from, address indexed recipient, uint256 amount);

    /// @param manager_ The {PoolManager}.
    constructor(IERC6909 manager_) ERC20("", "") ERC20Permit("Fluxion Pool Share") {
        manager = manager_;
    }

    /// @notice Wraps `amount` shares of the caller, who made this contract an operator or approved it for them.
    /// @param recipient Gets the tokens.
    function deposit(uint256 amount, address recipient) external {
        manager.transferFrom(msg.sender, address(this), uint256(poolId()), amount);
        _mint(recipient, amount);
        emit Deposited(msg.sender, recipient, amount);
    }

    /// @notice Burns `amount` tokens of the caller for as many shares.
    /// @param recipient Gets the shares.
    function withdraw(uint256 amount, address recipient) external {
        _burn(msg.sender, amount);
        manager.transfer(recipient, uint256(poolId()), amount);
        emit Withdrawn(msg.sender, recipient, amount);
    }

    /// @inheritdoc IRateProvider
    /// @dev {IPoolViews-virtualPrice} of the pool, which answers during a call of another pool too. Of use in stable pools alone: in a weighted
    /// one the rate has no unit.
    function getRate() external view override returns (uint256 rate) {
        IPoolViews pools = IPoolViews(address(manager));
        return pools.virtualPrice(pools.keyOf(poolId()));
    }

    /// @notice The pool's id.
    function poolId() public view returns (bytes32) {
        return abi.decode(Clones.fetchCloneArgs(address(this)), (bytes32));
    }

    /// @notice Ends with the first four bytes of the pool id.
    function name() public view override returns (string memory) {
        return string.concat("Fluxion Pool Share ", _tag());
    }

    /// @notice Ends with the first four bytes of the pool id.
    function symbol() public view override returns (string memory) {
        return string.concat("FPS-", _tag());
    }

    function _tag() private view returns (string memory) {
        return Strings.toHexString(uint32(bytes4(poolId())), 4);
    }
}
