// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IReputationOracle} from "../../contracts/oracles/IReputationOracle.sol";
import {IBadges} from "../../contracts/skills/IBadges.sol";
import {ISkillDiscount} from "../../contracts/skills/ISkillDiscount.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {IERC5484} from "../../contracts/skills/IWalletRegistry.sol";
import {IWalletRecovery} from "../../contracts/skills/IWalletRecovery.sol";
import {DeploymentPlan} from "../../script/DeploymentPlan.sol";
import {Planned} from "../../script/Plan.sol";
import {Network} from "../../script/NetworkFile.sol";
import {Base} from "../Base.t.sol";
import {artifact} from "../../script/Artifact.sol";
import {LocalToken} from "../mocks/LocalToken.sol";

/// @notice A skill from its definition to cheaper swaps, as everything is deployed for real: a named manager defines
/// it, a validator attests it, Alice earns badges and pays less, signers report Bob's reputation and he pays less too,
/// the guardian stops a score that came from nowhere, and when Alice's key is stolen her guardians bring everything to
/// her new account.
contract SkillsJourneyTest is Base {
    uint256 private constant FEE = 3_000;
    uint256 private constant VALIDATOR_KEY = uint256(keccak256("validator"));
    uint256 private constant NOVICE = 1 << 8;
    uint256 private constant SENIOR = 1 << 8 | 1;

    address private immutable MANAGER = makeAddr("manager of skills");
    address private immutable ALICE = makeAddr("alice");
    address private immutable BOB = makeAddr("bob");
    address private immutable NEW_ALICE = makeAddr("alice's new account");

    /// @dev Encoded: the legacy pipeline copies no lists of structs to storage.
    bytes private _encodedNetwork;
    ISkillWallet private _wallets;
    IBadges private _badges;
    IReputationOracle private _reputation;
    ISkillDiscount private _discount;
    uint256[] private _signerKeys;
    uint256[] private _key;
    uint16 private _skill;

    function setUp() public override {
        super.setUp();
        Network memory network = startChain("local-b");
        network.deployerStays = false;
        network.skillManagers = new address[](1);
        network.skillManagers[0] = MANAGER;
        _signerKeys = _ascendingKeys("signer");
        for (uint256 i = 0; i < 3; ++i) {
            network.signers[i] = vm.addr(_signerKeys[i]);
        }
        Planned[] memory plan = deployAndConfigure(network);
        _encodedNetwork = abi.encode(network);
        _wallets = ISkillWallet(DeploymentPlan.find(plan, "SkillWallet").target);
        _badges = IBadges(DeploymentPlan.find(plan, "Badges").target);
        _reputation = IReputationOracle(DeploymentPlan.find(plan, "ReputationOracle").target);
        _discount = ISkillDiscount(DeploymentPlan.find(plan, "SkillDiscount").target);
    }

    function test_SkillsMakeSwapsCheaperAndFollowTheirHolder() external {
        _defineSkills();
        uint256 alice = _mint(ALICE);
        uint256 bob = _mint(BOB);
        _createPool();
        assertEq(_feeOf(ALICE), FEE, "a wallet alone earns nothing");

        _attest(alice, 700);
        _attest(bob, 100);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IBadges.LevelTooLow.selector, _skill, 2));
        _badges.claim(NOVICE);
        vm.startPrank(ALICE);
        _badges.claim(NOVICE);
        assertEq(_feeOf(ALICE), 2_700, "10 % for the first tier");
        _badges.upgrade(SENIOR);
        vm.stopPrank();
        assertEq(_feeOf(ALICE), 2_400, "20 % for the second");
        assertEq(_feeOf(BOB), FEE, "Bob has no badge");
        assertGt(_swap(ALICE), _swap(BOB), "a cheaper swap gives more, though it comes first");

        _report(bob, 2_000);
        assertEq(_feeOf(BOB), FEE - FEE * 400 / 10_000, "a fifth of the largest discount for reputation");
        _vetoWhatCameFromNowhere(bob);

        _recover(alice);
        assertEq(_feeOf(NEW_ALICE), 2_400, "what Alice earned is hers");
        assertEq(_feeOf(ALICE), FEE, "and not the thief's");
        assertTrue(_badges.isActive(NEW_ALICE, SENIOR), "the badge");
        assertFalse(_badges.isActive(ALICE, SENIOR), "followed");
        assertEq(_wallets.skillOf(alice, _skill).xp, 700, "experience");
    }

    function _defineSkills() private {
        vm.startPrank(MANAGER);
        _skill = _wallets.defineSkill("Trading", ISkillLedger.SkillPolicy(100, 50, 10, 30 days, 5, 5_000));
        _wallets.setValidator(vm.addr(VALIDATOR_KEY), _skill, true);
        _badges.createBadge(NOVICE, IBadges.BadgePolicy(true, true, true, 100, 0, _skill, 2, 0));
        _badges.createBadge(SENIOR, IBadges.BadgePolicy(true, true, false, 100, 0, _skill, 3, 1));
        vm.stopPrank();
    }

    function _mint(address account) private returns (uint256) {
        vm.prank(account);
        return _wallets.mint(IERC5484.BurnAuth.OwnerOnly);
    }

    function _attest(uint256 wallet, uint32 xp) private {
        address validator = vm.addr(VALIDATOR_KEY);
        ISkillLedger.Attestation memory a =
            ISkillLedger.Attestation(validator, wallet, _skill, xp, 0, 0, vm.getBlockTimestamp() + 60);
        bytes32 kind = keccak256(
            "Attestation(address validator,uint256 wallet,uint16 skill,uint32 xp,uint32 nonce,uint32 epoch,uint256 deadline)"
        );
        _wallets.attest(a, _sign(VALIDATOR_KEY, _digest(address(_wallets), keccak256(abi.encode(kind, a)))));
    }

    /// @dev A pool of two tokens whose key names the discount; its creator, Alice and Bob have plenty of both.
    function _createPool() private {
        address[] memory holders = new address[](3);
        (holders[0], holders[1], holders[2]) = (_network().poolCreators[0], ALICE, BOB);
        address a = deployCode(artifact("LocalToken"), abi.encode("A", "A", 18, holders, 1e30));
        address b = deployCode(artifact("LocalToken"), abi.encode("B", "B", 18, holders, 1e30));
        (a, b) = a < b ? (a, b) : (b, a);
        for (uint256 i = 0; i < 3; ++i) {
            vm.startPrank(holders[i]);
            LocalToken(a).approve(address(pools), type(uint256).max);
            LocalToken(b).approve(address(pools), type(uint256).max);
            vm.stopPrank();
        }
        uint256 word = uint256(18) << 160 | uint256(500_000) << 168;
        _key = [FEE | 1_000 << 48 | uint256(uint160(address(_discount))) << 72, word, word];
        (_key[1], _key[2]) = (word | uint160(a), word | uint160(b));
        uint256[] memory first = new uint256[](2);
        (first[0], first[1]) = (1e24, 1e24);
        vm.prank(holders[0]);
        pools.createPool(_key, first, 0, holders[0], vm.getBlockTimestamp());
    }

    function _feeOf(address trader) private view returns (uint256) {
        return _discount.swapFee(keccak256(abi.encodePacked(_key)), trader, FEE);
    }

    function _swap(address trader) private returns (uint256) {
        vm.prank(trader);
        return pools.swapExactIn(_key, 0, 1, 1e18, 0, trader, vm.getBlockTimestamp());
    }

    function _report(uint256 wallet, uint256 score) private {
        uint256[] memory updates = new uint256[](1);
        updates[0] = wallet << 16 | score;
        bytes32 digest = _reputation.reportDigest(updates, vm.getBlockTimestamp(), 1);
        bytes memory signatures = abi.encodePacked(uint8(2));
        for (uint256 i = 0; i < 2; ++i) {
            (bytes32 r, bytes32 vs) = vm.signCompact(_signerKeys[i], digest);
            signatures = bytes.concat(signatures, r, vs);
        }
        _reputation.report(updates, vm.getBlockTimestamp(), 1, signatures);
    }

    function _vetoWhatCameFromNowhere(uint256 wallet) private {
        vm.warp(vm.getBlockTimestamp() + _network().reputation.minInterval);
        _report(wallet, 9_000);
        assertEq(_reputation.read(wallet, 1 days), 2_000, "a large move waits");
        uint256[] memory wallets = new uint256[](1);
        wallets[0] = wallet;
        vm.prank(_network().guardian);
        _reputation.veto(wallets);
        vm.warp(vm.getBlockTimestamp() + _network().reputation.vetoWindow);
        assertEq(_reputation.read(wallet, 1 days), 2_000, "and never counts");
    }

    function _recover(uint256 wallet) private {
        uint256[] memory keys = _ascendingKeys("guardian");
        address[] memory guardians = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            guardians[i] = vm.addr(keys[i]);
        }
        vm.prank(ALICE);
        _wallets.setGuardians(guardians, 2);
        uint256 deadline = vm.getBlockTimestamp() + 60;
        bytes32 kind = keccak256("RecoveryApproval(uint256 wallet,address to,uint256 nonce,uint256 deadline)");
        bytes32 message = keccak256(abi.encode(kind, wallet, NEW_ALICE, uint256(0), deadline));
        IWalletRecovery.GuardianApproval[] memory approvals = new IWalletRecovery.GuardianApproval[](2);
        for (uint256 i = 0; i < 2; ++i) {
            approvals[i] =
                IWalletRecovery.GuardianApproval(guardians[i], _sign(keys[i], _digest(address(_wallets), message)));
        }
        _wallets.proposeRecovery(wallet, NEW_ALICE, deadline, approvals);
        vm.warp(vm.getBlockTimestamp() + 7 days);
        vm.prank(NEW_ALICE);
        _wallets.completeRecovery(wallet);
    }

    /// @dev Three keys, ascending by address.
    function _ascendingKeys(string memory name) private pure returns (uint256[] memory keys) {
        keys = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) {
            keys[i] = uint256(keccak256(abi.encode(name, i)));
            for (uint256 j = i; j > 0 && vm.addr(keys[j - 1]) > vm.addr(keys[j]); --j) {
                (keys[j - 1], keys[j]) = (keys[j], keys[j - 1]);
            }
        }
    }

    function _digest(address contract_, bytes32 message) private view returns (bytes32) {
        (, string memory name, string memory version,,,,) = IERC5267(contract_).eip712Domain();
        bytes32 kind = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        bytes32 domain = keccak256(
            abi.encode(kind, keccak256(bytes(name)), keccak256(bytes(version)), _network().chainId, contract_)
        );
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }

    function _sign(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _network() private view returns (Network memory) {
        return abi.decode(_encodedNetwork, (Network));
    }
}
