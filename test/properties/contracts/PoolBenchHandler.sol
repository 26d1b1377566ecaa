// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolManager} from "../../../contracts/pools/IPoolManager.sol";
import {PlainToken} from "../../pools/PoolTokens.sol";

/// @notice A world of two pools and one actor, without cheatcodes, so that forge's invariant runner and the property
/// harness can run the very same contract and their speeds can be compared (`make bench-properties`).
contract PoolBenchHandler {
    uint256 private constant SOON = type(uint256).max;
    address private constant TREASURY = address(0xfee);

    IPoolManager private _manager;
    PlainToken[] private _tokens;
    uint256[][] private _keys;
    uint256[] private _checkpoints;

    /// @notice Creates the world. The code comes from outside, as the optimizer made it, and is more than one creation
    /// may carry.
    /// @param accessManager Creation code of AccessManager.
    /// @param modules Creation code of the manager's modules, in the order of its constructor.
    /// @param poolManager Creation code of PoolManager.
    /// @param plainToken Creation code of the tokens.
    function prepare(
        bytes calldata accessManager,
        bytes[] calldata modules,
        bytes calldata poolManager,
        bytes calldata plainToken
    ) external {
        require(address(_manager) == address(0), "prepared before");
        bytes memory arguments = abi.encode(_deploy(bytes.concat(accessManager, abi.encode(address(this)))));
        for (uint256 i = 0; i < modules.length; ++i) {
            address module = _deploy(bytes.concat(modules[i], abi.encode(TREASURY, address(0))));
            arguments = bytes.concat(arguments, abi.encode(module));
        }
        arguments = bytes.concat(arguments, abi.encode(uint256(1_000)));
        _manager = IPoolManager(_deploy(bytes.concat(poolManager, arguments)));
        uint8[3] memory decimals = [18, 6, 8];
        for (uint256 i = 0; i < 3; ++i) {
            PlainToken token = PlainToken(_deploy(bytes.concat(plainToken, abi.encode("TOKEN", decimals[i]))));
            // By rising address, as keys want them.
            _tokens.push(token);
            for (uint256 k = i; k > 0 && _tokens[k] < _tokens[k - 1]; --k) {
                (_tokens[k], _tokens[k - 1]) = (_tokens[k - 1], _tokens[k]);
            }
            token.mint(address(this), type(uint128).max);
            token.approve(address(_manager), type(uint256).max);
        }
        uint256[] memory weighted = new uint256[](3);
        weighted[0] = 3_000;
        (weighted[1], weighted[2]) = (_word(0) | (700_000 << 168), _word(1) | (300_000 << 168));
        _create(weighted);
        uint256[] memory stable = new uint256[](4);
        stable[0] = 300 | (200 << 24);
        (stable[1], stable[2], stable[3]) = (_word(0), _word(1), _word(2));
        _create(stable);
    }

    function swap(uint256 which, uint256 i, uint256 j, uint256 amount) external {
        uint256[] memory key = _keys[which % 2];
        (i, j) = _two(key, i, j);
        _manager.swapExactIn(key, i, j, amount % (_balance(key, i) / 3 + 1), 0, address(this), SOON);
    }

    function buy(uint256 which, uint256 i, uint256 j, uint256 amount) external {
        uint256[] memory key = _keys[which % 2];
        (i, j) = _two(key, i, j);
        _manager.swapExactOut(key, i, j, amount % (_balance(key, j) / 3 + 1), SOON, address(this), SOON);
    }

    function add(uint256 which, uint256 shares) external {
        uint256[] memory key = _keys[which % 2];
        (, uint256 supply,,,) = _manager.poolState(key);
        uint256[] memory most = new uint256[](key.length - 1);
        for (uint256 i = 0; i < most.length; ++i) {
            most[i] = SOON;
        }
        _manager.addProportional(key, 1 + shares % (supply / 10), most, address(this), SOON);
    }

    function remove(uint256 which, uint256 shares) external {
        uint256[] memory key = _keys[which % 2];
        uint256 held = _shares(key, address(this));
        _manager.removeProportional(key, shares % (held / 2 + 1), new uint256[](key.length - 1), address(this), SOON);
    }

    /// @notice POOL-2, POOL-6 and POOL-7 of both pools: no checkpoint fell, shares add up, tokens held are the
    /// balances.
    function check() external view returns (bool holds) {
        uint256[3] memory sums;
        holds = true;
        for (uint256 p = 0; p < 2; ++p) {
            (uint256[] memory balances, uint256 supply, uint256 owed,, uint256 checkpoint) =
                _manager.poolState(_keys[p]);
            for (uint256 i = 0; i < balances.length; ++i) {
                sums[i] += balances[i];
            }
            holds = holds && checkpoint >= _checkpoints[p];
            holds = holds && _shares(_keys[p], address(this)) + _shares(_keys[p], TREASURY) + owed + 1_000 == supply;
        }
        for (uint256 i = 0; i < 3; ++i) {
            holds = holds && _tokens[i].balanceOf(address(_manager)) == sums[i];
        }
    }

    function _deploy(bytes memory creation) private returns (address deployed) {
        assembly ("memory-safe") {
            deployed := create(0, add(creation, 32), mload(creation))
        }
        require(deployed != address(0), "nothing was created");
    }

    function _create(uint256[] memory key) private {
        uint256[] memory amounts = new uint256[](key.length - 1);
        for (uint256 i = 0; i < amounts.length; ++i) {
            amounts[i] = 1_000_000 * 10 ** _tokens[i].decimals();
        }
        _manager.createPool(key, amounts, 0, address(this), SOON);
        (,,,, uint256 checkpoint) = _manager.poolState(key);
        _keys.push(key);
        _checkpoints.push(checkpoint);
    }

    function _word(uint256 i) private view returns (uint256) {
        return uint256(uint160(address(_tokens[i]))) | (uint256(_tokens[i].decimals()) << 160);
    }

    function _balance(uint256[] memory key, uint256 i) private view returns (uint256) {
        (uint256[] memory balances,,,,) = _manager.poolState(key);
        return balances[i];
    }

    function _shares(uint256[] memory key, address account) private view returns (uint256) {
        return _manager.balanceOf(account, uint256(keccak256(abi.encodePacked(key))));
    }

    function _two(uint256[] memory key, uint256 i, uint256 j) private pure returns (uint256, uint256) {
        uint256 n = key.length - 1;
        i %= n;
        return (i, (i + 1 + j % (n - 1)) % n);
    }
}
