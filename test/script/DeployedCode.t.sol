// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Planned} from "../../script/Plan.sol";
import {NetworkFile} from "../../script/NetworkFile.sol";
import {Base} from "../Base.t.sol";

/// @notice DEPLOY-3: what Deploy puts on a chain is what the optimizer made, byte for byte besides immutables. Tests
/// and scripts are compiled without it, so code of theirs would show.
contract DeployedCodeTest is Base {
    /// @dev Where an immutable lies in runtime code; the order of the fields is that of their names, as the cheat code
    /// has it.
    struct Place {
        uint256 length;
        uint256 start;
    }

    Planned[] private _plan;

    function setUp() public override {
        super.setUp();
        Planned[] memory plan = deployScript.deploy(NetworkFile.read("local-a"), DEPLOYER);
        for (uint256 i = 0; i < plan.length; ++i) {
            _plan.push(plan[i]);
        }
    }

    function test_DEPLOY3_CodeIsThatOfTheOptimisedBuild() external view {
        assertGt(_plan.length, 0, "something is deployed");
        for (uint256 i = 0; i < _plan.length; ++i) {
            string memory json = _artifactOf(_plan[i].name);
            assertEq(
                keccak256(_plan[i].creationCode),
                keccak256(vm.parseJsonBytes(json, ".bytecode.object")),
                string.concat("DEPLOY-3: creation code of ", _plan[i].name)
            );
            bytes memory built = vm.parseJsonBytes(json, ".deployedBytecode.object");
            assertGt(built.length, 0, _plan[i].name);
            assertEq(
                _hashWithoutImmutables(json, _plan[i].target.code),
                _hashWithoutImmutables(json, built),
                string.concat("DEPLOY-3: code of ", _plan[i].name)
            );
        }
    }

    /// @dev The comparison sees every byte that is no immutable: here the first and the last.
    function test_DEPLOY3_AnotherByteIsSeen() external {
        for (uint256 i = 0; i < _plan.length; ++i) {
            string memory json = _artifactOf(_plan[i].name);
            address target = _plan[i].target;
            bytes32 before = _hashWithoutImmutables(json, target.code);
            bytes memory code = target.code;
            code[0] ^= 0x01;
            assertNotEq(_hashWithoutImmutables(json, code), before, "the first byte");
            code = target.code;
            code[code.length - 1] ^= 0x01;
            assertNotEq(_hashWithoutImmutables(json, code), before, "the last byte");
        }
    }

    /// @dev By its path, not by what the scripts take it for. A feed is planned under a name of its own,
    /// `PriceFeed:EUR/USD`.
    function _artifactOf(string memory name) private view returns (string memory) {
        string memory contractName = vm.split(name, ":")[0];
        return vm.readFile(string.concat("out/", contractName, ".sol/", contractName, ".json"));
    }

    function _hashWithoutImmutables(string memory json, bytes memory code) private view returns (bytes32) {
        string memory key = ".deployedBytecode.immutableReferences";
        // A contract without immutables has no such key.
        string[] memory ids = vm.keyExistsJson(json, key) ? vm.parseJsonKeys(json, key) : new string[](0);
        for (uint256 i = 0; i < ids.length; ++i) {
            Place[] memory places = abi.decode(vm.parseJson(json, string.concat(key, ".", ids[i])), (Place[]));
            for (uint256 j = 0; j < places.length; ++j) {
                for (uint256 k = 0; k < places[j].length; ++k) {
                    code[places[j].start + k] = 0;
                }
            }
        }
        return keccak256(code);
    }
}
