// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// What tests deploy besides contracts/ and this folder, with the optimizer: because gas is measured on it, or because
// the property harness runs it.
import {FunctionsCoordinator} from "@chainlink/contracts/src/v0.8/functions/v1_3_0/FunctionsCoordinator.sol";
import {WETH} from "solady/tokens/WETH.sol";
import {AccessManager, Create3Factory, TimelockController} from "../../script/Deployed.sol";
import {Borrower} from "../pools/PoolContracts.sol";
import {PlainToken} from "../pools/PoolTokens.sol";
import {Lens} from "../properties/contracts/Lens.sol";
import {MathProbe} from "../properties/contracts/MathProbe.sol";
import {PoolBenchHandler} from "../properties/contracts/PoolBenchHandler.sol";
import {SettableRate} from "../properties/contracts/SettableRate.sol";
import {WrappedNativeToken} from "../properties/contracts/WrappedNativeToken.sol";
import {GreedyReceiver} from "../skills/GreedyReceiver.sol";
