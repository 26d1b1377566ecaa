// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReputationOracle} from "../../contracts/oracles/IReputationOracle.sol";
import {IBadges} from "../../contracts/skills/IBadges.sol";
import {ISkillDiscount} from "../../contracts/skills/ISkillDiscount.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {IWalletRenderer} from "../../contracts/skills/IWalletRenderer.sol";
import {IPriceFeed} from "../../contracts/oracles/IPriceFeed.sol";
import {DeploymentPlan} from "../../script/DeploymentPlan.sol";
import {Planned} from "../../script/Plan.sol";
import {Network, NetworkFile} from "../../script/NetworkFile.sol";
import {Roles} from "../../script/Roles.sol";
import {ChainLog} from "../../script/verify/ChainLog.sol";
import {Verification} from "./Verification.sol";

/// @notice DEPLOY-1: every difference between chain, record and network file is named with its mend. DEPLOY-2: so is
/// every role too many (test_RevertWhen_AStranger*, DeployerKeptARole, EveryoneMayGrantARole).
contract VerifyDeploymentTest is Verification {
    function setUp() public override {
        super.setUp();
        Planned[] memory plan = deployAndConfigure(NetworkFile.read("local-a"));
        record = recordOf(plan);
    }

    function test_AcceptsWhatWasDeployed() public {
        assertVerifies(NetworkFile.read("local-a"));
    }

    function test_RevertWhen_RecordIsOfAnotherChain() public {
        record = vm.replace(record, "\"chainId\":31337", "\"chainId\":1");
        assertDiffers("record, chainId: expected 31337, actual 1");
    }

    function test_RevertWhen_EntryIsMissing() public {
        record = vm.replace(record, "PriceFeed:WTI/USD", "PriceFeed:ABC/USD");
        assertDiffers("PriceFeed:WTI/USD, record: expected an entry, actual none");
    }

    function test_RevertWhen_RecordedAddressDiffers() public {
        record = vm.replace(record, vm.toString(address(verifier)), vm.toString(address(0xBEEF)));
        assertDiffers(string.concat("QuorumVerifier, address: expected ", vm.toString(address(verifier))));
    }

    function test_RevertWhen_RecordedArgumentsDiffer() public {
        bytes memory args = abi.encode(DEPLOYER);
        record = vm.replace(record, vm.toString(args), vm.toString(abi.encode(address(0xBEEF))));
        assertDiffers("AccessManager, constructorArgs: expected ");
    }

    function test_RevertWhen_RecordedCodeHashDiffers() public {
        record = vm.replace(record, vm.toString(address(timelock).codehash), vm.toString(keccak256("other")));
        assertDiffers("TimelockController, codeHash: expected ");
        assertDiffers("TimelockController, codeHash of this build: expected ");
    }

    function test_RevertWhen_CodeOnChainDiffers() public {
        vm.etch(address(verifier), hex"00");
        assertDiffers("QuorumVerifier, codeHash: expected ");
    }

    function test_RevertWhen_TimelockIsNoAdmin() public {
        vm.prank(DEPLOYER);
        access.revokeRole(Roles.ADMIN, address(timelock));
        assertDiffers("AccessManager, ADMIN of the Timelock: expected true, actual false");
    }

    function test_RevertWhen_DeployerIsStillAdmin() public {
        Network memory network = NetworkFile.read("local-a");
        network.deployerStays = false;
        assertDiffers(network, "AccessManager, ADMIN of the deployer: expected false, actual true");
    }

    function test_RevertWhen_GuardianLacksItsRole() public {
        Network memory network = NetworkFile.read("local-a");
        vm.prank(DEPLOYER);
        access.revokeRole(Roles.GUARDIAN, network.guardian);
        assertDiffers("AccessManager, GUARDIAN of the guardian: expected true, actual false");
    }

    function test_RevertWhen_FunctionHasAnotherRole() public {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = verifier.rotate.selector;
        vm.prank(DEPLOYER);
        access.setTargetFunctionRole(address(verifier), selectors, Roles.GUARDIAN);
        assertDiffers("AccessManager, role of QuorumVerifier.rotate: expected ORACLE_MANAGER, actual GUARDIAN");
    }

    function test_RevertWhen_SignerSetDiffers() public {
        Network memory network = NetworkFile.read("local-a");
        network.signers[0] = address(1);
        assertDiffers(network, "QuorumVerifier, signers: expected 0x0000000000000000000000000000000000000001,");
    }

    function test_RevertWhen_ThresholdDiffers() public {
        Network memory network = NetworkFile.read("local-a");
        network.threshold = 3;
        assertDiffers(network, "QuorumVerifier, threshold: expected 3, actual 2");
    }

    function test_RevertWhen_FeedLimitDiffers() public {
        Planned[] memory plan = deployScript.plan(NetworkFile.read("local-a"), DEPLOYER);
        IPriceFeed feed = feedOf(plan, 3);
        vm.startPrank(DEPLOYER);
        access.grantRole(Roles.ORACLE_MANAGER, DEPLOYER, 0);
        feed.setParameters(IPriceFeed.Parameters(7, 1000, 30));
        vm.stopPrank();
        assertDiffers("PriceFeed:BTC/USD, maxDelay: expected 120, actual 7");
    }

    function test_RevertWhen_InitialProtocolFeeDiffers() public {
        vm.prank(DEPLOYER);
        access.grantRole(Roles.POOL_MANAGER, DEPLOYER, 0);
        vm.prank(DEPLOYER);
        pools.setInitialProtocolFee(7);
        assertDiffers("PoolManager, initialProtocolFeeBps: expected 1000, actual 7");
    }

    function test_RevertWhen_FlashFeeDiffers() public {
        vm.prank(DEPLOYER);
        access.grantRole(Roles.POOL_MANAGER, DEPLOYER, 0);
        vm.prank(DEPLOYER);
        pools.setFlashFee(7);
        assertDiffers("PoolManager, flashFee: expected 500, actual 7");
    }

    function test_RevertWhen_TheRendererIsAnother() public {
        ISkillWallet wallet = ISkillWallet(targetOf("SkillWallet"));
        vm.prank(DEPLOYER);
        wallet.setRenderer(IWalletRenderer(address(0xBEEF)));
        assertDiffers("SkillWallet, renderer: expected ");
    }

    function test_RevertWhen_MetadataOfBadgesDiffers() public {
        vm.startPrank(DEPLOYER);
        access.grantRole(Roles.SKILL_MANAGER, DEPLOYER, 0);
        IBadges(targetOf("Badges")).setURI("ipfs://other");
        vm.stopPrank();
        assertDiffers("Badges, uri: expected ipfs://badges/{id}.json, actual ipfs://other");
    }

    function test_RevertWhen_ALimitOfScoresDiffers() public {
        vm.startPrank(DEPLOYER);
        access.grantRole(Roles.ORACLE_MANAGER, DEPLOYER, 0);
        IReputationOracle(targetOf("ReputationOracle")).setParameters(IReputationOracle.Parameters(1, 2, 3, 4));
        vm.stopPrank();
        assertDiffers("ReputationOracle, maxDelay: expected 120, actual 1");
        assertDiffers("ReputationOracle, minInterval: expected 5, actual 2");
        assertDiffers("ReputationOracle, vetoWindow: expected 20, actual 3");
        assertDiffers("ReputationOracle, maxMove: expected 2500, actual 4");
    }

    function test_RevertWhen_DiscountsDiffer() public {
        vm.startPrank(DEPLOYER);
        access.grantRole(Roles.POOL_MANAGER, DEPLOYER, 0);
        ISkillDiscount(targetOf("SkillDiscount")).setTerms(ISkillDiscount.Terms(9, 8, 7, 6, 5));
        vm.stopPrank();
        assertDiffers("SkillDiscount, badgeKind: expected 1, actual 9");
        assertDiffers("SkillDiscount, badgeBps: expected 1000, actual 8");
        assertDiffers("SkillDiscount, maxBadgeBps: expected 3000, actual 7");
        assertDiffers("SkillDiscount, maxReputationBps: expected 2000, actual 6");
        assertDiffers("SkillDiscount, maxAge: expected 604800, actual 5");
    }

    function test_RevertWhen_EveryoneMayNameValidators() public {
        address wallet = targetOf("SkillWallet");
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = ISkillWallet(wallet).setValidator.selector;
        uint64 everyone = access.PUBLIC_ROLE();
        vm.prank(DEPLOYER);
        access.setTargetFunctionRole(wallet, selectors, everyone);
        assertDiffers("AccessManager, role of SkillWallet.setValidator: expected SKILL_MANAGER, actual ANYONE");
    }

    function test_RevertWhen_AManagerOfSkillsLacksItsRole() public {
        Network memory network = NetworkFile.read("local-a");
        network.skillManagers = new address[](1);
        network.skillManagers[0] = address(0xBEEF);
        assertDiffers(network, "AccessManager, SKILL_MANAGER of a manager of skills: expected true, actual false");
    }

    function targetOf(string memory name) private view returns (address) {
        return DeploymentPlan.find(deployScript.plan(NetworkFile.read("local-a"), DEPLOYER), name).target;
    }

    function test_RevertWhen_TheGuardianCannotPause() public {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = pools.pause.selector;
        vm.prank(DEPLOYER);
        access.setTargetFunctionRole(address(pools), selectors, Roles.POOL_MANAGER);
        assertDiffers("AccessManager, role of PoolManager.pause: expected GUARDIAN, actual POOL_MANAGER");
    }

    function test_RevertWhen_RevenueReceiverDiffers() public {
        Network memory network = NetworkFile.read("local-a");
        network.revenueReceiver = address(0xBEEF);
        assertDiffers(network, "PoolAdmin, constructorArgs: expected ");
    }

    function test_RevertWhen_PoolsAreOpenToOthers() public {
        Network memory network = NetworkFile.read("local-a");
        network.anyoneCreatesPools = false;
        assertDiffers(network, "AccessManager, role of PoolManager.createPool: expected POOL_CREATOR, actual ANYONE");
        network.poolCreators = new address[](1);
        network.poolCreators[0] = address(0xBEEF);
        assertDiffers(network, "AccessManager, POOL_CREATOR of a creator of pools: expected true, actual false");
    }

    function test_RevertWhen_ContractIsClosed() public {
        vm.prank(DEPLOYER);
        access.setTargetClosed(address(pools), true);
        assertDiffers("AccessManager, PoolManager is closed: expected false, actual true");
    }

    function test_RevertWhen_DeployerKeptARole() public {
        Network memory network = NetworkFile.read("local-a");
        network.deployerStays = false;
        vm.prank(DEPLOYER);
        access.grantRole(Roles.POOL_MANAGER, DEPLOYER, 0);
        assertDiffers(network, "AccessManager, POOL_MANAGER of the deployer: expected false, actual true");
    }

    function test_RevertWhen_TimelockDelayDiffers() public {
        vm.prank(address(timelock));
        timelock.updateDelay(1);
        assertDiffers("TimelockController, minDelay: expected 5, actual 1");
    }

    function test_RevertWhen_ProposerLostItsRole() public {
        Network memory network = NetworkFile.read("local-a");
        bytes32 role = timelock.PROPOSER_ROLE();
        vm.prank(address(timelock));
        timelock.revokeRole(role, network.proposers[0]);
        assertDiffers(string.concat("TimelockController, proposer ", vm.toString(network.proposers[0])));
    }

    function test_RevertWhen_AStrangerHasARole() public {
        // A dozen verifications: more than the gas of a test.
        vm.pauseGasMetering();
        for (uint64 role = Roles.ADMIN; role <= Roles.LAST + 1; ++role) {
            vm.prank(DEPLOYER);
            access.grantRole(role, STRANGER, 0);
            assertDiffers(_strangerIn("AccessManager", Roles.nameOf(role)));
            vm.prank(STRANGER);
            access.renounceRole(role, STRANGER);
            assertVerifies(NetworkFile.read("local-a"));
        }
    }

    function test_RevertWhen_AStrangerWillHaveARole() public {
        vm.startPrank(DEPLOYER);
        access.setGrantDelay(Roles.ORACLE_MANAGER, 10 days);
        vm.warp(block.timestamp + 30 days);
        access.grantRole(Roles.ORACLE_MANAGER, STRANGER, 0);
        vm.stopPrank();
        (bool holds,) = access.hasRole(Roles.ORACLE_MANAGER, STRANGER);
        assertFalse(holds, "not yet");
        assertDiffers(_strangerIn("AccessManager", "ORACLE_MANAGER"));
    }

    /// @dev DEPLOY-2: whoever deployed holds nothing on the day of the verification, and has a role the day after.
    function test_RevertWhen_TheDeployerWillHaveARole() public {
        Network memory network = NetworkFile.read("local-a");
        network.deployerStays = false;
        vm.startPrank(DEPLOYER);
        access.revokeRole(Roles.ORACLE_MANAGER, DEPLOYER);
        access.setGrantDelay(Roles.ORACLE_MANAGER, 10 days);
        vm.warp(block.timestamp + 30 days);
        access.grantRole(Roles.ORACLE_MANAGER, DEPLOYER, 0);
        vm.stopPrank();
        (bool holds,) = access.hasRole(Roles.ORACLE_MANAGER, DEPLOYER);
        assertFalse(holds, "DEPLOY-2: not yet");
        assertDiffers(network, _alsoIn("AccessManager", "ORACLE_MANAGER", DEPLOYER));
    }

    /// @dev DEPLOY-2: a deployer that stays has what it configures with, not the guardian's role nor an unknown one.
    function test_RevertWhen_ADeployerThatStaysHasARoleOfOthers() public {
        uint64[2] memory roles = [Roles.GUARDIAN, Roles.LAST + 1];
        for (uint256 i = 0; i < roles.length; ++i) {
            vm.prank(DEPLOYER);
            access.grantRole(roles[i], DEPLOYER, 0);
            assertDiffers(_alsoIn("AccessManager", Roles.nameOf(roles[i]), DEPLOYER));
            vm.prank(DEPLOYER);
            access.renounceRole(roles[i], DEPLOYER);
            assertVerifies(NetworkFile.read("local-a"));
        }
    }

    function test_RevertWhen_AMemberHasARoleOfOthers() public {
        Network memory network = NetworkFile.read("local-a");
        vm.prank(DEPLOYER);
        access.grantRole(Roles.ADMIN, network.guardian, 0);
        assertDiffers(string.concat("also ", vm.toString(network.guardian)));
    }

    function test_RevertWhen_AStrangerHasARoleOfTheTimelock() public {
        bytes32[4] memory roles = [
            timelock.DEFAULT_ADMIN_ROLE(), timelock.PROPOSER_ROLE(), timelock.EXECUTOR_ROLE(), timelock.CANCELLER_ROLE()
        ];
        string[4] memory names = ["ADMIN", "PROPOSER", "EXECUTOR", "CANCELLER"];
        for (uint256 i = 0; i < roles.length; ++i) {
            vm.prank(address(timelock));
            timelock.grantRole(roles[i], STRANGER);
            assertDiffers(_strangerIn("TimelockController", names[i]));
            vm.prank(address(timelock));
            timelock.revokeRole(roles[i], STRANGER);
        }
        assertVerifies(NetworkFile.read("local-a"));
    }

    function test_RevertWhen_EveryoneMayGrantARole() public {
        uint64 everyone = access.PUBLIC_ROLE();
        vm.prank(DEPLOYER);
        access.setRoleAdmin(Roles.GUARDIAN, everyone);
        assertDiffers("AccessManager, admin of GUARDIAN: expected ADMIN, actual ANYONE");
        vm.prank(DEPLOYER);
        access.setRoleAdmin(Roles.ORACLE_MANAGER, everyone);
        assertDiffers("AccessManager, admin of ORACLE_MANAGER: expected ADMIN, actual ANYONE");
    }

    function test_RevertWhen_TheEventsDoNotReachBackToTheCreation() public {
        ChainLog[] memory all = readLogs();
        delete chainLogs;
        for (uint256 i = 0; i < all.length; ++i) {
            bool isFirst = all[i].emitter == address(access) && all[i].topics.length > 2
                && all[i].topics[2] == bytes32(uint256(uint160(DEPLOYER)));
            if (!isFirst) chainLogs.push(all[i]);
        }
        assertDiffers("AccessManager, grant of its constructor: expected true, actual false");
        delete chainLogs;
        for (uint256 i = 0; i < all.length; ++i) {
            bool isFirst = all[i].topics.length > 2 && all[i].topics[2] == bytes32(uint256(uint160(address(timelock))));
            if (!isFirst) chainLogs.push(all[i]);
        }
        assertDiffers("TimelockController, grant of its constructor: expected true, actual false");
    }

    function _strangerIn(string memory name, string memory role) private view returns (string memory) {
        return _alsoIn(name, role, STRANGER);
    }

    function _alsoIn(string memory name, string memory role, address account) private pure returns (string memory) {
        return string.concat(
            name, ", members of ", role, ": expected those of the network file, actual also ", vm.toString(account)
        );
    }
}
