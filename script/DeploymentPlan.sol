// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {CREATE3} from "solady/utils/CREATE3.sol";
import {Create3Factory} from "./Create3Factory.sol";
import {artifact} from "./Artifact.sol";
import {FeedConfig, Network} from "./NetworkFile.sol";

/// @notice One contract that the deployment puts on a chain.
struct Planned {
    string name;
    /// Created through the {Create3Factory}; otherwise by CREATE2.
    bool viaFactory;
    bytes32 salt;
    address target;
    bytes creationCode;
    bytes constructorArgs;
}

/// @title DeploymentPlan
/// @notice Which contracts a network has, with what arguments and where. The addresses depend on the deployer alone, so
/// they are the same on every chain: contracts whose arguments are equal everywhere are created by CREATE2 through the
/// deterministic deployment proxy, those with arguments of the network by CREATE3.
library DeploymentPlan {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    /// @notice The deterministic deployment proxy: takes salt and creation code, at this address on nearly every chain.
    address internal constant PROXY = 0x4e59b44847b379578588920cA78FbF26c0B4956C;
    /// @notice Part of every salt. A new release of a contract is a new deployment and gets new addresses.
    string internal constant RELEASE = "1";

    uint256 internal constant FACTORY = 0;
    uint256 internal constant ACCESS_MANAGER = 1;
    uint256 internal constant TIMELOCK = 2;
    uint256 internal constant QUORUM_VERIFIER = 3;
    /// @dev The pool manager's modules stand before it, by the order of its constructor.
    uint256 internal constant POOL_TRADE = 4;
    uint256 internal constant POOL_MANAGER = 9;
    uint256 internal constant POOL_SHARE_TOKEN = 10;
    uint256 internal constant POOL_SHARE_TOKEN_FACTORY = 11;
    uint256 internal constant WALLET_RENDERER = 12;
    uint256 internal constant SKILL_WALLET = 13;
    uint256 internal constant BADGES = 14;
    uint256 internal constant REPUTATION_ORACLE = 15;
    uint256 internal constant SKILL_DISCOUNT = 16;
    uint256 internal constant FIRST_FEED = 17;

    function make(Network memory network, address deployer) internal view returns (Planned[] memory plan) {
        plan = new Planned[](FIRST_FEED + network.feeds.length);
        plan[FACTORY] = _create2("Create3Factory", vm.getCode(artifact("Create3Factory")), "");
        // The deployer is the first admin on every chain; Configure hands over to the Timelock.
        plan[ACCESS_MANAGER] = _create2("AccessManager", vm.getCode(artifact("AccessManager")), abi.encode(deployer));
        plan[TIMELOCK] = _create3(
            plan[FACTORY].target,
            deployer,
            "TimelockController",
            vm.getCode(artifact("TimelockController")),
            // No admin besides itself.
            abi.encode(network.timelockDelay, network.proposers, network.executors, address(0))
        );
        address access = plan[ACCESS_MANAGER].target;
        plan[QUORUM_VERIFIER] = _create2("QuorumVerifier", vm.getCode(artifact("QuorumVerifier")), abi.encode(access));
        _planPools(network, deployer, plan);
        _planSkills(network, deployer, plan);
        for (uint256 i = 0; i < network.feeds.length; ++i) {
            FeedConfig memory feed = network.feeds[i];
            plan[FIRST_FEED + i] = _create3(
                plan[FACTORY].target,
                deployer,
                string.concat("PriceFeed:", feed.pair),
                vm.getCode(artifact("PriceFeed")),
                abi.encode(
                    access,
                    plan[QUORUM_VERIFIER].target,
                    feedIdOf(feed.pair),
                    feed.decimals,
                    feed.description,
                    feed.parameters
                )
            );
        }
    }

    function _planPools(Network memory network, address deployer, Planned[] memory plan) private view {
        address factory = plan[FACTORY].target;
        bytes memory terms = abi.encode(revenueReceiverOf(network, plan), network.wrappedNative);
        string[5] memory modules = ["PoolTrade", "PoolLiquidity", "PoolAdmin", "PoolQuotes", "PoolViews"];
        for (uint256 i = 0; i < modules.length; ++i) {
            plan[POOL_TRADE + i] = _create3(factory, deployer, modules[i], vm.getCode(artifact(modules[i])), terms);
        }
        plan[POOL_MANAGER] = _create3(
            factory, deployer, "PoolManager", vm.getCode(artifact("PoolManager")), _managerArguments(network, plan)
        );
        plan[POOL_SHARE_TOKEN] =
            _create2("PoolShareToken", vm.getCode(artifact("PoolShareToken")), abi.encode(plan[POOL_MANAGER].target));
        plan[POOL_SHARE_TOKEN_FACTORY] = _create2(
            "PoolShareTokenFactory",
            vm.getCode(artifact("PoolShareTokenFactory")),
            abi.encode(plan[POOL_MANAGER].target, plan[POOL_SHARE_TOKEN].target)
        );
    }

    function _managerArguments(Network memory network, Planned[] memory plan) private pure returns (bytes memory) {
        address[5] memory modules;
        for (uint256 i = 0; i < modules.length; ++i) {
            modules[i] = plan[POOL_TRADE + i].target;
        }
        // A fixed array is encoded as its elements, one by one.
        return abi.encode(plan[ACCESS_MANAGER].target, modules, network.initialProtocolFeeBps);
    }

    function _planSkills(Network memory network, address deployer, Planned[] memory plan) private view {
        address factory = plan[FACTORY].target;
        address access = plan[ACCESS_MANAGER].target;
        plan[WALLET_RENDERER] = _create2("WalletRenderer", vm.getCode(artifact("WalletRenderer")), "");
        plan[SKILL_WALLET] = _create2(
            "SkillWallet", vm.getCode(artifact("SkillWallet")), abi.encode(access, plan[WALLET_RENDERER].target)
        );
        plan[BADGES] = _create3(
            factory,
            deployer,
            "Badges",
            vm.getCode(artifact("Badges")),
            abi.encode(access, plan[SKILL_WALLET].target, network.badgeUri)
        );
        plan[REPUTATION_ORACLE] = _create3(
            factory,
            deployer,
            "ReputationOracle",
            vm.getCode(artifact("ReputationOracle")),
            abi.encode(access, plan[QUORUM_VERIFIER].target, network.reputation)
        );
        plan[SKILL_DISCOUNT] = _create3(
            factory,
            deployer,
            "SkillDiscount",
            vm.getCode(artifact("SkillDiscount")),
            abi.encode(access, plan[BADGES].target, plan[REPUTATION_ORACLE].target, network.discount)
        );
    }

    /// @notice Where protocol fees go: the Timelock unless the network file names another account.
    function revenueReceiverOf(Network memory network, Planned[] memory plan) internal pure returns (address) {
        return network.revenueReceiver == address(0) ? plan[TIMELOCK].target : network.revenueReceiver;
    }

    /// @notice The pair's name in ASCII, right-padded.
    function feedIdOf(string memory pair) internal pure returns (bytes32) {
        return bytes32(bytes(pair));
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

    function _create2(string memory name, bytes memory creationCode, bytes memory args)
        private
        pure
        returns (Planned memory planned)
    {
        planned = Planned(name, false, _saltOf(name), address(0), creationCode, args);
        planned.target = vm.computeCreate2Address(planned.salt, keccak256(bytes.concat(creationCode, args)), PROXY);
    }

    function _create3(
        address factory,
        address deployer,
        string memory name,
        bytes memory creationCode,
        bytes memory args
    ) private pure returns (Planned memory planned) {
        planned = Planned(name, true, _saltOf(name), address(0), creationCode, args);
        planned.target = CREATE3.predictDeterministicAddress(keccak256(abi.encode(deployer, planned.salt)), factory);
    }

    function _saltOf(string memory name) private pure returns (bytes32) {
        return keccak256(abi.encode("Fluxion", RELEASE, name));
    }
}
