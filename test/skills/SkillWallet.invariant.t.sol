// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISkillLedger} from "../../contracts/skills/ISkillLedger.sol";
import {SkillFixture} from "./SkillFixture.sol";
import {SkillWalletHandler} from "./SkillWallet.handler.sol";
import {SkillModel} from "./SkillModel.sol";

/// @notice The numbered promises of docs/invariants.md after any sequence of actions.
contract SkillWalletInvariantTest is SkillFixture {
    SkillWalletHandler private _handler;
    SkillModel private _model;

    function setUp() external {
        deployWallet();
        _handler = new SkillWalletHandler(skillWallet);
        _model = _handler.model();
        access.grantRole(access.ADMIN_ROLE(), address(_handler), 0);

        bytes4[] memory actions = new bytes4[](17);
        actions[0] = SkillWalletHandler.passTime.selector;
        actions[1] = SkillWalletHandler.mint.selector;
        actions[2] = SkillWalletHandler.burn.selector;
        actions[3] = SkillWalletHandler.attest.selector;
        actions[4] = SkillWalletHandler.attestBatch.selector;
        actions[5] = SkillWalletHandler.revokeXp.selector;
        actions[6] = SkillWalletHandler.replay.selector;
        actions[7] = SkillWalletHandler.attestSignedForOther.selector;
        actions[8] = SkillWalletHandler.transfer.selector;
        actions[9] = SkillWalletHandler.setGuardians.selector;
        actions[10] = SkillWalletHandler.acceptGuardians.selector;
        // Recoveries are long: three shares of the actions.
        actions[11] = SkillWalletHandler.propose.selector;
        actions[12] = SkillWalletHandler.propose.selector;
        actions[13] = SkillWalletHandler.veto.selector;
        actions[14] = SkillWalletHandler.complete.selector;
        actions[15] = SkillWalletHandler.complete.selector;
        actions[16] = SkillWalletHandler.cancelAnnouncement.selector;
        targetContract(address(_handler));
        targetSelector(FuzzSelector(address(_handler), actions));
    }

    /// @dev SKILL-1 to SKILL-11 in one campaign, so that each sequence is run once: the actions assert what they
    /// expect, this asserts the state after each.
    /// forge-config: default.invariant.runs = 10
    function invariant_SKILL_PromisesHoldAfterEveryAction() external view {
        uint256 last = _handler.lastWallet();
        for (uint256 wallet = 1; wallet <= last; ++wallet) {
            address owner = _handler.ownerOf(wallet);
            (bool exists,) = address(skillWallet).staticcall(abi.encodeCall(skillWallet.ownerOf, (wallet)));
            assertEq(exists, owner != address(0), "SKILL-1: burned for good");
            if (!exists) continue;
            assertEq(skillWallet.ownerOf(wallet), owner, "SKILL-1: moves by recovery alone");
            assertEq(skillWallet.walletOf(owner), wallet, "SKILL-2: found from its account");
            _skillIsTheModels(wallet, DECAYING);
            _skillIsTheModels(wallet, STEADY);
        }
        for (uint256 i = 0; i < _handler.PEOPLE(); ++i) {
            address person = _handler.people(i);
            uint256 wallet = skillWallet.walletOf(person);
            assertEq(skillWallet.balanceOf(person), wallet == 0 ? 0 : 1, "SKILL-2: at most one");
            if (wallet != 0) assertEq(skillWallet.ownerOf(wallet), person, "SKILL-2: account and wallet agree");
            if (_handler.barred(person)) assertEq(wallet, 0, "SKILL-8: a barred account has nothing");
        }
    }

    function _skillIsTheModels(uint256 wallet, uint16 skill) private view {
        uint256 time = vm.getBlockTimestamp();
        ISkillLedger.SkillState memory state = skillWallet.skillOf(wallet, skill);
        SkillModel.History memory history = _model.history(wallet, skill);
        assertEq(state.xp, _model.xpAt(wallet, skill, time), "SKILL-3: experience");
        assertEq(state.level, _model.levelAt(wallet, skill, time), "SKILL-3: level");
        assertEq(state.attestations, history.attestations, "SKILL-5: one nonce each");
        assertEq(state.revocations, history.revocations, "SKILL-5: one nonce each");
        assertTrue(state.level == 0 || skillWallet.hasLevel(wallet, skill, state.level), "SKILL-3: has its level");
        assertFalse(skillWallet.hasLevel(wallet, skill, state.level + 1), "SKILL-3: and no higher one");
    }

    /// @dev No action is there in vain. The same calls in every run of forge, whatever values it finds elsewhere.
    function test_EveryActionHappens() external {
        for (uint256 k = 0; k < 512; ++k) {
            uint256 seed = uint256(keccak256(abi.encode(k)));
            (uint256 a, uint256 b, bool flag) = (seed >> 8, seed >> 72, seed >> 255 != 0);
            uint256 action = seed % 15;
            if (action == 0) _handler.passTime(a);
            else if (action == 1) _handler.mint(a, b, flag);
            else if (action == 2) _handler.burn(a);
            else if (action == 3) _handler.attest(a, uint32(b), flag);
            else if (action == 4) _handler.attestBatch(a, uint32(b));
            else if (action == 5) _handler.revokeXp(a, uint64(b), flag);
            else if (action == 6) _handler.replay(a);
            else if (action == 7) _handler.attestSignedForOther(a, b);
            else if (action == 8) _handler.transfer(a, b);
            else if (action == 9) _handler.setGuardians(a, b);
            else if (action == 10) _handler.acceptGuardians(a);
            else if (action == 11) _handler.propose(a, b, flag);
            else if (action == 12) _handler.veto(a);
            else if (action == 13) _handler.cancelAnnouncement(a);
            else _handler.complete(a);
        }
        bytes32[14] memory names = [
            bytes32("passTime"),
            "mint",
            "attest",
            "attestBatch",
            "revokeXp",
            "replay",
            "signed for other",
            "transfer",
            "setGuardians",
            "acceptGuardians",
            "propose",
            "complete",
            "cancelAnnouncement",
            "burn or veto"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            assertGt(_handler.calls(names[i]), 0, string(abi.encodePacked("never happened: ", names[i])));
        }
    }
}
