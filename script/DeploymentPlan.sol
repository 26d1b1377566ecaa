// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {GovernancePlan} from "./domains/GovernancePlan.sol";
import {OraclesPlan} from "./domains/OraclesPlan.sol";
import {PoolsPlan} from "./domains/PoolsPlan.sol";
import {SkillsPlan} from "./domains/SkillsPlan.sol";
import {Network} from "./NetworkFile.sol";
import {Plan, PlanLists, Planned} from "./Plan.sol";

/// @title DeploymentPlan
/// @notice Which contracts a network has, with what arguments and where, who may do what, and what is compared. The
/// addresses depend on the deployer alone, so they are the same on every chain: contracts whose arguments are equal
/// everywhere are created by CREATE2 through the deterministic deployment proxy, those with arguments of the network by
/// CREATE3. A domain is a file of script/domains and a line in each function here.
library DeploymentPlan {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    address internal constant PROXY = PlanLists.PROXY;

    /// @notice The contracts, in the order of their creation.
    function make(Network memory network, address deployer) internal view returns (Planned[] memory) {
        return contracts(network, deployer).contracts;
    }

    /// @notice A plan with its contracts alone.
    function contracts(Network memory network, address deployer) internal view returns (Plan memory plan) {
        (plan.network, plan.deployer) = (network, deployer);
        GovernancePlan.contracts(plan);
        OraclesPlan.contracts(plan);
        PoolsPlan.contracts(plan);
        SkillsPlan.contracts(plan);
    }

    /// @notice A plan with its contracts and with who may do what.
    function whole(Network memory network, address deployer) internal view returns (Plan memory plan) {
        plan = contracts(network, deployer);
        GovernancePlan.access(plan);
        OraclesPlan.access(plan);
        PoolsPlan.access(plan);
        SkillsPlan.access(plan);
    }

    /// @notice Adds the values that governance sets, as they are on the chain.
    function readSettings(Plan memory plan) internal view {
        OraclesPlan.settings(plan);
        PoolsPlan.settings(plan);
        SkillsPlan.settings(plan);
    }

    function find(Planned[] memory plan, string memory name) internal pure returns (Planned memory) {
        return PlanLists.find(plan, name);
    }

    /// @notice Runtime code hash that creating the contract at its address on this chain gives. Runs the constructor at
    /// that very address, since immutables may hold it, and takes the effects back.
    function expectedCodeHash(Planned memory planned) internal returns (bytes32 codeHash) {
        uint256 snapshot = vm.snapshotState();
        vm.etch(planned.target, bytes.concat(planned.creationCode, planned.constructorArgs));
        (bool success, bytes memory runtime) = planned.target.call("");
        codeHash = keccak256(runtime);
        vm.revertToStateAndDelete(snapshot);
        if (!success) {
            revert(
                string.concat(
                    planned.name, ": its constructor refuses the arguments of the network file: ", vm.toString(runtime)
                )
            );
        }
    }
}
