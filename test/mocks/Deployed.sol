// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// What is deployed besides contracts/, by the scripts or by tests that measure gas: imported to be built with the optimizer.
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {WETH} from "solady/tokens/WETH.sol";
import {Create3Factory} from "../../script/Create3Factory.sol";
import {PriceFeedWithoutRing} from "../oracles/PriceFeedWithoutRing.sol";
import {Borrower} from "../pools/PoolContracts.sol";
import {PlainToken} from "../pools/PoolTokens.sol";
import {MathProbe} from "../properties/contracts/MathProbe.sol";
import {SettableRate} from "../properties/contracts/SettableRate.sol";
import {WrappedNativeToken} from "../properties/contracts/WrappedNativeToken.sol";
import {GreedyReceiver} from "../skills/GreedyReceiver.sol";
