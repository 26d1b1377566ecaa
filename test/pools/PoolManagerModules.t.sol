// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../../contracts/pools/IPoolErrors.sol";
import {artifact} from "../../script/Artifact.sol";
import {PoolFixture} from "./PoolFixture.sol";

/// @notice POOL-19: every function of the manager is in one place, found there, and nowhere else.
contract PoolManagerModulesTest is PoolFixture {
    string[7] private _names =
        ["PoolManager", "PoolTrade", "PoolLiquidity", "PoolAdmin", "PoolQuotes", "PoolViews", "PoolLedger"];

    /// @dev Signatures by contract, read once: parsing an artifact takes much memory.
    mapping(string name => string[]) private _functions;
    mapping(string name => mapping(string signature => bool)) private _has;

    function setUp() public {
        deployManager();
        _read("IPoolManager");
        for (uint256 i = 0; i < _names.length; ++i) {
            _read(_names[i]);
        }
    }

    /// @dev The modules are replaced by code that returns their number.
    function test_EveryFunctionIsFoundWhereItIs() external {
        for (uint256 i = 0; i < modules.length; ++i) {
            vm.etch(address(modules[i]), abi.encodePacked(hex"60", uint8(i + 1), hex"60005260206000f3"));
        }
        string[] storage functions = _functions["IPoolManager"];
        for (uint256 k = 0; k < functions.length; ++k) {
            uint256 place = _placeOf(functions[k]);
            (bool success, bytes memory answer) = address(manager).call(abi.encodeWithSignature(functions[k]));
            if (place == 0) continue;
            assertTrue(success, functions[k]);
            assertEq(abi.decode(answer, (uint256)), place, functions[k]);
        }
    }

    function test_AModuleAnswersOnlyAsAPart() external {
        for (uint256 i = 0; i < modules.length; ++i) {
            string[] storage functions = _functions[_names[i + 1]];
            for (uint256 k = 0; k < functions.length; ++k) {
                if (_has["PoolManager"][functions[k]]) continue;
                // Zeros are arguments of every shape: offsets of 0 lead to lists of length 0.
                bytes memory call = abi.encodePacked(bytes4(keccak256(bytes(functions[k]))), new bytes(512));
                (bool success, bytes memory reason) = address(modules[i]).call(call);
                if (success) assertTrue(_isConstant(functions[k]), functions[k]);
                else assertEq(bytes4(reason), IPoolErrors.NotTheManager.selector, functions[k]);
            }
            (bool accepted,) = address(modules[i]).call{value: 1}("");
            assertFalse(accepted, "POOL-19: takes no coin");
            assertEq(modules[i].revenueReceiver(), manager.revenueReceiver(), "POOL-19: one answer from all modules");
            assertEq(modules[i].wrappedNative(), manager.wrappedNative(), "POOL-19: one answer from all modules");
        }
    }

    function test_RevertWhen_AModuleDiffers() external {
        address other = deployCode(artifact("PoolViews"), abi.encode(makeAddr("other"), address(weth)));
        bytes memory code = vm.getCode(artifact("PoolManager"));
        bytes memory arguments =
            abi.encode(access, modules[0], modules[1], modules[2], modules[3], other, modules[5], PROTOCOL_FEE_BPS);
        vm.expectRevert(abi.encodeWithSelector(IPoolErrors.ModuleDiffers.selector, other));
        _create(abi.encodePacked(code, arguments));
    }

    function test_AnUnknownFunctionIsNoSuccess() external {
        (bool known,) = address(manager).call(abi.encodeWithSignature("nothingOfTheKind()"));
        assertFalse(known, "POOL-19: an unknown function is no success");
    }

    /// @dev The one contract that has the function, by its place in `_names`.
    function _placeOf(string memory signature) private view returns (uint256 place) {
        uint256 count;
        for (uint256 i = 0; i < _names.length; ++i) {
            if (!_has[_names[i]][signature]) continue;
            if (count++ == 0) place = i;
        }
        // What all parts inherit, the manager answers itself.
        assertTrue(count == 1 || (count == _names.length && place == 0), signature);
    }

    function _read(string memory name) private {
        string[] memory functions = this.functionsOf(name);
        _functions[name] = functions;
        for (uint256 k = 0; k < functions.length; ++k) {
            _has[name][functions[k]] = true;
        }
    }

    /// @dev A call of its own, so that its memory is given back.
    function functionsOf(string memory name) external view returns (string[] memory) {
        return vm.parseJsonKeys(vm.readFile(artifact(name)), ".methodIdentifiers");
    }

    function _isConstant(string memory signature) private pure returns (bool) {
        bytes memory name = bytes(signature);
        return name[0] >= "A" && name[0] <= "Z";
    }

    function _create(bytes memory creation) private {
        assembly ("memory-safe") {
            if iszero(create(0, add(creation, 32), mload(creation))) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }
}
