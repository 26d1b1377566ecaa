// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IBadges} from "../../contracts/skills/IBadges.sol";
import {ISkillDiscount} from "../../contracts/skills/ISkillDiscount.sol";
import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {ISkillWallet} from "../../contracts/skills/ISkillWallet.sol";
import {IWalletRecovery} from "../../contracts/skills/IWalletRecovery.sol";
import {IWalletRenderer} from "../../contracts/skills/IWalletRenderer.sol";
import {Plan, PlanLists, Setting} from "../Plan.sol";
import {Roles} from "../Roles.sol";

/// @title SkillsPlan
/// @notice Wallets with their renderer, badges, and the discounts that both give.
library SkillsPlan {
    using PlanLists for Plan;
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    /// @dev For the selectors of what it inherits.
    ISkillWallet private constant WALLET = ISkillWallet(address(0));

    function contracts(Plan memory plan) internal view {
        address authority = plan.targetOf("AccessManager");
        plan.create2("WalletRenderer", "");
        plan.create2("SkillWallet", abi.encode(authority, plan.targetOf("WalletRenderer")));
        plan.create3("Badges", "Badges", abi.encode(authority, plan.targetOf("SkillWallet"), plan.network.badgeUri));
        plan.create3(
            "SkillDiscount",
            "SkillDiscount",
            abi.encode(authority, plan.targetOf("Badges"), plan.targetOf("ReputationOracle"), plan.network.discount)
        );
    }

    function access(Plan memory plan) internal pure {
        plan.member(Roles.SKILL_MANAGER, plan.targetOf("TimelockController"), "the Timelock");
        plan.guardRole(Roles.SKILL_MANAGER);
        for (uint256 i = 0; i < plan.network.skillManagers.length; ++i) {
            plan.member(Roles.SKILL_MANAGER, plan.network.skillManagers[i], "a manager of skills");
        }
        _wallet(plan);
        _badges(plan);
        plan.manage("SkillDiscount");
        plan.guard("SkillDiscount", "setTerms", ISkillDiscount.setTerms.selector, Roles.POOL_MANAGER);
    }

    function _wallet(Plan memory plan) private pure {
        string memory name = "SkillWallet";
        plan.manage(name);
        plan.guard(name, "defineSkill", ISkillLedger.defineSkill.selector, Roles.SKILL_MANAGER);
        plan.guard(name, "openSkill", ISkillLedger.openSkill.selector, Roles.SKILL_MANAGER);
        plan.guard(name, "setValidator", ISkillLedger.setValidator.selector, Roles.SKILL_MANAGER);
        plan.guard(name, "burnByIssuer", WALLET.burnByIssuer.selector, Roles.ADMIN);
        plan.guard(name, "vetoRecoveryByGovernance", IWalletRecovery.vetoRecoveryByGovernance.selector, Roles.ADMIN);
        plan.guard(name, "setRenderer", WALLET.setRenderer.selector, Roles.ADMIN);
        plan.govern(name, "SkillDefined", ISkillLedger.SkillDefined.selector, Roles.SKILL_MANAGER, 0);
        plan.govern(name, "SkillOpened", ISkillLedger.SkillOpened.selector, Roles.SKILL_MANAGER, 0);
        plan.govern(
            name,
            "ValidatorSet",
            ISkillLedger.ValidatorSet.selector,
            Roles.SKILL_MANAGER,
            ISkillLedger.isValidator.selector
        );
    }

    function _badges(Plan memory plan) private pure {
        string memory name = "Badges";
        plan.manage(name);
        plan.guard(name, "createBadge", IBadges.createBadge.selector, Roles.SKILL_MANAGER);
        plan.guard(name, "setMinter", IBadges.setMinter.selector, Roles.SKILL_MANAGER);
        plan.guard(name, "setFrozen", IBadges.setFrozen.selector, Roles.SKILL_MANAGER);
        plan.guard(name, "setAccountFrozen", IBadges.setAccountFrozen.selector, Roles.SKILL_MANAGER);
        plan.guard(name, "setRoyalty", IBadges.setRoyalty.selector, Roles.SKILL_MANAGER);
        plan.guard(name, "setURI", IBadges.setURI.selector, Roles.SKILL_MANAGER);
        plan.govern(name, "BadgeCreated", IBadges.BadgeCreated.selector, Roles.SKILL_MANAGER, 0);
        plan.govern(name, "BadgeFrozen", IBadges.BadgeFrozen.selector, Roles.SKILL_MANAGER, 0);
        plan.govern(name, "RoyaltySet", IBadges.RoyaltySet.selector, Roles.SKILL_MANAGER, 0);
        plan.govern(name, "MinterSet", IBadges.MinterSet.selector, Roles.SKILL_MANAGER, IBadges.isMinter.selector);
    }

    function settings(Plan memory plan) internal view {
        address wallet = plan.targetOf("SkillWallet");
        address renderer = plan.network.renderer;
        if (renderer == address(0)) renderer = plan.targetOf("WalletRenderer");
        plan.compare(
            Setting(
                "SkillWallet",
                "renderer",
                vm.toString(renderer),
                vm.toString(address(ISkillWallet(wallet).renderer())),
                wallet,
                abi.encodeCall(WALLET.setRenderer, (IWalletRenderer(renderer))),
                "SkillWallet.setRenderer"
            )
        );
        address badges = plan.targetOf("Badges");
        plan.compare(
            Setting(
                "Badges",
                "uri",
                plan.network.badgeUri,
                IBadges(badges).uri(0),
                badges,
                abi.encodeCall(IBadges.setURI, (plan.network.badgeUri)),
                "Badges.setURI"
            )
        );
        _discount(plan);
    }

    function _discount(Plan memory plan) private view {
        address target = plan.targetOf("SkillDiscount");
        ISkillDiscount.Terms memory live = ISkillDiscount(target).terms();
        ISkillDiscount.Terms memory wanted = plan.network.discount;
        bytes memory call = abi.encodeCall(ISkillDiscount.setTerms, (wanted));
        _term(plan, target, call, "badgeKind", wanted.badgeKind, live.badgeKind);
        _term(plan, target, call, "badgeBps", wanted.badgeBps, live.badgeBps);
        _term(plan, target, call, "maxBadgeBps", wanted.maxBadgeBps, live.maxBadgeBps);
        _term(plan, target, call, "maxReputationBps", wanted.maxReputationBps, live.maxReputationBps);
        _term(plan, target, call, "maxAge", wanted.maxAge, live.maxAge);
    }

    function _term(
        Plan memory plan,
        address target,
        bytes memory call,
        string memory field,
        uint256 expected,
        uint256 actual
    ) private pure {
        string memory callName = "SkillDiscount.setTerms";
        plan.compare(
            Setting("SkillDiscount", field, vm.toString(expected), vm.toString(actual), target, call, callName)
        );
    }
}
