// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Plan, PlanLists} from "../Plan.sol";
import {Roles} from "../Roles.sol";

/// @title GovernancePlan
/// @notice The factory, the AccessManager and the Timelock.
library GovernancePlan {
    using PlanLists for Plan;

    function contracts(Plan memory plan) internal view {
        plan.create2("Create3Factory", "");
        // The deployer is the first admin on every chain; Configure hands over to the Timelock.
        plan.create2("AccessManager", abi.encode(plan.deployer));
        plan.create3(
            "TimelockController",
            "TimelockController",
            // No admin besides itself.
            abi.encode(plan.network.timelockDelay, plan.network.proposers, plan.network.executors, address(0))
        );
    }

    /// @notice The Timelock has ADMIN besides, which Configure gives last.
    function access(Plan memory plan) internal pure {
        plan.member(Roles.GUARDIAN, plan.network.guardian, "the guardian");
    }
}
