// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BadgeFixture} from "./BadgeFixture.sol";
import {BadgesHandler} from "./Badges.handler.sol";

/// @notice The numbered promises of docs/invariants.md after any sequence of actions.
contract BadgesInvariantTest is BadgeFixture {
    BadgesHandler private _handler;

    function setUp() external {
        deployBadges();
        _handler = new BadgesHandler(skillWallet, badges);
        access.grantRole(access.ADMIN_ROLE(), address(_handler), 0);
        badges.setMinter(address(_handler), BOUND, true);
        badges.setMinter(address(_handler), TRADED, true);
        _handler.start();

        bytes4[] memory actions = new bytes4[](11);
        actions[0] = BadgesHandler.passTime.selector;
        actions[1] = BadgesHandler.mint.selector;
        actions[2] = BadgesHandler.claim.selector;
        actions[3] = BadgesHandler.upgrade.selector;
        actions[4] = BadgesHandler.transfer.selector;
        actions[5] = BadgesHandler.burn.selector;
        actions[6] = BadgesHandler.freeze.selector;
        actions[7] = BadgesHandler.changeLevel.selector;
        actions[8] = BadgesHandler.recover.selector;
        actions[9] = BadgesHandler.follow.selector;
        actions[10] = BadgesHandler.mint.selector;
        targetContract(address(_handler));
        targetSelector(FuzzSelector(address(_handler), actions));
    }

    /// @dev BADGE-1 to BADGE-7 in one campaign, so that each sequence is run once: the actions assert what they expect,
    /// this asserts the state after each.
    /// forge-config: default.invariant.runs = 6
    function invariant_BADGE_PromisesHoldAfterEveryAction() external view {
        for (uint256 i = 0; i < _handler.IDS(); ++i) {
            uint256 id = _handler.idAt(i);
            bool soulbound = i < 2;
            uint256 sum;
            for (uint256 j = 0; j < _handler.PEOPLE(); ++j) {
                address person = _handler.people(j);
                uint256 wallet = skillWallet.walletOf(person);
                uint256 balance = badges.balanceOf(person, id);
                uint256 expected = soulbound ? (_handler.held(wallet, id) ? 1 : 0) : _handler.owned(person, id);
                assertEq(balance, expected, "BADGE-1, BADGE-4: who has what");
                sum += balance;
                _activeOnlyAtTheLevel(person, id, wallet, balance);
            }
            assertEq(badges.totalSupply(id), sum, "BADGE-3: supply");
            assertLe(sum, CAP, "BADGE-3: never above the cap");
        }
    }

    function _activeOnlyAtTheLevel(address person, uint256 id, uint256 wallet, uint256 balance) private view {
        uint256 level = wallet == 0 ? 0 : skillWallet.skillOf(wallet, DECAYING).level;
        uint256 needed = id & 0xff == 0 ? 1 : 3;
        bool expected = balance != 0 && level >= needed && !badges.isFrozen(person, id);
        assertEq(badges.isActive(person, id), expected, "BADGE-5: active exactly at the level");
    }

    function afterInvariant() external {
        _aRecoveryIsTold();
        for (uint256 i = 0; i < _handler.IDS(); ++i) {
            for (uint256 j = 0; j < _handler.PEOPLE(); ++j) {
                address person = _handler.people(j);
                uint256 id = _handler.idAt(i);
                assertEq(_handler.told(person, id), badges.balanceOf(person, id), "BADGE-7: events tell balances");
            }
        }
        bytes32[8] memory names = [
            bytes32("passTime"),
            "mint soulbound",
            "mint tradeable",
            "claim",
            "transfer",
            "freeze",
            "changeLevel",
            "follow"
        ];
        uint256 total;
        for (uint256 i = 0; i < names.length; ++i) {
            total += _handler.calls(names[i]);
        }
        // Not for the short sequences that forge makes while it shrinks a failure. Upgrades, burns and recoveries
        // depend on too much to happen in every run.
        // What forge draws differs with every source: now and then a run goes without one or another.
        uint256 missing;
        for (uint256 i = 0; i < names.length && total > 50; ++i) {
            if (_handler.calls(names[i]) == 0) ++missing;
        }
        assertLe(missing * 3, names.length, "most actions never happened");
    }

    /// @dev In every run one wallet with a badge is recovered, so that there is something to tell: before `follow` the
    /// events still say that the old account has the badge, after it they say what the balances do.
    function _aRecoveryIsTold() private {
        (address heir, uint256 id) = (makeAddr("heir"), _handler.idAt(0));
        _handler.followAll();
        address from = _handler.recoverOneWith(id, heir);
        assertEq(badges.balanceOf(heir, id), 1, "BADGE-4: the badge followed the wallet");
        assertEq(_handler.told(from, id), 1, "BADGE-7: the events know nothing of the recovery yet");
        _handler.followAll();
        assertEq(_handler.told(from, id), 0, "BADGE-7: events take it from the old account");
        assertEq(_handler.told(heir, id), 1, "BADGE-7: and give it to the new one");
    }
}
