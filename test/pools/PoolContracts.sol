// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IFeePolicy} from "../../contracts/pools/external/IFeePolicy.sol";
import {IFlashBorrower} from "../../contracts/pools/external/IFlashBorrower.sol";
import {IPoolManager} from "../../contracts/pools/IPoolManager.sol";
import {IRateProvider} from "../../contracts/pools/external/IRateProvider.sol";
import {LOCKED} from "./PoolTokens.sol";

/// @notice A policy and a rate provider in one that behaves as it is told, well or badly. The same fault is tried on
/// both.
contract Oracle is IFeePolicy, IRateProvider {
    enum Mode {
        Answer,
        Revert,
        BurnGas,
        Megabyte,
        ShortAnswer,
        Reenter
    }

    Mode public mode;
    uint256 public value;
    address public favoured;
    address public target;
    bytes public call;

    constructor(uint256 value_) {
        value = value_;
    }

    function set(Mode mode_, uint256 value_) external {
        (mode, value) = (mode_, value_);
    }

    function favour(address trader) external {
        favoured = trader;
    }

    function setCall(address target_, bytes calldata call_) external {
        (target, call) = (target_, call_);
    }

    function swapFee(bytes32, address trader, uint256) external view returns (uint256) {
        return favoured == address(0) || favoured == trader ? _answer() : type(uint256).max;
    }

    function getRate() external view returns (uint256) {
        return _answer();
    }

    function _answer() private view returns (uint256) {
        if (mode == Mode.Revert) revert("no");
        if (mode == Mode.BurnGas) while (true) {}
        uint256 answer = value;
        if (mode == Mode.Megabyte) {
            assembly {
                mstore(0, answer)
                return(0, 1048576)
            }
        }
        if (mode == Mode.ShortAnswer) {
            assembly {
                mstore(0, answer)
                return(0, 31)
            }
        }
        if (mode == Mode.Reenter) {
            (bool success, bytes memory reason) = target.staticcall(call);
            // What got through, or was refused by something else than the lock, shows as a rate or fee of nothing.
            if (success || bytes4(reason) != LOCKED) return 0;
        }
        return answer;
    }
}

/// @notice Borrows, does what it was told, and approves what it owes.
contract Borrower is IFlashBorrower {
    IPoolManager public immutable manager;
    bytes32 public magic = keccak256("IFlashBorrower.onFlashLoan");
    bytes[] public calls;
    bool public mustSucceed;
    uint256 public successes;
    uint256 public approval = type(uint256).max;

    constructor(IPoolManager manager_) {
        manager = manager_;
    }

    function setMagic(bytes32 magic_) external {
        magic = magic_;
    }

    function setApproval(uint256 approval_) external {
        approval = approval_;
    }

    function setCalls(bytes[] memory calls_, bool mustSucceed_) external {
        (calls, mustSucceed) = (calls_, mustSucceed_);
    }

    function borrow(address[] calldata tokens, uint256[] calldata amounts) external {
        manager.flashLoan(tokens, amounts, "data");
    }

    function onFlashLoan(address[] calldata tokens, uint256[] calldata, uint256[] calldata, bytes calldata data)
        external
        returns (bytes32)
    {
        require(msg.sender == address(manager) && keccak256(data) == keccak256("data"), "not the manager");
        for (uint256 i = 0; i < tokens.length; ++i) {
            IERC20(tokens[i]).approve(address(manager), approval);
        }
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool success, bytes memory reason) = address(manager).call(calls[i]);
            if (success) ++successes;
            if (mustSucceed) require(success, string(reason));
        }
        return magic;
    }
}

/// @notice A trader whose output goes to itself, called by whoever wants.
contract Bystander {
    IPoolManager public immutable manager;

    constructor(IPoolManager manager_) {
        manager = manager_;
    }

    function act(bytes calldata call) external payable {
        (bool success, bytes memory reason) = address(manager).call{value: msg.value}(call);
        require(success, string(reason));
    }

    receive() external payable {}
}

/// @notice A fee policy and a rate provider that watches the rate of a share of some pool: it grants a discount, or
/// answers a rate, while that is what it was told to expect, and neither when it is not.
contract Watcher is IFeePolicy, IRateProvider {
    IPoolManager public immutable manager;
    uint256[] private _key;
    uint256 private _expected;

    constructor(IPoolManager manager_) {
        manager = manager_;
    }

    function expect(uint256[] calldata key, uint256 expected) external {
        (_key, _expected) = (key, expected);
    }

    function swapFee(bytes32, address, uint256 fullFee) external view returns (uint256) {
        return manager.virtualPrice(_key) == _expected ? fullFee / 2 : fullFee;
    }

    function getRate() external view returns (uint256) {
        return manager.virtualPrice(_key) == _expected ? 1e18 : 0;
    }
}

/// @notice Opens a batch with coin, and calls the manager again when the rest of it comes back.
contract RestReceiver {
    address private immutable _MANAGER;
    bytes private _call;
    uint256 private _value;
    bool public called;
    bool public entered;
    bytes public answer;

    constructor(address manager) payable {
        _MANAGER = manager;
    }

    function open(bytes calldata batch, bytes calldata call, uint256 value) external {
        (_call, _value, called) = (call, value, false);
        (bool success,) = _MANAGER.call{value: 1}(batch);
        require(success, "the batch");
    }

    receive() external payable {
        if (called) return;
        called = true;
        (entered, answer) = _MANAGER.call{value: _value}(_call);
    }
}
