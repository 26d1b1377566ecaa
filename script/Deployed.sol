// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// What the scripts deploy besides contracts/: imported to be built with the optimizer.
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Create3Factory} from "./Create3Factory.sol";
