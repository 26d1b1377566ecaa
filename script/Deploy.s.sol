// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Script} from "forge-std/Script.sol";
import {Create3Factory} from "./Create3Factory.sol";
import {DeploymentPlan} from "./DeploymentPlan.sol";
import {Network, NetworkFile} from "./NetworkFile.sol";
import {Planned} from "./Plan.sol";

/// @title Deploy
/// @notice Creates the contracts of a network that are not there yet. What is there with the expected code is skipped:
/// a rerun sends nothing, and a run that was interrupted is resumed by running it again.
contract Deploy is Script {
    /// @notice Deploys script/networks/<name>.json with the key in DEPLOYER_KEY, or the wallet that forge is given.
    /// @param previous Content of the deployment record; empty when there is none yet.
    /// @return contracts JSON list of the contracts, from which script/record.mjs makes the deployment record.
    function run(string calldata name, string calldata previous) external returns (string memory contracts) {
        address deployer = _signer();
        Network memory network = NetworkFile.read(name);
        Planned[] memory planned = deploy(network, deployer, previous);
        Planned[] memory ofAnother = plan(network, address(1));
        contracts = "[";
        for (uint256 i = 0; i < planned.length; ++i) {
            contracts = string.concat(contracts, i == 0 ? "" : ",", _toJson(planned[i], ofAnother[i].target));
        }
        contracts = string.concat(contracts, "]");
    }

    /// @notice Deploys the network as `deployer`, where there is no record yet.
    function deploy(Network memory network, address deployer) public returns (Planned[] memory planned) {
        return deploy(network, deployer, "");
    }

    /// @notice Deploys the network as `deployer`. What is there was made with the arguments of the network file or of
    /// the record: governance changes values, and the file follows.
    /// @param previous Content of the deployment record; empty when there is none yet.
    function deploy(Network memory network, address deployer, string memory previous)
        public
        returns (Planned[] memory planned)
    {
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
            Planned memory one = planned[i];
            create(one, DeploymentPlan.find(planned, "Create3Factory").target, deployer, _recordedArgs(previous, one));
        }
    }

    /// @notice What {deploy} puts on the chain, and where.
    function plan(Network memory network, address deployer) public view returns (Planned[] memory) {
        return DeploymentPlan.make(network, deployer);
    }

    /// @notice Creates one contract of a plan, unless it is there. Fails when other code is at its address.
    /// @return created Whether a transaction was needed.
    function create(Planned memory planned, address factory, address deployer) public returns (bool created) {
        return create(planned, factory, deployer, planned.constructorArgs);
    }

    /// @notice As above, where it may have been made with the arguments of a record.
    function create(Planned memory planned, address factory, address deployer, bytes memory recordedArgs)
        public
        returns (bool created)
    {
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
                    "; build the commit that was deployed, or raise RELEASE in script/Plan.sol"
                )
            );
        }
        _checkInitCode(planned, factory, recordedArgs);
    }

    /// @dev Equal code may have been made by other creation code, which left more in the storage.
    function _checkInitCode(Planned memory planned, address factory, bytes memory recordedArgs) private view {
        if (!planned.viaFactory) return;
        bytes32 made = Create3Factory(factory).initCodeHashOf(planned.target);
        if (made == keccak256(bytes.concat(planned.creationCode, planned.constructorArgs))) return;
        if (made == keccak256(bytes.concat(planned.creationCode, recordedArgs))) return;
        revert(
            string.concat(
                planned.name,
                ": made by other creation code or arguments than those of this build, the network file and the record, at ",
                vm.toString(planned.target),
                "; restore the record, build the commit that was deployed, or deploy from another account"
            )
        );
    }

    function _recordedArgs(string memory previous, Planned memory planned) private view returns (bytes memory) {
        string memory key = string.concat(".contracts['", planned.name, "'].constructorArgs");
        if (bytes(previous).length == 0 || !vm.keyExistsJson(previous, key)) return planned.constructorArgs;
        return vm.parseJsonBytes(previous, key);
    }

    /// @dev What has the same address for another deployer is not ours alone, and may be older than the deployment.
    function _toJson(Planned memory planned, address targetOfAnother) private view returns (string memory) {
        return string.concat(
            "{\"name\":\"",
            planned.name,
            "\",\"address\":\"",
            vm.toString(planned.target),
            "\",\"own\":",
            vm.toString(planned.target != targetOfAnother),
            ",\"salt\":\"",
            vm.toString(planned.salt),
            "\",\"constructorArgs\":\"",
            vm.toString(planned.constructorArgs),
            "\",\"codeHash\":\"",
            vm.toString(planned.target.codehash),
            "\"}"
        );
    }

    /// @dev The key of the environment, or the account that forge was told to sign with.
    function _signer() private returns (address) {
        return vm.envExists("DEPLOYER_KEY") ? vm.rememberKey(vm.envUint("DEPLOYER_KEY")) : msg.sender;
    }
}
