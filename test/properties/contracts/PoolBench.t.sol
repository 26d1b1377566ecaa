// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {artifact, artifactIn} from "../../../script/Artifact.sol";
import {PoolBenchHandler} from "./PoolBenchHandler.sol";

/// @notice What `make bench-properties` has forge run: the handler alone, its promises after every call.
contract PoolBenchTest is Test {
    PoolBenchHandler private _handler;

    function setUp() external {
        _handler = new PoolBenchHandler();
        string[5] memory names = ["PoolTrade", "PoolLiquidity", "PoolAdmin", "PoolQuotes", "PoolViews"];
        bytes[] memory modules = new bytes[](names.length);
        for (uint256 i = 0; i < names.length; ++i) {
            modules[i] = vm.getCode(artifact(names[i]));
        }
        _handler.prepare(
            vm.getCode(artifact("AccessManager")),
            modules,
            vm.getCode(artifact("PoolManager")),
            vm.getCode(artifactIn("PoolTokens", "PlainToken"))
        );
        targetContract(address(_handler));
        bytes4[] memory selectors = new bytes4[](4);
        selectors[0] = PoolBenchHandler.swap.selector;
        selectors[1] = PoolBenchHandler.buy.selector;
        selectors[2] = PoolBenchHandler.add.selector;
        selectors[3] = PoolBenchHandler.remove.selector;
        targetSelector(FuzzSelector(address(_handler), selectors));
    }

    function invariant_POOL_TheHandlersPromisesHold() external view {
        assertTrue(_handler.check(), "POOL-2, POOL-6, POOL-7");
    }
}
