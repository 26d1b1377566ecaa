// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Script} from "forge-std/Script.sol";
import {Create3Factory} from "./Create3Factory.sol";
import {DeploymentPlan, Planned} from "./DeploymentPlan.sol";
import {Network, NetworkFile} from "./NetworkFile.sol";

/// @title Deploy
/// @notice Creates the contracts of a network that are not there yet. What is there with the expected code is skipped: a
/// rerun sends nothing, and a run that was interrupted is resumed by running it again.
contract Deploy is Script {
    /// @notice Deploys script/networks/<name>.json with the key in DEPLOYER_KEY.
    /// @return record JSON list of the contracts, from which script/record.mjs makes the deployment record.
    function run(string calldata name) external returns (string memory record) {
        address deployer = vm.rememberKey(vm.envUint("DEPLOYER_KEY"));
        Planned[] memory planned = deploy(NetworkFile.read(name), deployer);
        record = "[";
        for (uint256 i = 0; i < planned.length; ++i) {
            record = string.concat(record, i == 0 ? "" : ",", _toJson(planned[i]));
        }
        record = string.concat(record, "]");
    }

    /// @notice Deploys the network as `deployer`.
    function deploy(Network memory network, address deployer) public returns (Planned[] memory planned) {
        if (block.chainid != network.chainId) {
            revert(
                string.concat(
                    "network ",
                    network.name,
                    " has chain id ",
                    vm.toString(network.chainId),
                    ", but the endpoint serves ",
                    vm.toString(block.chainid),
                    "; correct NETWORK or RPC_URL"
                )
            );
        }
        if (DeploymentPlan.PROXY.code.length == 0) {
            revert(
                string.concat(
                    "no deterministic deployment proxy at ",
                    vm.toString(DeploymentPlan.PROXY),
                    " on this chain; send its presigned transaction first, see docs/deployment.md"
                )
            );
        }
        planned = plan(network, deployer);
        for (uint256 i = 0; i < planned.length; ++i) {
            create(planned[i], planned[DeploymentPlan.FACTORY].target, deployer);
        }
    }

    /// @notice What {deploy} puts on the chain, and where.
    function plan(Network memory network, address deployer) public view returns (Planned[] memory) {
        return DeploymentPlan.make(network, deployer);
    }

    /// @notice Creates one contract of a plan, unless it is there. Fails when other code is at its address.
    /// @return created Whether a transaction was needed.
    function create(Planned memory planned, address factory, address deployer) public returns (bool created) {
        bytes32 expected = DeploymentPlan.expectedCodeHash(planned);
        if (planned.target.code.length == 0) {
            created = true;
            bytes memory initCode = bytes.concat(planned.creationCode, planned.constructorArgs);
            if (planned.viaFactory) {
                vm.broadcast(deployer);
                Create3Factory(factory).deploy(planned.salt, initCode);
            } else {
                vm.broadcast(deployer);
                (bool success,) = DeploymentPlan.PROXY.call(bytes.concat(planned.salt, initCode));
                if (!success) revert(string.concat(planned.name, ": the deterministic deployment proxy refused it"));
            }
        }
        if (planned.target.codehash != expected) {
            revert(
                string.concat(
                    planned.name,
                    ": other code at ",
                    vm.toString(planned.target),
                    ", expected code hash ",
                    vm.toString(expected),
                    ", actual ",
                    vm.toString(planned.target.codehash),
                    "; build the commit that was deployed, or raise RELEASE in script/DeploymentPlan.sol"
                )
            );
        }
    }

    function _toJson(Planned memory planned) private view returns (string memory) {
        return string.concat(
            "{\"name\":\"",
            planned.name,
            "\",\"address\":\"",
            vm.toString(planned.target),
            "\",\"salt\":\"",
            vm.toString(planned.salt),
            "\",\"constructorArgs\":\"",
            vm.toString(planned.constructorArgs),
            "\",\"codeHash\":\"",
            vm.toString(planned.target.codehash),
            "\"}"
        );
    }
}
