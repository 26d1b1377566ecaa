// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StableMath} from "../../contracts/pools/math/StableMath.sol";
import {WeightedMath} from "../../contracts/pools/math/WeightedMath.sol";
import {PoolFixture} from "./PoolFixture.sol";
import {PoolManagerHandler} from "./PoolManager.handler.sol";
import {Oracle} from "./PoolContracts.sol";
import {PlainToken} from "./PoolTokens.sol";

/// @notice The numbered promises of docs/invariants.md after any sequence of actions, in pools of each kind and mixed
/// decimals, one of them of a few thousand units only.
contract PoolManagerInvariantTest is PoolFixture {
    address private immutable ALICE = makeAddr("alice");
    address private immutable BOB = makeAddr("bob");
    address private immutable CAROL = makeAddr("carol");

    PoolManagerHandler private _handler;
    PlainToken[] private _tokens;
    uint256[][] private _keys;
    /// @dev Invariant per share of each pool at its creation, Q96.
    uint256[] private _perShare;

    function setUp() external {
        deployManager();
        _tokens = deployTokens(decimalsOf(18, 6, 8));
        address[3] memory actors = [ALICE, BOB, CAROL];
        for (uint256 i = 0; i < 9; ++i) {
            provide(_tokens[i % 3], actors[i / 3]);
        }
        PlainToken[] memory two = new PlainToken[](2);
        (two[0], two[1]) = (_tokens[0], _tokens[1]);
        _create(weightedKey(two, list(500_000, 500_000)), list(1e18, 2e9));
        _create(weightedKey(two, list(990_000, 10_000)), list(3_000, 5_000));
        _create(weightedKey(_tokens, list(500_000, 300_000, 200_000)), list(5e18, 3e6, 2e8));
        _create(stableKey(_tokens, 200), list(5e18, 5e6, 5e8));
        (two[0], two[1]) = (_tokens[1], _tokens[2]);
        _create(stableKey(two, 1), list(3_000, 2_000e2));

        // Discounts in a weighted pool, a rate in a stable one, a ramp in the last.
        Oracle policy = new Oracle(0);
        Oracle rate = new Oracle(1.1e18 + 7);
        two[0] = _tokens[0];
        _create(withPolicy(weightedKey(two, list(400_000, 600_000)), address(policy), 100), list(4e18, 6e8));
        address[] memory providers = new address[](2);
        providers[1] = address(rate);
        _create(withProviders(stableKey(two, 60), providers), list(5e18, 4e8));
        _create(stableKey(_tokens, 90), list(5e18, 6e6, 4e8));

        _handler = new PoolManagerHandler(manager, _keys, actors, rate, policy);
        access.grantRole(access.ADMIN_ROLE(), address(_handler), 0);
        manager.setFlashFee(900);
        targetContract(address(_handler));
        bytes4[] memory selectors = new bytes4[](15);
        selectors[0] = PoolManagerHandler.swap.selector;
        selectors[1] = PoolManagerHandler.swapThereAndBack.selector;
        selectors[2] = PoolManagerHandler.addThenRemove.selector;
        selectors[3] = PoolManagerHandler.add.selector;
        selectors[4] = PoolManagerHandler.remove.selector;
        selectors[5] = PoolManagerHandler.collect.selector;
        selectors[6] = PoolManagerHandler.donate.selector;
        selectors[7] = PoolManagerHandler.buyAndSell.selector;
        selectors[8] = PoolManagerHandler.addUnbalanced.selector;
        selectors[9] = PoolManagerHandler.addSingleThenLeave.selector;
        selectors[10] = PoolManagerHandler.pathForExactOutput.selector;
        selectors[11] = PoolManagerHandler.flash.selector;
        selectors[12] = PoolManagerHandler.change.selector;
        selectors[13] = PoolManagerHandler.pauseAndResume.selector;
        selectors[14] = PoolManagerHandler.ramp.selector;
        targetSelector(FuzzSelector(address(_handler), selectors));
    }

    /// forge-config: default.invariant.runs = 32
    /// forge-config: default.invariant.depth = 64
    function invariant_POOL_PromisesHoldAfterEveryAction() external view {
        _balancesAreWhatIsHeld();
        for (uint256 k = 0; k < _keys.length; ++k) {
            // The last one's invariant moves with its amplification: POOL-16 is in the unit tests.
            if (k + 1 < _keys.length) _noShareLostValue(_keys[k], _perShare[k]);
            _sharesAddUp(_keys[k]);
        }
    }

    /// @dev POOL-7: the manager holds exactly the pools' balances and the gifts.
    function _balancesAreWhatIsHeld() private view {
        for (uint256 t = 0; t < 3; ++t) {
            uint256 sum = _handler.donated(address(_tokens[t]));
            for (uint256 k = 0; k < _keys.length; ++k) {
                uint256[] memory balances = balancesOf(_keys[k]);
                for (uint256 i = 0; i < balances.length; ++i) {
                    if (address(uint160(_keys[k][i + 1])) == address(_tokens[t])) sum += balances[i];
                }
            }
            assertEq(_tokens[t].balanceOf(address(manager)), sum, "POOL-7: held = balances + gifts");
        }
    }

    /// @dev POOL-2: the invariant per share never falls, shares owed to the protocol at most taking its part of the
    /// growth. The comparison is of certified bounds.
    function _noShareLostValue(uint256[] memory key, uint256 first) private view {
        (uint256[] memory balances, uint256 supply,,, uint256 checkpoint) = manager.poolState(key);
        // The checkpoint is invariant per share at the last event, and it only rises.
        assertGe(checkpoint + (checkpoint >> 60), first, "POOL-2: the checkpoint fell");
        if ((key[0] >> 24) & 0xffffff == 0) {
            uint256[] memory weights = new uint256[](balances.length);
            for (uint256 i = 0; i < weights.length; ++i) {
                weights[i] = (key[i + 1] >> 168) & 0xffffffff;
            }
            (, uint256 upper) = WeightedMath.invariant(balances, weights);
            // The checkpoint was rounded up by at most 2^-64 and the margins, below 2^-60 together.
            assertGe(upper + (upper >> 60), checkpoint * supply, "POOL-2: weighted shares lost value");
        } else {
            for (uint256 i = 0; i < balances.length; ++i) {
                balances[i] *= 10 ** (18 - ((key[i + 1] >> 160) & 0xff));
                if ((key[i + 1] >> 200) & 1 != 0) balances[i] = balances[i] * _handler.rate().value() / 1e18 + 1;
            }
            uint256 ann = ((key[0] >> 24) & 0xffffff) * balances.length;
            if (!StableMath.isInRange(balances, ann)) return;
            (, uint256 upper) = StableMath.invariant(balances, ann);
            assertGe((upper + 8 << 84) + (upper << 20), checkpoint * supply, "POOL-2: stable shares lost value");
        }
    }

    /// @dev POOL-6: what is held, locked and owed is the supply.
    function _sharesAddUp(uint256[] memory key) private view {
        (, uint256 supply, uint256 owed,,) = manager.poolState(key);
        uint256 held = sharesOf(key, address(this)) + sharesOf(key, TREASURY);
        held += sharesOf(key, ALICE) + sharesOf(key, BOB) + sharesOf(key, CAROL);
        assertEq(held + owed + 1_000, supply, "POOL-6: shares add up");
    }

    /// @dev Every action happened, and everybody can leave: then only the locked shares' part stays.
    function afterInvariant() external {
        bytes32[16] memory names = [
            bytes32("swap, weighted"),
            "swap, stable",
            "there and back",
            "add then remove",
            "add",
            "remove",
            "collect",
            "donate",
            "buy and sell",
            "add, unbalanced",
            "single",
            "path",
            "flash",
            "change",
            "pause",
            "ramp"
        ];
        // Once more each, whatever the run chose: an action that can never succeed fails here.
        _handler.swap(0, 0, 0, 0, 1_000 << 8);
        _handler.swap(1, 3, 0, 0, 0);
        _handler.swapThereAndBack(2, 0, 0, 0, 1_000 << 8, 1);
        _handler.buyAndSell(2, 0, 0, 0, 1_000 << 8);
        _handler.addThenRemove(0, 3, 1_000 << 8);
        _handler.add(0, 3, 1_000 << 8);
        _handler.remove(0, 3, 500);
        _handler.collect(3);
        _handler.donate(3, 0, 1);
        _handler.addUnbalanced(0, 0, 0, 1_000 << 8, 1_000 << 8);
        _handler.addSingleThenLeave(0, 0, 0, 1_000 << 8);
        _handler.pathForExactOutput(0, 1);
        _handler.flash(0, 0, 1_000);
        _handler.change(0, 0, 0, 0);
        _handler.pauseAndResume(0, 0, 1);
        _handler.ramp(0, 0);
        for (uint256 i = 0; i < names.length; ++i) {
            assertGt(_handler.calls(names[i]), 0, string(abi.encodePacked("never happened: ", names[i])));
        }
        address[5] memory holders = [address(this), TREASURY, ALICE, BOB, CAROL];
        for (uint256 k = 0; k < _keys.length; ++k) {
            manager.collectProtocolFee(_keys[k]);
            for (uint256 h = 0; h < holders.length; ++h) {
                uint256 shares = sharesOf(_keys[k], holders[h]);
                vm.prank(holders[h]);
                manager.removeProportional(
                    _keys[k],
                    shares,
                    new uint256[](_keys[k].length - 1 - (_keys[k][0] >> 232)),
                    holders[h],
                    type(uint256).max
                );
            }
            (, uint256 supply,,,) = manager.poolState(_keys[k]);
            // Leaving rounds in the pool's favour, which owes the protocol a last few shares.
            assertGe(supply, 1_000, "POOL-6: everybody left");
        }
    }

    function _create(uint256[] memory key, uint256[] memory amounts) private {
        manager.createPool(key, amounts, 0, address(this), type(uint256).max);
        (,,,, uint256 checkpoint) = manager.poolState(key);
        _keys.push(key);
        _perShare.push(checkpoint);
    }
}
