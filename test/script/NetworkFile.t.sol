// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test, Vm} from "forge-std/Test.sol";
import {Network, NetworkFile} from "../../script/NetworkFile.sol";

contract NetworkFileTest is Test {
    string[8] private names =
        ["local-a", "local-b", "sepolia", "sonic", "sonic-testnet", "polygon", "arbitrum", "optimism"];

    function setUp() public {
        vm.setEnv("FLUXION_PROPOSERS", "0x0000000000000000000000000000000000000011");
        vm.setEnv("FLUXION_EXECUTORS", "0x0000000000000000000000000000000000000012");
        vm.setEnv("FLUXION_GUARDIAN", "0x0000000000000000000000000000000000000013");
        vm.setEnv("FLUXION_POOL_CREATORS", "0x0000000000000000000000000000000000000014");
        vm.setEnv("FLUXION_WRAPPED_NATIVE", "0x0000000000000000000000000000000000000015");
        vm.setEnv("FLUXION_SKILL_MANAGERS", "0x0000000000000000000000000000000000000016");
        vm.setEnv("FLUXION_BADGE_URI", "https://example.org/{id}.json");
        // Not ascending: the file's reader sorts.
        vm.setEnv(
            "FLUXION_SIGNERS",
            "0x0000000000000000000000000000000000000025,0x0000000000000000000000000000000000000021,0x0000000000000000000000000000000000000022,0x0000000000000000000000000000000000000023,0x0000000000000000000000000000000000000024"
        );
    }

    function test_EveryFileIsKnown() public view {
        assertEq(vm.readDir("script/networks").length, names.length, "files");
    }

    function test_EveryFileIsSane() public view {
        for (uint256 i = 0; i < names.length; ++i) {
            Network memory network = NetworkFile.read(names[i]);
            bool isLocal = vm.indexOf(names[i], "local-") == 0;
            assertEq(network.deployerStays, isLocal, string.concat(names[i], ": the deployer stays on local networks"));
            if (!isLocal) {
                assertGe(network.timelockDelay, 600, string.concat(names[i], ": delay"));
                assertGe(network.signers.length, 5, string.concat(names[i], ": signers"));
                assertFalse(
                    network.anyoneCreatesPools, string.concat(names[i], ": pools are created by named accounts")
                );
                assertEq(network.poolCreators.length, 1, string.concat(names[i], ": creators of pools"));
                assertEq(network.wrappedNative, address(0x15), string.concat(names[i], ": wrapped native coin"));
                assertEq(network.revenueReceiver, address(0), string.concat(names[i], ": revenue goes to the Timelock"));
                assertEq(network.skillManagers.length, 1, string.concat(names[i], ": managers of skills"));
                assertEq(network.badgeUri, "https://example.org/{id}.json", string.concat(names[i], ": badges"));
                assertGe(network.reputation.vetoWindow, 1 days, string.concat(names[i], ": time to veto"));
                // What a colluding quorum moves without waiting in the time of a veto stays visible, and no whole
                // score.
                uint256 moves = network.reputation.vetoWindow / network.reputation.minInterval;
                assertGe(
                    moves * network.reputation.maxMove, 10_000, string.concat(names[i], ": honest scores get there")
                );
                assertLe(network.reputation.maxMove, 1_000, string.concat(names[i], ": largest move"));
            }
            assertGt(bytes(network.badgeUri).length, 0, string.concat(names[i], ": metadata of badges"));
            // A score that nobody refreshes may be missed for a while before the discount ends.
            assertGe(network.discount.maxAge, 2 * uint256(network.reputation.maxDelay), names[i]);
            assertLe(network.initialProtocolFeeBps, 2500, string.concat(names[i], ": protocol fee"));
            for (uint256 j = 1; j < network.signers.length; ++j) {
                assertLt(uint160(network.signers[j - 1]), uint160(network.signers[j]), "signers ascend");
            }
            for (uint256 j = 0; j < network.feeds.length; ++j) {
                string memory feed = string.concat(names[i], " ", network.feeds[j].pair);
                assertEq(network.feeds[j].decimals, 8, feed);
                assertLe(network.feeds[j].parameters.maxDelay, 3600, feed);
                // Local chains replay months in minutes.
                assertLe(network.feeds[j].parameters.breakerBps, isLocal ? 5000 : 1000, feed);
                assertEq(network.feeds[j].description, vm.replace(network.feeds[j].pair, "/", " / "), feed);
            }
        }
    }

    function test_ChainIdsAndSelectorsAreUnique() public view {
        for (uint256 i = 0; i < names.length; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                assertNotEq(numberOf(names[i], ".chainId"), numberOf(names[j], ".chainId"), names[i]);
                assertNotEq(numberOf(names[i], ".ccipSelector"), numberOf(names[j], ".ccipSelector"), names[i]);
            }
        }
    }

    function test_EveryFileStatesFinality() public view {
        for (uint256 i = 0; i < names.length; ++i) {
            string memory json = jsonOf(names[i]);
            string memory kind = vm.parseJsonString(json, ".finality.kind");
            if (keccak256(bytes(kind)) == keccak256("depth")) {
                uint256 blocks = vm.parseJsonUint(json, ".finality.blocks");
                assertTrue(blocks > 0 && blocks <= 1000, string.concat(names[i], ": depth"));
            } else {
                assertEq(kind, "tag", names[i]);
                assertFalse(vm.keyExistsJson(json, ".finality.blocks"), string.concat(names[i], ": a tag has no depth"));
            }
            assertGt(bytes(vm.parseJsonString(json, ".finality.why")).length, 20, names[i]);
            assertGt(bytes(vm.parseJsonString(json, ".ccipSelectorSource")).length, 0, names[i]);
            assertGt(bytes(vm.parseJsonString(json, ".description")).length, 0, names[i]);
            uint256 symbol = bytes(vm.parseJsonString(json, ".nativeSymbol")).length;
            assertTrue(symbol > 0 && symbol <= 5, string.concat(names[i], ": native symbol"));
        }
    }

    function test_KeysAreTheSameEverywhere() public view {
        string[] memory keys = vm.parseJsonKeys(jsonOf(names[0]), "$");
        for (uint256 i = 1; i < names.length; ++i) {
            assertEq(abi.encode(vm.parseJsonKeys(jsonOf(names[i]), "$")), abi.encode(keys), names[i]);
        }
    }

    function test_RevertWhen_NetworkIsUnknown() public {
        vm.expectRevert("network nowhere: no file script/networks/nowhere.json; the files there are the networks known");
        this.read("nowhere");
    }

    function read(string calldata name) external view returns (Network memory) {
        return NetworkFile.read(name);
    }

    function jsonOf(string memory name) private view returns (string memory) {
        return vm.readFile(string.concat("script/networks/", name, ".json"));
    }

    function numberOf(string memory name, string memory key) private view returns (uint256) {
        return vm.parseJsonUint(jsonOf(name), key);
    }
}
