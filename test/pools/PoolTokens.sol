// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IPoolViews} from "../../contracts/pools/IPoolViews.sol";

/// @dev How the manager's lock refuses.
bytes4 constant LOCKED = bytes4(keccak256("ReentrancyGuardReentrantCall()"));

/// @notice OpenZeppelin's token as it is, with a mint that anyone may call.
contract PlainToken is ERC20 {
    uint8 private immutable _decimals;

    constructor(string memory name, uint8 decimals_) ERC20(name, name) {
        _decimals = decimals_;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function decimals() public view virtual override returns (uint8) {
        return _decimals;
    }
}

/// @notice Burns one percent of every transfer once switched on.
contract FeeToken is PlainToken("FEE", 18) {
    bool public active;

    function activate() external {
        active = true;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (active && from != address(0) && to != address(0)) {
            super._update(from, address(0), value / 100);
            value -= value / 100;
        }
        super._update(from, to, value);
    }
}

/// @notice Transfers return nothing, as some old tokens do.
contract SilentToken {
    mapping(address account => uint256) public balanceOf;
    mapping(address account => mapping(address spender => uint256)) public allowance;
    uint8 public constant decimals = 18;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @notice Calls whatever it was told to in every transfer, and remembers whether that reverted, and which call was
/// refused by something else than the lock.
contract CallbackToken is PlainToken("CALL", 18) {
    address public target;
    bytes[] public calls;
    uint256 public attempts;
    uint256 public successes;
    bytes4 public otherwise;

    function setCalls(address target_, bytes[] memory calls_) external {
        target = target_;
        calls = calls_;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        for (uint256 i = 0; i < calls.length; ++i) {
            ++attempts;
            (bool success, bytes memory reason) = target.call(calls[i]);
            if (success) ++successes;
            else if (bytes4(reason) != LOCKED) otherwise = bytes4(calls[i]);
        }
    }
}

/// @notice OpenZeppelin's token with permits.
contract PermitToken is PlainToken("PERMIT", 18), ERC20Permit("PERMIT") {
    function decimals() public view override(ERC20, PlainToken) returns (uint8) {
        return super.decimals();
    }
}

/// @notice Keeps what the rate of a share is in every transfer.
contract WatchingToken is PlainToken("WATCH", 18) {
    IPoolViews private _manager;
    uint256[] private _key;
    uint256[] private _seen;

    function watch(IPoolViews manager, uint256[] calldata key) external {
        (_manager, _key) = (manager, key);
    }

    function clear() external {
        delete _seen;
    }

    function seen() external view returns (uint256[] memory) {
        return _seen;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (_key.length != 0) _seen.push(_manager.virtualPrice(_key));
    }
}
